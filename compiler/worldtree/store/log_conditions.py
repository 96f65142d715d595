"""Which stored events may be the lines that a query of a log wants, without parsing them."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, or_

from worldtree.results.events import EventKind
from worldtree.results.log_level import STATUSES, LogLevel
from worldtree.store.schema import events

#: What the status and the result begin with in the body of an event; the result is the last field.
#: Quotes within texts are escaped, so that no text looks like it.
_STATUS_KEY, _RESULT_KEY = '"status":"', '"result":{'
#: Fields in which a search looks.
_SEARCHED = ("message", "stdout", "stderr", "name", "host", "node", "action")


def contains(engine: Engine, text: str) -> ColumnElement[bool]:
    """Return the condition that the body of an event contains a text, in any ASCII case."""
    # SQLite's LIKE ignores the case of ASCII letters; elsewhere that collation does, quickly.
    is_file = engine.dialect.name == "sqlite"
    compare = events.c.body.like if is_file else events.c.body.collate("C").ilike
    return or_(*(compare(f"%{_escaped(one)}%", escape="~") for one in _written(text)))


def has_level(engine: Engine, levels: Collection[LogLevel]) -> ColumnElement[bool]:
    """Return a condition for rows that may have one of the levels.

    The status is the first thing in a body that looks like one, so that little is read.
    """
    is_file = engine.dialect.name == "sqlite"
    place = (func.instr if is_file else func.strpos)(events.c.body, _STATUS_KEY)
    # One comparison of few characters; the caller compares all of them.
    begins = func.substr(events.c.body, place + len(_STATUS_KEY), 3)
    statuses = (one for level in levels for one in STATUSES.get(level, (level.value,)))
    return or_(
        begins.in_(sorted({f'{one}"'[:3] for one in statuses})),
        # A retry; and an event with bytes that are not UTF-8, which is stored with spaces.
        events.c.kind == EventKind.HOST_TASK_RETRIED.value,
        func.substr(events.c.body, 1, 40).like('%"seq": %'),
    )


def _written(text: str) -> list[str]:
    """Return how a text is written in the bodies of events."""
    # An event with bytes that are not UTF-8 is stored in ASCII.
    return sorted({json.dumps(text, ensure_ascii=one)[1:-1] for one in (False, True)})


def _escaped(text: str) -> str:
    """Return ``text`` as a pattern of LIKE that matches only itself."""
    for special in "~%_":
        text = text.replace(special, f"~{special}")
    return text


def may_match(body: str, text: str) -> bool:
    """Whether a text may be in the fields that are searched, without parsing the event."""
    head = body.partition(_RESULT_KEY)[0].casefold()
    return any(one.casefold() in head for one in _written(text))


def is_in(fields: dict[str, Any], text: str) -> bool:
    """Whether a casefolded text is in a field that is searched, in any case."""
    return any(text in str(fields[name]).casefold() for name in _SEARCHED if fields.get(name))
