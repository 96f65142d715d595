"""Repositories with submodules, which are not fetched."""

from __future__ import annotations

from worldtree.app.content.archive_problems import shown
from worldtree.core.errors import RefusedError

#: How git lists a submodule: its mode.
_SUBMODULE = b"160000 "


def refuse_submodules(listing: bytes) -> None:
    """Raise ``RefusedError`` where ``git ls-tree`` lists what is in another repository.

    git leaves their directories empty, which would be found out by what is missing on hosts.
    """
    entries = (one.partition(b"\t") for one in listing.split(b"\0"))
    found = [path for head, _, path in entries if head.startswith(_SUBMODULE)]
    if found:
        first = found[0].decode("utf-8", errors="surrogateescape")
        raise RefusedError(
            f"the repository has submodules, which are not fetched: `{shown(first)}`"
            + (f" and {len(found) - 1} more" if len(found) > 1 else ""),
            code="repository-submodules",
            hint="name a `directory` of the repository without submodules, or upload an archive of"
            " a clone that has them (`git clone --recurse-submodules`)",
        )
