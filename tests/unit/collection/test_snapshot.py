"""What was before comes back: files, links, directories, trees, by the record that counts."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.collection.conftest import Run


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A directory that stands for a host's disk."""
    (tmp_path / "host").mkdir()
    return tmp_path / "host"


def test_a_file_that_was_not_there_goes_again(run: Run, host: Path) -> None:
    file = host / "new"
    assert run("snapshot", files=[str(file)])["kept"] is True
    file.write_text("made")
    result = run("restore")
    assert result["changed"]
    assert result["restored"] == [f"files {file}"]
    assert not file.exists()


def test_a_file_comes_back_with_content_mode_and_time(run: Run, host: Path) -> None:
    file = host / "conf"
    file.write_text("old")
    file.chmod(0o640)
    os.utime(file, (1000, 1000))
    assert run("snapshot", files=[str(file)])["changed"] is False
    file.write_text("new")
    file.chmod(0o600)
    run("restore")
    assert file.read_text() == "old"
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.stat().st_mtime == 1000


def test_a_link_comes_back_over_a_file(run: Run, host: Path) -> None:
    link = host / "current"
    link.symlink_to("v1")
    run("snapshot", files=[str(link)])
    link.unlink()
    link.write_text("file now")
    run("restore")
    assert str(link.readlink()) == "v1"


def test_a_directory_goes_only_when_it_is_empty(run: Run, host: Path) -> None:
    folder = host / "d"
    run("snapshot", files=[str(folder)])
    folder.mkdir()
    (folder / "others").write_text("x")
    result = run("restore")
    assert result["remarks"] == [f"{folder} is not empty and was not removed"]
    assert result["msg"] == result["remarks"][0]
    assert (folder / "others").exists()


def test_nested_new_directories_all_go(run: Run, host: Path) -> None:
    paths = [host / "a", host / "a" / "b", host / "a" / "b" / "c"]
    run("snapshot", files=[str(path) for path in paths])
    paths[1].mkdir(parents=True)
    paths[2].write_text("x")
    run("restore")
    assert list(host.iterdir()) == []


def test_a_tree_comes_back_whole(run: Run, host: Path) -> None:
    tree = host / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "deep" / "file").write_text("x")
    (tree / "link").symlink_to("deep/file")
    run("snapshot", trees=[str(tree)])
    (tree / "deep" / "file").unlink()
    (tree / "deep").rmdir()
    (tree / "link").unlink()
    tree.rmdir()
    run("restore")
    assert (tree / "link").read_text() == "x"


def test_a_second_run_that_changed_nothing_does_not_hide_the_first(run: Run, host: Path) -> None:
    """Run, run again, undo: what was before the first run comes back."""
    file = host / "f"
    run("snapshot", files=[str(file)])
    file.write_text("made")
    assert run("snapshot", files=[str(file)])["kept"] is True
    assert run("snapshot", files=[str(file)])["kept"] is False
    run("restore")
    assert not file.exists()
    assert run("restore")["changed"] is False


def test_each_change_is_taken_back_by_itself(run: Run, host: Path) -> None:
    file = host / "f"
    for text in ("1", "2", "3"):
        run("snapshot", files=[str(file)])
        file.write_text(text)
    seen = []
    for _ in range(3):
        run("restore")
        seen.append(file.read_text() if file.exists() else None)
    assert seen == ["2", "1", None]


def test_a_retry_within_one_task_keeps_what_was_before_its_first_try(run: Run, host: Path) -> None:
    file = host / "f"
    for text in ("half", "whole"):
        run("snapshot", files=[str(file)], generation="task-1")
        file.write_text(text)
    run("restore")
    assert not file.exists()


def test_a_task_that_changed_nothing_does_not_bring_back_what_an_earlier_one_changed(
    run: Run, host: Path
) -> None:
    """Undoing a task is not undoing the one before it."""
    file = host / "f"
    run("snapshot", files=[str(file)], generation="task-1")
    file.write_text("made")
    for _ in range(2):
        run("snapshot", files=[str(file)], generation="task-2")
    assert run("restore", task="task-2")["changed"] is False
    assert run("restore", task="task-3")["changed"] is False
    assert run("restore", task="task-1")["changed"] is True
    assert not file.exists()


