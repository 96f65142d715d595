"""``spec.packages``: packages of the hosts' distribution, and the repositories they come from."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from worldtree.spec.models.artifact import (
    ArtifactArchitecture,
    ArtifactPlatform,
    DocumentArtifactSource,
)
from worldtree.spec.models.base import DocModel
from worldtree.spec.models.names import pattern_reader
from worldtree.spec.models.types import HostSelector, Text, none_as_list, none_as_mapping
from worldtree.spec.package_names import (
    PACKAGE_NAME,
    PACKAGE_VERSION,
    REPOSITORY_PART,
    REPOSITORY_SUITE,
)

_NAME_RULE = "It consists of lower-case letters, digits, `+`, `-` and `.`."
_VERSION_RULE = "It begins with a digit, as `apt-cache policy` shows it: `1:2.6.12-1+deb12u3`."
_SUITE_RULE = "It is the name below `dists`, or `./` for a repository without suites."
_PART_RULE = "It consists of letters, digits, `.`, `_`, `+` and `-`."

PackageName = Annotated[
    str,
    PlainValidator(pattern_reader("package name", PACKAGE_NAME, "bad-name", _NAME_RULE)),
    WithJsonSchema({"type": "string", "pattern": PACKAGE_NAME}),
]
_PackageVersion = Annotated[
    str,
    PlainValidator(pattern_reader("package version", PACKAGE_VERSION, "bad-name", _VERSION_RULE)),
    WithJsonSchema({"type": "string", "pattern": PACKAGE_VERSION}),
]
_Suite = Annotated[
    str,
    PlainValidator(pattern_reader("suite", REPOSITORY_SUITE, "bad-name", _SUITE_RULE)),
    WithJsonSchema({"type": "string", "pattern": REPOSITORY_SUITE}),
]
_Part = Annotated[
    str,
    PlainValidator(pattern_reader("component", REPOSITORY_PART, "bad-name", _PART_RULE)),
    WithJsonSchema({"type": "string", "pattern": REPOSITORY_PART}),
]


class DocumentPackageRepository(DocumentArtifactSource):
    """A repository of packages, with everything that a source of an artifact has."""

    suites: Annotated[tuple[_Suite, ...], Field(min_length=1)] = Field(
        description="Suites that are read; `./` for a repository without suites.",
        examples=[["bookworm", "bookworm-updates"]],
    )
    components: Annotated[tuple[_Part, ...], Field(min_length=1)] = Field(
        default=("main",),
        description="Components of the suites.",
        examples=[["main", "non-free-firmware"]],
    )
    keys: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        description="Files with the OpenPGP keys that sign the suites, relative to the document.",
        examples=[["./debian-archive-keyring.gpg"]],
    )


class DocumentPackages(DocModel):
    """The packages of one distribution, which hosts get as artifacts and not by themselves."""

    platform: ArtifactPlatform = Field(
        description="The distribution and its release, as `ID` and `VERSION_ID` of "
        "`/etc/os-release` say them.",
        examples=["debian-12"],
    )
    architectures: Annotated[tuple[ArtifactArchitecture, ...], Field(min_length=1)] = Field(
        default=("amd64",),
        description="Architectures of the hosts; those that they have are needed.",
        examples=[["amd64", "arm64"]],
    )
    hosts: HostSelector = Field(
        default="all",
        description="Hosts that have this distribution and get its packages as artifacts.",
        examples=["distribution=debian-12"],
    )
    repositories: Annotated[tuple[DocumentPackageRepository, ...], Field(min_length=1)] = Field(
        description="Repositories that the packages come from; all of them are read.",
        examples=[
            [
                {
                    "location": "https://mirror.example.com/debian",
                    "suites": ["bookworm", "bookworm-updates"],
                    "keys": ["./debian-archive-keyring.gpg"],
                }
            ]
        ],
    )
    install: Annotated[tuple[PackageName, ...], BeforeValidator(none_as_list)] = Field(
        default=(),
        description="Packages of your own work; those of components need not be named.",
        examples=[["curl", "rsync"]],
    )
    versions: Annotated[dict[PackageName, _PackageVersion], BeforeValidator(none_as_mapping)] = (
        Field(
            default={},
            description="Versions of packages that must be these; by default the newest when "
            "`wt artifacts lock` first saw them.",
            examples=[{"haproxy": "2.6.12-1+deb12u3"}],
        )
    )
    present: Annotated[tuple[PackageName, ...], BeforeValidator(none_as_list)] = Field(
        default=(),
        description="Packages that the hosts have already: they are left out, with everything "
        "that they depend on.",
        examples=[["systemd", "openssh-server"]],
    )
