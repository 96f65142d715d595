"""Which content a request brings along, as data: an archive of the project, or a repository.

Both hold what would lie beside the document on a machine of its author: roles, playbooks, files.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

#: What both the body and the query of a request may have.
ArchiveDigest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
RepositoryUrl = Annotated[str, Field(max_length=500)]
Revision = Annotated[str, Field(max_length=200)]
RepositoryDirectory = Annotated[str, Field(max_length=500)]


class AskedRepository(BaseModel):
    """A git repository, or a part of it, at a revision."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: RepositoryUrl = Field(description="`https://…` or `ssh://…`; no password in it.")
    revision: Revision = Field(
        default="HEAD", description="Branch, tag, or all digits of a commit."
    )
    directory: RepositoryDirectory = Field(
        default="", description="Part of the repository; empty for all of it."
    )


class AskedContent(BaseModel):
    """Content that lies beside the document while it is compiled: one of both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    archive: ArchiveDigest | None = Field(
        default=None, description="Digest of an uploaded archive."
    )
    repository: AskedRepository | None = Field(default=None, description="Of git.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.archive is None) == (self.repository is None):
            raise ValueError("give either `archive` or `repository`")
        return self

    def source(self, commit: str | None = None) -> ContentSource:
        """Return what is kept of it; ``commit`` is what the revision was when it was fetched."""
        return ContentSource(archive=self.archive, repository=self.repository, commit=commit)


class ContentSource(AskedContent):
    """Content of a request as it is kept with its task or plan."""

    commit: str | None = Field(default=None, description="What the revision was.")

    def has_files_of(self, fetched: ContentSource) -> bool:
        """Whether it is surely the same files as what was fetched before: a branch may move."""
        if self.repository is None or fetched.repository is None:
            return self.archive is not None and self.archive == fetched.archive
        mine, theirs = self.repository, fetched.repository
        is_same_place = (mine.url, mine.directory) == (theirs.url, theirs.directory)
        commit = self.commit or mine.revision
        return is_same_place and commit == fetched.commit
