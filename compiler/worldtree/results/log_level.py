"""The levels of lines of a log, by which they are filtered."""

from __future__ import annotations

from enum import StrEnum

from worldtree.results.events import EventKind

#: Events of a log: ends and retries of Ansible tasks, and messages of Ansible itself.
LOG_EVENT_KINDS = frozenset(
    {EventKind.HOST_TASK_FINISHED, EventKind.HOST_TASK_RETRIED, EventKind.RUN_MESSAGE}
)


class LogLevel(StrEnum):
    """What a line of a log says."""

    #: An Ansible task failed, or its host was unreachable; or a message is an error.
    FAILED = "failed"
    #: A failure that ``ignore_errors`` or ``ignore_unreachable`` ignored.
    IGNORED = "ignored"
    #: A failure after which Ansible tries again.
    RETRIED = "retried"
    WARNING = "warning"
    CHANGED = "changed"
    OK = "ok"
    SKIPPED = "skipped"
    INFO = "info"


#: Level -> the statuses of events that may have it; without an entry the level's own name.
STATUSES = {
    LogLevel.FAILED: ("failed", "unreachable", "error"),
    LogLevel.IGNORED: ("failed", "unreachable"),
}
_BY_STATUS = dict.fromkeys(STATUSES[LogLevel.FAILED], LogLevel.FAILED)


def log_level(kind: str, status: str | None, *, ignored: bool) -> LogLevel:
    """Return the level of an event of a log."""
    if kind == EventKind.HOST_TASK_RETRIED:
        return LogLevel.RETRIED
    if status in _BY_STATUS:
        return LogLevel.IGNORED if ignored else LogLevel.FAILED
    return LogLevel(status) if status in set(LogLevel) else LogLevel.INFO
