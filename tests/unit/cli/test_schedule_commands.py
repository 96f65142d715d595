"""`wt schedule` on a state of its own; the clock is the test's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partialmethod
from pathlib import Path

import pytest
import yaml

import homes
from unit.api.service import document
from unit.cli.conftest import Wt
from worldtree.app.ports import Ports
from worldtree.app.schedules.schedule_policy import NewSchedule
from worldtree.app.schedules.schedule_runner import ScheduleRunner
from worldtree.app.schedules.schedule_service import ScheduleService
from worldtree.core.actor import Actor
from worldtree.core.errors import ExitCode
from worldtree.store.store import Store

CREATE = ("schedule", "create", "shop", "nightly")
NIGHTLY = (*CREATE, "--cron", "30 2 * * *")
BLACKOUT = ("schedule", "blackout", "create", "freeze")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The state that the commands use, with the cluster shop."""
    with homes.open_store(tmp_path / "state") as found:
        found.put_document("shop", document(), None)
        yield found


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> float:
    """The time of the service of schedules: noon before the clocks change in Berlin."""
    found = datetime(2026, 3, 28, 12, tzinfo=UTC).timestamp()
    made = partialmethod(ScheduleService.__init__, clock=lambda: found)
    monkeypatch.setattr(ScheduleService, "__init__", made)
    return found


@pytest.mark.usefixtures("store", "now")
def test_a_schedule_from_the_first_to_the_last(wt: Wt) -> None:
    none = wt("schedule", "list")
    assert (none.code, none.out) == (ExitCode.OK, "")
    assert "`wt schedule create` creates the first" in none.err
    made = wt(*NIGHTLY, "--time-zone", "Europe/Berlin", "--pipeline", "verify", "-o", "json")
    assert made.code == ExitCode.OK, made.err
    assert "schedule `nightly` created; next: 2026-03-29 03:00:00+02:00" in made.err
    assert made.json["task"]["pipeline"] == "verify"
    assert made.json["refused"] is None
    assert wt("schedule", "create", "shop", "look", "--cron", "0 5 * * 1", "--drift").code == 0
    listed = wt("schedule", "list", "shop")
    assert [line.split()[1] for line in listed.out.splitlines()[1:]] == ["look", "nightly"]
    assert "drift" in listed.out
    items = wt("schedule", "list", "-o", "yaml")
    assert [one["name"] for one in yaml.safe_load(items.out)["items"]] == ["look", "nightly"]
    off = wt("schedule", "disable", "shop", "nightly", "-o", "json")
    assert (off.json["status"], off.json["next"]) == ("disabled", [])
    silent = wt("schedule", "next", "shop", "nightly")
    assert (silent.code, silent.out) == (ExitCode.OK, "")
    assert "schedule `nightly` is disabled" in silent.err
    assert "next:     never" in wt("schedule", "show", "shop", "nightly").out
    on = wt("schedule", "enable", "shop", "nightly", "-o", "json")
    assert (on.json["status"], len(on.json["next"])) == ("enabled", 5)
    assert "deleted" in wt("schedule", "delete", "shop", "nightly").err
    gone = wt("schedule", "show", "shop", "nightly")
    assert gone.code == ExitCode.REFUSED
    assert "[schedule-unknown]" in gone.err


@pytest.mark.usefixtures("store", "now")
def test_the_next_five_times_are_in_the_zone_of_the_schedule(wt: Wt) -> None:
    """On the day without a 02:30 it is due at 03:00; programs get UTC."""
    assert wt(*NIGHTLY, "--time-zone", "Europe/Berlin").code == ExitCode.OK
    lines = wt("schedule", "show", "shop", "nightly").out.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("next:"))
    assert [line[10:] for line in lines[first : first + 5]] == [
        "2026-03-29 03:00:00+02:00",
        *(f"2026-{day} 02:30:00+02:00" for day in ("03-30", "03-31", "04-01", "04-02")),
    ]
    found = wt("schedule", "next", "shop", "nightly", "--count", "2", "-o", "json")
    assert [one[:19] for one in found.json["next"]] == [
        "2026-03-29T01:00:00",
        "2026-03-30T00:30:00",
    ]
    assert wt("schedule", "next", "shop", "nightly", "--count", "1").out == (
        "2026-03-29 03:00:00+02:00\n"
    )


