"""Projects: what is in one does not exist for another; names of clusters are unique within one."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from unit.engine.plans import plan
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.core.process_identity import ProcessIdentity, current_process
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.store import Store
from worldtree.store.task_record import UnknownTaskError

WANTED = plan({"a": ("h1",)}, [])
WHO = Actor("person", "ann@host", "192.0.2.7")


def _never_dead(_holder: ProcessIdentity) -> bool:
    return False


def test_clusters_of_one_name_in_two_projects_know_nothing_of_each_other(any_store: Store) -> None:
    team = any_store.of_project(any_store.create_project("team").id)
    other = any_store.of_project(any_store.create_project("other").id)
    stores = [any_store, team, other]
    tasks = [store.create_task(WANTED, "apply", document="a: 1\n") for store in stores]
    for store, task in zip(stores, tasks, strict=True):
        store.save_facts(WANTED.cluster, {"h1": {"in": store.project}}, 1.0)
        assert [found.id for found in store.list_tasks()] == [task.id]
        assert [found.id for found in store.list_tasks(WANTED.cluster)] == [task.id]
        assert [found.id for found in store.list_tasks(clusters=[WANTED.cluster])] == [task.id]
        assert store.task("latest").id == task.id
        assert store.task(task.id).cluster == WANTED.cluster
        assert store.cluster_names() == [WANTED.cluster]
        assert [one.version for one in store.documents(WANTED.cluster)] == [1]
        assert store.document(str(task.document)).cluster == WANTED.cluster
        assert store.facts(WANTED.cluster)["h1"].body == {"in": store.project}
        # The lock of each is its own.
        with pytest.raises(UnknownTaskError):
            store.task(next(one.id for one in tasks if one.id != task.id))
        store.acquire_lease(
            WANTED.cluster, task.id, current_process(), proven_dead=_never_dead
        ).heartbeat()
        assert [lease.task for lease in store.leases()] == [task.id]
        held = store.lease(WANTED.cluster)
        assert held is not None
        assert (held.cluster, held.task) == (WANTED.cluster, task.id)
    assert team.break_lease(WANTED.cluster, 1, "ann")
    assert (team.leases(), len(other.leases())) == ([], 1)


def test_the_name_of_a_project_is_unique(any_store: Store) -> None:
    any_store.create_project("team")
    with pytest.raises(RefusedError, match="there is a project `team` already"):
        any_store.create_project("team")
    assert [one.name for one in any_store.list_projects()] == ["default", "team"]


def test_pruning_a_project_keeps_the_directories_of_others(any_store: Store) -> None:
    team = any_store.of_project(any_store.create_project("team").id)
    kept = any_store.create_task(WANTED, "apply")
    gone = team.create_task(WANTED, "apply")
    assert [one.id for one in team.prune(kept.created + 3600).tasks] == [gone.id]
    assert (kept.directory.is_dir(), gone.directory.exists()) == (True, False)


def test_a_task_that_is_asked_for_in_a_project_is_listed_there_alone(any_store: Store) -> None:
    team = any_store.of_project(any_store.create_project("team").id)
    team.ask_task("t-1", "shop", "verify", TaskCommand.VERIFY, actor=WHO, request={"x": 1})
    assert any_store.list_tasks() == []
    [task] = team.list_tasks(statuses=[TaskStatus.QUEUED])
    assert (task.actor, task.request, task.cluster) == (WHO, {"x": 1}, "shop")


def test_the_id_of_a_cluster_is_no_name_in_another_project(any_store: Store) -> None:
    """Who knows it cannot reach that cluster by it."""
    team = any_store.of_project(any_store.create_project("team").id)
    team.put_document("shop", "a: 1", None)
    with any_store._engine.connect() as connection:
        (found,) = connection.execute(text("SELECT name FROM clusters WHERE label = 'shop'"))
    assert any_store.wanted_document(found.name) is None
    with pytest.raises(RefusedError):
        any_store.put_document(found.name, "a: 2", None)
    document = team.wanted_document("shop")
    assert document is not None
    assert document.body == "a: 1"


def test_a_project_has_a_directory_of_its_own(any_store: Store) -> None:
    team = any_store.of_project(any_store.create_project("team").id)
    task = team.create_task(WANTED, "apply")
    assert task.directory.is_relative_to(any_store.home / "projects" / team.project)
    assert team.of_project("default").home == any_store.home
