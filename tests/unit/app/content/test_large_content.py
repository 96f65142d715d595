"""Content larger than an archive as it is sent: accepted once, it serves later as well."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, cast

import pytest

from worldtree.app.content import content_source
from worldtree.app.content.archive_content import plain_content
from worldtree.app.content.archive_limits import PLAIN_TAR_LIMITS, ArchiveLimits
from worldtree.app.content.content_request import AskedContent, AskedRepository
from worldtree.app.content.content_source import ContentOpener
from worldtree.app.content.git_fetch import FetchedRevision
from worldtree.app.documents import isolated_compile
from worldtree.app.documents.compile_exchange import (
    CompileAnswer,
    CompileOrder,
    answer_data,
    write_answer,
)
from worldtree.app.documents.compile_limits import CompileLimits
from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.isolated_compile import IsolatedCompiler
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.core import work_slots
from worldtree.core.errors import RefusedError
from worldtree.core.limited_process import LimitedResult
from worldtree.core.work_slots import WorkSlots

#: Names of files, and bytes of each: 40 MB together.
_NAMES, _SIZE = ("a", "b", "c"), 13_400_000
_URL = "https://git.example/roles"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return what is stored of an archive that is compressed well."""
    sent = io.BytesIO()
    with tarfile.open(fileobj=sent, mode="w:gz", compresslevel=1) as archive:
        # So much that what it unpacks to is no more than 100 times its size.
        body = os.urandom(150_000) + bytes(_SIZE - 150_000)
        for name in _NAMES:
            entry = tarfile.TarInfo(name)
            entry.size = _SIZE
            archive.addfile(entry, io.BytesIO(body))
    assert len(sent.getvalue()) < 2_000_000
    found = plain_content(sent, tmp_path_factory.mktemp("scratch"))
    assert len(found) > ArchiveLimits().sent_bytes
    return found


def test_what_is_stored_of_an_archive_can_be_unpacked_again(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each task that has it does so."""
    seen: dict[str, int] = {}

    def run(_: Sequence[str], *, directory: Path, output: IO[bytes], **__: Any) -> LimitedResult:
        seen.update({one.name: one.stat().st_size for one in directory.iterdir()})
        write_answer(answer_data(CompileAnswer(())), None, output)
        return LimitedResult("exit")

    monkeypatch.setattr(isolated_compile, "run_limited", run)
    order = CompileOrder("x", has_content=True)
    assert not IsolatedCompiler(scratch=tmp_path).compile(order, content).has_errors
    assert seen == {**dict.fromkeys(_NAMES, _SIZE), "cluster.yaml": 1}


def test_a_repository_may_have_as_much(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git gives a plain tar."""
    monkeypatch.setattr(
        content_source, "fetch_revision", lambda *_, **__: FetchedRevision("c" * 40, content)
    )
    policy = ServicePolicy(DocumentPolicy(repositories=frozenset({_URL})))
    ports, store = (
        SimpleNamespace(policy=policy, environ={}),
        SimpleNamespace(project_settings=dict),
    )
    opener = ContentOpener(cast("Any", ports), cast("Any", store), tmp_path)
    asked = AskedContent(repository=AskedRepository(url=_URL))
    assert opener.open(asked).tar == content


def test_a_content_is_unpacked_in_the_slot_of_its_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not more at a time than documents are compiled; a repository is fetched before."""
    slots = WorkSlots(1, "works on too many documents")
    seen: list[tuple[str, str]] = []

    def note(step: str) -> None:
        try:
            with slots.taken():
                seen.append((step, "free"))
        except RefusedError as problem:
            seen.append((step, problem.code))

    def fetch(*_: Any, **__: Any) -> FetchedRevision:
        note("fetch")
        return FetchedRevision("c" * 40, b"")

    def unpack(*_: Any) -> bytes:
        note("unpack")
        return b"content"

    monkeypatch.setattr(work_slots, "_TIMEOUT", 0.01)
    monkeypatch.setattr(content_source, "DOCUMENT_SLOTS", slots)
    monkeypatch.setattr(content_source, "fetch_revision", fetch)
    monkeypatch.setattr(content_source, "plain_content", unpack)
    monkeypatch.setattr(content_source, "stored_content", unpack)
    digest = "a" * 64
    policy = ServicePolicy(DocumentPolicy(repositories=frozenset({_URL}), archives=True))
    store = SimpleNamespace(project_settings=dict, find_archive=lambda _: object())
    ports = SimpleNamespace(policy=policy, environ={})
    opener = ContentOpener(cast("Any", ports), cast("Any", store), tmp_path)
    repository = AskedContent(repository=AskedRepository(url=_URL))
    for asked in (repository, AskedContent(archive=digest), None):
        with opener.in_slot(asked) as found:
            assert (found is None) == (asked is None)
            note("compile")
        note("after")
    busy = [("unpack", "service-busy"), ("compile", "service-busy"), ("after", "free")]
    assert seen == [("fetch", "free"), *busy, *busy, *busy[1:]]


def test_a_bundle_with_all_content_fits_into_the_answer_of_a_compilation() -> None:
    """Beside the plan."""
    assert PLAIN_TAR_LIMITS.sent_bytes < 0.8 * CompileLimits().output_bytes
