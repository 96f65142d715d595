"""What running commands use in the cache, so that pruning keeps it before a lock file names it.

Each command has a file ``in-use/NAME`` with one sha256 per line, and holds its lock: the kernel
releases it when the command ends, however that is. One file per command, and not one lock per
artifact: a process has few descriptors.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from worldtree.artifacts.cache import ArtifactCache
from worldtree.artifacts.digest_locks import DigestLocks
from worldtree.core.private_directories import make_private_directory

#: Says that a sha256 is used until the command ends; may be called from several threads.
UseDigest = Callable[[str], None]


@contextmanager
def digests_in_use(cache: ArtifactCache) -> Iterator[UseDigest]:
    """Give what says which files are used for the length of the block.

    Who says it before taking the lock of a file finds it there afterwards, or finds it missing; it
    is not removed later. Raises ``WorldTreeError``.
    """
    directory, name = cache.directory / "in-use", uuid.uuid4().hex
    with cache.errors():
        make_private_directory(directory)
        locks = DigestLocks(directory)
        lock = locks.held(name)
        lock.__enter__()

    def use(digest: str) -> None:
        with cache.errors(), (directory / name).open("a", encoding="ascii") as stream:
            stream.write(f"{digest}\n")

    try:
        yield use
    finally:
        locks.forget(name)
        lock.__exit__(None, None, None)


def used_digests(cache: ArtifactCache) -> set[str]:
    """Return what running commands use; forget the files of those that have ended."""
    locks = DigestLocks(cache.directory / "in-use")
    found: set[str] = set()
    with cache.errors():
        for name in locks.names():
            with locks.if_free(name) as is_free:
                if is_free:
                    locks.forget(name)
                    continue
            with suppress(FileNotFoundError):  # It ends just now.
                text = (cache.directory / "in-use" / name).read_text(encoding="ascii")
                found.update(text.split())
    return found
