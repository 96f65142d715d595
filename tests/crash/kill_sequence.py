"""One trial: kills a command and the resumes that follow, then lets a resume finish.

Every choice is drawn from the trial's seed: which process is killed, and after which fraction of
the remaining time.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from crash import processes
from crash.databases import SqliteFile
from crash.program import CommandResult, Program, Running
from crash.resume_prompts import run_answering
from worldtree.results.status import HostStatus

#: Seconds that ``wt`` takes before its first run and after its last one.
_START = 1.5
#: Seconds to wait for a process that does not run yet, before another one is chosen.
_PATIENCE = 0.4
#: Probability that ``wt`` itself is killed too, soon after one of its processes.
_TWICE = 0.75
#: Maximum number of resumes at the end; each may be refused once because of a step in doubt.
_RESUMES = 8
#: Statuses of a task that was asked for and did no work.
_NOT_BEGUN = ("queued", "waiting")
#: How a refused resume names the steps in doubt.
_DOUBT = re.compile(r"(create-cluster/bare/\S+) on (\w+)")


@dataclass(frozen=True)
class Kill:
    """One process that was killed."""

    part: str
    #: The command, and its stage: starting, working (Ansible runs), between (runs).
    phase: str
    #: Seconds after the start of the command.
    after: float

    def __str__(self) -> str:
        return f"{self.part} {self.after:.1f} s into {self.phase}"


@dataclass
class Trial:
    """The outcome of one trial."""

    seed: int
    database: str
    kills: list[Kill] = field(default_factory=list)
    #: Kills that came too late: the command had ended.
    missed: int = 0
    resumes: int = 0
    uncertain: int = 0
    seconds: float = 0.0
    #: Violated invariants; empty when the trial passed.
    wrong: list[str] = field(default_factory=list)


class KillSequence:
    """Kills a command and the resumes that follow, up to a number of times."""

    def __init__(
        self,
        program: Program,
        database: SqliteFile,
        *,
        length: float,
        nodes: int,
        has_effect: Callable[[str, str], bool],
        recorded: str = "apply",
        check: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        """Set up kills of a command of ``program``.

        ``length`` is the duration of the command in seconds without kills, ``nodes`` the number of
        its pairs of node and host. ``has_effect(node, host)`` returns whether a step in doubt had
        its effect. ``recorded`` is the command name in the tasks that it creates. ``check`` yields
        what is wrong whenever a command has ended.
        """
        self._program, self._database = program, database
        self._length, self._nodes = length, nodes
        self._has_effect, self._recorded, self._check = has_effect, recorded, check

    def run(self, found: Trial, first: tuple[str, ...], most: int) -> None:
        """Kill ``first`` and the resumes after it ``most`` times; then resume to the end."""
        chance = random.Random(found.seed)
        command = first
        for _ in range(2 * most):
            share = chance.uniform(0.02, 0.98)
            wanted = chance.sample([*processes.PARTS, *self._database.parts], k=3)
            again = chance.uniform(0.0, 3.0) if chance.random() < _TWICE else None
            with self._program.start(*command) as process:
                hit = self._kill_a_part(found, chance, process, wanted, share * self.seconds_left())
                lives = hit and found.kills[-1].part != "control"
                if lives and again is not None and len(found.kills) < most:
                    # Also hit the reaction of ``wt`` to the death of its process.
                    self._kill_a_part(found, chance, process, ["control"], again)
                said = process.end()
            found.resumes += command is not first
            self.check_for_defect(found, said)
            self._restore_database(found)
            found.wrong += self._check()
            if self.is_done() or len(found.kills) >= most:
                break
            command = self.next_command(found, first, said)
        self.finish(found, first)

    # ---- killing -------------------------------------------------------------------------------

    def seconds_left(self) -> float:
        """Return an estimate of the seconds that the rest of the work takes."""
        task, _ = self._program.last(self._recorded)
        if not task:
            return self._length
        with self._program.store() as store:
            nodes = store.result(task).nodes
        through = (HostStatus.OK, HostStatus.CHANGED, HostStatus.SKIPPED)
        done = sum(r.status in through for node in nodes for r in node.hosts.values())
        return _START + (self._length - _START) * max(0.0, 1 - done / self._nodes)

    def _kill_a_part(
        self,
        found: Trial,
        chance: random.Random,
        process: Running,
        wanted: list[str],
        after: float,
    ) -> bool:
        """Kill one of the parts ``wanted`` after ``after`` seconds, or ``wt`` if none of them runs.

        Returns False if ``wt`` had ended before.
        """
        began = time.monotonic()
        while time.monotonic() - began < after and process.poll() is None:
            time.sleep(0.02)
        phase = self._phase(process)
        for part in [*wanted, "control"]:
            end = time.monotonic() + _PATIENCE
            while process.poll() is None and time.monotonic() < end:
                if self._kill(part, process.pid, chance):
                    found.kills.append(Kill(part, phase, time.monotonic() - process.began))
                    return True
                time.sleep(0.02)
        found.missed += 1
        return False

    def _kill(self, part: str, control: int, chance: random.Random) -> bool:
        if part not in processes.PARTS:
            return self._database.kill(part, chance)
        there = processes.by_part(self._program.home, control)[part]
        return bool(there) and processes.kill(chance.choice(there))

    def _phase(self, process: Running) -> str:
        if processes.by_part(self._program.home, process.pid)["playbook"]:
            stage = "working"
        else:
            runs = self._program.home.glob("tasks/*/attempts/*")
            begun = any(run.stat().st_mtime > process.began_at for run in runs)
            stage = "between" if begun else "starting"
        return f"{process.command} ({stage})"

    # ---- resuming ------------------------------------------------------------------------------

    def next_command(
        self, found: Trial, first: tuple[str, ...], said: CommandResult
    ) -> tuple[str, ...]:
        """Return what a person would type after that."""
        task, status = self._program.last(self._recorded)
        if not task or status in _NOT_BEGUN:
            return first  # Killed before the task began, so no work was started.
        doubts = _doubts(said)
        if not doubts:
            return ("resume", "--yes", task)
        found.uncertain += len(doubts)
        truths = {"done" if self._has_effect(*doubt) else "rerun" for doubt in doubts}
        if len(truths) == 1:
            return ("resume", "--yes", task, "--interrupted", truths.pop())
        return ("resume", task)  # The answers differ: answer the prompts one by one.

    def finish(self, found: Trial, first: tuple[str, ...]) -> None:
        """Resume without kills until the task succeeds; a further resume must be refused."""
        said = CommandResult(0, "")
        for _ in range(_RESUMES):
            if self.is_done():
                break
            command = self.next_command(found, first, said)
            found.resumes += command is not first
            said = self.run_answering(command)
            self.check_for_defect(found, said)
            found.wrong += self._check()
        task, status = self._program.last(self._recorded)
        if status != "succeeded":
            found.wrong.append(f"{task} is {status} after {_RESUMES} resumes: {said.text[-500:]}")
            return
        said = self._program.run("resume", "--yes", task)
        if said.code != 4 or "nothing is left to do" not in said.text:
            found.wrong.append(
                f"a resume of the finished task exited with {said.code}: {said.text[-500:]}"
            )

    def run_answering(self, command: tuple[str, ...]) -> CommandResult:
        """Run a command; answer its prompts according to the effects on the hosts."""
        if "--yes" in command:
            return self._program.run(*command)
        return run_answering(
            self._program, command, lambda n, h: "done" if self._has_effect(n, h) else "rerun"
        )

    def is_done(self) -> bool:
        """Whether the task has succeeded."""
        return self._program.last(self._recorded)[1] == "succeeded"

    def _restore_database(self, found: Trial) -> None:
        """Check the error of ``wt`` while the database server is down, then restart the server."""
        if self._database.is_down:
            said = self._program.run("resume", "--yes")
            self.check_for_defect(found, said)
            if said.code != 1 or "cannot be used" not in said.text:
                found.wrong.append(f"without its database: {said.code}: {said.text[-500:]}")
        self._database.restart()

    def check_for_defect(self, found: Trial, said: CommandResult) -> None:
        """Record output that shows a defect of ``wt``."""
        if said.is_defect:
            found.wrong.append(f"wt shows a defect: {said.text[-1500:]}")


def _doubts(said: CommandResult) -> list[tuple[str, str]]:
    """Return the (node, host) pairs because of which a resume was refused."""
    _, found, rest = said.text.partition("may already have taken effect: ")
    return _DOUBT.findall(rest.partition("\n")[0]) if said.code == 4 and found else []
