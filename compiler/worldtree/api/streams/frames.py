"""Frames of streams, and how SSE and WebSocket carry them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from worldtree.app.tasks.event_batch import (
    EventBatch,
    FeedEnd,
    FeedPart,
    OrderedBatch,
    StatusChange,
)
from worldtree.app.views.log_lines import log_line_view
from worldtree.results.events import EventKind
from worldtree.results.log_level import LOG_EVENT_KINDS, log_level
from worldtree.results.play_end import read_play_ends

if TYPE_CHECKING:
    from worldtree.app.tasks.event_batch import OrderedEvent, StoredEvent

#: Sent when nothing else is, so that both sides notice a lost connection.
SSE_PING = b": ping\n\n"
WEBSOCKET_PING = "[]"
_LOG_KINDS = frozenset(kind.value for kind in LOG_EVENT_KINDS)


class StreamKind(StrEnum):
    """What a stream has."""

    EVENTS = "events"
    #: The events of the log, as lines.
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of a stream."""

    #: What happened: ``event``, ``line``, ``rescued``, ``status``, ``end`` or ``reconnect``.
    event: str
    #: JSON in one line.
    data: str
    #: The number of the event; None for what is no event.
    id: int | None = None


def frames(part: FeedPart, kind: StreamKind, retry_ms: int) -> list[Frame]:
    """Return the frames of a part; ``retry_ms`` is for readers that have to connect again."""
    if isinstance(part, EventBatch):
        return _lines(part) if kind is StreamKind.LOG else _events(part)
    if isinstance(part, StatusChange):
        found = {"status": part.status.value, "message": part.message}
        return [Frame("status", json_text(found))]
    if isinstance(part, OrderedBatch):
        return [Frame("event", ordered_event_text(one), one.number) for one in part.events]
    assert isinstance(part, FeedEnd)
    if part.status is None:
        return [Frame("reconnect", json_text({"last": part.last, "retry_ms": retry_ms}))]
    return [Frame("end", json_text({"last": part.last, "status": part.status.value}))]


def sse_bytes(found: Iterable[Frame]) -> bytes:
    """Return frames as Server-Sent Events."""
    return "".join(map(_sse_text, found)).encode()


def _sse_text(frame: Frame) -> str:
    number = "" if frame.id is None else f"id: {frame.id}\n"
    return f"{number}event: {frame.event}\ndata: {frame.data}\n\n"


def websocket_text(found: Iterable[Frame]) -> str:
    """Return frames as one message: a JSON list of objects."""
    return f"[{','.join(map(_websocket_frame, found))}]"


def _websocket_frame(frame: Frame) -> str:
    number = "null" if frame.id is None else frame.id
    return f'{{"id":{number},"event":"{frame.event}","data":{frame.data}}}'


def _events(batch: EventBatch) -> list[Frame]:
    return [Frame("event", _event_text(event), event.seq) for event in batch.events]


def ordered_event_text(found: OrderedEvent) -> str:
    """Return an event with its number among all and what it belongs to, as JSON in one line."""
    place = {"project": found.project, "cluster": found.cluster, "task_id": found.task}
    head = f'{{"number":{found.number},{json_text(place)[1:-1]}'
    return f'{head},"event":{_event_text(found.event)}}}'


def _event_text(event: StoredEvent) -> str:
    body = _strict(event.body)
    return f'{body[:-1]},"omitted_bytes":{event.omitted}}}' if event.omitted else body


def _lines(batch: EventBatch) -> list[Frame]:
    found = []
    for event in batch.events:
        if event.kind == EventKind.PLAY_ENDED:
            found += _rescued(event)
        if event.kind not in _LOG_KINDS:
            continue
        fields = _read(event.body)
        level = log_level(
            event.kind, fields.get("status"), ignored=bool(fields.get("ignored", False))
        )
        data = json_text(log_line_view(fields, level, event.omitted))
        found.append(Frame("line", data, event.seq))
    return found


def _rescued(event: StoredEvent) -> list[Frame]:
    """Return the frame that takes back the failures of hosts which came to the end of a play."""
    fields = _read(event.body)
    ends = read_play_ends(fields.get("result", {}))
    hosts = sorted(host for host, end in ends.items() if end.is_done)
    if not hosts:
        return []
    place = {"number": event.seq, "attempt": fields.get("attempt"), "node": fields.get("node")}
    return [Frame("rescued", json_text({**place, "hosts": hosts}), event.seq)]


def json_text(value: Any) -> str:
    """Return ``value`` as JSON in one line; numbers that JSON does not know become null."""
    try:
        return to_json(value, inf_nan_mode="null").decode()
    except ValueError:
        # Bytes of a host that are not UTF-8 are lone surrogates, which only escapes can write.
        return json.dumps(_finite(value), separators=(",", ":"))


def _strict(body: str) -> str:
    """Return a stored event as JSON that all parsers take, mostly unchanged."""
    if "NaN" in body or "Infinity" in body:
        return json_text(_read(body))
    return body


def _read(body: str) -> Any:
    try:
        return from_json(body)
    except ValueError:  # It refuses lone surrogates.
        return json.loads(body)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
