"""Events become rows and come back the same; what is large goes out of line by its digest."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from worldtree.results.events import Event

#: Bytes of JSON that stay in the row.
_INLINE = 64 * 1024
#: Fields that can be large.
_LARGE = {"message", "stdout", "stderr", "result"}


def to_row(task: str, event: Event) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the event's row, and a blob's row when it has one."""
    body = event.model_dump_json(exclude_defaults=True)
    row = {
        "task": task,
        "seq": event.seq,
        "kind": event.kind.value,
        "time": event.time,
        "attempt": event.attempt,
        "node": event.node,
        "host": event.host,
        "body": body,
        "blob": None,
    }
    if len(body) <= _INLINE:
        return row, None
    content = event.model_dump_json(include=_LARGE, exclude_defaults=True).encode()
    digest = sha256(content).hexdigest()
    row["body"] = event.model_dump_json(exclude=_LARGE, exclude_defaults=True)
    row["blob"] = digest
    return row, {"digest": digest, "size": len(content), "body": zlib.compress(content, 1)}


def from_row(row: Mapping[str, Any], blob: bytes | None) -> Event:
    """Return the event of a row and its blob's body."""
    fields = json.loads(row["body"])
    if blob is not None:
        fields.update(json.loads(zlib.decompress(blob)))
    return Event(**fields)
