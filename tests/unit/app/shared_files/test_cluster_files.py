"""A cluster's files on two machines with one database: known hosts and authorities of `pki`."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certificates import make_certificate
from unit.app.shared_files.machines import KEY, Machine
from unit.store.test_task_queue import enqueue
from worldtree.app.admin.doctor import check_store_key
from worldtree.app.shared_files.cluster_files import ClusterFiles, cluster_files
from worldtree.app.shared_files.copy_marks import CopyMark, CopyMarks
from worldtree.app.shared_files.database_key import check_key
from worldtree.app.shared_files.local_copies import PKI, FileKind, read_copy
from worldtree.app.shared_files.store_key import make_key
from worldtree.app.tasks.queued_work import CancelWork
from worldtree.app.tasks.work_queue import WorkQueue
from worldtree.core.errors import RefusedError
from worldtree.core.private_directories import StoreError
from worldtree.core.process_identity import current_process
from worldtree.core.settings import Settings
from worldtree.engine.executors.protocol import OnEnd, OnEvent
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.results.events import Event, EventKind
from worldtree.results.run import RunRequest
from worldtree.store.store import Store


def test_another_machine_has_what_a_task_left(one: Machine, two: Machine) -> None:
    """No private key stays on a machine, and none is readable in the database."""
    with one.task():
        one.make_authority()
        one.known_hosts.parent.mkdir()
        one.known_hosts.write_text("web1 key\n")
    assert not one.pki.exists()
    assert one.known_hosts.read_text() == "web1 key\n"
    assert "store.key was made" in one.told[0]
    one.give_key_to(two)
    with two.task():
        assert two.authority == KEY
        assert two.known_hosts.read_text() == "web1 key\n"
        two.make_authority("renewed")
    assert two.told == []
    with one.task():
        assert one.authority == "renewed"
    files = [path for path in one.home.parent.rglob("*") if path.is_file()]
    assert len(files) > 4
    assert not [path for path in files if b"PRIVATE KEY" in path.read_bytes()]


def test_what_a_task_deletes_is_gone(one: Machine) -> None:
    with one.task():
        one.make_authority()
    with one.task():
        shutil.rmtree(one.pki / "etcd")
    assert one.store.cluster_file("shop", "pki") is None


def test_ends_of_certificates_are_stored_with_the_files(one: Machine) -> None:
    """Who has lost the cluster changes neither."""
    crt = one.pki / "etcd/ca.crt"
    with one.task():
        one.make_authority()
        crt.write_bytes(make_certificate(datetime(2030, 1, 1, tzinfo=UTC))[0])
    [found] = one.store.certificates("shop")
    assert (found.kind, found.name) == ("authority", "etcd")
    lost = one.die_in_task()
    one.lease()
    crt.unlink()
    lost.store_changes()
    assert one.store.certificates("shop") == [found]
    with one.task():
        shutil.rmtree(one.pki)
    assert one.store.certificates("shop") == []


def test_a_machine_without_the_key_does_no_work(one: Machine, two: Machine) -> None:
    """Also for a cluster that has no file yet: what it makes could not be stored."""
    with one.task():
        one.make_authority()
    with pytest.raises(RefusedError, match="no key") as caught, two.task():
        raise AssertionError("begun")
    assert caught.value.code == "store-key-missing"
    assert str(two.home / "store.key") in caught.value.hint
    make_key(two.home / "store.key")
    with pytest.raises(RefusedError, match="another key") as caught, two.task():
        raise AssertionError("begun")
    assert caught.value.code == "store-key-wrong"
    assert str(two.home / "store.key") in caught.value.hint
    key = one.home / "store.key"
    settings = Settings(two.home, store_key_file=key)
    with cluster_files(settings, two.store, two.lease(), print):
        assert two.authority == KEY


def test_a_worker_without_the_key_leaves_tasks_to_others(one: Machine, two: Machine) -> None:
    """It is asked again each time, so that a key that is copied later is found."""
    with one.task():
        one.make_authority()
    worker = two.store.register_worker(current_process(), (), 1, "1")
    settings = Settings(two.home)
    queue = WorkQueue(lambda: two.store, check_machine=lambda: check_key(settings, two.store))
    assert queue.take(worker, 1) is None
    enqueue(two.store, "t2")
    with pytest.raises(RefusedError, match="no key"):
        queue.take(worker, 1)
    assert two.store.queued_tasks(taken=True) == []
    # Ending what is left needs no key.
    enqueue(two.store, "t3", cluster="bank", work=CancelWork().model_dump(mode="json"))
    row = queue.take(worker, 2)
    assert row is not None
    assert row.task == "t3"
    one.give_key_to(two)
    row = queue.take(worker, 2)
    assert row is not None
    assert row.task == "t2"


def test_of_two_keys_that_were_made_at_once_one_is_used(one: Machine, two: Machine) -> None:
    """Both machines found a database without sealed files."""
    make_key(two.home / "store.key")
    lease = two.store.acquire_lease("bank", "t2", current_process(), proven_dead=lambda _: True)
    late = ClusterFiles(Settings(two.home), two.store, lease, two.told.append)
    late.bring()
    with one.task():
        one.make_authority()
    (two.home / "pki/bank").mkdir(parents=True)
    (two.home / "pki/bank/ca.key").write_text(KEY)
    late.finish(ended=True)
    assert "another key" in two.told[-1]
    assert str(two.home / "store.key") in two.told[-1]
    assert two.store.cluster_file("bank", "pki") is None
    assert (two.home / "pki/bank/ca.key").read_text() == KEY
    one.give_key_to(two)
    with cluster_files(Settings(two.home), two.store, lease, two.told.append):
        pass
    assert two.store.cluster_file("bank", "pki") is not None


def test_the_doctor_tries_the_key(one: Machine, two: Machine) -> None:
    """Before a task does, and only where there is something to open."""
    assert list(check_store_key(Settings(one.home), one.store)) == []
    with one.task():
        one.make_authority()
    [good] = check_store_key(Settings(one.home), one.store)
    [bad] = check_store_key(Settings(two.home), two.store)
    assert (good.ok, bad.ok) == (True, False)
    assert str(two.home / "store.key") in bad.hint


def test_what_a_dead_process_left_is_stored_by_the_next_task(one: Machine, two: Machine) -> None:
    one.die_in_task()
    one.make_authority()
    with one.task():
        assert one.authority == KEY
    one.give_key_to(two)
    with two.task():
        assert two.authority == KEY


def test_a_dead_process_does_not_win_over_another_machine(one: Machine, two: Machine) -> None:
    """What it had stays beside, for a person."""
    with one.task():
        one.make_authority("first")
    one.give_key_to(two)
    files = one.die_in_task()
    one.make_authority("lost")
    with two.task():
        two.make_authority("used")
    files.store_changes()
    assert "cannot be stored" in one.told[-1]
    one.told.clear()
    with one.task():
        assert one.authority == "used"
    [aside] = (one.home / "cluster-files").glob("shop.pki.*")
    assert (aside / "etcd/ca.key").read_text() == "lost"
    assert str(aside) in one.told[0]


def test_a_process_that_dies_while_it_stores_meets_its_own_version(
    one: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no conflict: nobody else wrote."""
    with one.task():
        one.make_authority("first")
    files = one.die_in_task()
    one.make_authority("second")
    monkeypatch.setattr(files, "_mark", lambda *_: None)
    files.store_changes()
    one.make_authority("third")
    with one.task():
        assert one.authority == "third"
    assert not [words for words in one.told if "warning" in words]