def test_a_schedule_without_rights_says_since_when_and_why(
    wt: Wt, store: Store, now: float, tmp_path: Path
) -> None:
    """Its maker has no rights any more: it is refused at each of its times."""
    store.create_user("ann", "root")
    ports = Ports({}, tmp_path, lambda _pid: None, Actor("token", "ann"))
    new = NewSchedule(name="hourly", cron="0 * * * *")
    ScheduleService(ports, lambda: store).create("shop", new)
    for hour in (1, 2):
        ScheduleRunner(lambda: store, lambda hour=hour: now + hour * 3600.0).run_once()
    shown = wt("schedule", "show", "shop", "hourly")
    assert "refused since 2026-03-28 13:00:00+00:00: " in shown.out
    assert "task:create" in shown.out
    data = wt("schedule", "show", "shop", "hourly", "-o", "json").json
    assert [one["outcome"] for one in data["runs"]] == ["refused", "refused"]
    assert data["refused"]["since"].startswith("2026-03-28T13:00:00")


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((*CREATE, "--cron", "61 * * * *"), ExitCode.INPUT, "`--cron`: `61` at character 1"),
        ((*CREATE, "--cron", "@daily"), ExitCode.INPUT, "write `0 0 * * *`"),
        ((*NIGHTLY, "--time-zone", "berlin"), ExitCode.INPUT, "did you mean `Europe/Berlin`?"),
        ((*NIGHTLY, "--pipeline", "verfy"), ExitCode.INPUT, "did you mean `verify`?"),
        ((*NIGHTLY, "--param", "x=1"), ExitCode.INPUT, "has no parameter `x`"),
        ((*NIGHTLY, "--drift", "--check"), ExitCode.INPUT, "`--drift`: a look for drift"),
        ((*NIGHTLY, "--catch-up", "all"), ExitCode.INPUT, "`--catch-up`: `all` needs"),
        ((*NIGHTLY, "--grace", "8d"), ExitCode.INPUT, "`--grace`: "),
        (("schedule", "create", "shop", "a b", "--cron", "0 0 * * *"), ExitCode.INPUT, "name"),
        (("schedule", "create", "shp", "x", "--cron", "0 0 * * *"), ExitCode.INPUT, "`shp`"),
        (("schedule", "list", "shp"), ExitCode.INPUT, "unknown cluster `shp`"),
        (("schedule", "show", "shop", "none"), ExitCode.REFUSED, "schedule-unknown"),
        (("schedule", "next", "shop", "none"), ExitCode.REFUSED, "schedule-unknown"),
        (("schedule", "enable", "shop", "none"), ExitCode.REFUSED, "schedule-unknown"),
        (("schedule", "disable", "shop", "none"), ExitCode.REFUSED, "schedule-unknown"),
        (("schedule", "delete", "shop", "none"), ExitCode.REFUSED, "schedule-unknown"),
        (("schedule", "next", "shop", "none", "--count", "0"), ExitCode.INPUT, "--count"),
        ((*BLACKOUT, "--from", "2026-12-20"), ExitCode.INPUT, "`--until`"),
        ((*BLACKOUT, "--from", "2026-12-20", "--until", "2026-12-19"), 2, "`--until`: `until`"),
        ((*BLACKOUT, "--cron", "0 25 * * *", "--duration", "1h"), 2, "`--cron`: `25`"),
        ((*BLACKOUT, "--cron", "0 5 * * *", "--duration", "8d"), 2, "`--duration`: "),
        (
            (*BLACKOUT, "--cron", "0 5 * * *", "--duration", "1h", "--time-zone", "Moon"),
            ExitCode.INPUT,
            "`--time-zone`: unknown time zone `Moon`",
        ),
        (
            (*BLACKOUT, "--cluster", "shp", "--cron", "0 5 * * *", "--duration", "1h"),
            ExitCode.INPUT,
            "did you mean `shop`?",
        ),
        (("schedule", "blackout", "delete", "none"), ExitCode.REFUSED, "blackout-unknown"),
    ],
)
def test_what_is_wrong_is_refused(wt: Wt, words: tuple[str, ...], code: int, said: str) -> None:
    """The message names the option, and nothing is stored."""
    found = wt(*words)
    assert found.code == code, found.err
    assert said in found.err
    assert wt("schedule", "list", "-o", "json").json["items"] == []
    assert wt("schedule", "blackout", "list", "-o", "json").json["items"] == []


@pytest.mark.usefixtures("store")
def test_a_name_is_taken_once(wt: Wt) -> None:
    assert wt(*NIGHTLY).code == ExitCode.OK
    again = wt(*NIGHTLY)
    assert again.code == ExitCode.REFUSED
    assert "[schedule-exists]" in again.err


@pytest.mark.usefixtures("store")
def test_blackouts(wt: Wt) -> None:
    """What is shown has the names of what is asked for."""
    assert "no blackouts" in wt("schedule", "blackout", "list").err
    made = wt(*BLACKOUT, "--from", "2026-12-20", "--until", "2027-01-04", "-o", "json")
    assert made.code == ExitCode.OK, made.err
    assert "from 2026-12-20 00:00:00Z until 2027-01-04 00:00:00Z" in made.err
    assert {key: one[:10] for key, one in made.json["window"].items()} == {
        "from": "2026-12-20",
        "until": "2027-01-04",
    }
    night = ("--cron", "0 22 * * *", "--time-zone", "Europe/Berlin", "--duration", "8h")
    assert wt("schedule", "blackout", "create", "night", "--cluster", "shop", *night).code == 0
    items = wt("schedule", "blackout", "list", "-o", "json").json["items"]
    assert items[1]["window"] == {
        "cron": "0 22 * * *",
        "time_zone": "Europe/Berlin",
        "duration_seconds": 28800.0,
    }
    assert "0 22 * * * (Europe/Berlin), 480 minutes" in wt("schedule", "blackout", "list").out
    for one in items:
        assert wt("schedule", "blackout", "delete", one["id"]).code == ExitCode.OK
    assert wt("schedule", "blackout", "list", "-o", "json").json["items"] == []
