"""The runner on a real database: what due times become, for whom, and once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

import homes
from unit.api.service import document
from unit.store.tasks import empty_queue
from worldtree.app.ports import Ports
from worldtree.app.schedules.blackout_windows import OnceWindow
from worldtree.app.schedules.schedule_policy import NewSchedule
from worldtree.app.schedules.schedule_runner import ScheduleRunner
from worldtree.app.schedules.schedule_service import ScheduleService
from worldtree.core.actor import Actor, local_user
from worldtree.core.errors import WorldTreeError
from worldtree.results.status import TaskStatus
from worldtree.store.service_tables import schedules
from worldtree.store.store import Store

HOUR = 3600.0
#: 2026-11-30 00:00 UTC.
MIDNIGHT = 1_795_996_800.0
ANN = Actor("token", "ann", "192.0.2.7")


class Scene:
    """A store with the cluster shop and its member ann, and a clock."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store, self.home, self.now = store, home, MIDNIGHT + 60
        store.put_document("shop", document(), None)
        store.grant_role(store.create_user("ann", "root").id, "default", "member", "root")
        self.runner = self.another_runner()

    def another_runner(self) -> ScheduleRunner:
        """As another service has it."""
        return ScheduleRunner(lambda: self.store, lambda: self.now)

    def service(self, actor: Actor = ANN) -> ScheduleService:
        """The service for an actor."""
        ports = Ports({}, self.home, lambda _pid: None, actor)
        return ScheduleService(ports, lambda: self.store, lambda: self.now)

    def add(self, name: str = "hourly", actor: Actor = ANN, **more: Any) -> None:
        """Make a schedule for each hour."""
        more.setdefault("task", {"pipeline": "verify"})
        self.service(actor).create("shop", NewSchedule(name=name, cron="0 * * * *", **more))

    def at(self, hour: float) -> list[str]:
        """Let the runner work at an hour; return the outcomes so far, oldest first."""
        self.now = MIDNIGHT + hour * HOUR
        self.runner.run_once()
        return self.outcomes()

    def outcomes(self, name: str = "hourly") -> list[str]:
        """The outcomes so far, oldest first."""
        service = self.service()
        found = service.history(service.get("shop", name), 1000)
        return [one.outcome for one in reversed(found)]

    def queued(self) -> list[str]:
        """The pipelines of the tasks in the queue."""
        return [self.store.task(row.task).pipeline for row in self.store.queued_tasks()]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with homes.open_store(tmp_path / "home") as store:
        yield Scene(store, tmp_path)


def test_a_task_begins_when_it_is_due(scene: Scene) -> None:
    """Its actor is the schedule; another service decides nothing again."""
    scene.add()
    assert scene.at(0.5) == []
    assert scene.at(1.01) == ["started"]
    scene.another_runner().run_once()
    (row,) = scene.store.queued_tasks()
    task = scene.store.task(row.task)
    assert (task.status, task.pipeline, task.cluster) == (TaskStatus.QUEUED, "verify", "shop")
    assert str(row.actor) == "schedule hourly, made by ann"
    assert row.actor.kind == "system"
    entries = scene.store.audit_log("shop")
    assert [e.who for e in entries if e.what == "task-asked"] == [str(row.actor)]
    service = scene.service()
    (run,) = service.history(service.get("shop", "hourly"), 5)
    assert (run.task, run.due) == (task.id, MIDNIGHT + HOUR)


def test_an_outage_starts_one_task(scene: Scene) -> None:
    """Not all that was missed: awx#5014."""
    scene.add()
    assert scene.at(30.01) == ["missed"] * 29 + ["started"]
    assert len(scene.queued()) == 1


def test_a_year_of_minutes_is_decided_in_steps(scene: Scene) -> None:
    """One look decides a bounded number, and the next one goes on."""
    new = NewSchedule(name="minutes", cron="* * * * *")
    scene.service().create("shop", new)
    scene.now = MIDNIGHT + 24 * 7 * HOUR
    scene.runner.run_once()
    service = scene.service()
    schedule = service.get("shop", "minutes")
    assert len(service.history(schedule, 20_000)) == 5000
    scene.runner.run_once()
    scene.runner.run_once()
    history = service.history(schedule, 20_000)
    assert len(history) == 24 * 7 * 60 - 1
    assert [one.outcome for one in history].count("started") == 1


def test_an_earlier_task_that_is_at_work_is_not_disturbed(scene: Scene) -> None:
    scene.add()
    scene.at(1)
    assert scene.at(2) == ["started", "overlap"]
    scene.store.cancel_queued(scene.store.queued_tasks()[0].task, "no", "me")
    assert scene.at(3) == ["started", "overlap", "started"]


def test_a_schedule_that_cannot_be_read_stops_no_other(scene: Scene) -> None:
    """Such as one that a newer version wrote."""
    scene.add("bad")
    scene.add("good")
    with scene.store._writer.begin() as connection:
        bad = update(schedules).where(schedules.c.name == "bad")
        connection.execute(bad.values(policy='{"later": 1}'))
    scene.now = MIDNIGHT + HOUR
    scene.runner.run_once()
    assert scene.outcomes("bad") == []
    assert scene.outcomes("good") == ["started"]


def test_a_queue_has_a_bound(scene: Scene) -> None:
    scene.add(policy={"overlap": "queue"})
    for hour in range(1, 13):
        scene.at(hour)
    assert scene.outcomes() == ["started"] * 10 + ["overlap"] * 2


