"""The scalar types of the document: names, addresses, durations, selectors, paths, variables."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    StrictBool,
    StrictInt,
    StrictStr,
    WithJsonSchema,
)

from worldtree.spec import durations, ranges, reserved, selectors
from worldtree.spec.models.base import describe, problem
from worldtree.spec.secrets import SecretRef, split

Text = StrictStr
Flag = StrictBool
Whole = Annotated[StrictInt, Field(ge=0)]
Positive = Annotated[StrictInt, Field(ge=1)]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]

DNS_LABEL = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
HOST_NAME = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$"
HOST_RANGE = r"^[A-Za-z0-9\[][A-Za-z0-9._\[\]:-]*$"
GROUP_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]*$"
ADDRESS = r"^[^\s\"'|{}]+$"
LABEL_KEY = r"^[A-Za-z0-9_]([A-Za-z0-9_./-]*[A-Za-z0-9_])?$"
LABEL_VALUE = LABEL_KEY
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
PERCENT = r"^(100|[0-9]{1,2})%$"


def static_text(value: Any, what: str) -> str:
    """Return ``value`` when it is text without a template or secret reference; raises a problem."""
    if not isinstance(value, str):
        raise problem(
            "wrong-type",
            f"{what} is text, not {describe(value)}",
            hint=f'put it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
            if isinstance(value, int | float)
            else "",
        )
    if "{{" in value or "{%" in value:
        raise problem(
            "template-in-name",
            f"{what} cannot be a template",
            "Names, addresses, labels and selectors decide the shape of the graph before anything "
            "runs; templates are filled in on the hosts, later.",
            "write the value out, or put the template into a variable",
        )
    if any(isinstance(part, SecretRef) for part in split(value)):
        raise problem(
            "secret-in-name",
            f"{what} cannot be a secret",
            "Names, addresses, labels and selectors are shown everywhere.",
            "write the value out, or pass the secret as a variable",
        )
    return str(value)


def _pattern(what: str, pattern: str, slug: str, rule: str) -> Callable[[Any], str]:
    compiled = re.compile(pattern[:-1] + r"\Z")

    def check(value: Any) -> str:
        text = static_text(value, f"{'an' if what[0] in 'aeiou' else 'a'} {what}")
        if not compiled.match(text):
            shown = text if len(text) <= 60 else text[:60] + "…"
            raise problem(slug, f"`{shown}` is no {what}", rule)
        return text

    return check


def _host_range(value: Any) -> str:
    text = _pattern("host name", HOST_RANGE, "bad-name", _HOST_RULE)(value)
    try:
        names = ranges.expand(text)
    except ranges.RangeError as error:
        raise problem("bad-range", error.message, hint=error.hint) from None
    for name in (names[0], names[-1]):
        _host_name(name)
        if name in ("all", "ungrouped"):
            raise problem(
                "reserved-name",
                f"`{name}` is a group that Ansible always has",
                hint="choose another host name",
            )
    return text


def _address(value: Any) -> str:
    text = _pattern(
        "address", ADDRESS, "bad-address", "An address is an IP address or a DNS name."
    )(value)
    try:
        ranges.expand(text)
    except ranges.RangeError as error:
        raise problem("bad-range", error.message, hint=error.hint) from None
    return text


def _duration(value: Any) -> float:
    if isinstance(value, str):
        try:
            return durations.parse_duration(value)
        except ValueError:
            pass
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**9:
        return float(value)
    raise problem(
        "bad-duration",
        f"{describe(value)} is no duration",
        "A duration is a number with a unit (ms, s, m, h, d), or seconds.",
        "write it like `10s`, `5m` or `1h30m`",
    )


def _positive_duration(value: Any) -> float:
    seconds = _duration(value)
    if seconds <= 0:
        raise problem(
            "wrong-value",
            "a time limit is longer than nothing",
            hint="leave the key out for no limit",
        )
    return seconds


def _share(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and re.fullmatch(PERCENT[1:-1], value):
        return str(value)
    raise problem(
        "wrong-value",
        f"{describe(value)} is neither a number of hosts nor a percentage",
        hint="write it like `2` or `30%`",
    )


def _serial(value: Any) -> tuple[int | str, ...]:
    items = value if isinstance(value, list) and value else [value]
    sizes = tuple(_share(item) for item in items)
    if any(size in (0, "0%", "00%") for size in sizes):
        raise problem(
            "wrong-value",
            "a batch holds at least one host",
            hint="leave `serial` out to take all hosts at once",
        )
    return sizes


def _selector(value: Any) -> str | tuple[str, ...]:
    if isinstance(value, list):
        if not value:
            raise problem(
                "bad-selector", "the list of selectors is empty", hint="write `all` for every host"
            )
        return tuple(_one_selector(item) for item in value)
    return _one_selector(value)


def _one_selector(value: Any) -> str:
    text = static_text(value, "a selector")
    try:
        selectors.parse(text)
    except selectors.SelectorError as error:
        raise problem(
            "bad-selector",
            str(error),
            "A selector is `all`, a host's or group's name, or terms such as `role=web,rack!=b`.",
            _selector_hint(text),
        ) from None
    return text


def _selector_hint(text: str) -> str:
    if "==" in text:
        return f"write `{text.replace('==', '=')}`"
    return "write a list for the union of several: [web1, web2]" if "," in text else ""


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    for item in items:
        if not isinstance(item, str) or not item.strip():
            raise problem(
                "wrong-type", f"expected a text or a list of texts, found {describe(item)}"
            )
    return tuple(str(item) for item in items)


def _condition(value: Any) -> str:
    items = value if isinstance(value, list) and value else [value]
    words = []
    for item in items:
        if isinstance(item, bool):
            words.append("true" if item else "false")
        elif isinstance(item, str) and item.strip():
            words.append(str(item).strip())
        else:
            raise problem("wrong-type", f"a condition is text or true/false, not {describe(item)}")
    if len(words) == 1:
        return words[0]
    return " and ".join(f"({word})" for word in words)


def _variable(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(VARIABLE[1:-1], value, re.ASCII):
        raise problem(
            "bad-variable-name",
            f"`{value}` is no name of a variable",
            "A name has letters, digits and `_`, and does not begin with a digit.",
            f"did you mean `{re.sub(r'[^A-Za-z0-9_]', '_', str(value))}`?"
            if isinstance(value, str) and value.isascii() and value[:1].isalpha()
            else "",
        )
    reason = reserved.why(value)
    if reason:
        raise problem(
            "reserved-variable",
            f"the variable name `{value}` is taken",
            reason,
            f"rename it, for example `my_{value}`",
        )
    return str(value)


_HOST_RULE = "A host name has letters, digits, `.`, `_` and `-`, and begins with a letter or digit."
_host_name = _pattern("host name", HOST_NAME, "bad-name", _HOST_RULE)
_STEP_RULE = "It is part of file names and ids: small letters, digits and `-`, up to 63 of them."
_LABEL_RULE = "It has letters, digits, `_`, `.`, `/` and `-`."
_GROUP_RULE = "It has letters, digits, `_`, `-` and `.`, and begins with a letter or `_`."


def _group_name(value: Any) -> str:
    name = _pattern("name of a group", GROUP_NAME, "bad-name", _GROUP_RULE)(value)
    if name in ("all", "ungrouped", "localhost"):
        raise problem(
            "reserved-name",
            f"`{name}` is a group or host that Ansible always has",
            hint="choose another name",
        )
    return name


def _label_key(value: Any) -> str:
    name = _pattern("label", LABEL_KEY, "bad-name", _LABEL_RULE)(value)
    if name in ("role", "group", "name"):
        raise problem(
            "reserved-name",
            f"the label `{name}` is made from the host's {name}s"
            if name != "name"
            else "the label `name` is the host's name",
            hint="remove it, or choose another word",
        )
    return name


#: Part of node ids and file names.
PartName = Annotated[
    str,
    PlainValidator(_pattern("name", DNS_LABEL, "bad-name", _STEP_RULE)),
    WithJsonSchema({"type": "string", "pattern": DNS_LABEL}),
]
#: A host name, perhaps with ranges in it.
HostRange = Annotated[
    str, PlainValidator(_host_range), WithJsonSchema({"type": "string", "pattern": HOST_RANGE})
]
GroupName = Annotated[
    str,
    PlainValidator(_group_name),
    WithJsonSchema({"type": "string", "pattern": GROUP_NAME}),
]
#: An IP address or DNS name, perhaps with ranges in it.
Address = Annotated[
    str, PlainValidator(_address), WithJsonSchema({"type": "string", "pattern": ADDRESS})
]
LabelKey = Annotated[
    str,
    PlainValidator(_label_key),
    WithJsonSchema({"type": "string", "pattern": LABEL_KEY}),
]
LabelValue = Annotated[
    str,
    PlainValidator(_pattern("value of a label", LABEL_VALUE, "bad-name", _LABEL_RULE)),
    WithJsonSchema({"type": "string", "pattern": LABEL_VALUE}),
]
#: Seconds; in the document ``10s``, ``5m``, ``1h30m`` or a number of seconds.
Duration = Annotated[
    float,
    PlainValidator(_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": durations.PATTERN},
                {"type": "number", "minimum": 0},
            ]
        }
    ),
]
#: A duration longer than nothing.
TimeLimit = Annotated[
    float,
    PlainValidator(_positive_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": durations.PATTERN},
                {"type": "number", "exclusiveMinimum": 0},
            ]
        }
    ),
]
#: A number of hosts or a percentage.
Share = Annotated[
    int | str,
    PlainValidator(_share),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": PERCENT}]}
    ),
]
_BATCH = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": PERCENT}]}
#: Sizes of successive batches; one value stands for all of them.
Serial = Annotated[
    tuple[int | str, ...],
    PlainValidator(_serial),
    WithJsonSchema(
        {"anyOf": [*_BATCH["anyOf"], {"type": "array", "items": _BATCH, "minItems": 1}]}
    ),
]
HostSelector = Annotated[
    str | tuple[str, ...],
    PlainValidator(_selector),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
            ]
        }
    ),
]
#: A text or a list of texts; always a tuple here.
Texts = Annotated[
    tuple[str, ...],
    PlainValidator(_texts),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
#: A Jinja condition as Ansible's ``when``; a list must hold as a whole.
Condition = Annotated[
    str,
    PlainValidator(_condition),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "boolean"},
                {"type": "array", "items": {"type": ["string", "boolean"]}, "minItems": 1},
            ]
        }
    ),
]
Variable = Annotated[
    str, PlainValidator(_variable), WithJsonSchema({"type": "string", "pattern": VARIABLE})
]


def none_is_empty(value: Any) -> Any:
    """Read a key without a value (``vars:``) as an empty mapping."""
    return {} if value is None else value


def none_is_no_list(value: Any) -> Any:
    """Read a key without a value (``hosts:``) as an empty list."""
    return [] if value is None else value


#: Ansible variables; values may be anything, templates included.
Vars = Annotated[dict[Variable, Any], BeforeValidator(none_is_empty)]
Labels = Annotated[dict[LabelKey, LabelValue], BeforeValidator(none_is_empty)]
