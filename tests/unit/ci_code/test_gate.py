"""The runner of the gate: its lanes, its totals, and that its tiers together run every test."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Callable
from pathlib import Path

import gate
import pytest
import tiers
import totals
from tiers import Gate, Step

JUNIT = '<testsuites><testsuite tests="5" failures="1" errors="0" skipped="1"/></testsuites>'


def step(tier: str, code: str, name: str = "x", *, is_shared: bool = False) -> Step:
    """A step that runs Python code."""
    command = (sys.executable, "-c", code)
    return Step(tier, f"{tier}.{name}", command, is_shared=is_shared)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Gate], int]:
    """Run a plan's steps, with results in a directory of the test's own."""
    results = tmp_path / "results"
    for module in (gate, tiers):
        monkeypatch.setattr(module, "RESULTS", results)

    def runs(plan: Gate) -> int:
        monkeypatch.setattr(gate, "gate", lambda *_, **__: plan)
        return gate.main([])

    return runs


def test_lanes_run_side_by_side_and_the_rest_comes_afterwards(
    run: Callable[[Gate], int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each lane waits for a file of the other one; a failure hides nothing and is the result."""
    one, other, last = (str(tmp_path / name) for name in ("one", "other", "last"))
    wait = "import time\nfrom pathlib import Path\nPath({!r}).touch()\n"
    wait += "while not Path({!r}).exists(): time.sleep(0.02)\n"
    plan = Gate(
        [
            step("unit", f"{wait.format(one, other)}print('unit ends'); raise SystemExit(3)"),
            step("local", "print('local ends')"),
            step("lab", f"{wait.format(other, one)}print('lab ends')"),
            step("alone", f"open({last!r}, 'x'); print('alone ends')"),
        ],
        skipped=["a second Python: none"],
        deferred=["trials"],
    )
    assert run(plan) == 1
    told = capfd.readouterr().out
    for tier in ("unit", "local", "lab", "alone"):
        assert f"\n{tier} ends\n" in told
    assert told.index("lab ends") < told.index("alone.x: started")
    assert re.search(r"^unit\.x +\d+:\d\d .*FAILED \(exit code 3\)$", told, re.MULTILINE)
    last_lines = [line for line in told.splitlines() if line][-4:]
    assert last_lines[0] == "skipped: a second Python: none"
    assert last_lines[1] == "left to make test-full: trials"
    assert last_lines[2] == "FAILED: unit.x"
    assert re.fullmatch(r"0 passed, 0 failed, 0 skipped in \d+:\d\d minutes", last_lines[3])


@pytest.mark.parametrize("busy", ["unit", "lab"])
def test_the_lane_that_is_done_first_goes_on_with_what_is_shared(
    run: Callable[[Gate], int], tmp_path: Path, capfd: pytest.CaptureFixture[str], busy: str
) -> None:
    """The busy lane ends when both shared steps have ended, so that it takes neither."""
    wait = "import time\nfrom pathlib import Path\n"
    wait += f"while not Path({str(tmp_path / 'last')!r}).exists(): time.sleep(0.02)\n"
    codes = {tier: wait if tier == busy else "pass" for tier in ("unit", "lab")}
    plan = Gate(
        [
            *(step(tier, code) for tier, code in codes.items()),
            step("unit", f"open({str(tmp_path / 'one')!r}, 'x')", "y", is_shared=True),
            step("local", f"open({str(tmp_path / 'last')!r}, 'x')", "y", is_shared=True),
        ],
        skipped=[],
        deferred=[],
    )
    assert run(plan) == 0
    assert (tmp_path / "one").exists()
    shown = capfd.readouterr().out.splitlines()
    order = [line.split()[0] for line in shown if re.search(r" \d+:\d\d +0 ", line)]
    assert order == (
        ["unit.x", "lab.x", "unit.y", "local.y"]
        if busy == "unit"
        else ["unit.x", "unit.y", "local.y", "lab.x"]
    )


def test_what_passes_is_the_result(run: Callable[[Gate], int]) -> None:
    assert run(Gate([step("check", "pass")], [], [])) == 0
    assert run(Gate([], ["everything"], [])) == 1


def test_totals_count_what_junit_files_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failed test fails the run, even where the step's exit code is 0."""
    (tmp_path / "unit.x.xml").write_text(JUNIT)
    done = [
        totals.Outcome("processor", "check", "check", 61.0, 0, 75.0, 0.254),
        totals.Outcome("processor", "unit", "unit.x", 120.0, 0),
        totals.Outcome("waiting", "lab", "lab.x", 30.0, 0),
    ]
    assert not totals.show(tmp_path, done, 181.0)
    told = capsys.readouterr().out.splitlines()
    assert told[1].split() == ["check", "1:01", "0", "0", "0", "1:15", "25%"]
    assert told[2].split() == ["unit.x", "2:00", "3", "1", "1", "0:00", "0%"]
    assert told[5].split() == ["processor", "lane", "3:01"]
    assert told[6].split() == ["waiting", "lane", "0:30"]
    assert told[-1] == "3 passed, 1 failed, 1 skipped in 3:01 minutes"