def test_an_earlier_task_is_cancelled_where_the_policy_says_so(scene: Scene) -> None:
    scene.add(policy={"overlap": "cancel-running"})
    scene.at(1)
    (first,) = scene.store.queued_tasks()
    assert scene.at(2) == ["started", "started"]
    assert scene.store.task(first.task).status is TaskStatus.CANCELLED
    (second,) = scene.store.queued_tasks()
    assert second.task != first.task


def test_a_blackout_is_asked_before_anything_starts(scene: Scene) -> None:
    """One of the cluster counts, as one of the project does; one of another cluster does not."""
    scene.store.put_document("other", document("other"), None)
    scene.add()
    scene.add("later", policy={"blackout": "delay"})
    window = OnceWindow(start=MIDNIGHT + 0.5 * HOUR, end=MIDNIGHT + 2.5 * HOUR)
    scene.service().add_blackout("freeze", window, "shop")
    far = OnceWindow(start=MIDNIGHT, end=MIDNIGHT + 99 * HOUR)
    scene.service().add_blackout("elsewhere", far, "other")
    assert scene.at(1) == ["blackout"]
    assert scene.at(2.4) == ["blackout", "blackout"]
    assert scene.outcomes("later") == []
    assert scene.at(2.5) == ["blackout", "blackout"]
    assert scene.outcomes("later") == ["blackout", "started"]
    assert scene.at(3) == ["blackout", "blackout", "started"]


@pytest.mark.parametrize("change", ["disabled", "revoked"])
def test_rights_of_the_maker_count_when_it_starts(scene: Scene, change: str) -> None:
    """A user who may not do it any more starts nothing; that is reported."""
    more: dict[str, Any] = {"events": (), "quiet": None, "who": ANN, "now": 1.0}
    scene.store.add_channel("team", "webhook", settings={}, **more)
    scene.add()
    if change == "disabled":
        scene.store.set_user_disabled("ann", "root", disabled=True)
    else:
        user = scene.store.user("ann")
        assert user is not None
        scene.store.revoke_role(user.id, "default", "member", "root")
    assert scene.at(1) == ["refused"]
    assert scene.queued() == []
    service = scene.service()
    (run,) = service.history(service.get("shop", "hourly"), 5)
    assert ("disabled" if change == "disabled" else "task:create") in str(run.message)
    scene.store.spread_notices(lambda _n, _c: (scene.now, False), scene.now)
    (told,) = scene.store.due_deliveries(scene.now)
    assert told.notice.kind == "schedule-refused"
    # It is tried again at the next time.
    if change == "disabled":
        scene.store.set_user_disabled("ann", "root", disabled=False)
        assert scene.at(2) == ["refused", "started"]


def test_destroying_needs_its_own_right(scene: Scene) -> None:
    """A member may create the schedule's row here; the rights are checked when it starts."""
    scene.add(task={"pipeline": "destroy-cluster"})
    assert scene.at(1) == ["refused"]


def test_the_owner_of_the_database_has_all_rights(scene: Scene) -> None:
    scene.add(actor=local_user(), task={"pipeline": "destroy-cluster"})
    assert scene.at(1) == ["started"]
    assert scene.queued() == ["destroy-cluster"]


def test_a_user_who_is_called_like_the_owner_is_not_the_owner(scene: Scene) -> None:
    """Only a process of the machine is."""
    scene.add(actor=Actor("token", local_user().name, "process 1"))
    assert scene.at(1) == ["refused"]


def test_a_cluster_whose_document_is_gone_starts_nothing(scene: Scene) -> None:
    scene.add(task={"pipeline": "verify", "version": 7})
    assert scene.at(1) == ["refused"]


def test_a_schedule_that_was_disabled_decides_nothing_meanwhile(scene: Scene) -> None:
    """Enabled again, it goes on with its next time."""
    scene.add()
    scene.service().disable("shop", "hourly")
    assert scene.at(5) == []
    assert scene.service().next_times(scene.service().get("shop", "hourly"), 5) == ()
    scene.service().enable("shop", "hourly")
    assert scene.at(5.9) == []
    assert scene.at(6) == ["started"]


def test_next_times(scene: Scene) -> None:
    scene.add(time_zone="Europe/Berlin")
    found = scene.service().next_times(scene.service().get("shop", "hourly"), 5)
    assert found == tuple(MIDNIGHT + n * HOUR for n in range(1, 6))


def test_deleting_keeps_the_tasks(scene: Scene) -> None:
    scene.add()
    scene.at(1)
    scene.service().delete("shop", "hourly")
    assert scene.queued() == ["verify"]
    empty_queue(scene.store)
    with pytest.raises(WorldTreeError, match="no schedule") as problem:
        scene.service().get("shop", "hourly")
    assert problem.value.code == "schedule-unknown"


@pytest.mark.parametrize(
    ("cluster", "more", "code"),
    [
        ("nowhere", {}, "cluster-unknown"),
        ("shop", {"time_zone": "Mars"}, "time-zone-unknown"),
        ("shop", {"task": {"pipeline": "nonsense"}}, None),
    ],
)
def test_a_schedule_that_is_refused(
    scene: Scene, cluster: str, more: dict[str, Any], code: str | None
) -> None:
    with pytest.raises(WorldTreeError) as problem:
        scene.service().create(cluster, NewSchedule(name="x", cron="0 * * * *", **more))
    assert code is None or problem.value.code == code
