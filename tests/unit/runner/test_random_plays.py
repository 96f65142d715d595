"""Random plays in real runs of Ansible: which hosts count as done, against the log of what ran."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from examples import examples
from unit.results.streams import attempt_finished, attempt_started, task_started
from unit.runner.playbook_forks import ATTEMPT, NEXT, PlaybookForks, Ran
from unit.runner.random_plays import HOSTS, Drawn, plays
from worldtree.results.events import Event, EventKind
from worldtree.results.fold import Fold, fold
from worldtree.results.node_status import is_success

WORK = "work"
#: A play after the next one that takes lost hosts back, and its last step.
CLEAR, CLEARED = "clear", "cleared"
BEGIN = [task_started({WORK: HOSTS}), attempt_started(ATTEMPT, [WORK], HOSTS)]


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaybookForks]:
    """The process that runs the plays."""
    found = PlaybookForks(tmp_path_factory.mktemp("plays"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def inline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaybookForks]:
    """The same, for many plays: their tasks run without forks of their own."""
    found = PlaybookForks(tmp_path_factory.mktemp("many"), inline=True)
    yield found
    found.close()


def run(forks: PlaybookForks, drawn: Drawn) -> Ran:
    """Run a play, and the one that shows which hosts Ansible has not lost."""
    play = {"gather_facts": False, "hosts": ",".join(HOSTS)}
    after = {**play, "name": NEXT, "tasks": [{"step": {"name": NEXT}}]}
    plays = [{**play, "name": WORK, **drawn.play}, after]
    if drawn.clears:
        first, last = ({"name": name, "step": {"name": name}} for name in (CLEAR, CLEARED))
        meta = {"ansible.builtin.meta": "clear_host_errors"}
        plays.append({**play, "name": CLEAR, "tasks": [first, meta, last]})
    return forks.run(plays, HOSTS, drawn.files)


def check_later_nodes(ran: Ran, events: list[Event], done_work: set[str]) -> None:
    """A host is done in a later node where it did the last step, lost before or not."""
    last = {NEXT: NEXT, CLEAR: CLEARED}
    nodes = (WORK, *last)
    begin = [
        task_started(dict.fromkeys(nodes, HOSTS)),
        attempt_started(ATTEMPT, nodes, HOSTS),
    ]
    found = {
        node.id: {name for name, host in node.hosts.items() if is_success(host.status)}
        for node in fold([*begin, *events, attempt_finished(ATTEMPT, "finished")]).nodes
    }
    assert found.pop(WORK) == done_work, ran.output
    assert found == {node: ran.did(step) for node, step in last.items()}, ran.output


def done(events: list[Event], state: str) -> set[str]:
    """Return the hosts on which the node is done, when the run ended in ``state``."""
    found = [
        fold([*BEGIN, *events, attempt_finished(ATTEMPT, state)], keep_tasks=keep).nodes[0].hosts
        for keep in (True, False)
    ]
    statuses = [{name: host.status for name, host in hosts.items()} for hosts in found]
    assert statuses[0] == statuses[1]
    return {name for name, status in statuses[0].items() if is_success(status)}


def check_play(forks: PlaybookForks, drawn: Drawn) -> None:
    """Whole, and cut off after each of its events."""
    ran = run(forks, drawn)
    events = ran.events
    is_whole = bool(events) and events[-1].kind is EventKind.RUN_STATS
    found = done(events, "finished" if is_whole else "error")
    for host in HOSTS:
        assert host not in found or drawn.may_be_done(ran, host), ran.output
        assert host in found or not drawn.must_be_done(ran, host), ran.output
        assert host not in found or not drawn.lost_handlers(ran, host), ran.output
    if is_whole:
        check_later_nodes(ran, events, found)
    work = [event for event in events if event.node == WORK]
    state = Fold()
    for event in BEGIN:
        state.add(event)
    for place, event in enumerate(work):
        state.add(event)
        busy = {
            later.host for later in work[place + 1 :] if later.kind is EventKind.HOST_TASK_STARTED
        }
        ended = {name for name, status in state.statuses(WORK).items() if is_success(status)}
        cut = done(work[: place + 1], "error")
        for name in ended | cut:
            assert name not in busy, (event, ran.output)
            assert drawn.may_be_done(ran, name), (event, ran.output)


@settings(max_examples=examples(40))
@given(drawn=plays())
def test_a_host_is_done_when_the_log_says_that_it_came_to_the_end(
    forks: PlaybookForks, drawn: Drawn
) -> None:
    """And, whenever the run is cut off, only when nothing more would have run there."""
    check_play(forks, drawn)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(10))
@settings(max_examples=100)
@given(drawn=plays())
def test_a_thousand_plays(inline: PlaybookForks, part: int, drawn: Drawn) -> None:
    """In parts, so that the workers of pytest share them; each draws plays of its own."""
    del part
    check_play(inline, drawn)
