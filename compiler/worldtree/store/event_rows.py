"""Converts events to rows and back; large fields go into a blob by their digest."""

from __future__ import annotations

import json
import zlib
from hashlib import sha256
from typing import Any

from pydantic_core import PydanticSerializationError, from_json

from worldtree.core.format_versions import VERSION_KEY
from worldtree.results.event_format import EVENT_FORMAT, event_of
from worldtree.results.events import Event

#: Characters of JSON that stay in the row.
_MAX_INLINE_CHARACTERS = 64 * 1024
#: Fields that can be large.
_LARGE_FIELDS = {"message", "stdout", "stderr", "result"}
#: Bytes that are compressed first, to see whether it is worth the time.
_SAMPLE_BYTES = 64 * 1024
_MAX_COMPRESSED_SHARE = 0.6
#: How the body of a row begins.
_VERSION = f'{{"{VERSION_KEY}":{EVENT_FORMAT.version},'


def to_row(task: str, event: Event) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the event's row, and the blob's row if there is one."""
    row = {
        "task": task,
        "seq": event.seq,
        "kind": event.kind.value,
        "time": event.time,
        "attempt": event.attempt,
        "line": event.line,
        "node": event.node,
        "host": event.host,
        "body": "",
        "blob": None,
    }
    if not _is_surely_large(event):
        row["body"] = body = _body(event)
        if len(body) <= _MAX_INLINE_CHARACTERS:
            return row, None
    content = _json(event, include=_LARGE_FIELDS)
    packed = _compressed(content)
    digest = sha256(packed).hexdigest()
    row["body"] = _body(event, exclude=_LARGE_FIELDS)
    row["blob"] = digest
    return row, {"digest": digest, "size": len(content), "body": packed}


def from_row(body: str, blob: bytes | None) -> Event:
    """Return the event of the bodies of a row and its blob.

    Raises ``UnreadableFormatError`` for an event of a newer version.
    """
    fields = body_fields(body)
    if blob is not None:
        fields.update(blob_fields(blob))
    return event_of(fields)


def body_fields(body: str) -> dict[str, Any]:
    """Return the fields in the body of a row, as they were stored, in any version of the format."""
    return _read(body)


def blob_fields(blob: bytes) -> dict[str, Any]:
    """Return the large fields that a blob has."""
    return _read(_decompressed(bytes(blob)))


def _is_surely_large(event: Event) -> bool:
    """Return whether it is large without serializing all of it."""
    return len(event.stdout or "") + len(event.stderr or "") > _MAX_INLINE_CHARACTERS


def _body(event: Event, **parts: Any) -> str:
    """Return an event as JSON with the version of its format."""
    # No event is an empty object: it has a kind and a time.
    return f"{_VERSION}{_json(event, **parts)[1:].decode()}"


def _json(event: Event, **parts: Any) -> bytes:
    try:
        # As ``model_dump_json``, but without the detour through ``str``.
        return event.__pydantic_serializer__.to_json(event, exclude_defaults=True, **parts)
    except PydanticSerializationError:
        # Bytes of a host that are not UTF-8 are lone surrogates, which only escapes can write.
        found = event.model_dump(mode="python", exclude_defaults=True, **parts)
        return json.dumps(found).encode()


def _read(text: str | bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = from_json(text)
    except ValueError:  # It refuses lone surrogates.
        found = json.loads(text)
    return found


def _compressed(content: bytes) -> bytes:
    """Compress ``content`` unless its beginning shows that this saves too little."""
    sample = content[:_SAMPLE_BYTES]
    if len(zlib.compress(sample, 1)) > _MAX_COMPRESSED_SHARE * len(sample):
        return content
    return zlib.compress(content, 1)


def _decompressed(body: bytes) -> bytes:
    # No compressed stream begins like a JSON object.
    return bytes(body) if body[:1] == b"{" else zlib.decompress(body)