def test_known_hosts_of_two_machines_are_merged(one: Machine, two: Machine) -> None:
    with one.task():
        one.known_hosts.parent.mkdir()
        one.known_hosts.write_text("web1 a\nweb2 a\n")
    one.give_key_to(two)
    with two.task():
        two.known_hosts.write_text("web1 a\nweb2 a\nweb3 a\n")
    one.known_hosts.write_text("web2 a\ndb a\n")  # By hand, between two tasks.
    with one.task():
        assert one.known_hosts.read_text() == "web2 a\nweb3 a\ndb a\n"
    with two.task():
        assert two.known_hosts.read_text() == "web2 a\nweb3 a\ndb a\n"


def test_files_of_an_earlier_program_are_taken(one: Machine, two: Machine) -> None:
    one.make_authority()
    with one.task():
        assert one.authority == KEY
    assert not one.pki.exists()
    one.give_key_to(two)
    two.make_authority("of its own")
    with two.task():
        assert two.authority == KEY
    assert "that of the other one is used" in two.told[0]


def test_files_stay_while_a_run_may_use_them(one: Machine) -> None:
    """A task that ends by an error may leave a run; one that never began a run leaves none."""
    with one.task():
        one.make_authority()
    with pytest.raises(RuntimeError):
        _fail(one, begins=False)
    assert not one.pki.exists()
    with pytest.raises(RuntimeError):
        _fail(one, begins=True)
    assert one.authority == KEY


