"""Paths as documents and texts of roles write them: any text, which may be no usable path."""

from __future__ import annotations

import os
from pathlib import Path


def home_path(written: str | Path) -> Path:
    """Return the path with a home directory for ``~``; that of an unknown user stays as written.

    Ansible does the same, where ``Path.expanduser`` raises.
    """
    return Path(os.path.expanduser(written))  # noqa: PTH111  # See above.


def is_file(path: Path) -> bool:
    """Whether there is a file; False also for a text that is too long to name one."""
    return os.path.isfile(path)  # noqa: PTH113  # `Path.is_file` raises for such a text.


def exists(path: Path) -> bool:
    """Whether there is a file or directory; False also for a text that is too long to name one."""
    return os.path.exists(path)  # noqa: PTH110  # `Path.exists` raises for such a text.
