"""Opens the content that a request brings along, as far as the policy of the project allows."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.content.archive_content import plain_content, stored_content
from worldtree.app.content.archive_limits import PLAIN_TAR_LIMITS
from worldtree.app.content.content_request import AskedContent, AskedRepository, ContentSource
from worldtree.app.content.git_fetch import fetch_revision
from worldtree.app.content.repository_urls import check_revision, read_repository_url
from worldtree.app.documents.policy.prefixes import covers
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.core.errors import RefusedError
from worldtree.core.private_directories import make_private_directory
from worldtree.store.missing_archive import unknown_archive

if TYPE_CHECKING:
    from worldtree.app.documents.document_policy import DocumentPolicy
    from worldtree.app.ports import Ports
    from worldtree.store.store import Store


@dataclass(frozen=True)
class OpenedContent:
    """Content as it is now."""

    #: With the commit of a repository.
    source: ContentSource
    #: A plain tar.
    tar: bytes


class ContentOpener:
    """Opens contents in the project of a store."""

    def __init__(self, ports: Ports, store: Store, scratch: Path) -> None:
        """``scratch`` is a directory below which repositories are fetched and unpacked."""
        self._service = ports.policy or ServicePolicy()
        self._environ: Mapping[str, str] = ports.environ
        self._store, self._scratch = store, scratch

    @property
    def policy(self) -> DocumentPolicy:
        """What documents of the project may do."""
        return self._service.of_project(self._store.project_settings())

    def check(self, asked: AskedContent | None) -> None:
        """Raise ``RefusedError`` for content that is not allowed or unknown; fetch nothing."""
        if asked is None:
            return
        if asked.repository is not None:
            self._check_repository(asked.repository)
            return
        if not self.policy.archives:
            raise RefusedError(
                "the policy of the project does not allow content of archives",
                code="content-refused",
                hint="ask who may change the policy of the project for `archives`",
            )
        if self._store.find_archive(asked.archive or "") is None:
            raise unknown_archive(asked.archive or "")

    def open(self, asked: AskedContent) -> OpenedContent:
        """Return the content of a request. Raises ``RefusedError``."""
        self.check(asked)
        if asked.repository is None:
            return OpenedContent(asked.source(), stored_content(self._store, asked.archive or ""))
        repository, scratch = asked.repository, self._scratch
        make_private_directory(scratch)
        found = fetch_revision(
            read_repository_url(repository.url),
            repository.revision,
            repository.directory,
            access=self._service.access(repository.url),
            environ=self._environ,
            scratch=scratch,
        )
        # The tar is as much a stranger's as an uploaded archive.
        content = plain_content(io.BytesIO(found.tar), scratch, PLAIN_TAR_LIMITS)
        return OpenedContent(asked.source(found.commit), content)

    def beside(self, asked: AskedContent | None) -> tuple[DocumentPolicy, bytes | None]:
        """Return what a document may do, and a tar of what a request puts beside it.

        Without content the tar is None. Raises ``RefusedError``.
        """
        if asked is None:
            return self.policy, None
        return self.policy.with_content(), self.open(asked).tar

    def _check_repository(self, repository: AskedRepository) -> None:
        url = read_repository_url(repository.url)
        check_revision(repository.revision, repository.directory)
        if not any(covers(one, url.text) for one in self.policy.repositories):
            raise RefusedError(
                "the policy of the project does not allow this repository",
                code="repository-refused",
                hint="ask who may change the policy of the project for `repositories`",
            )
