"""Tells a want of space from other errors of a file system."""

from __future__ import annotations

import errno

#: A disk, or a user's quota, is full.
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def is_disk_full(error: OSError) -> bool:
    """Whether free space would help."""
    return error.errno in _NO_SPACE
