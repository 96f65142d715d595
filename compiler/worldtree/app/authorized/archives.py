"""What a principal can ask for about archives; a part of ``AuthorizedApplication``."""

from __future__ import annotations

from typing import IO, Any

from worldtree.app.authorized.policies import AuthorizedPolicies
from worldtree.app.content.archives import ArchiveService
from worldtree.app.permission_checks import requires


class AuthorizedArchives(AuthorizedPolicies):
    """Keeps the archives of a project, whose roles and files requests may use."""

    @property
    def _archives(self) -> ArchiveService:
        application = self._application
        scratch = application.settings.home / "plans"
        return ArchiveService(lambda: application.store, self.actor, scratch)

    @requires("archive:manage")
    def expect_archive(self) -> None:
        """Raise before an archive is read that the principal may not bring."""

    @requires("archive:manage")
    def add_archive(self, file: IO[bytes], name: str) -> tuple[dict[str, Any], bool]:
        """Store an archive; return it, and whether it is new."""
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
    def archive_content(self, digest: str) -> bytes:
        """Return the files of an archive as a tar."""
        return self._archives.content(digest)

    @requires("archive:manage")
    def delete_archive(self, digest: str) -> None:
        """Delete an archive that nothing needs."""
        self._archives.delete(digest)