def test_a_task_that_found_the_recorded_state_is_undone_to_it(run: Run, host: Path) -> None:
    """Made by one task, deleted by hand, made by another: that one's undoing deletes it."""
    file = host / "f"
    for task in ("task-1", "task-2"):
        run("snapshot", files=[str(file)], generation=task)
        file.write_text("made")
        if task == "task-1":
            file.unlink()
    assert run("restore", task="task-2")["changed"] is True
    assert not file.exists()


def test_check_mode_records_and_restores_nothing(run: Run, host: Path, tmp_path: Path) -> None:
    file = host / "f"
    run("snapshot", files=[str(file)], _ansible_check_mode=True)
    assert not (tmp_path / "state").exists()
    run("snapshot", files=[str(file)])
    file.write_text("made")
    result = run("restore", _ansible_check_mode=True)
    assert (result["changed"], result["restored"]) == (True, [f"files {file}"])
    assert file.exists()


def test_ids_that_look_alike_have_records_of_their_own(run: Run, host: Path) -> None:
    one, two = host / "one", host / "two"
    run("snapshot", id="a b", files=[str(one)])
    run("snapshot", id="a+b", files=[str(two)])
    one.write_text("x")
    two.write_text("x")
    run("restore", id="a b")
    assert (one.exists(), two.exists()) == (False, True)


def test_a_file_whose_content_was_not_kept_is_an_error(run: Run, host: Path) -> None:
    fifo = host / "fifo"
    os.mkfifo(fifo)
    run("snapshot", files=[str(fifo)])
    fifo.unlink()
    result = run("restore")
    assert result["failed"]
    assert "was not saved" in result["msg"]


def test_records_are_only_for_their_owner(run: Run, host: Path, tmp_path: Path) -> None:
    (host / "f").write_text("secret")
    run("snapshot", files=[str(host / "f")])
    (folder,) = (tmp_path / "state" / "before").iterdir()
    (record,) = folder.iterdir()
    assert {folder.stat().st_mode & 0o77, record.stat().st_mode & 0o77} == {0}


def test_only_the_last_records_are_kept(run: Run, host: Path, tmp_path: Path) -> None:
    for number in range(7):
        (host / "f").write_text(str(number))
        run("snapshot", files=[str(host / "f")])
    (folder,) = (tmp_path / "state" / "before").iterdir()
    assert sorted(p.name for p in folder.iterdir()) == [f"{n:06d}" for n in range(3, 8)]


def test_a_place_that_cannot_be_written_is_reported(run: Run, host: Path) -> None:
    (host / "file").write_text("")
    result = run("snapshot", files=[str(host / "f")], state_dir=str(host / "file"))
    assert result["failed"]
    assert "cannot be saved" in result["msg"]


def test_hosts_that_are_one_machine_do_not_meet_in_their_records(
    tmp_path: Path, plugins: Callable[[str], Any]
) -> None:
    """Who keeps a state while another does waits; nothing is half-written or lost."""
    ours = plugins("module_utils.before_store")
    stores = [ours.Store(str(tmp_path), "shop/here/create-cluster/m/t/s") for _ in range(2)]
    order = []

    def second() -> None:
        with stores[1].alone():
            order.append("second")

    with stores[0].alone():
        other = threading.Thread(target=second)
        other.start()
        other.join(0.2)
        order.append("first")
    other.join(60)
    assert order == ["first", "second"]


def test_ids_with_dots_and_with_slashes_are_different(
    tmp_path: Path, plugins: Callable[[str], Any]
) -> None:
    store = plugins("module_utils.before_store").Store
    assert store(str(tmp_path), "a.b/c").directory != store(str(tmp_path), "a/b/c").directory


def test_the_longest_ids_fit_in_a_file_name(tmp_path: Path, plugins: Callable[[str], Any]) -> None:
    """An id has the names of a cluster, a host and a node, each of up to 63 characters."""
    store = plugins("module_utils.before_store").Store
    names = [Path(store(str(tmp_path), "/".join(["a" * 63] * 5) + end).directory) for end in "ab"]
    assert all(len(name.name) <= 255 for name in names)
    assert names[0] != names[1]


def test_looking_leaves_no_directory(run: Run, host: Path, tmp_path: Path) -> None:
    """A dry run changes nothing, nor does a restore without records."""
    run("snapshot", files=[str(host / "f")], _ansible_check_mode=True)
    run("restore")
    assert not (tmp_path / "state").exists()
