"""Validates names, addresses, labels, selectors and variable names: static strings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from worldtree.spec import ranges, reserved, selectors
from worldtree.spec.document import QUOTE_HINT
from worldtree.spec.jinja_syntax import is_template, template_error
from worldtree.spec.models.base import describe, validation_problem
from worldtree.spec.secret_references import SecretRef, split_references

DNS_LABEL = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
#: With `.yml` it is a file name, of at most 255 characters; so is a group's.
HOST_NAME = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,249}[A-Za-z0-9])?$"
HOST_RANGE = r"^[A-Za-z0-9\[][A-Za-z0-9._\[\]:-]*$"
GROUP_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]{0,250}$"
ADDRESS = r"^[^\s\"'|{}]+$"
LABEL_KEY = r"^[A-Za-z0-9_]([A-Za-z0-9_./-]*[A-Za-z0-9_])?$"
LABEL_VALUE = LABEL_KEY
TAG = r"^[A-Za-z0-9_][A-Za-z0-9_.:/-]*$"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
ENVIRONMENT_NAME = r"^(?!ANSIBLE_|WORLDTREE_)[A-Za-z_][A-Za-z0-9_]*$"

HOST_RULE = (
    "A host name consists of up to 251 letters, digits, `.`, `_` and `-`, a letter or digit first."
)
STEP_RULE = "It is part of file names and ids: up to 63 lower-case letters, digits and `-`."
LABEL_RULE = "It consists of letters, digits, `_`, `.`, `/` and `-`."
GROUP_RULE = "It consists of up to 251 letters, digits, `_`, `-` and `.`, a letter or `_` first."

TAG_RULE = "It consists of letters, digits, `_`, `.`, `:`, `/` and `-`."
ENVIRONMENT_RULE = (
    "It consists of letters, digits and `_`. `ANSIBLE_…` and `WORLDTREE_…` configure the runs:"
    " settings of Ansible are those of `ansible.cfg`, and `${env:NAME}` reads any variable."
)
#: Tags that select others in Ansible; `always` and `never` keep their meaning here.
_GROUPS_OF_TAGS = frozenset({"all", "tagged", "untagged"})


def static_text(value: Any, what: str) -> str:
    """Return ``value`` if it is a string without template and reference, else raise a problem."""
    if not isinstance(value, str):
        raise validation_problem(
            "wrong-type",
            f"{what} must be a string, not {describe(value)}",
            hint=f'{QUOTE_HINT}"{str(value).lower() if isinstance(value, bool) else value}"'
            if isinstance(value, int | float)
            else "",
        )
    if is_template(value):
        raise validation_problem(
            "template-in-name",
            f"{what} cannot be a template",
            "Names, addresses, labels and selectors determine the graph before anything runs; "
            "templates are rendered later, on the hosts.",
            "write the value itself, or move the template to a variable",
        )
    return _without_secret(value, what)


def _without_secret(value: str, what: str) -> str:
    if any(isinstance(part, SecretRef) for part in split_references(value)):
        raise validation_problem(
            "secret-in-name",
            f"{what} cannot be a secret",
            "Names, addresses, labels and selectors are shown in all outputs.",
            "write the value itself, or pass the secret as a variable",
        )
    return str(value)


def pattern_reader(what: str, pattern: str, slug: str, rule: str) -> Callable[[Any], str]:
    """Return a validator of strings that match ``pattern``; others are the problem ``slug``."""
    compiled = re.compile(pattern[:-1] + r"\Z")

    def check(value: Any) -> str:
        text = static_text(value, f"{'an' if what[0] in 'aeiou' else 'a'} {what}")
        if not compiled.match(text):
            shown = text if len(text) <= 60 else text[:60] + "…"
            raise validation_problem(
                slug, f"`{shown}` is not a valid {what}", rule, _valid_form_hint(text, compiled)
            )
        return text

    return check


def read_environment_names(value: Any) -> tuple[str, ...]:
    """Return a list of names of environment variables, each once."""
    if not isinstance(value, list):
        raise validation_problem("wrong-type", f"expected a list of names, not {describe(value)}")
    return tuple(dict.fromkeys(map(_read_environment_name, value)))


_read_environment_name = pattern_reader(
    "environment variable", ENVIRONMENT_NAME, "bad-name", ENVIRONMENT_RULE
)


def _valid_form_hint(text: str, pattern: re.Pattern[str]) -> str:
    """Return a hint with a name close to ``text`` that matches ``pattern``, if there is one."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-._")
    forms = (plain, plain.replace("-", "_"), re.sub(r"[._]", "-", plain.lower()), f"x{plain}")
    form = next((form for form in forms if plain and len(form) < 60 and pattern.match(form)), "")
    return f"for example `{form}`" if form else ""


