"""Writes the lock file ``artifacts.lock``, see ``plan/artifact_lock.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from worldtree.core.errors import WorldTreeError
from worldtree.core.fsync import write_durably
from worldtree.plan.artifact_lock import LOCK_FORMAT, ArtifactLock

_HEAD = (
    "# Written by `wt artifacts lock`; keep it in version control. `trust: first-use` says that\n"
    "# the sha256 is that of the first download, which nobody else has confirmed.\n"
)


def lock_text(lock: ArtifactLock) -> str:
    """Return the text of a lock file: the same for the same entries."""
    items = [_quoted(one.model_dump(mode="json", exclude_none=True)) for one in lock]
    data = LOCK_FORMAT.stamped({"artifacts": items})
    # The width keeps each value on one line.
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=2**31)
    return _HEAD + text


def write_lock(lock: ArtifactLock, file: Path) -> bool:
    """Write a lock file as a whole; return whether it changed. Raises ``WorldTreeError``."""
    text = lock_text(lock)
    try:
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            return False
    except (OSError, UnicodeDecodeError):
        pass  # What cannot be read is replaced.
    try:
        # As files that people write: it is no secret, and goes into version control.
        write_durably(file, text.encode(), mode=0o644)
    except OSError as error:
        raise WorldTreeError(
            f"cannot write {file}: {error.strerror}",
            code="artifact-lock-not-written",
            hint="check the permissions and the free space of its directory",
        ) from error
    return True


class _Quoted(str):
    """A text that is written in quotes, so that none is read as a number or a date."""

    __slots__ = ()


def _quoted(data: Any) -> Any:
    if isinstance(data, str):
        return _Quoted(data)
    if isinstance(data, dict):
        return {key: _quoted(value) for key, value in data.items()}
    return [_quoted(one) for one in data] if isinstance(data, list) else data


class _Dumper(yaml.SafeDumper):
    """Writes texts in quotes."""


def _represent(dumper: yaml.SafeDumper, text: _Quoted) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


_Dumper.add_representer(_Quoted, _represent)
