"""An end of a play that cannot be read is an unknown end: never an error, and never success.

A release that redacted the words of ends left a mask in their place, in stored events too.
"""

from __future__ import annotations

from typing import Any

import pytest

from unit.results.streams import (
    attempt_finished,
    attempt_started,
    event,
    play_begun,
    stats,
    task_done,
    task_started,
)
from worldtree.results.events import Event, EventKind
from worldtree.results.fold import fold
from worldtree.results.play_end import PlayEnd, read_play_ends
from worldtree.results.rescued_failures import RescuedFailures
from worldtree.results.status import HostStatus

HIDDEN = "(hidden: the secrets broker of this task has ended)"
UNREADABLE = {
    "the words are hidden": {"hosts": dict.fromkeys(("h1", "h2", "h3"), HIDDEN), "whole": False},
    "the words are masked": {"hosts": dict.fromkeys(("h1", "h2", "h3"), "***"), "whole": False},
    "the hosts are masked": {"hosts": {"***": "end"}, "whole": False},
    "the key is masked": {"***": {"h1": "end"}, "whole": False},
    "there is nothing": {},
    "the whole is hidden": {"hosts": HIDDEN},
}


def ended(result: dict[str, Any]) -> Event:
    """Return the end of a batch of the play."""
    return event(EventKind.PLAY_ENDED, attempt="1", node="app", result=result)


@pytest.mark.parametrize("result", UNREADABLE.values(), ids=UNREADABLE)
def test_a_host_with_an_unknown_end_is_not_done(result: dict[str, Any]) -> None:
    """One that failed has failed, one that worked has an unknown end, the third did not run."""
    task = fold(
        [
            task_started({"app": ["h1", "h2", "h3"]}),
            attempt_started("1", ["app"], ["h1", "h2", "h3"]),
            play_begun("1", "app", reports_end=True),
            task_done("1", "app", "h1", "failed"),
            task_done("1", "app", "h2", "changed"),
            ended(result),
            stats("1", failures=["h1"]),
            attempt_finished("1"),
        ]
    )
    assert {host: one.status for host, one in task.nodes[0].hosts.items()} == {
        "h1": HostStatus.FAILED,
        "h2": HostStatus.FAILED,
        "h3": HostStatus.NOT_RUN,
    }


@pytest.mark.parametrize("result", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unknown_end_rescues_no_failure(result: dict[str, Any]) -> None:
    failure = task_done("1", "app", "h1", "failed")
    assert failure not in RescuedFailures([failure, ended(result)])
    assert failure in RescuedFailures([failure, ended({"hosts": {"h1": "end"}})])


def test_one_readable_end_counts_beside_an_unreadable_one() -> None:
    assert read_play_ends({"hosts": {"h1": "end", "h2": HIDDEN, "h3": 7}}) == {"h1": PlayEnd.END}
