"""What is wrong with a cron expression: which part of it, where, and what may be there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

#: Name of each field, and what it takes besides ranges, steps and lists.
_FIELDS = (
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, `L` (the last day) and `LW` (the last one of Monday to Friday)"),
    ("month", "1 to 12 and JAN to DEC"),
    (
        "day of the week",
        "0 to 7 and SUN to SAT (0 and 7 are Sunday), `5L` (the last Friday) and `1#2` (the second "
        "Monday)",
    ),
)
_FORMS = "also `*`, ranges (`1-5`), steps (`*/10`) and lists (`1,15`)"
_EXAMPLE = (
    "give five fields: minute, hour, day of the month, month, day of the week, such as `30 2 * * *`"
    " (each day at 02:30)"
)
#: Words of other programs, in five fields.
_WORDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
#: Characters of an expression, and of a part of it in a message, at most.
MAX_LENGTH, _MAX_SHOWN = 200, 40


@dataclass(frozen=True, slots=True)
class CronProblem:
    """A part of an expression that is not valid."""

    #: Names the part and its place; the first character is 1.
    summary: str
    #: What to write there.
    help: str


def find_cron_problem(expression: str, is_valid: Callable[[str], bool]) -> CronProblem | None:
    """Return the first problem of an expression; None for a valid one.

    ``is_valid`` says whether an expression with five fields can be read.
    """
    if len(expression) > MAX_LENGTH:
        return CronProblem(f"the cron expression has over {MAX_LENGTH} characters", _EXAMPLE)
    fields = list(re.finditer(r"\S+", expression))
    if len(fields) != len(_FIELDS):
        return _wrong_count([one.group() for one in fields])
    if is_valid(" ".join(one.group() for one in fields)):
        return None
    for number, field in enumerate(fields):
        for place, part in _parts(field.group(), field.start()):
            alone = ["*"] * len(_FIELDS)
            alone[number] = part
            if not part or not is_valid(" ".join(alone)):
                return _wrong_part(number, place, part)
    day, month = fields[2].group(), fields[3].group()
    return CronProblem(
        f"no month of `{_shown(month)}` has a day `{_shown(day)}` (the fields 3 and 4 of the cron "
        "expression)",
        "choose an earlier day, or `L` for the last day of each month",
    )


def _wrong_count(fields: list[str]) -> CronProblem:
    if not fields:
        return CronProblem("the cron expression is empty", _EXAMPLE)
    if len(fields) == 1 and (same := _WORDS.get(fields[0].lower())):
        return CronProblem(f"the cron expression `{fields[0]}` is a word", f"write `{same}`")
    words = f"the cron expression has {len(fields)} {'field' if len(fields) == 1 else 'fields'}"
    more = "; there is no field for seconds" if len(fields) == len(_FIELDS) + 1 else ""
    return CronProblem(f"{words}, not five", _EXAMPLE + more)


def _parts(field: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield the parts of a list with the places of their first characters."""
    for part in field.split(","):
        yield start + 1, part
        start += len(part) + 1


def _wrong_part(number: int, place: int, part: str) -> CronProblem:
    name, takes = _FIELDS[number]
    what = f"`{_shown(part)}`" if part else "an empty part of a list"
    return CronProblem(
        f"{what} at character {place} of the cron expression is not a valid {name}",
        f"field {number + 1} is the {name}: it takes {takes}; {_FORMS}",
    )


def _shown(text: str) -> str:
    """Return a part for a message: one line, without control characters."""
    shown = "".join(one if one.isprintable() else "?" for one in text)
    return shown if len(shown) <= _MAX_SHOWN else shown[:_MAX_SHOWN] + "…"
