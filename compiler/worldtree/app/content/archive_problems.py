"""Errors about archives; names of entries are shown in one line, without control characters."""

from __future__ import annotations

from worldtree.core.disk_space import is_disk_full
from worldtree.core.errors import RefusedError
from worldtree.core.private_directories import StoreError


def is_text(written: str) -> bool:
    """Whether it has no control characters, and no bytes that are not UTF-8."""
    codes = [ord(one) for one in written]
    return all(code >= 32 and code != 127 and not 0xD800 <= code < 0xE000 for code in codes)


def shown(name: str) -> str:
    text = "".join(one if is_text(one) else "?" for one in name[:100])
    return text if len(name) <= 100 else f"{text[:97]}…"


def entry_problem(name: str, words: str) -> RefusedError:
    return RefusedError(
        f"the archive is refused: `{shown(name)}` {words}",
        code="archive-invalid",
        hint="an archive has plain files, directories, and links between them; make it of the"
        " directory of the document, as with `tar -czf content.tar.gz -C DIRECTORY .`",
    )


def unreadable(problem: Exception) -> RefusedError:
    return RefusedError(
        f"the archive cannot be read: {type(problem).__name__}",
        code="archive-invalid",
        hint="send a tar, a tar.gz or a zip that is whole",
    )


def unwritable(problem: OSError) -> StoreError:
    """Return the error for what an archive has and this machine cannot write."""
    return StoreError(
        f"the files of the archive cannot be written by the service: {problem.strerror}",
        code="disk-full" if is_disk_full(problem) else "store-unavailable",
        hint="the archive may be right: the operator of the service has to check the free space"
        " and the rights of its directory for temporary files",
    )


def too_large(words: str) -> RefusedError:
    return RefusedError(
        f"the archive {words}",
        code="archive-too-large",
        hint="leave out what the document does not need",
    )
