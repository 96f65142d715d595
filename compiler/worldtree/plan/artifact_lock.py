"""The lock file ``artifacts.lock``: the sha256 and the size of each file that a document needs.

YAML with sorted keys and entries, so that two versions of it differ in the lines that changed. It
belongs into version control, beside the document. It is an input of compiling, which writes what it
says into a bundle; ``artifacts/lock_file.py`` writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from worldtree.core.errors import Diagnostic, InputError
from worldtree.core.format_versions import Format
from worldtree.plan.artifact import Artifact, ArtifactKey, ArtifactKind
from worldtree.plan.base_model import PlanModel
from worldtree.plan.packages import LockedPackage
from worldtree.spec.artifact_names import SHA256
from worldtree.spec.document import Document
from worldtree.spec.load import load_file

#: Name of the file, beside the document.
LOCK_FILE = "artifacts.lock"
#: ``artifacts`` is a list of entries with the fields of ``LockedArtifact``; before version 2 none
#: had ``signed_by``, nor the trust ``signed``; before version 3 none had ``manifest``, before
#: version 4 none had ``packages`` and ``request``.
LOCK_FORMAT = Format("the lock file", (lambda data: data, lambda data: data, lambda data: data))

#: Who says the sha256: the key that has signed it, the document or a component, or the first
#: download.
Trust = Literal["signed", "declared", "first-use"]


class LockedArtifact(PlanModel):
    """An entry: the names of a file, and what its bytes are."""

    kind: ArtifactKind
    name: str
    version: str
    platform: str
    architecture: str
    sha256: Annotated[str, StringConstraints(pattern=SHA256)]
    size: Annotated[int, Field(ge=0)]
    trust: Trust
    #: Where it was downloaded from, without credentials; for people. Nothing is read from there.
    location: str
    #: Fingerprint of the key whose signature was checked, see ``core/signatures.py``; of packages
    #: the sha256 of the key files, see ``compile/artifact_needs.py``.
    signed_by: Annotated[str, StringConstraints(pattern=SHA256)] | None = None
    #: Of an image or chart of a registry: sha256 of the manifest that its tag had for the platform.
    manifest: Annotated[str, StringConstraints(pattern=SHA256)] | None = None
    #: Of the kind ``packages``: the sha256 of what was asked for, and what it is made of, sorted.
    request: Annotated[str, StringConstraints(pattern=SHA256)] | None = None
    packages: tuple[LockedPackage, ...] | None = None

    @property
    def key(self) -> ArtifactKey:
        """The names of the file."""
        return ArtifactKey(
            self.name, self.version, self.kind.value, self.platform, self.architecture
        )

    def answers(self, artifact: Artifact) -> bool:
        """Whether it is what an artifact asks for: its sha256 and size, and its packages."""
        asked = None if artifact.packages is None else artifact.packages.digest
        return (
            artifact.sha256 in (None, self.sha256)
            and artifact.size in (None, self.size)
            and self.request == asked
        )


@dataclass(frozen=True, slots=True)
class ArtifactLock:
    """The entries of a lock file, by the names of their files."""

    entries: Mapping[ArtifactKey, LockedArtifact]

    @classmethod
    def of(cls, entries: Iterable[LockedArtifact]) -> ArtifactLock:
        """Return a lock of ``entries``, sorted; of two with the same names the last counts."""
        found = {one.key: one for one in entries}
        return cls(MappingProxyType(dict(sorted(found.items()))))

    def __iter__(self) -> Iterator[LockedArtifact]:
        return iter(self.entries.values())

    @property
    def digests(self) -> frozenset[str]:
        """The sha256 of every entry."""
        return frozenset(one.sha256 for one in self)


def read_lock(file: Path) -> ArtifactLock:
    """Return the entries of a lock file; none where there is no file.

    Raises ``InputError`` with places for what is wrong in it, and ``UnreadableFormatError`` for one
    that a newer program wrote.
    """
    if not file.exists():
        return ArtifactLock.of(())
    document = load_file(file)[0]
    if not isinstance(document.data, dict):
        raise _wrong(document, (), "the lock file is not a mapping")
    data = LOCK_FORMAT.upgraded(document.data, str(file))
    LOCK_FORMAT.refuse_unknown(data, {"artifacts"}, str(file))
    items = data.get("artifacts")
    if not isinstance(items, list):
        raise _wrong(document, (), "`artifacts` of the lock file is not a list")
    found: dict[ArtifactKey, LockedArtifact] = {}
    for index, item in enumerate(items):
        try:
            entry = LockedArtifact.model_validate(item)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            key = ".".join(map(str, first["loc"]))
            raise _wrong(
                document, ("artifacts", index), f"the entry is not valid: `{key}`: {first['msg']}"
            ) from None
        if entry.key in found:
            raise _wrong(document, ("artifacts", index), f"{entry.key} is there twice")
        found[entry.key] = entry
    return ArtifactLock.of(found.values())


def _wrong(document: Document, path: tuple[Any, ...], summary: str) -> InputError:
    return InputError(
        [
            Diagnostic(
                "bad-artifact-lock",
                summary,
                "The lock file says which bytes are used; it is not used in part.",
                "restore it from version control, or delete it and run `wt artifacts lock`",
                mark=document.mark(path),
            )
        ]
    )
