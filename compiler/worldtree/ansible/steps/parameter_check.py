"""Checks the parameters of steps; problems become diagnostics in the terms of the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from worldtree.ansible.model.secret_lookups import with_lookups
from worldtree.ansible.steps.kind import StepKind
from worldtree.ansible.steps.parameter_types import NOT_QUOTED
from worldtree.ansible.steps.registry import kinds
from worldtree.core.errors import Diagnostic, DocPath
from worldtree.core.suggestions import did_you_mean, nearest
from worldtree.plan.node import Reversibility
from worldtree.spec.document import QUOTE_HINT
from worldtree.spec.jinja_syntax import syntax_problems
from worldtree.spec.lost_unsafe import HINT, SUMMARY, lost_unsafe
from worldtree.spec.models.step import COMMON_KEYS
from worldtree.spec.secret_expressions import expression_problems
from worldtree.spec.yaml_tags import decode_tags

#: Where the step kinds stand in a document, for `wt explain`.
_EXPLAIN_PATH = "spec.modules.tasks.steps"
#: Ansible's modules whose step kind has another name.
_KINDS_OF = {
    **dict.fromkeys(("apt", "dnf", "yum", "dnf5"), "package"),
    **dict.fromkeys(("systemd", "systemd_service"), "service"),
    **dict.fromkeys(("include_role", "import_role"), "role"),
    "template": "render",
    "shell": "command",
    "wait_for": "wait",
}
#: Kind -> alias in Ansible -> the parameter that it means.
_ALIASES: Mapping[str, Mapping[str, str]] = {
    "file": {"dest": "path", "name": "path"},
    "directory": {"dest": "path", "name": "path"},
    "package": {"pkg": "name", "package": "name"},
    "service": {"service": "name", "unit": "name"},
    "sysctl": {"key": "name", "val": "value"},
    "user": {"user": "name", "createhome": "create_home"},
    "assert": {"msg": "fail_msg"},
    "fetch": {"username": "url_username", "password": "url_password"},
}


def normalise(kind: str, raw: Any) -> Any:
    """Return ``raw`` with the shorthand expanded: ``"date"`` becomes ``{"cmd": "date"}``.

    Other values are returned unchanged, and ``check`` reports them; null means no parameters.
    """
    if raw is None:
        return {}
    found = kinds().get(kind)
    # A tagged text is a mapping here.
    value = decode_tags(raw)
    if found is None or isinstance(value, Mapping) or found.shorthand is None:
        return raw
    for type_, parameter in found.shorthand.items():
        if isinstance(value, type_) and not (isinstance(value, bool) and type_ is int):
            return {parameter: raw}
    return raw


def check(
    kind: str, raw: Any, path: DocPath | None = None, *, internal: bool = False
) -> list[Diagnostic]:
    """Return the problems of a step's parameters ``raw`` (shorthand allowed).

    ``path`` is the place of the parameters in the document; nested problems have paths below it.
    """
    known = kinds()
    found = known.get(kind)
    if found is None or (found.internal and not internal):
        return [_unknown_kind(kind, known, path)]
    params = normalise(kind, raw)
    if not isinstance(params, Mapping):
        short = ", ".join(sorted({t.__name__ for t in found.shorthand or {}}))
        return [
            Diagnostic(
                "invalid-step-parameter",
                f"`{kind}` takes a mapping of parameters, not {_type_name(raw)}",
                detail=f"Its short form is a value of type {short}." if short else "",
                path=path,
            )
        ]
    wrong = [
        problem
        for name in found.expressions
        if name in params
        for problem in _expression_problems(params[name], None if path is None else (*path, name))
    ]
    if wrong:
        return wrong
    plain = with_lookups(params)
    try:
        parsed = found.parse(plain)
    except ValidationError as error:
        kept = _without_misspelt(found, _one_error_per_place(error.errors(), plain))
        is_short = params is not raw
        return [_to_diagnostic(found, plain, e, path, is_short=is_short) for e in kept]
    return [
        Diagnostic(
            "invalid-step-parameter",
            f"`{'.'.join(map(str, inner))}`: {SUMMARY}",
            hint=HINT,
            path=None if path is None else (*path, *inner),
        )
        for inner, _ in lost_unsafe(plain, parsed.model_dump)
    ]


def _expression_problems(value: Any, path: DocPath | None) -> list[Diagnostic]:
    return expression_problems(value, path) or syntax_problems(value, path)


def reversibility(kind: str, params: Mapping[str, Any]) -> Reversibility:
    """Return whether a step with these (valid) parameters can be undone."""
    found = kinds()[kind]
    return found.reversibility(found.parse(with_lookups(params)))


def _unknown_kind(
    kind: str, known: Mapping[str, StepKind[Any]], path: DocPath | None
) -> Diagnostic:
    names = [name for name, item in known.items() if not item.internal]
    return Diagnostic(
        "unknown-step-kind",
        f"unknown step kind `{kind}`",
        detail=f"A step is a `role` or one of: {', '.join(names)}.",
        hint=_ansible_name_hint(kind, names)
        or did_you_mean(kind, [*names, *COMMON_KEYS])
        or "write a role for work that no step kind covers",
        path=path,
        at_key=True,
    )


def _ansible_name_hint(module: str, names: Sequence[str]) -> str:
    """Return what to write in place of a module of Ansible, or an empty string."""
    name = module.rpartition(".")[2]
    if name in _KINDS_OF:
        return f"use `{_KINDS_OF[name]}`, which does what Ansible's `{name}` does"
    return f"write `{name}`" if name in names else ""


def _to_diagnostic(
    kind: StepKind[Any],
    raw: Mapping[str, Any],
    error: ErrorDetails,
    path: DocPath | None,
    *,
    is_short: bool,
) -> Diagnostic:
    where = _document_path(raw, error["loc"])
    full = None if path is None else (*path, *where)
    name = ".".join(str(part) for part in where) or kind.name
    if error["type"] == "extra_forbidden":
        fields = _parameters(kind) if len(where) == 1 else []
        return Diagnostic(
            "unknown-step-parameter",
            f"`{kind.name}` has no parameter `{name}`",
            detail=f"It has: {', '.join(fields)}." if fields else "",
            hint=_parameter_hint(kind, str(where[-1]), fields) if where else "",
            path=full,
            at_key=True,
        )
    if error["type"] == "missing":
        return Diagnostic(
            "missing-step-parameter",
            f"`{kind.name}` needs the parameter `{error['loc'][-1]}`",
            path=full,
            at_key=True,
        )
    message = error["msg"].removeprefix("Value error, ")
    hint = f"`wt explain {_EXPLAIN_PATH}.{kind.name}` lists its parameters"
    if error["type"] == NOT_QUOTED:
        hint = f'{QUOTE_HINT}"{error["ctx"]["text"]}"'
        if is_short and path is not None:
            full = (*path, *where[1:])
    return Diagnostic(
        "invalid-step-parameter",
        f"`{name}`: {message[:1].lower()}{message[1:]}",
        hint=hint,
        path=full,
    )


def _parameter_hint(kind: StepKind[Any], name: str, fields: Sequence[str]) -> str:
    """Return what to write in place of an unknown parameter, or an empty string."""
    meant = _meant(kind, name)
    if meant in fields:
        return f"write `{meant}`, of which `{name}` is an alias in Ansible"
    return did_you_mean(name, fields)


def _meant(kind: StepKind[Any], name: str) -> str | None:
    """Return the parameter for which Ansible has ``name`` as an alias; None for other names."""
    return _ALIASES.get(kind.name, {}).get(name)


def _document_path(raw: Any, loc: Sequence[int | str]) -> tuple[int | str, ...]:
    """Return the part of ``loc`` that exists in ``raw``; pydantic adds the names of types."""
    where: list[int | str] = []
    for part in loc:
        inside = isinstance(raw, Mapping) and part in raw
        if inside or (isinstance(raw, list) and isinstance(part, int) and part < len(raw)):
            raw = raw[part]
            where.append(part)
    return tuple(where)


def _one_error_per_place(errors: Sequence[ErrorDetails], raw: Any) -> list[ErrorDetails]:
    """Return one error per place: a union reports one for each of its members."""
    places = [_document_path(raw, error["loc"]) for error in errors]
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for error, place in zip(errors, places, strict=True):
        missing = error["type"] == "missing"
        # A nested problem is more specific than a problem of the value around it.
        inner = any(len(p) > len(place) and p[: len(place)] == place for p in places)
        key = (place, error["loc"] if missing else ())
        if key not in seen and (missing or not place or not inner):
            seen.add(key)
            kept.append(error)
    return kept


def _without_misspelt(kind: StepKind[Any], errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Return ``errors`` without a missing parameter whose name is misspelt."""
    fields = _parameters(kind)
    meant = {
        _meant(kind, str(error["loc"][0])) or nearest(str(error["loc"][0]), fields)
        for error in errors
        if error["type"] == "extra_forbidden" and len(error["loc"]) == 1
    }
    return [e for e in errors if not (e["type"] == "missing" and e["loc"][-1] in meant)]


def _parameters(kind: StepKind[Any]) -> list[str]:
    return [info.alias or name for name, info in kind.params.model_fields.items()]


def _type_name(value: object) -> str:
    names: dict[type, str] = {str: "text", bool: "a truth value", list: "a list"}
    return names.get(type(value), "a number" if isinstance(value, int | float) else "this")
