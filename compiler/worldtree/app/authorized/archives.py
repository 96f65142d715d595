"""What a principal can ask for about archives; a part of ``AuthorizedApplication``."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from worldtree.app.authorized.policies import AuthorizedPolicies
from worldtree.app.permission_checks import requires

if TYPE_CHECKING:
    from worldtree.app.content.archives import ArchiveService


class AuthorizedArchives(AuthorizedPolicies):
    """Keeps the archives of a project, whose roles and files requests may use."""

    @property
    def _archives(self) -> ArchiveService:
        return self._application.archives

    def _require_archives(self) -> None:
        # What no request may use is not kept either.
        self._application.contents.require_archives()

    @requires("archive:manage")
    def expect_archive(self) -> None:
        """Raise before an archive is read that the principal, or the project, may not bring."""
        self._require_archives()

    @requires("archive:manage")
    def add_archive(self, file: IO[bytes], name: str) -> tuple[dict[str, Any], bool]:
        """Store an archive; return it, and whether it is new."""
        self._require_archives()
        return self._archives.add(file, name)

    @requires("archive:get")
    def archives(self, limit: int, cursor: str | None = None) -> dict[str, Any]:
        """Return a page of archives, newest first."""
        return self._archives.page(limit, cursor)

    @requires("archive:get")
    def archive(self, digest: str) -> dict[str, Any]:
        """Return an archive without its content."""
        return self._archives.get(digest)

    @requires("archive:get")
    def archive_content(self, digest: str) -> IO[bytes]:
        """Return the files of an archive as an open file with a tar."""
        return self._archives.content(digest)

    @requires("archive:manage")
    def prune_archives(self, older_than: float) -> dict[str, Any]:
        """Delete the archives that nothing needs and that are ``older_than`` seconds, or more."""
        return {"deleted": self._archives.prune(older_than)}

    @requires("project:get")
    def archive_quota(self) -> dict[str, Any]:
        """Return how many archives the project may keep, and how many it has."""
        return self._archives.quota()

    @requires("project:get", "project:update")
    def set_archive_quota(self, count: int, size: int) -> dict[str, Any]:
        """Change how many archives the project may keep, and how many bytes in them."""
        self._archives.set_quota((count, size))
        return self._archives.quota()

    @requires("project:get", "project:update")
    def reset_archive_quota(self) -> dict[str, Any]:
        """Let the project keep as many archives as others."""
        self._archives.set_quota(None)
        return self._archives.quota()

    @requires("archive:manage")
    def delete_archive(self, digest: str) -> None:
        """Delete an archive that nothing needs."""
        self._archives.delete(digest)