def read_host_range(value: Any) -> str:
    """Return a host name, ranges allowed."""
    text = pattern_reader("host name", HOST_RANGE, "bad-name", HOST_RULE)(value)
    try:
        names = ranges.expand(text)
    except ranges.RangeError as error:
        raise validation_problem("bad-range", error.message, hint=error.hint) from None
    for name in (names[0], names[-1]):
        _host_name(name)
        if name in ("all", "ungrouped"):
            raise validation_problem(
                "reserved-name",
                f"`{name}` is the name of a built-in group of Ansible",
                hint="choose another host name",
            )
    return text


def read_address(value: Any) -> str:
    """Return an address, ranges allowed."""
    text = pattern_reader(
        "address", ADDRESS, "bad-address", "An address is an IP address or a DNS name."
    )(value)
    try:
        ranges.expand(text)
    except ranges.RangeError as error:
        raise validation_problem("bad-range", error.message, hint=error.hint) from None
    return text


def read_group_name(value: Any) -> str:
    """Return the name of a group or role."""
    name = pattern_reader("group name", GROUP_NAME, "bad-name", GROUP_RULE)(value)
    if name in ("all", "ungrouped", "localhost"):
        raise validation_problem(
            "reserved-name",
            f"`{name}` is the name of a built-in group or host of Ansible",
            hint="choose another name",
        )
    return name


def read_label_key(value: Any) -> str:
    """Return the name of a label."""
    name = pattern_reader("label", LABEL_KEY, "bad-name", LABEL_RULE)(value)
    if name in ("role", "group", "name"):
        raise validation_problem(
            "reserved-name",
            f"the label `{name}` is derived from the {name}s of the host"
            if name != "name"
            else "the label `name` is the name of the host",
            hint="remove it, or choose another name",
        )
    return name


def read_selector(value: Any) -> str | tuple[str, ...]:
    """Return a selector, or a tuple of them for a list."""
    if isinstance(value, list):
        if not value:
            raise validation_problem(
                "bad-selector", "the list of selectors is empty", hint="write `all` for every host"
            )
        return tuple(_one_selector(item) for item in value)
    return _one_selector(value)


def _one_selector(value: Any) -> str:
    if is_template(value):
        reason, _ = template_error(value)
        if reason:
            raise validation_problem("jinja-syntax", f"`{value}` is not a valid template: {reason}")
        return _without_secret(value, "a selector")
    text = static_text(value, "a selector")
    try:
        selectors.check_selector(text)
    except selectors.SelectorError as error:
        raise validation_problem(
            "bad-selector",
            str(error),
            "Hosts are `all`, hosts or groups in a host pattern of Ansible (`web:!canary`), or "
            "terms like `role=web,rack!=b`.",
            f"write `{text.replace('==', '=')}`" if "==" in text else error.hint,
        ) from None
    return text


def read_variable(value: Any) -> str:
    """Return the name of a variable."""
    if not isinstance(value, str) or not re.fullmatch(VARIABLE[1:-1], value, re.ASCII):
        raise validation_problem(
            "bad-variable-name",
            f"`{value}` is not a valid variable name",
            "A variable name has letters, digits and `_`, and starts with a letter or `_`.",
            f"did you mean `{re.sub(r'[^A-Za-z0-9_]', '_', str(value))}`?"
            if isinstance(value, str) and value.isascii() and value[:1].isalpha()
            else "",
        )
    reason = reserved.reserved_reason(value)
    if reason:
        raise validation_problem(
            "reserved-variable",
            f"the variable name `{value}` is reserved",
            reason,
            f"rename it, for example `my_{value}`",
        )
    return str(value)


def read_tags(value: Any) -> tuple[str, ...]:
    """Return unique tags; a string is split at commas, as Ansible does."""
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list):
        raise validation_problem(
            "wrong-type",
            f"`tags` must be a tag or a list of tags, not {describe(value)}",
            hint="write `tags: [deploy]`",
        )
    return tuple(dict.fromkeys(_tag(one) for one in found))


def _tag(value: Any) -> str:
    text = pattern_reader("tag", TAG, "bad-name", TAG_RULE)(
        value.strip() if isinstance(value, str) else value
    )
    if text in _GROUPS_OF_TAGS:
        raise validation_problem(
            "reserved-name",
            f"the tag `{text}` has a special meaning in Ansible",
            "It selects tasks by whether they have tags at all.",
            "remove the tag, and select steps with `--only` or `--tags`, or per host with `when`",
        )
    return text


_host_name = pattern_reader("host name", HOST_NAME, "bad-name", HOST_RULE)
