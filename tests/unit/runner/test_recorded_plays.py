"""Our journal and ansible-runner's events of the same real runs: the same results.

What ansible-runner's events do not prove is not done: ``recorded_ends`` says where they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings

from examples import examples, is_full
from unit.results.streams import attempt_finished, attempt_started, task_started
from unit.runner.inside.test_play_end_reporter import PLAYS
from unit.runner.playbook_forks import ATTEMPT, NEXT, PlaybookForks, Ran
from unit.runner.random_plays import HOSTS, Drawn, plays
from worldtree.ansible.bundle.play_habits import PlayHabits, read_play_habits
from worldtree.plan.ids import file_stem
from worldtree.results.events import Event, EventKind
from worldtree.results.fold import fold
from worldtree.results.node_status import is_success
from worldtree.results.status import HostStatus
from worldtree.results.tree import HostResult
from worldtree.runner.control.job_events import journal_lines
from worldtree.runner.control.recorded_ends import RunTargets
from worldtree.runner.control.translate import translate

WORK = "work"
#: Of the habits that decide what is proven: one each.
HABITS = (
    "run_once",
    "run_once fails",
    "run_once fails in a block with a rescue",
    "any_errors_fatal of a host that is lost",
    "one fails",
    "serial, a batch is lost",
    "always after a failure",
    "end_host in always, after a failure",
    "a handler fails",
)
NODES = (WORK, NEXT)


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaybookForks]:
    """The process that runs the plays, with both callbacks; with Ansible's forks at full length."""
    place = tmp_path_factory.mktemp("plays")
    found = PlaybookForks(place, recorded=True, inline=not is_full())
    yield found
    found.close()


def run(
    forks: PlaybookForks, play: Mapping[str, Any], hosts: tuple[str, ...], files: Any = None
) -> Ran:
    """Run a play, and the one that shows which hosts Ansible has not lost."""
    common = {"gather_facts": False, "hosts": ",".join(hosts)}
    after = {**common, "name": NEXT, "tasks": [{"step": {"name": NEXT}}]}
    return forks.run([{**common, "name": WORK, **play}, after], hosts, files)


def habits(ran: Ran) -> PlayHabits:
    """Read the habits of the plays from a bundle with their files."""
    bundle = ran.journal.parent
    for number, node in enumerate(NODES):
        file = bundle / "plays" / f"{file_stem(node)}.yml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(str(ran.files["site.yml"][number]))
    return read_play_habits(bundle, NODES)


def results(
    events: list[Event], hosts: tuple[str, ...], state: str = "finished"
) -> dict[str, dict[str, HostResult]]:
    """Return node -> host -> result of a run's events."""
    begin = [task_started(dict.fromkeys(NODES, hosts)), attempt_started(ATTEMPT, NODES, hosts)]
    tree = fold([*begin, *events, attempt_finished(ATTEMPT, state)])
    return {node.id: node.hosts for node in tree.nodes}


def read_recorded(ran: Ran, found: PlayHabits, hosts: tuple[str, ...]) -> list[Event]:
    """Return the events that ansible-runner's recording becomes."""
    targets = RunTargets(dict.fromkeys(NODES, hosts))
    lines = enumerate(journal_lines(ran.recorded, targets, found), 1)
    events = (translate(fields, ATTEMPT, number) for number, fields in lines)
    return [event for event in events if event is not None]


def summary(result: HostResult) -> Any:
    """What both say of a host: all but times and what only our journal has of a result."""
    tasks = [(t.name, t.action, t.role, t.path, t.status, t.changed) for t in result.tasks]
    # Why Ansible did not begin a play on a host is in no event of ansible-runner's.
    message = None if result.status is HostStatus.NOT_RUN else result.message
    return result.status, result.changed, message, result.cut_off, tasks


def check(ran: Ran, hosts: tuple[str, ...]) -> None:
    """Compare both trees, whole."""
    events, found = ran.events, habits(ran)
    state = "finished" if events and events[-1].kind is EventKind.RUN_STATS else "error"
    ours = results(events, hosts, state)
    theirs = results(read_recorded(ran, found, hosts), hosts, state)
    for node in NODES:
        is_plain = node not in found.stops_others and not found.clears_errors
        for host in hosts:
            mine, other = ours[node][host], theirs[node][host]
            if is_success(other.status):
                assert is_success(mine.status), (node, host, ran.output)
            if is_success(other.status) or (is_plain and node not in found.ends_hosts):
                assert summary(other) == summary(mine), (node, host, ran.output)


@pytest.mark.parametrize("habit", HABITS)
def test_the_same_habits_give_the_same_results(forks: PlaybookForks, habit: str) -> None:
    given_play, _ = PLAYS[habit]
    play = given_play if isinstance(given_play, dict) else {"tasks": given_play}
    hosts = ("h1", "h2", "h3")
    check(run(forks, play, hosts), hosts)


@settings(max_examples=examples(24))
@given(drawn=plays())
def test_random_plays_give_the_same_results(forks: PlaybookForks, drawn: Drawn) -> None:
    """And no host is done by ansible-runner's events that the log says is not."""
    ran = run(forks, drawn.play, HOSTS, drawn.files)
    check(ran, HOSTS)
    theirs = results(read_recorded(ran, habits(ran), HOSTS), HOSTS)
    for host, result in theirs[WORK].items():
        assert not is_success(result.status) or drawn.may_be_done(ran, host), ran.output
