"""The log of `wt serve` and `wt worker`: one entry per line on stderr, as JSON or as text.

Entries of structlog and of every logger of the standard library, such as those of uvicorn, take
the same way. Fields: ``time`` (RFC 3339, UTC), ``level``, ``event``, ``logger``, those of the call,
and those that are bound to the context (``bind``): ``request_id``, ``trace_id``, ``task_id``,
``node``, ``step_name``, ``hostname``.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol

from worldtree.core.log_errors import error_fields
from worldtree.core.log_redaction import Redact, redact_entry

if TYPE_CHECKING:
    from structlog.typing import Processor

LogFormat = Literal["json", "text"]
LOG_FORMATS: tuple[LogFormat, ...] = ("json", "text")
#: Fields that come first, in this order.
_FIRST_FIELDS = ("time", "level", "event", "logger")
#: Loggers of libraries that say too much below a level, and that level. Those of the client of HTTP
#: print whole URLs, whose query may be a signature.
_QUIET_LOGGERS = {
    "alembic": logging.WARNING,
    "httpcore2": logging.WARNING,
    "httpx2": logging.WARNING,
    "sqlalchemy": logging.WARNING,
}

_Entry = MutableMapping[str, Any]


class Log(Protocol):
    """The log of a part of the program: an entry has an event and fields."""

    def info(self, event: str, **fields: Any) -> Any:
        """Say what happened."""

    def warning(self, event: str, **fields: Any) -> Any:
        """Say what somebody may have to look at."""

    def error(self, event: str, **fields: Any) -> Any:
        """Say what failed; ``exc_info=error`` adds the fields of an exception."""

    def exception(self, event: str, **fields: Any) -> Any:
        """Say what failed because of the exception that is being handled."""


def configure_logs(
    log_format: LogFormat = "json",
    *,
    redact_values: Redact = str,
    level: int = logging.INFO,
    stream: IO[str] | None = None,
) -> None:
    """Send all logs of this process to ``stream`` (default: stderr), from ``level`` on.

    ``redact_values`` removes the secrets that this process knows; see ``log_redaction`` for those
    that it does not know. May be called again.
    """
    # Slow to import, and only needed by processes that serve.
    import structlog
    from structlog.contextvars import merge_contextvars

    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        _add_time,
        _describe_error,
    ]

    def redact(_logger: Any, _method: str, entry: _Entry) -> _Entry:
        return redact_entry(entry, redact_values)

    render = _json_line if log_format == "json" else _text_line
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(allow=())],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                render,
            ],
        )
    )
    root = logging.getLogger()
    for former in root.handlers[:]:
        if isinstance(former, _Handler):
            root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(level)
    for name, lowest in _QUIET_LOGGERS.items():
        logging.getLogger(name).setLevel(max(level, lowest))
    # uvicorn brings handlers of its own; its access log is replaced by ours.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
    logging.captureWarnings(True)


def get_log(name: str) -> Log:
    """Return the log of a part of the program: ``get_log("api").info("event", field=value)``."""
    import structlog

    found: Log = structlog.get_logger(name)
    return found


@contextmanager
def bind(**fields: Any) -> Iterator[None]:
    """Add fields to all entries of this context inside the block; None adds nothing."""
    from structlog.contextvars import bound_contextvars

    known = {name: value for name, value in fields.items() if value is not None}
    with bound_contextvars(**known):
        yield


class _Handler(logging.StreamHandler[IO[str]]):
    """Writes lines; a stream that takes none, such as a closed pipe, ends nothing."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name.
        """Drop the entry: the standard way would print a traceback."""


def _add_time(_logger: Any, _method: str, entry: _Entry) -> _Entry:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    entry["time"] = now.replace("+00:00", "Z")
    return entry


def _describe_error(_logger: Any, _method: str, entry: _Entry) -> _Entry:
    """Replace ``exc_info`` by fields; a traceback only at level error."""
    found = entry.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        fields = error_fields(error)
        if entry.get("level") not in ("error", "critical"):
            fields.pop("traceback", None)
        entry.update(fields)
    return entry


def _ordered(entry: _Entry) -> dict[str, Any]:
    first = {name: entry[name] for name in _FIRST_FIELDS if name in entry}
    return {**first, **{name: value for name, value in entry.items() if name not in first}}


def _json_line(_logger: Any, _method: str, entry: _Entry) -> str:
    # Redacted entries are JSON data; NaN is not JSON, but better than no entry.
    return _printable(json.dumps(_ordered(entry), ensure_ascii=False))


def _text_line(_logger: Any, _method: str, entry: _Entry) -> str:
    """Return an entry for people: one line, and the traceback below it."""
    fields = _ordered(entry)
    frames = fields.pop("traceback", "")
    head = [str(fields.pop(name, "")) for name in ("time", "level", "event")]
    rest = [f"{name}={_shown(value)}" for name, value in fields.items() if value is not None]
    line = " ".join([head[0], f"{head[1]:<8}", _one_line(head[2]), *rest])
    return f"{line}\n{frames}" if frames else line


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    is_plain = text and text.isprintable() and not set(text) & set(' "=')
    return text if is_plain else _printable(json.dumps(text, ensure_ascii=False))


def _one_line(text: str) -> str:
    """Return ``text`` without line breaks and control characters, which could forge an entry."""
    return text if text.isprintable() else _printable(json.dumps(text, ensure_ascii=False))


def _printable(text: str) -> str:
    """Return JSON whose characters are all visible.

    Others change how the rest of a line looks: control characters beyond ASCII, and those that
    reverse the direction of text.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)
