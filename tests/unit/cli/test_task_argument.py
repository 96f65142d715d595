"""Which task `wt rollback`, `resume`, `retry` and `cancel` take, and that they say so first."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.cli.conftest import Wt, shop_spec, write_document
from worldtree.core.errors import ExitCode

pytestmark = pytest.mark.usefixtures("simulated")

COMMANDS = ("rollback", "resume", "retry", "cancel")


def apply(wt: Wt, file: Path) -> str:
    """Apply a document and return the id of its task."""
    found: str = wt("apply", "-f", str(file), "--yes", "-o", "json").json["task_id"]
    return found


@pytest.fixture
def two(wt: Wt, shop: Path, tmp_path: Path) -> tuple[str, str]:
    """Tasks of `shop`, whose document is in the current directory, and of a newer cluster."""
    (tmp_path / "elsewhere").mkdir()
    other = write_document(tmp_path / "elsewhere" / "cluster.yaml", shop_spec(), "other")
    return apply(wt, shop), apply(wt, other)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_default_is_the_newest_task_of_the_document_here(
    command: str, two: tuple[str, str], wt: Wt, shop: Path
) -> None:
    more = () if command == "cancel" else ("--yes",)
    first = wt(command, *more).err.splitlines()[0]
    assert first.startswith(f"{command} of task {two[0]} (apply of cluster `shop`, 20")
    assert first.endswith(f"Z, {shop})")


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_document_here_it_is_the_newest_of_all(
    command: str, two: tuple[str, str], wt: Wt, shop: Path
) -> None:
    shop.unlink()
    more = () if command == "cancel" else ("--yes",)
    assert wt(command, *more).err.startswith(f"{command} of task {two[1]} (")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_cluster_without_tasks_is_refused(
    command: str, two: tuple[str, str], wt: Wt, shop: Path
) -> None:
    write_document(shop, shop_spec(), "third")
    more = () if command == "cancel" else ("--yes",)
    ran = wt(command, *more)
    assert ran.code == ExitCode.INPUT
    assert "there is no task of cluster `third` yet" in ran.err
    assert "name a task of another cluster" in ran.err
    assert {one["id"] for one in wt("tasks", "list", "-o", "json").json["items"]} == set(two)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_document_that_is_being_edited_does_not_stop_a_command(
    command: str, two: tuple[str, str], wt: Wt, shop: Path
) -> None:
    """The tasks that were made from it say whose it was."""
    shop.write_text(f"{shop.read_text()}\n  - {{")
    ran = wt(command, *(() if command == "cancel" else ("--yes",)))
    assert f"{command} of task {two[0]} (apply of cluster `shop`" in ran.err
    assert ran.err.startswith("warning: cluster.yaml cannot be read: ")
    assert "it was the document of `shop`" in ran.err


def test_a_document_of_no_task_has_to_be_readable(two: tuple[str, str], wt: Wt, shop: Path) -> None:
    (shop.parent / "elsewhere" / "new.yaml").write_text("{")
    ran = wt("resume", "--replan", "-f", "elsewhere/new.yaml", "--yes")
    assert (ran.code, two[0] in ran.err) == (ExitCode.INPUT, False)


def test_a_named_task_of_another_cluster_is_taken(two: tuple[str, str], wt: Wt) -> None:
    ran = wt("rollback", two[1], "--yes", "-o", "json")
    assert (ran.code, ran.json["cluster"]) == (ExitCode.OK, "other")
    assert ran.err.startswith(f"rollback of task {two[1]} (apply of cluster `other`, ")


@pytest.mark.parametrize("command", ["show", "logs"])
def test_what_is_shown_is_the_newest_task_of_the_document_here(
    command: str, two: tuple[str, str], wt: Wt, shop: Path
) -> None:
    """Or of a cluster that is named; a document that is being edited keeps nobody from reading."""
    mine, other = two
    ran = wt("tasks", command)
    assert ran.err.startswith(f"task {mine} (apply of cluster `shop`)\n")
    assert wt("tasks", command, "--cluster", "other").err.startswith(f"task {other} (")
    named = wt("tasks", command, other)
    assert (named.code, named.err) == (ExitCode.OK, "")
    shop.write_text("[")
    assert wt("tasks", command).err.startswith(f"task {other} (")
    write_document(shop, shop_spec(), "third")
    ran = wt("tasks", command)
    assert ran.code == ExitCode.INPUT
    assert "there is no task of cluster `third` yet" in ran.err
