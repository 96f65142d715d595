"""Random roles in one run of Ansible, and in many: they know the same of their hosts.

Real runs of Ansible, in forks. A node may fail on some of its hosts and be tried again there, as
`wt resume` does; nodes that follow each other are one run or several, where the scheduler may put
them in one; the events of a run may be cut off, as where it was killed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from examples import is_full, own_share
from memory_documents import HOSTS, PRINT_TEXT, Drawn, Printed, draw_document, printed
from unit.engine.plans import node_id, plan
from unit.results.streams import attempt_finished, attempt_started, task_started
from unit.runner.playbook_forks import ATTEMPT, PlaybookForks, Ran
from worldtree.ansible.bundle import Bundle, BundleFile
from worldtree.app.tasks.play_reads import PlayReads
from worldtree.engine.executors.notified_handlers import NotifiedHandlersExecutor
from worldtree.engine.executors.protocol import OnEnd, OnEvent, RunHandle, RunOutcome, RunRequest
from worldtree.engine.executors.task_memory import TaskMemoryExecutor
from worldtree.plan.ids import file_stem
from worldtree.results.events import Event, EventKind
from worldtree.results.fold import fold
from worldtree.results.node_status import is_success

#: Runs after which the nodes of one have to be done; each may fail once on each host, or be cut.
_MOST_RUNS = 30


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaybookForks]:
    """The process that runs the plays; `tests/acceptance` has whole runs of the same documents."""
    found = PlaybookForks(tmp_path_factory.mktemp("plays"), inline=True)
    yield found
    found.close()


class _Ended:
    """The handle of a run that has ended."""

    def __init__(self, on_end: OnEnd) -> None:
        on_end(RunOutcome("finished"))

    def cancel(self) -> None:
        """Do nothing: the run has ended."""

    def wait(self, timeout: float | None = None) -> RunOutcome:
        """Return how it ended."""
        del timeout
        return RunOutcome("finished")

    def is_alive(self) -> bool:
        """It is not."""
        return False


class ForksExecutor:
    """Runs the plays of nodes in forks; ``cut`` draws what a run's events end with."""

    def __init__(
        self,
        forks: PlaybookForks,
        drawn: Drawn,
        cut: Callable[[list[Event]], list[Event]] = lambda events: events,
    ) -> None:
        self._forks, self._drawn, self._cut = forks, drawn, cut

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Run ``request`` to its end."""
        for event in self._cut(self.run(request).events):
            on_event(event)
        return _Ended(on_end)

    def run(self, request: RunRequest) -> Ran:
        """Run the plays of ``request``."""
        plays = []
        for node in request.nodes:
            role = node.rpartition("/")[2]
            play: dict[str, Any] = {"name": node, "hosts": ",".join(self._drawn.hosts[role])}
            if role in self._drawn.serial:
                play["serial"] = self._drawn.serial[role]
            roles = [str(self._drawn.place / "roles" / role)]
            plays.append({**play, "gather_facts": False, "vars": self._drawn.vars, "roles": roles})
        files = {"action_plugins/print_text.py": PRINT_TEXT}
        given = {"notified": request.notified, "memory": request.memory, "limit": request.hosts}
        return self._forks.run(plays, HOSTS, files, **given)


class Cuts:
    """Runs the nodes of one document in several runs, some of which fail at first."""

    def __init__(self, forks: PlaybookForks, drawn: Drawn, draw: random.Random) -> None:
        self._drawn, self._draw = drawn, draw
        self.inner = ForksExecutor(forks, drawn, self._cut)
        names = list(drawn.hosts)
        edges = [(a, b, "barrier") for a, b in pairwise(names)]
        memory = TaskMemoryExecutor(
            self.inner, plan(drawn.hosts, edges), {}, reads=PlayReads(lambda: self._bundle), large=0
        )
        self._executor = NotifiedHandlersExecutor(memory, ())
        #: Node and host -> the events of its last run.
        self.last: dict[tuple[str, str], list[Event]] = {}

    def run(self) -> None:
        """Run each node until it is done on all of its hosts."""
        roles = list(self._drawn.hosts)
        while roles:
            # As in `engine/scheduling/chains.py`: the nodes of one run are on the same hosts, and
            # none waits for the one before on other hosts than its own.
            count = 1
            hosts = self._drawn.hosts[roles[0]]
            may_share = self._drawn.by_host or len(hosts) == 1
            while may_share and roles[count:] and self._drawn.hosts[roles[count]] == hosts:
                if self._draw.random() < 0.5:
                    break
                count += 1
            self._fail_once(roles[:count])
            todo = {(role, host) for role in roles[:count] for host in hosts}
            for _ in range(_MOST_RUNS):
                if todo:
                    self._start(roles[:count], todo)
            assert not todo
            roles = roles[count:]

    def _start(self, roles: list[str], todo: set[tuple[str, str]]) -> None:
        """Run what is left to do of the first node of ``roles`` that is not done, and after it."""
        first = next(role for role in roles if any(one == role for one, _ in todo))
        hosts = tuple(sorted(host for role, host in todo if role == first))
        left = [
            role
            for role in roles[roles.index(first) :]
            if {host for one, host in todo if one == role} == set(hosts)
        ]
        events: list[Event] = []
        nodes = tuple(map(node_id, left))
        request = RunRequest(ATTEMPT, nodes, hosts, self._drawn.place, self._drawn.place)
        self._executor.start(request, events.append, lambda _: None)
        begun = [task_started(dict.fromkeys(nodes, hosts)), attempt_started(ATTEMPT, nodes, hosts)]
        ended = [event for event in events if event.kind is not EventKind.FACTS_SET]
        is_whole = events[-1].kind is EventKind.RUN_STATS
        end = attempt_finished(ATTEMPT, "finished" if is_whole else "error")
        for node in fold([*begun, *ended, end]).nodes:
            role = node.id.rpartition("/")[2]
            for host, result in node.hosts.items():
                own = [event for event in events if (event.node, event.host) == (node.id, host)]
                if own:
                    self.last[role, host] = own
                if is_success(result.status):
                    todo.discard((role, host))

    @property
    def _bundle(self) -> Bundle:
        """The roles, and a play of each."""
        place = self._drawn.place
        paths = [path for path in (place / "roles").rglob("*") if path.is_file()]
        files = {path.relative_to(place).as_posix(): BundleFile(path) for path in paths}
        for role in self._drawn.hosts:
            play = BundleFile(f"roles: [{role}]")
            files[f"plays/{file_stem(node_id(role))}.yml"] = play
        return Bundle(files)

    def _cut(self, events: list[Event]) -> list[Event]:
        """Leave out the last events of one run in four."""
        return events[: self._draw.randrange(1, len(events) * 4)]

    def _fail_once(self, roles: list[str]) -> None:
        if self._draw.random() < 0.5:
            role = self._draw.choice(roles)
            hosts = self._drawn.hosts[role]
            for host in self._draw.sample(hosts, self._draw.randint(1, len(hosts))):
                self._drawn.gate(role, host).unlink()


def lines(events: list[Event]) -> Printed:
    """Return what tasks printed."""
    ended = [event for event in events if event.kind is EventKind.HOST_TASK_FINISHED]
    return printed(
        # The id has the name of the role last.
        (
            f"p/m/{(one.node or '').rpartition('/')[2]}",
            one.host or "",
            one.name or "",
            one.status or "",
            one.stdout or "",
        )
        for one in ended
    )


def check(forks: PlaybookForks, place: Path, seed: int) -> None:
    """Run a document both ways; what roles saw and what tasks printed is the same."""
    draw = random.Random(seed)
    drawn = draw_document(draw, place)
    nodes = tuple(map(node_id, drawn.hosts))
    whole = ForksExecutor(forks, drawn).run(RunRequest(ATTEMPT, nodes, HOSTS, place, place))
    pages, said = drawn.pages, lines(whole.events)
    assert len(pages) == sum(map(len, drawn.hosts.values())), whole.output
    drawn.clear()
    cuts = Cuts(forks, drawn, draw)
    cuts.run()
    assert drawn.pages == pages, (seed, drawn.learnt)
    again = lines([event for events in cuts.last.values() for event in events])
    assert again == said, (seed, drawn.learnt)


@pytest.mark.parametrize("seed", range(12) if is_full() else own_share(range(2)))
def test_roles_know_the_same_however_nodes_are_cut_into_runs(
    forks: PlaybookForks, tmp_path: Path, seed: int
) -> None:
    check(forks, tmp_path, seed)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("first", own_share(range(100, 340, 20)))
def test_hundreds_of_documents(forks: PlaybookForks, tmp_path: Path, first: int) -> None:
    """In parts, which the Pythons and the workers of pytest share."""
    for seed in range(first, first + 20):
        check(forks, tmp_path / str(seed), seed)