def test_a_step_counts_the_processor_time_of_its_processes(
    run: Callable[[Gate], int], capfd: pytest.CaptureFixture[str]
) -> None:
    """Also that of what it starts; the machine was not idle for longer than the step took."""
    busy = "import time\nwhile time.process_time() < 1.2: pass"
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {busy!r}])"
    assert run(Gate([step("check", code)], [], [])) == 0
    (line,) = [one for one in capfd.readouterr().out.splitlines() if one.endswith("%")]
    *_, used, idle = line.split()
    assert used != "0:00"
    assert 0 <= int(idle.rstrip("%")) <= 100


MARKS = ("lab", "alone", "long", "once", "both_cores", "kubernetes")


def selected(expression: str, marks: set[str]) -> bool:
    """Whether pytest's ``-m`` takes a test with these marks."""
    return bool(eval(expression, {}, {mark: mark in marks for mark in MARKS}))


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> dict[str, Gate]:
    """The gate and the full run of a machine that has a lab, releases and a proven scenario."""
    listed = "etcd\trole etcd\nnginx\t\n"
    monkeypatch.setattr(tiers, "_output", lambda *words: listed if "scenarios" in words else "")
    monkeypatch.setenv("WORLDTREE_TEST_ARTIFACTS", "/releases")
    return {"gate": tiers.gate([], full=False), "full": tiers.gate([], full=True)}


def expressions(plan: Gate, place: str) -> list[str]:
    """The ``-m`` of every pytest run of the first environment that looks into ``place``."""
    return [
        one.command[one.command.index("-m", 3) + 1]
        for one in plan.steps
        if "pytest" in one.command
        and str(tiers.FIRST / "bin") in one.command[0]
        and (one.tier in ("lab", "kubernetes", "alone") or one.command[-1] in ("tests", place))
        and not (place == "tests/unit" and "--ignore=tests/unit" in one.command)
    ]


def test_lanes_share_the_steps_of_the_second_python(plans: dict[str, Gate]) -> None:
    for plan in plans.values():
        for one in plan.steps:
            is_second = (
                one.tier in ("unit", "local") and str(tiers.FIRST / "bin") not in one.command[0]
            )
            assert (one.lane == tiers.SHARED) == is_second, one.name


@pytest.mark.parametrize("place", ["tests/unit", "tests/acceptance"])
def test_every_test_runs_exactly_once_on_the_first_python(
    plans: dict[str, Gate], place: str
) -> None:
    """The gate leaves out those that are long or need releases of Kubernetes, and only those."""
    for marks in itertools.chain.from_iterable(itertools.combinations(MARKS, n) for n in range(7)):
        runs = {
            name: sum(selected(one, set(marks)) for one in expressions(plan, place))
            for name, plan in plans.items()
        }
        long = bool({"long", "kubernetes"} & {*marks}) and "alone" not in marks
        assert runs == {"gate": 0 if long else 1, "full": 1}, marks


def test_scenarios_without_anything_new_to_prove_are_left_to_the_full_run(
    plans: dict[str, Gate],
) -> None:
    by_name = {
        name: [one for one in plan.steps if one.tier == "lab"] for name, plan in plans.items()
    }
    gate, full = (set(by_name[name][0].command) for name in ("gate", "full"))
    left_out = {word for word in full - gate if word.startswith("tests/")}
    assert left_out == {"tests/acceptance/scenarios/test_nginx.py"}
    assert plans["gate"].deferred[0] == "molecule nginx (as in the newest green run)"
    assert plans["full"].deferred == []


@pytest.mark.parametrize(
    ("mark", "known"),
    [
        ("lab", "tests/acceptance/test_apply_lab.py"),
        ("alone", "tests/acceptance/test_apply_lab.py"),
        ("both_cores", "tests/acceptance/team_roles/test_cases.py"),
    ],
)
def test_every_file_with_a_test_of_the_mark_is_named(
    plans: dict[str, Gate], mark: str, known: str
) -> None:
    """In whatever way the file writes it; these are the only steps that are run by file."""
    if mark == "both_cores":
        _, one = tiers._steps("local", [tiers.FIRST], full=False, found=plans["gate"])
    else:
        (one,) = (one for one in plans["full"].steps if one.tier == mark)
    files = (tiers.ROOT / "tests").rglob("test_*.py")
    written = re.compile(rf"\bmark\.{mark}\b|\bimport mark\b")
    wanted = {str(f.relative_to(tiers.ROOT)) for f in files if written.search(f.read_text("utf-8"))}
    assert {word for word in one.command if word.startswith("tests/")} == wanted
    assert known in wanted


def test_a_machine_without_a_lab_is_reported_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "_output", lambda *_: "not root")
    plan = tiers.gate(["lab"], full=False)
    assert (plan.steps, plan.skipped) == ([], ["lab: not root"])


def test_without_releases_of_kubernetes_its_tier_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "_output", lambda *_: "")
    monkeypatch.delenv("WORLDTREE_TEST_ARTIFACTS", raising=False)
    plan = tiers.gate(["kubernetes"], full=False)
    assert plan.steps == []
    assert plan.skipped == ["kubernetes: WORLDTREE_TEST_ARTIFACTS names no directory of releases"]
    monkeypatch.setenv("WORLDTREE_TEST_ARTIFACTS", "/releases")
    [step] = tiers.gate(["kubernetes"], full=False).steps
    assert step.lane == "waiting"


def test_tests_named_for_the_second_python_exist() -> None:
    assert [place for place in tiers.VERSION_DEPENDENT if not (tiers.ROOT / place).exists()] == []
