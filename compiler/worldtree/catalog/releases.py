"""Releases of projects: what a document says of them, and where their files are."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from worldtree.catalog.component import ComponentConfig
from worldtree.plan.artifact import ArtifactSource
from worldtree.spec.artifact_locations import location_problem

#: A release: ``2.3.4``.
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+(-[a-z]+\.[0-9]+)?$")]


def _is_location(value: str) -> str:
    problem = location_problem(value)
    if problem is not None:
        raise ValueError("; ".join(problem))
    return value


#: Where releases are looked for first, see ``release_sources``.
Mirror = Annotated[str, AfterValidator(_is_location)]
MIRROR_DESCRIPTION = (
    "Tried first: a directory with the files under their projects' names, as URL or path beside the"
    " document; or a location with placeholders."
)


def release_sources(url: str, file: str, mirror: str | None) -> tuple[ArtifactSource, ...]:
    """Return the sources of a release's file, placeholders as in locations of artifacts.

    ``url`` is the directory where the project publishes ``file``. A mirror is a directory with the
    files of all releases, or a location with placeholders of its own.
    """
    found = [f"{url}/{file}"]
    if mirror is not None:
        found.insert(0, mirror if "{" in mirror else f"{mirror.rstrip('/')}/{file}")
    return tuple(ArtifactSource(location=one) for one in found)


class ReleasedConfig(ComponentConfig):
    """Configuration of a component that a distribution packages and a project releases."""

    source: Literal["packages", "archives"] = Field(
        "packages",
        description="Packages of the distribution, or archives that the projects release.",
    )
    package_version: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9.+:~-]+$",
        description="Version of the package; the distribution's own when not given.",
        examples=["1.6.20~ds1-1+deb12u3"],
    )
    version: Version | None = Field(
        None, description="Release, from an archive.", examples=["2.3.4"]
    )
    mirror: Mirror | None = Field(
        None,
        description=MIRROR_DESCRIPTION,
        examples=["https://mirror.example.com/releases", "./files/{name}-{version}.tar.gz"],
    )

    @model_validator(mode="after")
    def _is_of_one_source(self) -> Self:
        if self.source == "packages" and self.version is not None:
            raise ValueError(
                "`version` is a release from an archive; set `source: archives`, or"
                " `packageVersion`"
            )
        if self.source == "archives" and self.package_version is not None:
            raise ValueError("`packageVersion` goes with `source: packages`; use `version`")
        return self
