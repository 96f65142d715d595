"""What an offline bundle contains: ``bundle.json``, its first member, as data.

```
bundle.json                      this list
README.md, SHA256SUMS            for people, and for `sha256sum -c`
document/                        the document, the files beside it that it uses, artifacts.lock
compiled/PIPELINE/               the Ansible bundle of each pipeline that needs no parameters
sbom.spdx.json                   the artifacts as an SPDX 2.3 document
artifacts/sha256/ab/abcdef…      the files that hosts get, by their sha256
```
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field, StringConstraints, ValidationError

from worldtree.core.format_versions import Format, UnreadableFormatError
from worldtree.plan.artifact import ArtifactKey, ArtifactKind
from worldtree.plan.base_model import PlanModel
from worldtree.plan.packages import LockedPackage
from worldtree.spec.artifact_names import SHA256

CONTENTS_FILE = "bundle.json"
CHECKSUMS_FILE = "SHA256SUMS"
DOCUMENT_DIRECTORY = "document"
COMPILED_DIRECTORY = "compiled"
README_FILE = "README.md"
SBOM_FILE = "sbom.spdx.json"
#: Bytes of ``bundle.json`` that are read at most.
MAX_CONTENTS_BYTES = 64 << 20
_FORMAT = Format("the offline bundle")

_Sha256 = Annotated[str, StringConstraints(pattern=SHA256)]
_Bytes = Annotated[int, Field(ge=0)]


class BundledFile(PlanModel):
    """The bytes of a member."""

    sha256: _Sha256
    size: _Bytes


class BundledArtifact(PlanModel):
    """A file that hosts get."""

    kind: ArtifactKind
    name: str
    version: str
    platform: str
    architecture: str
    sha256: _Sha256
    size: _Bytes
    #: Where it was downloaded from, for people.
    location: str = ""
    #: Whether the base has it, and this bundle does not.
    is_in_base: bool = False

    @property
    def key(self) -> ArtifactKey:
        """What it is called by."""
        return ArtifactKey(
            self.name, self.version, self.kind.value, self.platform, self.architecture
        )

    @property
    def member(self) -> str:
        """Path of its file in the bundle."""
        return f"artifacts/sha256/{self.sha256[:2]}/{self.sha256}"


class BundleContents(PlanModel):
    """The list of everything in a bundle, and of what it takes from its base."""

    cluster: str
    #: Path of the document's file in the bundle.
    document: str
    #: Names of the pipelines in ``compiled/``.
    pipelines: tuple[str, ...] = ()
    #: sha256 of ``bundle.json`` of the bundle that has the rest; None for one that is complete.
    base: _Sha256 | None = None
    artifacts: tuple[BundledArtifact, ...] = ()
    #: Path -> bytes of all other members but this list and the checksums; sorted.
    files: Mapping[str, BundledFile] = Field(default_factory=dict)

    def text(self) -> bytes:
        """Return the bytes of ``bundle.json``."""
        data = _FORMAT.stamped(self.model_dump(mode="json", exclude_none=True))
        return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

    def members(self) -> dict[str, BundledFile]:
        """Return path -> bytes of every member after this list but the checksums."""
        found = dict(self.files)
        for one in self.artifacts:
            if not one.is_in_base:
                found[one.member] = BundledFile(sha256=one.sha256, size=one.size)
        return found


def read_contents(content: bytes, source: str) -> BundleContents:
    """Return the list in ``bundle.json``. Raises ``UnreadableFormatError``."""
    try:
        data = json.loads(content)
        if not isinstance(data, dict):
            raise ValueError("it is not an object")
        upgraded = dict(_FORMAT.upgraded(data, source))
        upgraded.pop("version", None)
        return BundleContents.model_validate(upgraded)
    except UnreadableFormatError:
        raise
    except (ValueError, ValidationError, RecursionError) as problem:
        raise _FORMAT.unreadable(f"its `{CONTENTS_FILE}` is not valid", source) from problem


def checksums(contents: bytes, files: Mapping[str, BundledFile]) -> bytes:
    """Return the bytes of ``SHA256SUMS`` for a list, with its bytes, and the other members."""
    import hashlib

    lines = {CONTENTS_FILE: hashlib.sha256(contents).hexdigest()}
    lines |= {name: one.sha256 for name, one in files.items()}
    return "".join(f"{lines[name]}  {name}\n" for name in sorted(lines)).encode()


def spdx(
    contents: BundleContents,
    contained: Mapping[str, Sequence[LockedPackage]],
    created: str,
    program: str,
) -> bytes:
    """Return the artifacts as an SPDX 2.3 document in JSON; ``created`` is a time in UTC.

    ``contained`` is sha256 -> packages of an artifact that is made of some.
    """
    packages: list[dict[str, Any]] = []
    for index, one in enumerate(contents.artifacts):
        packages.append(
            {
                "SPDXID": f"SPDXRef-Artifact-{index}",
                "name": one.name,
                "versionInfo": one.version,
                "packageFileName": one.sha256,
                "downloadLocation": _download_location(one.location),
                "filesAnalyzed": False,
                "checksums": [{"algorithm": "SHA256", "checksumValue": one.sha256}],
                "licenseConcluded": "NOASSERTION",
                "licenseDeclared": "NOASSERTION",
                "copyrightText": "NOASSERTION",
                "primaryPackagePurpose": _PURPOSES[one.kind],
                "comment": f"{one.kind.value} for {one.platform}/{one.architecture}",
            }
        )
    relations = [
        {
            "spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": "DESCRIBES",
            "relatedSpdxElement": one["SPDXID"],
        }
        for one in packages
    ]
    for index, artifact in enumerate(contents.artifacts):
        for number, package in enumerate(contained.get(artifact.sha256, ())):
            name = f"SPDXRef-Package-{index}-{number}"
            packages.append(_spdx_package(name, package, artifact.platform))
            relations.append(
                {
                    "spdxElementId": f"SPDXRef-Artifact-{index}",
                    "relationshipType": "CONTAINS",
                    "relatedSpdxElement": name,
                }
            )
    data = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": contents.cluster,
        "documentNamespace": f"https://worldtree.io/spdx/{contents.cluster}/{_identity(contents)}",
        "creationInfo": {"created": created, "creators": [f"Tool: worldtree-{program}"]},
        "packages": packages,
        "relationships": relations,
    }
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _spdx_package(name: str, package: LockedPackage, platform: str) -> dict[str, Any]:
    """Return a package of a distribution, with the URL by which scanners know it."""
    distribution = platform.partition("-")[0]
    version = quote(package.version, safe="")
    return {
        "SPDXID": name,
        "name": package.name,
        "versionInfo": package.version,
        "packageFileName": package.file,
        "downloadLocation": _download_location(f"{package.repository}/{package.path}"),
        "filesAnalyzed": False,
        "checksums": [{"algorithm": "SHA256", "checksumValue": package.sha256}],
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "INSTALL",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:deb/{distribution}/{quote(package.name, safe='')}"
                f"@{version}?arch={package.architecture}&distro={platform}",
            }
        ],
    }


_PURPOSES: Mapping[ArtifactKind, str] = {
    ArtifactKind.BINARY: "APPLICATION",
    ArtifactKind.ARCHIVE: "ARCHIVE",
    ArtifactKind.IMAGE: "CONTAINER",
    ArtifactKind.OS_PACKAGE: "INSTALL",
    ArtifactKind.PACKAGES: "ARCHIVE",
    ArtifactKind.CHART: "ARCHIVE",
    ArtifactKind.MANIFEST: "FILE",
}


def _download_location(location: str) -> str:
    is_url = location.startswith(("https://", "http://"))
    return location if is_url and "…" not in location else "NOASSERTION"


def _identity(contents: BundleContents) -> str:
    import hashlib

    return hashlib.sha256("\n".join(one.sha256 for one in contents.artifacts).encode()).hexdigest()


def readme(contents: BundleContents, left_out: Sequence[str]) -> bytes:
    """Return the page for people; ``left_out`` are pipelines that were not compiled, and why."""
    lines = [
        f"# Offline bundle of the cluster `{contents.cluster}`",
        "",
        "Everything that the cluster needs from elsewhere. Without a network:",
        "",
        "```sh",
        "wt bundle verify shop.tar        # is everything there, with the right bytes?",
        "wt apply --offline shop.tar      # run the document that is in it",
        "tar xf shop.tar && sha256sum -c SHA256SUMS      # the same check without WorldTree",
        "```",
        "",
        "Not in it: secrets, keys of SSH, and what is installed on the hosts already.",
        "",
        *_base_lines(contents),
        f"Document: `{contents.document}`. Artifacts:",
        "",
        *(f"- {one.key}, sha256 {one.sha256}" for one in contents.artifacts),
        "",
        f"Compiled pipelines: {', '.join(contents.pipelines) or 'none'}.",
        *(f"Not compiled: {one}." for one in left_out),
    ]
    return ("\n".join(lines).rstrip() + "\n").encode()


def _base_lines(contents: BundleContents) -> Iterable[str]:
    if contents.base is None:
        return ()
    return (
        f"It holds only what is new against the bundle whose `bundle.json` has the sha256"
        f" `{contents.base}`: `wt bundle load` that one first.",
        "",
    )
