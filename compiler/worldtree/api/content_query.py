"""The content of a request in its query, where the body is the document, or there is none."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import Query
from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from worldtree.app.content.content_request import (
    ArchiveDigest,
    AskedContent,
    AskedRepository,
    RepositoryDirectory,
    RepositoryUrl,
    Revision,
)


class ContentQuery(BaseModel):
    """Roles, playbooks and files that lie beside the document: an archive, or a repository."""

    archive: ArchiveDigest | None = Field(
        default=None, description="Digest of an uploaded archive."
    )
    repository: RepositoryUrl | None = Field(
        default=None, description="URL of a git repository, in its place."
    )
    revision: Revision | None = Field(
        default=None, description="Of the repository; `HEAD` by default."
    )
    directory: RepositoryDirectory | None = Field(
        default=None, description="Part of the repository."
    )

    @field_validator("revision", "directory")
    @classmethod
    def _no_null(cls, text: str | None) -> str | None:
        if text is not None and "\0" in text:
            raise PydanticCustomError("content_invalid", "the text has a null character")
        return text

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.archive is not None and self.repository is not None:
            raise PydanticCustomError(
                "content_invalid", "`archive` and `repository` exclude each other"
            )
        if self.repository is None and (self.revision, self.directory) != (None, None):
            raise PydanticCustomError(
                "content_invalid", "`revision` and `directory` are about a `repository`"
            )
        return self

    def content(self) -> AskedContent | None:
        """Return the content; None where the query names none."""
        if self.archive is not None:
            return AskedContent(archive=self.archive)
        if self.repository is None:
            return None
        return AskedContent(
            repository=AskedRepository(
                url=self.repository,
                revision="HEAD" if self.revision is None else self.revision,
                directory=self.directory or "",
            )
        )


Content = Annotated[ContentQuery, Query()]