def test_a_mark_is_on_disk_after_what_it_is_about(
    one: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a loss of power an empty file would count as a change, and replace what is stored."""
    synced: set[int] = set()
    marked: list[bool] = []
    real = CopyMarks.set

    def sync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)

    def see(marks: CopyMarks, name: str, mark: CopyMark | None) -> None:
        if name == "pki" and mark is not None and one.pki.exists() and mark.local:
            marked.append((one.pki / "etcd/ca.key").stat().st_ino in synced)
            assert one.home.stat().st_ino in synced  # Has the key that seals.
        real(marks, name, mark)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(CopyMarks, "set", see)
    with one.task():
        one.make_authority()
    assert marked == [True]
    with one.task():
        assert marked == [True, True]


def test_a_task_that_cannot_begin_leaves_no_key(
    one: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the disk is full after the authorities were brought."""
    with one.task():
        one.make_authority()

    def fail(_marks: CopyMarks, name: str, mark: CopyMark | None) -> None:
        if name == "pki" and mark is not None:
            assert one.authority == KEY
            raise OSError("no space")

    with monkeypatch.context() as broken:
        broken.setattr(CopyMarks, "set", fail)
        with pytest.raises(StoreError, match="no space"), one.task():
            raise AssertionError("begun")
    assert not one.pki.exists()
    with one.task():
        assert one.authority == KEY


def test_a_task_that_cannot_begin_keeps_what_is_only_here(one: Machine) -> None:
    with one.task():
        one.make_authority()
    one.die_in_task()
    one.make_authority("renewed")
    key = one.home / "store.key"
    key.rename(one.home / "elsewhere")
    one.told.clear()
    with pytest.raises(RefusedError, match="no key"), one.task():
        raise AssertionError("begun")
    assert one.told == []
    (one.home / "elsewhere").rename(key)
    with one.task():
        assert one.authority == "renewed"


def test_a_task_that_cannot_begin_stores_nothing_older(
    one: Machine, two: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is here was not compared with what another machine stored meanwhile."""
    with one.task():
        one.make_authority("first")
    one.give_key_to(two)
    one.die_in_task()
    one.make_authority("lost")
    with two.task():
        two.make_authority("used")

    def fail(*_: object) -> None:
        raise OSError("full")

    with monkeypatch.context() as broken:
        broken.setattr(ClusterFiles, "_merge", fail)
        with pytest.raises(StoreError, match="full"), one.task():
            raise AssertionError("begun")
    assert one.authority == "lost"
    with two.task():
        assert two.authority == "used"


def test_half_made_copies_of_a_dead_process_are_removed(one: Machine) -> None:
    """They have private keys. Those of other clusters may be in use."""
    for cluster in ("shop", "shop-2"):
        left = one.home / "cluster-files" / f".copy-{cluster}" / "old" / "etcd"
        left.mkdir(parents=True)
        (left / "ca.key").write_text(KEY)
    with one.task():
        pass
    left = one.home / "cluster-files"
    assert [path.name for path in left.glob(".copy-*")] == [".copy-shop-2"]


def _fail(machine: Machine, *, begins: bool) -> None:
    with machine.task() as files:
        assert machine.authority == KEY
        if begins:
            _run(machine, files, lambda _: None, lambda _: None)
        raise RuntimeError


def _run(machine: Machine, files: ClusterFiles, on_event: OnEvent, on_end: OnEnd) -> None:
    request = RunRequest("a", ("n",), ("h1",), machine.home, machine.home)
    files.executor(SimulatedExecutor()).start(request, on_event, on_end).wait()


def test_files_are_stored_before_work_counts_as_done(one: Machine) -> None:
    """Otherwise another machine would go on without what that work made."""
    seen: list[tuple[EventKind, bool]] = []

    def see(event: Event) -> None:
        seen.append((event.kind, one.store.cluster_file("shop", "pki") is not None))
        one.make_authority()

    with one.task() as files:
        _run(one, files, see, lambda _: see(Event(kind=EventKind.ATTEMPT_FINISHED, time=1)))
    assert seen[0][1] is False
    assert seen[-1] == (EventKind.ATTEMPT_FINISHED, True)


def test_files_are_stored_also_while_another_run_replaces_some(
    one: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is listed and then gone is no reason to leave what another run has made."""
    looks: list[Path] = []

    def look(path: Path, kind: FileKind) -> bytes | None:
        if kind is PKI:
            looks.append(path)
            if len(looks) == 1:
                raise FileNotFoundError(path)
        return read_copy(path, kind)

    with one.task() as files:
        one.make_authority()
        monkeypatch.setattr("worldtree.app.shared_files.cluster_files.read_copy", look)
        files.store_changes()
        assert one.store.cluster_file("shop", "pki") is not None
    assert len(looks) == 2


def test_a_database_in_a_file_has_none(database: Store) -> None:
    """Everything stays where it is, and no key is made."""
    (database.home / "pki/shop").mkdir(parents=True)
    (database.home / "pki/shop/ca.key").write_text(KEY)
    lease = database.acquire_lease("shop", "t1", current_process(), proven_dead=lambda _: True)
    with cluster_files(Settings(database.home), database, lease, print) as files:
        assert files is None
    assert (database.home / "pki/shop/ca.key").read_text() == KEY
    assert not (database.home / "store.key").exists()
    assert database.any_cluster_file() is None
