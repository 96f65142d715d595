"""Lines of logs as plain data, the same in pages and in streams."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from worldtree.app.views.tasks import duration
from worldtree.core.shown_results import shown_result
from worldtree.results.json_view import utc_text
from worldtree.results.log_level import LogLevel

if TYPE_CHECKING:
    from worldtree.store.log_pages import LogLine, LogPage

#: Fields of an event that a line has as they are.
_SAME = (
    *("kind", "attempt", "node", "host", "name", "action", "role", "path", "status"),
    *("delegated_to", "message", "stdout", "stderr"),
)

#: What stands before the path of a file of a bundle: the state directory of one machine.
_BEFORE_BUNDLE = re.compile(r"^/.*/tasks/[^/]+/bundle/")


def log_line_view(fields: Mapping[str, Any], level: LogLevel, omitted: int) -> dict[str, Any]:
    """Return a line of the stored fields of its event.

    What has no value is left out, and ``path`` is relative to the bundle. ``omitted`` are the
    bytes of the message and the output where these are not in ``fields``.
    """
    found = {
        "number": fields["seq"],
        "level": level.value,
        "time": utc_text(fields.get("time")),
        **{name: fields.get(name) for name in _SAME},
        "duration": duration(fields.get("started"), fields.get("ended")),
        "omitted_bytes": omitted or None,
    }
    if found["path"]:
        found["path"] = _BEFORE_BUNDLE.sub("", found["path"])
    return {name: value for name, value in found.items() if value is not None}


def log_page_view(page: LogPage) -> dict[str, Any]:
    """Return a page: all matching lines with ``first`` ≤ number < ``end``.

    The next page forwards is ``from=end``, backwards ``before=first``; a stream that continues it
    begins ``after`` the number ``end`` - 1.
    """
    return {
        "items": [log_line_view(line.fields, line.level, line.omitted) for line in page.lines],
        "first": page.first,
        "end": page.end,
        "has_more": page.has_more,
    }


def whole_log_line_view(line: LogLine) -> dict[str, Any]:
    """Return a line with its whole output and the result of the action."""
    return {
        **log_line_view(line.fields, line.level, line.omitted),
        "result": shown_result(line.fields.get("result", {})),
    }
