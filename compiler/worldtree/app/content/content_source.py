"""Opens the content that a request brings along, as far as the policy of the project allows."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.content.archive_content import plain_content, stored_content
from worldtree.app.content.archive_limits import PLAIN_TAR_LIMITS
from worldtree.app.content.content_request import AskedContent, AskedRepository, ContentSource
from worldtree.app.content.git_fetch import FetchedRevision, fetch_revision
from worldtree.app.content.repository_urls import check_revision, read_repository_url
from worldtree.app.documents.document_slots import DOCUMENT_SLOTS
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
        """``scratch`` is a directory for repositories, archives and compiled documents."""
        self._service = ports.policy or ServicePolicy()
        self._environ: Mapping[str, str] = ports.environ
        self._store, self._scratch = store, scratch

    @property
    def policy(self) -> DocumentPolicy:
        """What documents of the project may do."""
        return self._service.of_project(self._store.project_settings())

    @property
    def scratch(self) -> Path:
        """The directory for temporary files, which exists."""
        make_private_directory(self._scratch)
        return self._scratch

    def check(self, asked: AskedContent | None) -> None:
        """Raise ``RefusedError`` for content that is not allowed or unknown; fetch nothing."""
        if asked is None:
            return
        if asked.repository is not None:
            self._check_repository(asked.repository)
            return
        self.require_archives()
        if self._store.find_archive(asked.archive or "") is None:
            raise unknown_archive(asked.archive or "")

    def require_archives(self) -> None:
        """Raise ``RefusedError`` where requests of the project may not use archives."""
        if not self.policy.archives:
            raise RefusedError(
                "the policy of the project does not allow content of archives",
                code="content-refused",
                hint="ask who may change the policy of the project for `archives`",
            )

    def open(self, asked: AskedContent) -> OpenedContent:
        """Return the content of a request. Raises ``RefusedError``."""
        return self._unpacked(asked, self._fetched(asked))

    @contextmanager
    def in_slot(self, asked: AskedContent | None) -> Iterator[OpenedContent | None]:
        """Yield the content of a request while a slot for documents is taken; None without one.

        A repository is fetched before: a slow one must not hold up other documents. What takes CPU
        and memory of this machine waits for the slot. Raises ``RefusedError``.
        """
        fetched = None if asked is None else self._fetched(asked)
        with DOCUMENT_SLOTS.taken():
            yield None if asked is None else self._unpacked(asked, fetched)

    def allowed(self, asked: AskedContent | None) -> DocumentPolicy:
        """Return what a document may do beside the content of a request."""
        return self.policy if asked is None else self.policy.with_content()

    def _fetched(self, asked: AskedContent) -> FetchedRevision | None:
        """Return the revision of a repository; None for an archive. Raises ``RefusedError``."""
        self.check(asked)
        repository = asked.repository
        if repository is None:
            return None
        return fetch_revision(
            read_repository_url(repository.url),
            repository.revision,
            repository.directory,
            access=self._service.access(repository.url),
            environ=self._environ,
            scratch=self.scratch,
        )

    def _unpacked(self, asked: AskedContent, fetched: FetchedRevision | None) -> OpenedContent:
        if fetched is None:
            return OpenedContent(asked.source(), stored_content(self._store, asked.archive or ""))
        # The tar is as much a stranger's as an uploaded archive.
        content = plain_content(io.BytesIO(fetched.tar), self._scratch, PLAIN_TAR_LIMITS)
        return OpenedContent(asked.source(fetched.commit), content)

    def _check_repository(self, repository: AskedRepository) -> None:
        url = read_repository_url(repository.url)
        check_revision(repository.revision, repository.directory)
        if not any(covers(one, url.text) for one in self.policy.repositories):
            raise RefusedError(
                "the policy of the project does not allow this repository",
                code="repository-refused",
                hint="ask who may change the policy of the project for `repositories`",
            )
