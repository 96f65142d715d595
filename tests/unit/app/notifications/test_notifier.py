"""The notifier on a real database, with a real receiver; the clock is the test's."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

import homes
from unit.app.notifications.receiver import Receiver, receive
from unit.store.tasks import run_task
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.app.notifications.notification_service import NewChannel, NotificationService
from worldtree.app.notifications.notifier import Notifier
from worldtree.app.ports import Ports
from worldtree.core.actor import Actor
from worldtree.core.errors import InputError
from worldtree.core.network_guard import NetworkGuard, read_networks
from worldtree.core.settings import Settings
from worldtree.store.deliveries import NoticeRecord
from worldtree.store.service_tables import certificates, channels, drift_reports
from worldtree.store.store import Store

#: 2026-11-30 12:00 UTC.
NOON = 1_796_040_000.0
CANARY = "whsec_" + base64.b64encode(b"canary-canary-canary").decode()
VARIABLES = {"WORLDTREE_NOTIFY_DEFAULT__SECRET": CANARY, "HOOK_URL": "", "OTHER": "x"}
REFERENCE = "${env:WORLDTREE_NOTIFY_DEFAULT__SECRET}"


class Scene:
    """A store, a receiver, and a clock."""

    def __init__(self, store: Store, receiver: Receiver, home: Path) -> None:
        self.store, self.receiver, self.now = store, receiver, NOON
        self.environ = {**VARIABLES, "HOOK_URL": receiver.url + "/"}
        self.ports = Ports(self.environ, home, lambda _pid: None, Actor("system", "test"))
        self.service = NotificationService(
            Settings(home), self.ports, lambda: store, lambda: self.now
        )
        self.notifier = self.another_notifier()

    def another_notifier(self) -> Notifier:
        """As another service has it."""
        guard = NetworkGuard(read_networks("127.0.0.0/8"))
        return Notifier(
            lambda: self.store, self.environ, guard, clock=lambda: self.now, jitter=lambda: 0.0
        )

    def channel(self, name: str = "team", **more: Any) -> None:
        """Make a channel to the receiver."""
        settings = {"url": self.receiver.url + "/", "secret": REFERENCE}
        self.service.create(NewChannel(name=name, kind="webhook", settings=settings, **more))

    def run(self, after: float = 0.0) -> list[dict[str, Any]]:
        """Let time pass and the notifier work; return the events that came in meanwhile."""
        self.now += after
        before = len(self.receiver.requests)
        self.notifier.run_once()
        return [json.loads(body) for _, _, body in self.receiver.requests[before:]]

    def statuses(self) -> list[str]:
        """The statuses of deliveries, oldest first."""
        return [one.status for one in reversed(self.store.deliveries(100))]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receive() as found:
        yield found


@pytest.fixture
def scene(tmp_path: Path, receiver: Receiver) -> Iterator[Scene]:
    receiver.requests.clear()
    receiver.answers.clear()
    with homes.open_store(tmp_path / "home") as store:
        yield Scene(store, receiver, tmp_path)


def test_a_failure_becomes_a_cloud_event(scene: Scene) -> None:
    scene.channel()
    task = run_task(scene.store, "failed")
    (event,) = scene.run()
    assert event["specversion"] == "1.0"
    assert event["type"] == "io.worldtree.notice.failed"
    assert event["source"] == "/worldtree/projects/default"
    assert event["subject"] == f"clusters/{task.cluster}"
    assert event["datacontenttype"] == "application/json"
    assert event["data"]["task_id"] == task.id
    assert event["data"]["pipeline"] == task.pipeline
    headers = scene.receiver.requests[-1][1]
    assert headers["webhook-id"] == event["id"]
    assert scene.statuses() == ["delivered"]
    assert scene.run(100.0) == []


def test_a_receiver_that_is_away_gets_it_later_with_the_same_id(scene: Scene) -> None:
    """The waits double; nothing is sent before its time."""
    scene.channel()
    scene.receiver.answers[:] = [500, 503]
    run_task(scene.store, "failed")
    (first,) = scene.run()
    assert scene.run(29.0) == []
    (second,) = scene.run(1.0)
    assert scene.run(59.0) == []
    (third,) = scene.run(1.0)
    assert first["id"] == second["id"] == third["id"]
    assert scene.statuses() == ["delivered"]
    (log,) = scene.store.deliveries(5)
    assert (log.tries, log.message, log.next_try) == (3, "HTTP 204", None)


def test_after_a_day_it_is_given_up_and_can_be_replayed(scene: Scene) -> None:
    scene.channel()
    scene.receiver.answers[:] = [500] * 19
    run_task(scene.store, "failed")
    scene.run()
    tries = 1
    while (found := scene.store.deliveries(1)[0]).next_try is not None:
        tries += len(scene.run(found.next_try - scene.now))
    assert tries == 19
    assert 20 * 3600 < scene.now - NOON <= 24 * 3600
    assert (found.status, found.message) == ("failed", "HTTP 500")
    scene.service.replay(found.id)
    assert len(scene.run()) == 1
    assert scene.statuses() == ["delivered"]


def test_a_channel_with_a_backlog_does_not_stop_others(scene: Scene) -> None:
    """Of each channel the oldest deliveries are due."""
    scene.channel("slow")
    scene.channel("fast")
    slow, fast = (scene.service.channel(name).id for name in ("slow", "fast"))
    notice = NoticeRecord(0, "default", None, None, "test", {}, scene.now)
    for _ in range(5):
        scene.store.add_delivery(notice, slow, scene.now, scene.ports.actor)
    last = scene.store.add_delivery(notice, fast, scene.now, scene.ports.actor)
    assert [one.channel for one in scene.store.due_deliveries(scene.now, 2)] == [slow, slow, fast]
    assert [one.id for one in scene.store.due_deliveries(scene.now, delivery=last)] == [last]


def test_a_receiver_that_is_gone_is_not_asked_again(scene: Scene) -> None:
    scene.channel()
    scene.receiver.answers[:] = [410]
    run_task(scene.store, "failed")
    scene.run()
    assert scene.statuses() == ["failed"]


def test_a_process_that_dies_while_it_delivers_loses_nothing(scene: Scene) -> None:
    scene.channel()
    run_task(scene.store, "failed")
    scene.store.spread_notices(lambda _n, _c: (NOON, False), NOON)
    (due,) = scene.store.due_deliveries(NOON)
    assert scene.store.claim_delivery(due, NOON + 300)
    assert scene.run() == []
    assert len(scene.run(300.0)) == 1


def test_quiet_hours_end_with_one_summary(scene: Scene) -> None:
    """What happens in them is reported afterwards, at once and in one message."""
    scene.channel(quiet_hours={"from": "11:00", "until": "14:30", "time_zone": "Europe/Berlin"})
    for outcome in ("failed", "ok", "failed"):
        run_task(scene.store, outcome)
        assert scene.run() == []  # 13:00 in Berlin.
    assert scene.statuses() == ["held"] * 3
    scene.receiver.answers[:] = [500]
    (event,) = scene.run(1.5 * 3600)
    assert event["type"] == "io.worldtree.notice.summary"
    assert [one["kind"] for one in event["data"]["notices"]] == ["failed", "recovered", "failed"]
    (again,) = scene.run(30.0)
    assert again == event
    assert scene.statuses() == ["delivered", "summarised", "summarised"]
    assert all(one.ended for one in scene.store.deliveries(5))
    # Outside of them it is reported at once.
    run_task(scene.store, "ok")
    assert [one["type"] for one in scene.run()] == ["io.worldtree.notice.recovered"]


def test_a_retry_waits_for_the_end_of_quiet_hours(scene: Scene) -> None:
    scene.channel(quiet_hours={"from": "12:01", "until": "13:00"})
    scene.receiver.answers[:] = [500]
    run_task(scene.store, "failed")
    assert len(scene.run()) == 1
    assert scene.run(61.0) == []
    assert len(scene.run(3600.0)) == 1


def test_a_channel_hears_what_it_asked_for(scene: Scene) -> None:
    scene.channel(events=["recovered"])
    run_task(scene.store, "failed")
    assert scene.run() == []
    run_task(scene.store)
    assert [one["type"] for one in scene.run()] == ["io.worldtree.notice.recovered"]


def test_a_test_message_goes_to_one_channel(scene: Scene) -> None:
    scene.channel("one")
    scene.channel("two")
    delivery = scene.service.test("two")
    assert scene.notifier.deliver_now(delivery) == "delivered"
    assert [one.id for one in scene.service.deliveries(5, channel="two")] == [delivery]
    assert scene.service.deliveries(5, channel="one") == []
    assert scene.run() == []


def test_no_secret_is_in_the_database_the_log_or_a_body(
    scene: Scene, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Also where deliveries fail."""
    scene.channel()
    scene.receiver.answers[:] = [500]
    run_task(scene.store, "failed")
    scene.run()
    scene.run(30.0)
    key = CANARY.removeprefix("whsec_")
    for _, headers, body in scene.receiver.requests:
        assert key not in body.decode()
        assert key not in json.dumps(headers)
    scene.store.close()
    for file in (tmp_path / "home").rglob("*"):
        if file.is_file():
            assert key.encode() not in file.read_bytes()
    assert key not in caplog.text


