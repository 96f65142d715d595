"""Archives of projects: one row per content, kept as long as something needs it."""

from __future__ import annotations

import io
import os
import time
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from unit.store.tasks import empty_queue, queue_task
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.results.task_command import TaskCommand
from worldtree.store import task_queue
from worldtree.store.file_tables import archives
from worldtree.store.store import Store
from worldtree.store.task_queue import NewQueuedTask

ANN = Actor("token", "ann")


def _ask(store: Store, task: str, digest: str) -> None:
    work = {"kind": "run", "request": {"content": {"archive": digest}}}
    request: dict[str, Any] = {"content": {"archive": digest}}
    command = TaskCommand.APPLY
    new = NewQueuedTask(task, "c", "create-cluster", command, ANN, request, work, archive=digest)
    store.enqueue_task(new)


def test_a_content_is_stored_once_per_project(any_store: Store) -> None:
    """Another project has none of it."""
    digest, is_new = any_store.add_archive("roles", b"content", ANN)
    assert is_new
    assert any_store.add_archive("other", b"content", ANN) == (digest, False)
    record = any_store.find_archive(digest)
    assert record is not None
    assert (record.name, record.size, record.actor) == ("roles", 7, ANN)
    assert any_store.archive_content(digest) == b"content"
    other = any_store.of_project(any_store.create_project("other").id)
    assert other.find_archive(digest) is None
    assert other.archive_page(9) == []
    assert not other.delete_archive(digest, ANN)
    with pytest.raises(KeyError):
        other.archive_content(digest)


def test_pages_are_newest_first(any_store: Store) -> None:
    """Each page begins after the last archive of the one before."""
    made = [any_store.add_archive("", bytes([n]), ANN)[0] for n in range(3)]
    first = any_store.archive_page(2)
    assert [one.digest for one in first] == made[:0:-1]
    rest = any_store.archive_page(2, (first[-1].created, first[-1].digest))
    assert [one.digest for one in rest] == made[:1]


def test_what_waits_keeps_its_archive(any_store: Store) -> None:
    """Neither a caller nor pruning deletes it; what nothing needs goes."""
    needed, planned, unused = (any_store.add_archive("", b, ANN)[0] for b in (b"1", b"2", b"3"))
    _ask(any_store, "t1", needed)
    any_store.add_schedule(
        "c",
        "s",
        request={"content": {"archive": planned}},
        cron="* * * * *",
        time_zone="UTC",
        policy={},
        actor=ANN,
        due=None,
        now=1.0,
    )
    assert not any_store.delete_archive(needed, ANN)
    assert not any_store.delete_archive(planned, ANN)
    any_store.prune(1.0)
    assert any_store.find_archive(unused) is not None
    with any_store._writer.begin() as connection:
        connection.execute(update(archives).values(created=0.5))
    any_store.prune(1.0)
    assert {one.digest for one in any_store.archive_page(9)} == {needed, planned}
    any_store.cancel_queued("t1", "test", "test")
    assert any_store.delete_archive(needed, ANN)


def test_pruning_leaves_what_a_wanted_document_was_run_with_last(any_store: Store) -> None:
    """To remove the cluster takes it again; another version of the document does not."""
    older, last, other = (any_store.add_archive("", b, ANN)[0] for b in (b"1", b"2", b"3"))
    before = None
    for number, (text, archive) in enumerate(
        (("a", other), ("b", older), ("b", last), ("b", None))
    ):
        before = any_store.put_document("c", text, before).digest
        content = {} if archive is None else {"content": {"archive": archive}}
        request = {"stored_document": before, **content}
        queue_task(any_store, f"t{number}", "c", request=request)
    empty_queue(any_store)
    assert any_store.prune_archives(time.time() + 9, ANN) == 2
    assert [one.digest for one in any_store.archive_page(9)] == [last]
    any_store.put_document("c", "a", before)
    any_store.prune(time.time() + 9)
    assert any_store.archive_page(9) == []


def test_no_task_is_stored_without_its_archive(any_store: Store) -> None:
    """One that was deleted after it was looked for: nothing of the task is kept."""
    digest, _ = any_store.add_archive("", b"content", ANN)
    other = any_store.of_project(any_store.create_project("other").id)
    assert any_store.delete_archive(digest, ANN)
    other.add_archive("", b"content", ANN)
    with pytest.raises(RefusedError, match=digest) as caught:
        _ask(any_store, "t1", digest)
    assert caught.value.code == "archive-unknown"
    assert any_store.list_tasks() == any_store.queued_tasks() == []


def test_an_archive_is_not_deleted_while_its_task_is_stored(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who deletes it waits for the transaction of the task, and sees the task."""
    digest, _ = any_store.add_archive("", b"content", ANN)
    add_entry = task_queue.add_entry
    with ThreadPoolExecutor(1) as pool:
        deleted = []

        def delete_meanwhile(*given: Any, **more: Any) -> None:
            deleted.append(pool.submit(any_store.delete_archive, digest, ANN))
            with pytest.raises(TimeoutError):
                deleted[0].result(0.2)
            add_entry(*given, **more)

        monkeypatch.setattr(task_queue, "add_entry", delete_meanwhile)
        _ask(any_store, "t1", digest)
        assert deleted[0].result() is False
    assert any_store.find_archive(digest) is not None


def test_a_large_content_is_read_in_parts(any_store: Store, tmp_path: Path) -> None:
    """So that its size does not decide how much memory a request takes."""
    content = os.urandom(4_000_000) + bytes(4_000_000)
    digest, _ = any_store.add_archive("", content, ANN)
    with (tmp_path / "copy").open("w+b") as file:
        any_store.copy_archive(digest, io.BytesIO())  # What is loaded once does not count.
        tracemalloc.start()
        try:
            any_store.copy_archive(digest, file)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        file.seek(0)
        assert file.read() == content
    assert peak < 2_000_000


def test_an_archive_that_is_deleted_while_it_is_read_is_unknown_or_whole(
    any_store: Store,
) -> None:
    """Never a part of it, and never an error of another kind."""
    content = os.urandom(2_000_000)
    digest, _ = any_store.add_archive("", content, ANN)

    class Deleting(io.BytesIO):
        deleted = False

        def write(self, part: Any) -> int:
            if not self.deleted:
                with ThreadPoolExecutor(1) as pool:
                    self.deleted = pool.submit(any_store.delete_archive, digest, ANN).result(20)
                assert self.deleted
            return super().write(part)

    file, is_known = Deleting(), True
    try:
        any_store.copy_archive(digest, file)
    except KeyError:
        is_known = False
    assert file.deleted
    assert file.getvalue() == content or not is_known
    with pytest.raises(KeyError):
        any_store.copy_archive(digest, io.BytesIO())


def test_a_changed_content_is_not_used(any_store: Store) -> None:
    """Who can write to the database cannot give other roles to a task."""
    digest, _ = any_store.add_archive("", b"content", ANN)
    for body, words in ((zlib.compress(b"other"), "digest"), (b"x", "unpacked")):
        with any_store._writer.begin() as connection:
            connection.execute(update(archives).values(content=body))
        with pytest.raises(ValueError, match=words):
            any_store.archive_content(digest)


def test_a_request_is_completed_until_its_task_begins(any_store: Store) -> None:
    """The commit of a revision is known when it was fetched."""
    digest, _ = any_store.add_archive("", b"content", ANN)
    _ask(any_store, "t1", digest)
    any_store.set_task_request("t1", {"content": {"commit": "1"}})
    assert any_store.task("t1").request == {"content": {"commit": "1"}}
