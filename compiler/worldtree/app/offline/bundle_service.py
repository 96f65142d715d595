"""Makes, checks and loads offline bundles: everything that a document needs, as one file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from worldtree import __version__
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.documents.files_beside import files_beside
from worldtree.app.offline.bundle_contents import (
    COMPILED_DIRECTORY,
    DOCUMENT_DIRECTORY,
    README_FILE,
    SBOM_FILE,
    BundleContents,
    BundledArtifact,
    BundledFile,
    readme,
    spdx,
)
from worldtree.app.offline.bundle_loader import LoadedBundle, load_bundle
from worldtree.app.offline.bundle_reader import (
    BadBundleError,
    ReadBundle,
    bad_bundle,
    read_bundle,
)
from worldtree.app.offline.bundle_signature import (
    check_signature,
    sign,
    signature_file,
    write_signature,
)
from worldtree.app.offline.bundle_writer import not_written, pack, write_bundle
from worldtree.artifacts.cache import DIRECTORY, ArtifactCache
from worldtree.artifacts.digests_in_use import digests_in_use
from worldtree.catalog.pipeline_registry import pipelines
from worldtree.compile.artifact_needs import artifact_needs, signer_of
from worldtree.core.errors import InputError, WorldTreeError
from worldtree.core.file_digest import file_digest
from worldtree.plan.artifact import ArtifactSource
from worldtree.plan.artifact_lock import LOCK_FILE, read_lock
from worldtree.plan.pinned_artifact import pinned
from worldtree.plan.pipeline_names import CREATE_CLUSTER
from worldtree.plan.pipeline_request import PipelineRequest

if TYPE_CHECKING:
    from worldtree.app.artifacts.artifact_list import ArtifactList, ListedArtifact
    from worldtree.app.artifacts.artifact_service import ArtifactService, FetchOptions
    from worldtree.app.documents.document_service import DocumentService
    from worldtree.app.ports import Ports
    from worldtree.artifacts.progress import TellProgress
    from worldtree.core.settings import Settings
    from worldtree.plan.packages import LockedPackage

__all__ = ["BundleService", "LoadedBundle", "MadeBundle", "VerifiedBundle"]

#: Last second that the form of times in SPDX has.
_MAX_EPOCH = 253402300799


@dataclass(frozen=True, slots=True)
class MadeBundle:
    """A bundle that was written."""

    contents: BundleContents
    sha256: str
    size: int
    #: Pipelines that are not in it compiled, each with the reason.
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VerifiedBundle:
    """A bundle that is complete."""

    read: ReadBundle
    #: Fingerprint of the key that has signed it; empty where no key was given.
    signed_by: str = ""


class BundleService:
    """Works with the artifact cache below the home."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        documents: DocumentService,
        artifacts: Callable[[], ArtifactService],
    ) -> None:
        """``documents`` uses nothing that is stored, so that bundles depend on the files only."""
        self._settings, self._ports, self._documents = settings, ports, documents
        self._artifacts = artifacts
        self._cache = ArtifactCache(settings.home / DIRECTORY)

    def create(
        self,
        request: DocumentRequest,
        output: Path,
        options: FetchOptions,
        tell: TellProgress,
        *,
        base: Path | None = None,
        key: Path | None = None,
        written: Callable[[int], None] = lambda _: None,
    ) -> MadeBundle:
        """Write the bundle of a document; what is missing in the cache is fetched before.

        With ``base``, artifacts that that bundle has are left out. Raises ``WorldTreeError``.
        """
        before = None if base is None else read_bundle(base)
        if key is not None:
            sign("0" * 64, key)  # Refused before anything is downloaded.
        mtime = self._mtime()
        with (
            _scratch(output) as scratch,
            self._artifacts().all_fetched(request, options, tell) as listed,
        ):
            files, left_out, names = self._files(request, mtime, scratch)
            contents = BundleContents(
                cluster=listed.cluster,
                document=f"{DOCUMENT_DIRECTORY}/{request.file.name}",
                pipelines=tuple(names),
                base=None if before is None else before.identity,
                artifacts=tuple(_bundled(one, self._cache, before) for one in listed.items),
            )
            created = datetime.fromtimestamp(mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            files[SBOM_FILE] = spdx(contents, _packages(listed), created, __version__)
            files[README_FILE] = readme(contents, left_out)
            contents = contents.model_copy(update={"files": _sums(files)})
            _remove_signature(output)
            digest = write_bundle(output, contents, files, self._cache.path, mtime, written)
            if key is not None:
                write_signature(output, sign(digest, key))
        return MadeBundle(contents, digest, output.stat().st_size, tuple(left_out))

    def verify(
        self, file: Path, *, base: Path | None = None, public_key: Path | None = None
    ) -> VerifiedBundle:
        """Prove that a bundle is complete: every byte, and everything that its document needs.

        Needs no network, and changes nothing. Raises ``BadBundleError``, and ``WorldTreeError`` for
        a signature that is not right.
        """
        before = None if base is None else read_bundle(base)
        with TemporaryDirectory(prefix="worldtree-bundle-") as name:
            scratch = Path(name)

            def take(member: str, _wanted: BundledFile, chunks: Iterator[bytes]) -> None:
                place = scratch / member
                is_kept = member.startswith(f"{DOCUMENT_DIRECTORY}/")
                if is_kept:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    with place.open("wb") as stream:
                        for chunk in chunks:
                            stream.write(chunk)
                else:
                    for _ in chunks:
                        pass

            try:
                found = read_bundle(file, take)
            except OSError as error:
                raise not_written(scratch, error) from error
            _check_base(file, found, base, before)
            self._check_needs(file, found, scratch)
        signed_by = ""
        if public_key is not None:
            signed_by = check_signature(file, found.sha256, public_key)
        return VerifiedBundle(found, signed_by)

    def load(self, file: Path) -> LoadedBundle:
        """Bring the artifacts of a bundle into the cache, and its document to this machine.

        Raises ``BadBundleError``, and ``RefusedError`` where its base was not loaded before.
        """
        with digests_in_use(self._cache) as use:
            return load_bundle(file, self._settings.home, self._cache, use)

    def push(self, file: Path, location: str, settings: Mapping[str, Any]) -> str:
        """Send a bundle to a store or a registry; return what names it there.

        ``settings`` are fields of ``ArtifactSource``. Raises ``InputError`` for what is wrong in
        them, ``BadBundleError``, and ``WorldTreeError`` where the target does not take it.
        """
        from worldtree.app.offline.bundle_push import push_bundle

        try:
            target = ArtifactSource(location=location, **settings)
        except ValidationError as error:
            reason = str(error.errors(include_url=False, include_input=False)[0]["msg"])
            raise BadBundleError(
                f"the target cannot be used: {reason.removeprefix('Value error, ')}",
                code="offline-bundle-target-invalid",
                hint="write `s3://bucket/key` or `oci://registry/repository:tag`",
            ) from None
        return push_bundle(file, target, self._ports)

    def _files(
        self, request: DocumentRequest, mtime: int, scratch: Path
    ) -> tuple[dict[str, bytes | Path], list[str], list[str]]:
        """Return path -> content of the document and compiled pipelines, what is left out, names.

        Compiled pipelines are files in ``scratch``.
        """
        file = request.file
        beside = files_beside(file, request.cluster, self._ports.working_directory)
        files: dict[str, bytes | Path] = {f"{DOCUMENT_DIRECTORY}/{file.name}": file}
        for name, path in beside.items():
            # Empty directories are files of no bytes, which is no file of this machine.
            files[f"{DOCUMENT_DIRECTORY}/{name}"] = path if path.is_file() else b""
        left_out: list[str] = []
        names: list[str] = []
        for name in sorted(pipelines()):
            required = any(
                field.is_required() for field in pipelines()[name].parameters.model_fields.values()
            )
            if required:
                left_out.append(f"`{name}` needs parameters")
                continue
            try:
                planned = self._documents.plan(request, PipelineRequest(name))
                bundle = self._documents.compile(planned).bundle
            except InputError as problem:
                if name == CREATE_CLUSTER:
                    raise
                left_out.append(f"`{name}`: {problem.diagnostics[0].summary}")
                continue
            names.append(name)
            target = scratch / f"{len(names)}.tar"
            try:
                pack(bundle, mtime, target)
            except OSError as error:
                raise not_written(target, error) from error
            files[f"{COMPILED_DIRECTORY}/{name}.tar"] = target
        return files, left_out, names

    def _mtime(self) -> int:
        """Return the time of everything in a bundle: SOURCE_DATE_EPOCH, else 1970."""
        text = self._ports.environ.get("SOURCE_DATE_EPOCH", "0")
        if not (text.isascii() and text.isdigit() and int(text) <= _MAX_EPOCH):
            raise bad_epoch(text)
        return int(text)

    def _check_needs(self, file: Path, found: ReadBundle, scratch: Path) -> None:
        """Raise ``BadBundleError`` where the document of a bundle needs more than it has."""
        contents = found.contents
        document = scratch / contents.document
        if not document.is_file():
            raise bad_bundle(file, f"it has no document `{contents.document}`")
        planned = self._documents.plan(DocumentRequest(document, contents.cluster))
        lock = read_lock(document.parent / LOCK_FILE)
        present = {one.key: one.sha256 for one in contents.artifacts}
        for need in artifact_needs(planned.state, {}):
            wanted = pinned(need, lock, signer_of(need.artifact))
            if wanted.sha256 is None:
                raise bad_bundle(file, f"the sha256 of {wanted.key} is not known")
            if present.get(wanted.key) != wanted.sha256:
                raise bad_bundle(file, f"its document needs {wanted.key}, which it does not have")


def bad_epoch(text: str) -> WorldTreeError:
    """Return the error of a SOURCE_DATE_EPOCH that is no time."""
    return BadBundleError(
        f"SOURCE_DATE_EPOCH is not a time: {text[:40]!r}",
        code="source-date-epoch-invalid",
        hint="set it to seconds since 1970, or leave it unset",
    )


def _bundled(
    one: ListedArtifact, cache: ArtifactCache, before: ReadBundle | None
) -> BundledArtifact:
    key, digest = one.declared.key, one.sha256
    assert digest is not None, "what is not locked was refused before"
    known = set() if before is None else {base.sha256 for base in before.contents.artifacts}
    return BundledArtifact(
        kind=one.declared.kind,
        name=key.name,
        version=key.version,
        platform=key.platform,
        architecture=key.architecture,
        sha256=digest,
        size=cache.path(digest).stat().st_size,
        location="" if one.locked is None else one.locked.location,
        is_in_base=digest in known,
    )


def _packages(listed: ArtifactList) -> dict[str, tuple[LockedPackage, ...]]:
    """Return sha256 -> packages of the artifacts that have such."""
    return {
        one.locked.sha256: one.locked.packages
        for one in listed.items
        if one.locked is not None and one.locked.packages
    }


def _sums(files: Mapping[str, bytes | Path]) -> dict[str, BundledFile]:
    found = {}
    for name, content in sorted(files.items()):
        if isinstance(content, bytes):
            digest, size = hashlib.sha256(content).hexdigest(), len(content)
        else:
            try:
                digest, size = file_digest(content), content.stat().st_size
            except OSError as error:
                raise not_written(content, error) from error
        found[name] = BundledFile(sha256=digest, size=size)
    return found


@contextmanager
def _scratch(output: Path) -> Iterator[Path]:
    """Give a directory beside a bundle, where there is room for it, for the length of a block."""
    try:
        made = TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-")
    except OSError as error:
        raise not_written(output, error) from error
    with made as name:
        yield Path(name)


def _check_base(
    file: Path, found: ReadBundle, base: Path | None, before: ReadBundle | None
) -> None:
    contents = found.contents
    if contents.base is None:
        return
    if before is None:
        raise bad_bundle(
            file,
            "it holds only what is new against another bundle, whose `bundle.json` has the sha256"
            f" {contents.base}; name that one with `--base`",
        )
    if before.identity != contents.base:
        raise bad_bundle(file, f"{base} is not the bundle that it holds what is new against")
    known = {one.sha256 for one in before.contents.artifacts if not one.is_in_base}
    for one in contents.artifacts:
        if one.is_in_base and one.sha256 not in known:
            raise bad_bundle(file, f"neither it nor {base} has {one.key}")


def _remove_signature(output: Path) -> None:
    """Remove the signature of a former bundle, which is none of the new one."""
    try:
        signature_file(output).unlink(missing_ok=True)
    except OSError as error:
        raise not_written(output, error) from error