def test_a_url_may_be_a_secret(scene: Scene) -> None:
    """Such as one with a token in its path."""
    settings = {"url": "${env:HOOK_URL}", "secret": REFERENCE}
    scene.service.create(NewChannel(name="team", kind="webhook", settings=settings))
    run_task(scene.store, "failed")
    assert len(scene.run()) == 1


def test_a_secret_that_cannot_be_read_is_told(scene: Scene) -> None:
    scene.channel()
    del scene.environ["WORLDTREE_NOTIFY_DEFAULT__SECRET"]
    run_task(scene.store, "failed")
    assert scene.run() == []
    (found,) = scene.store.deliveries(5)
    assert found.status == "waiting"
    assert "WORLDTREE_NOTIFY_DEFAULT__SECRET" in str(found.message)


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("pigeon", {}, "unknown kind of channel"),
        ("webhook", {"url": "https://x.example/"}, "`secret` of the kind `webhook` is missing"),
        ("webhook", {"url": "x", "secret": REFERENCE}, "URL"),
        ("webhook", {"url": "https://x.example/", "secret": CANARY}, "not a reference"),
        ("webhook", {"url": "https://x/", "secret": "a" + REFERENCE}, "not a reference"),
        ("webhook", {"url": "https://x/", "secret": "${prompt:Secret?}"}, "cannot ask"),
        ("webhook", {"url": "https://x/", "secret": "${env:not a name}"}, "not a reference"),
        ("webhook", {"url": "https://x/", "secret": REFERENCE, "more": 1}, "no setting `more`"),
        ("webhook", {"url": "https://x/", "secret": "${env:OTHER}"}, "does not allow"),
        ("webhook", {"url": "https://x/${file:/etc/shadow}", "secret": REFERENCE}, "not allow"),
        ("webhook", {"url": "https://x/", "secret": "${env:WORLDTREE_NOTIFY_OTHER__X}"}, "allow"),
        ("webhook", {"url": "https://x/", "secret": "${env:WORLDTREE_NOTIFY_DEFAULT___X}"}, "low"),
        ("email", {"host": "mx", "sender": "a@b.c", "to": []}, "setting `to`"),
        ("email", {"host": "mx", "sender": "a@b.c\r\nBcc: x@y.z", "to": ["a@b.c"]}, "sender"),
        ("email", {"host": "m", "sender": "a@b.c", "to": ["a@b.c"], "user": "x"}, "together"),
    ],
)
def test_settings_that_are_refused(
    scene: Scene, kind: str, settings: dict[str, Any], words: str
) -> None:
    """By the API: there the policy of the service says which secrets may be named."""
    ports = Ports({}, Path("/"), lambda _pid: None, Actor("token", "ann"), policy=ServicePolicy())
    service = NotificationService(Settings(Path("/")), ports, lambda: scene.store)
    with pytest.raises(InputError) as problem:
        service.create(NewChannel(name="x", kind=kind, settings=settings))
    said = "\n".join(f"{one.summary} {one.detail} {one.path}" for one in problem.value.diagnostics)
    assert re.search(words, said)
    assert CANARY not in said


