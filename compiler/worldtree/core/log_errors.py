"""Exceptions as fields of a log entry: what operators need, and no values of variables.

Messages of libraries quote what was given to them on later lines: parameters of a query, the input
that a model refused. So only the first line of a message is kept.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from worldtree.core.errors import WorldTreeError

#: Characters of a message.
_MAX_MESSAGE = 500
#: Frames of one exception; the first and last ones are kept.
_MAX_FRAMES = 40
#: Exceptions of a chain of causes.
_MAX_CHAIN = 10


def error_fields(error: BaseException) -> dict[str, str]:
    """Return ``error`` and ``error_code``, of an unexpected one also ``traceback``."""
    if isinstance(error, WorldTreeError):
        return {"error": error.message, "error_code": error.code}
    return {
        "error": _headline(error),
        "error_code": "unexpected",
        "traceback": "\n".join(_described(error)),
    }


def _headline(error: BaseException) -> str:
    """Return the class of an exception and the first line of its message."""
    found = type(error)
    name = found.__qualname__
    if found.__module__ != "builtins":
        name = f"{found.__module__}.{name}"
    try:
        first = next(iter(str(error).splitlines()), "")[:_MAX_MESSAGE]
    except Exception:  # Its __str__ is foreign code.
        first = ""
    return f"{name}: {first}" if first else name


def _described(error: BaseException) -> Iterator[str]:
    """Yield the lines of the chain that led to ``error``, the first cause at the top."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain and len(chain) < _MAX_CHAIN:
        chain.append(current)
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    for number, one in enumerate(reversed(chain)):
        if number:
            yield "then:"
        # Without values: `capture_locals` stays off.
        frames = traceback.extract_tb(one.__traceback__)
        half = _MAX_FRAMES // 2
        for place, frame in enumerate(frames):
            if len(frames) > _MAX_FRAMES and half <= place < len(frames) - half:
                if place == half:
                    yield f"  ({len(frames) - _MAX_FRAMES} frames left out)"
                continue
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line or ''}".rstrip()
        yield _headline(one)
        if isinstance(one, BaseExceptionGroup):
            yield from (f"  with {_headline(member)}" for member in one.exceptions[:_MAX_CHAIN])
