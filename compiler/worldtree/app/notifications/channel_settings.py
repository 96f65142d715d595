"""Checks what a channel is asked to be: its kind, its settings, and the secrets that they name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.policy.secrets import allows_reference
from worldtree.app.notifications.channel_kind import ChannelKind, channel_kinds
from worldtree.core.errors import DiagnosticBag, InputError
from worldtree.core.suggestions import did_you_mean
from worldtree.plugins import described_error
from worldtree.spec.secret_references import BadReference, SecretRef, split_references, walk_texts

#: Slug of every problem of a setting.
_SETTING = "invalid-channel-setting"
#: The rest of the name of a project's own variable: no other project's name can be in it.
_REST = re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)*")


def checked_settings(
    kind: str, settings: Mapping[str, Any], policy: DocumentPolicy | None, own_variables: str
) -> Mapping[str, Any]:
    """Return the settings of a channel with defaults.

    ``own_variables`` is how the names of the project's own variables begin; ``policy`` says which
    secrets may be named besides, None allows all. Raises ``InputError`` with all problems, whose
    paths are those in the request: ``kind``, ``settings``.
    """
    bag = DiagnosticBag()
    known = _known_kind(kind, bag)
    found = _checked_by(known, settings, bag)
    plain: set[str | int] = set()
    for name in sorted(known.secret_settings):
        text = found.get(name)
        parts = [] if text is None else split_references(str(text))
        if text is not None and not (len(parts) == 1 and isinstance(parts[0], SecretRef)):
            bag.error(
                _SETTING,
                f"the setting `{name}` is not a reference to a secret",
                detail="Settings are in the database, and users who may read the channel see them.",
                hint=f"write it as `${{env:{own_variables}…}}` or `${{vault:mount/path#key}}`",
                path=("settings", name),
            )
            plain.add(name)
    for path, text in walk_texts(dict(found)):
        if path[0] in plain:
            continue
        for part in split_references(text):
            if problem := _reference_problem(part, policy, own_variables):
                summary, hint = problem
                bag.error(_SETTING, summary, hint=hint, path=("settings", *path))
    bag.raise_if_errors()
    return found


def _known_kind(kind: str, bag: DiagnosticBag) -> ChannelKind:
    loaded = channel_kinds()
    if (found := loaded.values.get(kind)) is not None:
        return found
    bag.extend(one.diagnostic() for one in loaded.broken if one.name == kind)
    bag.error(
        "unknown-channel-kind",
        f"unknown kind of channel `{kind}`",
        detail=f"The kinds are {', '.join(loaded.values)}.",
        hint=did_you_mean(kind, loaded.values),
        path=("kind",),
    )
    raise InputError(bag.items)


def _checked_by(
    kind: ChannelKind, settings: Mapping[str, Any], bag: DiagnosticBag
) -> Mapping[str, Any]:
    try:
        return kind.check(settings)
    except ValidationError as problem:
        for one in problem.errors(include_input=False, include_url=False):
            _add_problem(kind, one, bag)
    except ValueError as problem:
        bag.error(_SETTING, str(problem), path=("settings",))
    except Exception as problem:  # A kind of another package may raise anything.
        bag.error(
            _SETTING,
            f"the settings of the kind `{kind.name}` cannot be checked",
            detail=f"Their check ends with {described_error(problem)}.",
            hint="upgrade the package of the kind, or report it to its authors",
            path=("settings",),
        )
    raise InputError(bag.items)


def _add_problem(kind: ChannelKind, found: Mapping[str, Any], bag: DiagnosticBag) -> None:
    """Add what pydantic found; never a value, which may be a secret."""
    path = tuple(found["loc"])
    name = ".".join(map(str, path))
    words = str(found["msg"]).removeprefix("Value error, ").removesuffix(".")
    where = ("settings", *path)
    if found["type"] == "missing":
        bag.error(
            _SETTING, f"the setting `{name}` of the kind `{kind.name}` is missing", path=where
        )
    elif found["type"] == "extra_forbidden":
        bag.error(_SETTING, f"the kind `{kind.name}` has no setting `{name}`", path=where)
    else:
        subject = f"the setting `{name}` is not valid" if name else "the settings are not valid"
        bag.error(_SETTING, subject, detail=f"{words}.", path=where)


def _reference_problem(
    part: str | SecretRef | BadReference, policy: DocumentPolicy | None, own_variables: str
) -> tuple[str, str] | None:
    """Return what is wrong with a reference, and what helps; None for nothing."""
    if isinstance(part, BadReference):
        return f"a reference to a secret is not valid: {part.reason}", ""
    if not isinstance(part, SecretRef):
        return None
    if part.provider == "prompt":
        return "a channel cannot ask for a secret", "use another provider"
    is_own = (
        part.provider == "env"
        and part.rest.startswith(own_variables)
        and _REST.fullmatch(part.rest.removeprefix(own_variables)) is not None
    )
    if policy is None or is_own or allows_reference(policy.secrets, part):
        return None
    return (
        "the policy of the service does not allow this secret",
        f"use a variable whose name begins with `{own_variables}`, or ask the operator",
    )