def test_certificates_and_drift_are_told_when_they_change(scene: Scene) -> None:
    scene.channel()
    task = run_task(scene.store)
    day = 86400.0
    row = {"cluster": task.cluster, "kind": "server", "name": "web1", "seen": NOON}
    with scene.store._writer.begin() as connection:
        connection.execute(insert(certificates), {**row, "not_after": NOON + 31 * day})
    assert scene.run() == []

    def report(status: str, number: int) -> None:
        made = run_task(scene.store)
        figures = {"differing": 1, "checked": 2, "total": 2, "body": "{}"}
        values = {"task": made.id, "cluster": task.cluster, "time": NOON + number}
        with scene.store._writer.begin() as connection:
            connection.execute(insert(drift_reports), {**values, "status": status, **figures})

    def told(after: float) -> list[str]:
        return [one["type"].rpartition(".")[2] for one in scene.run(after)]

    report("clean", 1)
    assert told(61.0) == []
    report("drifted", 2)
    assert told(61.0) == ["drift"]
    report("drifted", 3)
    assert told(61.0) == []
    report("clean", 4)
    assert told(61.0) == ["drift-resolved"]
    assert told(2 * day) == ["certificate-expiring"]
    assert told(day) == []
    assert told(22 * day) == ["certificate-expiring"]


def test_quiet_hours_in_a_zone_that_this_machine_does_not_know_hold_nothing(scene: Scene) -> None:
    """One channel must not stop the others, and what happened is reported at once."""
    scene.channel(quiet_hours={"from": "00:00", "until": "23:59"})
    with scene.store._writer.begin() as connection:
        quiet = json.dumps({"start": "00:00", "end": "23:59", "time_zone": "Moon"})
        connection.execute(update(channels).values(quiet=quiet))
    run_task(scene.store, "failed")
    assert len(scene.run()) == 1
