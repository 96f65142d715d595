"""Cursors of lists: opaque text that says where a page ended."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Sequence

from worldtree.core.errors import RefusedError

#: Rows of a page at most, and by default.
MAX_PAGE, DEFAULT_PAGE = 200, 50
#: Events and log entries of a page at most, and by default.
MAX_EVENTS, DEFAULT_EVENTS = 1000, 200


def encode_cursor(*values: str | float) -> str:
    """Return a cursor for the position ``values``."""
    text = json.dumps(values, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, *types: type) -> Sequence[str | float]:
    """Return the position of a cursor with values of ``types``; raises ``RefusedError``."""
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise _unreadable() from None
    if not isinstance(found, list) or [type(value) for value in found] != list(types):
        raise _unreadable()
    for value in found:
        is_number = not isinstance(value, str)
        if (is_number and not (math.isfinite(value) and abs(value) < 2**53)) or (
            not is_number and "\0" in value
        ):
            raise _unreadable()
    return found


def encode_sorted(order: str, default: str, *values: str | float) -> str:
    """Return a cursor for the position ``values`` of a list in ``order``."""
    return encode_cursor(*values) if order == default else encode_cursor(order, *values)


def decode_sorted(cursor: str, order: str, default: str, *types: type) -> Sequence[str | float]:
    """Return the position of a cursor of a list in ``order``; raises ``RefusedError``.

    A cursor of another order is refused.
    """
    if order == default:
        return decode_cursor(cursor, *types)
    known, *values = decode_cursor(cursor, str, *types)
    if known != order:
        raise _unreadable()
    return values


def _unreadable() -> RefusedError:
    return RefusedError(
        "the cursor is not one of this list in this order",
        code="cursor-invalid",
        hint="use the value of `next` of the page before with the same `sort`, or leave it out for "
        "the first page",
    )
