"""One trial: a command that is killed, and resumed, and killed again, until it may come to its end.

Every choice is drawn from the trial's seed: which part is killed, and after which share of the time
that the work still takes.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from crash import victims
from crash.asked import answered
from crash.databases import File
from crash.program import Program, Running, Said
from worldtree.results.status import HostStatus

#: Seconds that ``wt`` takes to come to its first run, and to end after the last.
_START = 1.5
#: Seconds that a part which is not there gets to come before another one is taken.
_PATIENCE = 0.4
#: How often ``wt`` itself is killed as well, soon after a part of it was.
_TWICE = 0.75
#: Resumes that the last way to the end may take; each may be refused once for a step in doubt.
_RESUMES = 8
#: How a refusal names what is in doubt.
_DOUBT = re.compile(r"(create-cluster/bare/\S+) on (\w+)")


@dataclass(frozen=True)
class Kill:
    """One process that was killed."""

    part: str
    #: What was running, and how far it was: starting, working (Ansible lives), between.
    phase: str
    #: Seconds after the command's start.
    after: float

    def __str__(self) -> str:
        return f"{self.part} {self.after:.1f} s into {self.phase}"


@dataclass
class Trial:
    """What became of one."""

    seed: int
    database: str
    kills: list[Kill] = field(default_factory=list)
    #: Moments at which everything had ended already.
    missed: int = 0
    resumes: int = 0
    uncertain: int = 0
    seconds: float = 0.0
    #: What does not hold; empty is well.
    wrong: list[str] = field(default_factory=list)


class Chain:
    """Kills a command, and each resume after it, up to a number of times."""

    def __init__(
        self,
        program: Program,
        database: File,
        *,
        length: float,
        nodes: int,
        truth: Callable[[str, str], bool],
        recorded: str = "apply",
    ) -> None:
        """``length`` is what the command takes undisturbed, ``nodes`` counts its nodes on hosts.

        ``truth`` says of a step in doubt whether it had its effect on a host; ``recorded`` is the
        name under which the command's tasks are found.
        """
        self._program, self._database = program, database
        self._length, self._nodes = length, nodes
        self._truth, self._recorded = truth, recorded

    def run(self, found: Trial, first: tuple[str, ...], most: int) -> None:
        """Kill ``first`` and the resumes after it until there were ``most`` kills, then go on."""
        chance = random.Random(found.seed)
        command = first
        for _ in range(2 * most):
            share = chance.uniform(0.02, 0.98)
            wanted = chance.sample([*victims.PARTS, *self._database.parts], k=3)
            again = chance.uniform(0.0, 3.0) if chance.random() < _TWICE else None
            with self._program.start(*command) as process:
                hit = self._strike(found, chance, process, wanted, share * self.seconds_left())
                lives = hit and found.kills[-1].part != "control"
                if lives and again is not None and len(found.kills) < most:
                    # What the death of one part sets going is hit as well.
                    self._strike(found, chance, process, ["control"], again)
                said = process.end()
            found.resumes += command is not first
            self.judge(found, said)
            self._mend_database(found)
            if self.is_done() or len(found.kills) >= most:
                break
            command = self.following(found, first, said)
        self.finish(found, first)

    # ---- killing -------------------------------------------------------------------------------

    def seconds_left(self) -> float:
        """Return the seconds that the rest of the work takes, about."""
        task, _ = self._program.last(self._recorded)
        if not task:
            return self._length
        with self._program.store() as store:
            nodes = store.result(task).nodes
        through = (HostStatus.OK, HostStatus.CHANGED, HostStatus.SKIPPED)
        done = sum(r.status in through for node in nodes for r in node.hosts.values())
        return _START + (self._length - _START) * max(0.0, 1 - done / self._nodes)

    def _strike(
        self,
        found: Trial,
        chance: random.Random,
        process: Running,
        wanted: list[str],
        after: float,
    ) -> bool:
        """Kill a part after so many seconds; where none of those wanted is there, ``wt`` itself.

        Returns False when ``wt`` had ended before.
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
        if part not in victims.PARTS:
            return self._database.kill(part, chance)
        there = victims.by_part(self._program.home, control)[part]
        return bool(there) and victims.kill(chance.choice(there))

    def _phase(self, process: Running) -> str:
        if victims.by_part(self._program.home, process.pid)["playbook"]:
            stage = "working"
        else:
            runs = self._program.home.glob("tasks/*/attempts/*")
            begun = any(run.stat().st_mtime > process.began_at for run in runs)
            stage = "between" if begun else "starting"
        return f"{process.command} ({stage})"

    # ---- going on ------------------------------------------------------------------------------

    def following(self, found: Trial, first: tuple[str, ...], said: Said) -> tuple[str, ...]:
        """Return what a person would type after that."""
        task, _ = self._program.last(self._recorded)
        if not task:
            return first  # Killed before there was a task: nothing was begun.
        doubts = _doubts(said)
        if not doubts:
            return ("resume", "--yes", task)
        found.uncertain += len(doubts)
        truths = {"done" if self._truth(*doubt) else "rerun" for doubt in doubts}
        if len(truths) == 1:
            return ("resume", "--yes", task, "--interrupted", truths.pop())
        return ("resume", task)  # A person is asked about one after the other.

    def finish(self, found: Trial, first: tuple[str, ...]) -> None:
        """Go on undisturbed until all is done; what is done is not gone on with."""
        said = Said(0, "")
        for _ in range(_RESUMES):
            if self.is_done():
                break
            command = self.following(found, first, said)
            found.resumes += command is not first
            said = self.typed(command)
            self.judge(found, said)
        task, status = self._program.last(self._recorded)
        if status != "succeeded":
            found.wrong.append(f"{task} is {status} after {_RESUMES} resumes: {said.text[-500:]}")
            return
        said = self._program.run("resume", "--yes", task)
        if said.code != 4 or "nothing is left to do" not in said.text:
            found.wrong.append(f"resuming what is done ended with {said.code}: {said.text[-500:]}")

    def typed(self, command: tuple[str, ...]) -> Said:
        """Run a command; where it asks, answer what holds."""
        if "--yes" in command:
            return self._program.run(*command)
        return answered(
            self._program, command, lambda n, h: "done" if self._truth(n, h) else "rerun"
        )

    def is_done(self) -> bool:
        """Whether the task is at its end, with success."""
        return self._program.last(self._recorded)[1] == "succeeded"

    def _mend_database(self, found: Trial) -> None:
        """See what ``wt`` says while the server is away, then start it again."""
        if self._database.is_down:
            said = self._program.run("resume", "--yes")
            self.judge(found, said)
            if said.code != 1 or "cannot be used" not in said.text:
                found.wrong.append(f"without its database: {said.code}: {said.text[-500:]}")
        self._database.restart()

    def judge(self, found: Trial, said: Said) -> None:
        """Note when the program itself broke down."""
        if said.is_defect:
            found.wrong.append(f"wt broke down: {said.text[-1500:]}")


def _doubts(said: Said) -> list[tuple[str, str]]:
    """Return the steps on hosts for which a resume was refused."""
    _, found, rest = said.text.partition("may have had its effect: ")
    return _DOUBT.findall(rest.partition("\n")[0]) if said.code == 4 and found else []
