"""`wt notify` on a state of its own, with a real receiver."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

import homes
from unit.app.notifications.receiver import Receiver, receive
from unit.cli.conftest import Wt
from unit.store.tasks import run_task
from worldtree.app.notifications.notifier import Notifier
from worldtree.core.errors import ExitCode
from worldtree.core.network_guard import NetworkGuard, read_networks
from worldtree.store.store import Store

VARIABLE = "WORLDTREE_NOTIFY_DEFAULT__SECRET"
SECRET = "whsec_" + base64.b64encode(b"canary-canary-canary").decode()
REFERENCE = f"secret=${{env:{VARIABLE}}}"
CREATE = ("notify", "channel", "create")
EMAIL = ("--set", "host=mx", "--set", "sender=a@b.c", "--set", 'to=["a@b.c"]')


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receive() as found:
        yield found


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The state that the commands use; the loopback interface is allowed."""
    monkeypatch.setenv("WORLDTREE_NOTIFY_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv(VARIABLE, SECRET)
    with homes.open_store(tmp_path / "state") as found:
        yield found


def add_hook(wt: Wt, receiver: Receiver, name: str = "team") -> None:
    made = wt(
        *(*CREATE, name, "--kind", "webhook", "--event", "failed", "--event", "recovered"),
        *("--set", f"url={receiver.url}/", "--set", REFERENCE),
        *("--quiet", "22:00-07:00", "--time-zone", "Europe/Berlin", "-o", "json"),
    )
    assert made.code == ExitCode.OK, made.err
    assert made.json["quiet_hours"] == {
        "from": "22:00",
        "until": "07:00",
        "time_zone": "Europe/Berlin",
    }
    assert f"try it with `wt notify channel test {name}`" in made.err


@pytest.mark.usefixtures("store")
def test_a_channel_from_the_first_to_the_last(wt: Wt, receiver: Receiver) -> None:
    assert "`wt notify channel create` creates the first" in wt("notify", "channel", "list").err
    add_hook(wt, receiver)
    table = wt("notify", "channel", "list").out
    assert table.splitlines()[0].split() == ["CHANNEL", "KIND", "EVENTS", "QUIET", "TO"]
    assert "22:00-07:00 Europe/Berlin" in table
    (listed,) = wt("notify", "channel", "list", "-o", "json").json["items"]
    assert listed["events"] == ["failed", "recovered"]
    assert listed["settings"]["secret"] == REFERENCE.partition("=")[2]
    tested = wt("notify", "channel", "test", "team")
    assert (tested.code, tested.err) == (ExitCode.OK, "delivered: HTTP 204\n")
    receiver.answers[:] = [500]
    failed = wt("notify", "channel", "test", "team")
    assert failed.code == ExitCode.FAILED
    assert "not delivered: HTTP 500" in failed.err
    assert SECRET not in failed.err
    assert wt("notify", "channel", "delete", "team").code == ExitCode.OK
    assert wt("notify", "log", "-o", "json").json["items"] == []


def test_a_delivery_is_sent_again(wt: Wt, store: Store, receiver: Receiver) -> None:
    """By the service, with the id that it had: receivers know repeated ones."""
    add_hook(wt, receiver)
    assert "nothing was to be delivered yet" in wt("notify", "log").err
    run_task(store, "failed")
    moment = 1_796_040_000.0  # 2026-11-30 13:00 in Berlin.
    guard = NetworkGuard(read_networks("127.0.0.0/8"))
    notifier = Notifier(lambda: store, {VARIABLE: SECRET}, guard, clock=lambda: moment)
    before = len(receiver.requests)
    notifier.run_once()
    (item,) = wt("notify", "log", "--channel", "team", "-o", "json").json["items"]
    assert (item["event"], item["status"], item["tries"]) == ("failed", "delivered", 1)
    replayed = wt("notify", "replay", str(item["id"]))
    assert (replayed.code, replayed.err) == (
        ExitCode.OK,
        f"delivery {item['id']} is due again\n",
    )
    assert " waiting " in wt("notify", "log").out
    # It is due now, by the clock of this machine.
    Notifier(lambda: store, {VARIABLE: SECRET}, guard)._deliver_due(store, 9e9)
    first, second = (headers["webhook-id"] for _, headers, _ in receiver.requests[before:])
    assert first == second
    (again,) = wt("notify", "log", "-o", "json").json["items"]
    assert (again["id"], again["status"]) == (item["id"], "delivered")


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((*CREATE, "a b", "--kind", "email", *EMAIL), ExitCode.INPUT, "the name is not valid"),
        ((*CREATE, "x", "--kind", "emial", *EMAIL), ExitCode.INPUT, "did you mean `email`?"),
        ((*CREATE, "x", "--kind", "email"), ExitCode.INPUT, "setting `host`"),
        ((*CREATE, "x", "--kind", "email", "--set", "host"), ExitCode.INPUT, "KEY=VALUE"),
        (
            (*CREATE, "x", "--kind", "email", *EMAIL, "--event", "fialed"),
            ExitCode.INPUT,
            "`--event`: unknown event `fialed`",
        ),
        ((*CREATE, "x", "--kind", "email", *EMAIL, "--quiet", "22"), ExitCode.INPUT, "`--quiet`: "),
        (
            (*CREATE, "x", "--kind", "email", *EMAIL, "--quiet", "22:00-07:00", "--time-zone", "x"),
            ExitCode.INPUT,
            "`--time-zone`: unknown time zone `x`",
        ),
        (
            (
                *CREATE,
                "x",
                "--kind",
                "webhook",
                "--set",
                "url=https://x/",
                "--set",
                "secret=s3cret",
            ),
            ExitCode.INPUT,
            "`secret` is not a reference",
        ),
        (("notify", "channel", "test", "none"), ExitCode.REFUSED, "channel-unknown"),
        (("notify", "channel", "delete", "none"), ExitCode.REFUSED, "channel-unknown"),
        (("notify", "log", "--channel", "none"), ExitCode.REFUSED, "channel-unknown"),
        (("notify", "replay", "7"), ExitCode.REFUSED, "delivery-unknown"),
        (("notify", "replay", "x"), ExitCode.INPUT, "x"),
    ],
)
def test_what_is_wrong_is_refused(wt: Wt, words: tuple[str, ...], code: int, said: str) -> None:
    """The message names the option, shows no secret, and nothing is stored."""
    found = wt(*words)
    assert found.code == code, found.err
    assert said in found.err
    assert "s3cret" not in found.err
    assert wt("notify", "channel", "list", "-o", "json").json["items"] == []


@pytest.mark.usefixtures("store")
def test_a_name_is_taken_once(wt: Wt) -> None:
    assert wt(*CREATE, "x", "--kind", "email", *EMAIL).code == ExitCode.OK
    again = wt(*CREATE, "x", "--kind", "email", *EMAIL)
    assert again.code == ExitCode.REFUSED
    assert "[channel-exists]" in again.err
