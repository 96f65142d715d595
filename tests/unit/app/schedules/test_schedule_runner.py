"""The runner on a real database: what due times become, for whom, and once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

import homes
from unit.api.service import document
from unit.store.tasks import empty_queue
from worldtree.app.ports import Ports
from worldtree.app.schedules.asked_blackouts import AskedBlackout
from worldtree.app.schedules.schedule_policy import NewSchedule
from worldtree.app.schedules.schedule_runner import ScheduleRunner
from worldtree.app.schedules.schedule_service import ScheduleService
from worldtree.app.schedules.scheduled_work import ScheduledWork
from worldtree.app.tasks.submission import new_run
from worldtree.app.tasks.work_queue import WorkQueue
from worldtree.core.actor import Actor, local_user
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
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
        self.digest = store.put_document("shop", document(), None).digest
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

    def blackout(self, name: str, cluster: str, start: float, end: float) -> None:
        """Make a window between two hours."""
        hours = (MIDNIGHT + start * HOUR, MIDNIGHT + end * HOUR)
        first, last = (datetime.fromtimestamp(one, UTC) for one in hours)
        window = {"from": first, "until": last}
        asked = AskedBlackout.model_validate({"name": name, "cluster": cluster, "window": window})
        self.service().add_blackout(asked)

    def require_approvals(self, rules: dict[str, Any] | None) -> None:
        """Set the rules of the project."""
        self.store.change_project_setting("approvals", rules, "root", what="changed", detail="")

    def told(self) -> list[tuple[str, str | None]]:
        """The kinds and tasks of all notices that were not told before."""
        self.store.spread_notices(lambda _n, _c: (self.now, False), self.now)
        found = self.store.due_deliveries(self.now)
        for one in found:
            self.store.end_try(one.id, status="delivered", message="", next_try=None, ended=1.0)
        return [(one.notice.kind, one.notice.task) for one in found]

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
    scene.blackout("freeze", "shop", 0.5, 2.5)
    scene.blackout("elsewhere", "other", 0, 99)
    assert scene.at(1) == ["blackout"]
    assert scene.at(2.4) == ["blackout", "blackout"]
    assert scene.outcomes("later") == []
    assert scene.at(2.5) == ["blackout", "blackout"]
    assert scene.outcomes("later") == ["blackout", "started"]
    assert scene.at(3) == ["blackout", "blackout", "started"]


def test_a_task_that_gets_its_turn_in_a_blackout_waits(scene: Scene) -> None:
    """It was due before. What a person asks for is taken meanwhile."""
    scene.add()
    scene.blackout("freeze", "shop", 1.5, 3)
    assert scene.at(1) == ["started"]
    queue = WorkQueue(lambda: scene.store, lambda: scene.now)
    scene.now = MIDNIGHT + 2 * HOUR
    assert queue.take("", 1) is None
    asked = scene.service().get("shop", "hourly").request
    request = ScheduledWork.model_validate(asked).task_request(scene.digest)
    new = new_run("shop", request, ANN)
    scene.store.enqueue_task(new)
    taken = queue.take("", 1)
    assert taken is not None
    assert taken.task == new.task
    queue.finish(taken.id)
    scene.now = MIDNIGHT + 3 * HOUR
    assert queue.take("", 1) is not None


@pytest.mark.parametrize("change", ["disabled", "revoked"])
def test_rights_of_the_maker_count_when_it_starts(scene: Scene, change: str) -> None:
    """A user who may not do it any more starts nothing, which the schedule says."""
    scene.add()
    if change == "disabled":
        scene.store.set_user_disabled("ann", "root", disabled=True)
    else:
        user = scene.store.user("ann")
        assert user is not None
        scene.store.revoke_role(user.id, "default", "member", "root")
    assert scene.at(1) == ["refused"]
    assert scene.at(2) == ["refused"] * 2
    assert scene.queued() == []
    service = scene.service()
    refusal = service.refusal(service.get("shop", "hourly"))
    assert refusal is not None
    assert refusal.since == MIDNIGHT + HOUR
    assert ("disabled" if change == "disabled" else "task:create") in str(refusal.message)


def test_a_refusal_is_told_when_the_state_changes(scene: Scene) -> None:
    """Not at each time: once for a reason, once for another one, once when it starts again."""
    more: dict[str, Any] = {"events": (), "quiet": None, "who": ANN, "now": 1.0}
    scene.store.add_channel("team", "webhook", settings={}, **more)
    scene.add()
    scene.store.set_user_disabled("ann", "root", disabled=True)
    scene.at(1)
    scene.at(2)
    assert scene.told() == [("schedule-refused", None)]
    scene.store.set_user_disabled("ann", "root", disabled=False)
    scene.require_approvals({"required": 1})
    scene.at(3)
    scene.at(4)
    assert scene.told() == [("schedule-refused", None)]
    scene.require_approvals(None)
    assert scene.at(5)[-1] == "started"
    (row,) = scene.store.queued_tasks()
    assert scene.told() == [("schedule-accepted", row.task)]
    service = scene.service()
    schedule = service.get("shop", "hourly")
    assert service.refusal(schedule) is None
    # What refuses the task after that, such as the policy for documents, counts as well: none of
    # the tasks since the first time was good.
    refused = RefusedError("no local commands", code="policy-refused")
    scene.store.refuse_task(row.task, "shop", refused, ANN)
    refusal = service.refusal(schedule)
    assert refusal is not None
    assert (refusal.since, refusal.message) == (MIDNIGHT + HOUR, "no local commands")
    assert scene.told() == [("failed", row.task)]
    empty_queue(scene.store)
    scene.at(6)
    assert scene.told() == []


def test_a_schedule_looks_for_drift(scene: Scene) -> None:
    scene.add(task={"drift": True, "selection": {"hosts": ["h1"]}})
    assert scene.at(1) == ["started"]
    (row,) = scene.store.queued_tasks()
    assert scene.store.task(row.task).command is TaskCommand.DRIFT
    assert row.request["request"]["selection"]["hosts"] == ["h1"]


@pytest.mark.parametrize(
    ("begin", "due"),
    [
        # There is no 02:30 on 29 March 2026 in Berlin: it is due at 03:00, once.
        ("2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        # There are two on 25 October: the first one counts.
        ("2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
    ],
)
def test_days_on_which_the_clocks_change(scene: Scene, begin: str, due: list[str]) -> None:
    """The runner looks each half hour of two days, and starts one task a day."""

    def moment(text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()

    scene.now = moment(begin)
    new = NewSchedule(name="nightly", cron="30 2 * * *", time_zone="Europe/Berlin")
    scene.service().create("shop", new)
    for _ in range(2 * 48):
        scene.now += 0.5 * HOUR
        scene.runner.run_once()
        for row in scene.store.queued_tasks():
            scene.store.cancel_queued(row.task, "no", "me")
    service = scene.service()
    history = service.history(service.get("shop", "nightly"), 100)
    assert [(one.due, one.outcome) for one in reversed(history)] == [
        (moment(one), "started") for one in due
    ]


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


def test_a_schedule_whose_parameters_are_not_valid_any_more_starts_nothing(scene: Scene) -> None:
    """Such as those of a package that was removed."""
    scene.add()
    with scene.store._writer.begin() as connection:
        gone = ScheduledWork(pipeline="of-a-package").stored()
        connection.execute(update(schedules).values(request=json.dumps(gone)))
    assert scene.at(1) == ["refused"]


def test_a_schedule_whose_archive_is_gone_is_refused(scene: Scene) -> None:
    """Each time is decided, and once there is one of this content, it starts."""
    scene.add()
    body = b"content"
    content = {"content": {"archive": sha256(body).hexdigest()}}
    with scene.store._writer.begin() as connection:
        wanted = ScheduledWork.model_validate({"pipeline": "verify", **content}).stored()
        connection.execute(update(schedules).values(request=json.dumps(wanted)))
    assert scene.at(1) == ["refused"]
    assert scene.store.add_archive("", body, ANN)[0] == content["content"]["archive"]
    assert scene.at(2) == ["refused", "started"]


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
        ("shop", {"task": {"pipeline": "nonsense"}}, "input-invalid"),
        ("shop", {"task": {"version": 7}}, "input-invalid"),
    ],
)
def test_a_schedule_that_is_refused(
    scene: Scene, cluster: str, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(WorldTreeError) as problem:
        scene.service().create(cluster, NewSchedule(name="x", cron="0 * * * *", **more))
    assert problem.value.code == code
