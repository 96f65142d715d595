"""The secrets broker is killed during a run, as for lack of memory: results stay right."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from acceptance.test_apply_local import HOSTS, module, sh, spec, task
from acceptance.workspace import Workspace
from worldtree.runner.process.process_table import descendants

SECRET = "a-value-of-eyes-only"
BROKER = b"worldtree.secrets.broker"


def broker_of(pid: int) -> int:
    """Return the process of the broker of a ``wt``."""
    (found,) = (
        child
        for child in descendants(pid)
        if BROKER in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
    )
    return found


def test_a_task_whose_broker_was_killed_can_be_shown_resumed_and_rebuilt(tmp_path: Path) -> None:
    """What needs no secret goes on; what needs one fails, and a resume does it."""
    place = Workspace(tmp_path, {"EYES_ONLY": SECRET})
    target = place.target
    target.mkdir()
    store = f'cat > "{target}/{{{{ inventory_hostname }}}}-$0"'

    def use(name: str) -> dict[str, object]:
        return {"command": {"argv": ["sh", "-c", store, name], "stdin": "${env:EYES_ONLY}"}}

    wait = f"touch {target}/begun; until test -e {target}/go; do sleep 0.1; done"
    on_b = f'test "{{{{ inventory_hostname }}}}" != b || test -e {target}/repaired'
    place.write(
        spec(
            module("m", task("job", use("first"), sh(wait), sh(on_b), use("last"))),
            hosts=HOSTS[:2],
            policy={"onFailure": "ignore"},
        )
    )
    process = place.start("apply", "--yes", "-o", "json")
    process.wait_until((target / "begun").exists, "the work")
    os.kill(broker_of(process.pid), signal.SIGKILL)
    (target / "go").touch()
    outcome = process.finish()
    assert outcome.code == 3, outcome.err
    assert outcome.err.count("the secrets broker of this task was killed") == 1, outcome.err
    shown = place.wt("tasks", "show", "-o", "json")
    for one in (outcome, shown):
        assert one.hosts("m/job/s1") == {"a": "changed", "b": "changed"}, one.out
        assert one.hosts("m/job/s2") == {"a": "changed", "b": "changed"}
        assert one.hosts("m/job/s3") == {"a": "changed", "b": "failed"}
        assert one.hosts("m/job/s4") == {"a": "failed", "b": "not-run"}
    assert place.wt("tasks", "logs").code == 0
    assert place.wt("tasks", "rebuild").code == 0
    assert place.texts(SECRET) == []
    (target / "repaired").touch()
    resumed = place.wt("resume", "--yes", "-o", "json")
    assert resumed.code == 0, resumed.err
    assert set(resumed.statuses.values()) == {"succeeded"}
    assert {(target / f"{host}-last").read_text().strip() for host in "ab"} == {SECRET}
    assert place.wt("tasks", "rebuild").code == 0
    assert place.texts(SECRET) == []
