"""How many archives a project may keep, and of what size together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from worldtree.core.errors import RefusedError

#: Key of the settings of a project.
ARCHIVE_QUOTA = "archive_quota"


@dataclass(frozen=True, slots=True)
class ArchiveQuota:
    """A number of archives, and bytes of what is in them; by default that of all projects."""

    count: int = 500
    bytes: int = 2 * 1024**3

    def check(self, count: int, size: int) -> None:
        """Raise ``RefusedError`` where a project would have so many archives, or bytes of them."""
        if count <= self.count and size <= self.bytes:
            return
        which = (
            f"{self.count} archives"
            if count > self.count
            else f"archives of {self.bytes} bytes together"
        )
        raise RefusedError(
            f"the project may keep {which}, and would have more",
            code="archive-quota-exceeded",
            hint="delete archives that nothing needs, or ask who may change the project for a"
            " higher quota",
        )


def read_quota(settings: Mapping[str, Any]) -> ArchiveQuota:
    """Return the quota that the settings of a project have; without one the default."""
    found = settings.get(ARCHIVE_QUOTA)
    return ArchiveQuota() if found is None else ArchiveQuota(**found)


def quota_data(quota: ArchiveQuota | None) -> dict[str, int] | None:
    """Return a quota for the settings of a project; None for the default."""
    return None if quota is None else asdict(quota)
