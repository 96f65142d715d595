"""File modes as inputs: which ones differ in meaning, and which only by the umask of a checkout."""

from __future__ import annotations

#: The modes of most files. Version control keeps no others: it knows the executable bit alone.
REGULAR_MODE, EXECUTABLE_MODE = 0o644, 0o755
_GROUP_WRITE = 0o020
_READ_AND_WRITE, _READ, _PERMISSIONS = 0o666, 0o444, 0o777


def permissions(mode: int) -> int:
    """Return the permission bits of ``st_mode``."""
    return mode & _PERMISSIONS


def is_executable(mode: int) -> bool:
    """Whether the owner can execute a file of this mode."""
    return bool(mode & 0o100)


def shipped_mode(mode: int) -> int:
    """Return the mode of a file that an installer wrote: of it, only the executable bit is ours."""
    return EXECUTABLE_MODE if is_executable(mode) else REGULAR_MODE


def compared_mode(mode: int) -> int:
    """Return ``mode`` as it is compared and recorded.

    0664 counts as 0644 and 0775 as 0755, since checkouts differ in that with the usual umasks.
    """
    without = mode & ~_GROUP_WRITE
    return without if without in (REGULAR_MODE, EXECUTABLE_MODE) else mode


def is_checkout_mode(actual: int, recorded: int, reference: int) -> bool:
    """Whether version control writes a file of mode ``recorded`` as ``actual``.

    ``reference`` is the mode of a file beside it that has 0644: it shows the umask.
    """
    mask = _READ_AND_WRITE & ~reference
    if recorded == EXECUTABLE_MODE:
        return actual == _PERMISSIONS & ~(mask | (mask & _READ) >> 2)
    return recorded == REGULAR_MODE and actual == _READ_AND_WRITE & ~mask


def mode_mark(mode: int) -> str:
    """Return the text that stands for a mode in digests."""
    compared = compared_mode(mode)
    return {REGULAR_MODE: "-", EXECUTABLE_MODE: "x"}.get(compared, f"{compared:04o}")
