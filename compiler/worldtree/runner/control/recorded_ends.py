"""Which hosts came to the end of a play, as far as ansible-runner's events prove it.

Our journal asks Ansible for it (``runner.inside.play_end_reporter``); these events do not say it. A
host is done in a play that ended by itself, as the next play or the closing statistics show, if

- it has no failure there (not counting ignored ones), or that was rescued: the statistics count no
  failure of the host, or it had a task in a later play, from which Ansible leaves out lost hosts;
- and no failure of a host stopped others: none failed in the play, or nothing in the play can make
  one host's failure that of others (``PlayHabits.stops_others``), or the host had a task in a later
  play.

A host without any event in a play may have had nothing to do there, or may not have been in it. It
is done only if the play is known to have had it: with the bundle's own inventory, no failure in the
play, the host not lost before, and no tasks of the play left out. Otherwise it counts as left out
of the play.

``meta: clear_host_errors`` takes failed hosts back into later plays, and so does ``end_host`` in an
`always` section, so that a later play proves nothing where a role may use them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from worldtree.ansible.bundle.play_habits import PlayHabits
from worldtree.results.play_end import PlayEnd

_LOSSES = frozenset({"runner_on_failed", "runner_on_unreachable"})
#: Exit codes of ansible-playbook where plays ended by themselves: bits for hosts that failed, and
#: that were unreachable.
_ORDINARY_CODES = frozenset({0, 2, 4, 6})


@dataclass(frozen=True, slots=True)
class RunTargets:
    """On which hosts the plays of a run were to run."""

    #: Play -> hosts, by the bundle's own inventory.
    hosts: Mapping[str, Sequence[str]]
    #: The run used that inventory.
    is_own_inventory: bool = True
    #: It was limited to some hosts (`--limit`).
    is_limited: bool = False
    #: Plays of which it may have left out tasks (`--tags`, `--start-at-task` …).
    cut: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Batch:
    """A play, or one batch of its hosts, between its start and the next one."""

    play: str
    #: Position of the event that follows it; None when the run ended within it.
    end: int | None = None
    seen: dict[str, None] = field(default_factory=dict)
    #: Hosts with failures that were not ignored, rescued ones included.
    failed: set[str] = field(default_factory=set)
    has_no_hosts: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether every host failed, so that Ansible begins no further batch."""
        return bool(self.seen) and self.failed == self.seen.keys()


def find_play_ends(
    events: Sequence[Mapping[str, Any]], targets: RunTargets, habits: PlayHabits, rc: int | None
) -> dict[int, dict[str, str]]:
    """Return the ends that are proven: position in ``events`` -> host -> a ``PlayEnd``.

    They belong before the event at that position.
    """
    batches, losses = list(_batches(events)), _losses(events)
    if batches and rc is not None and rc not in _ORDINARY_CODES:
        # Ansible itself failed: its code is that of the last play.
        batches[-1].end = None
    evidence = _Evidence(batches, losses, targets, habits)
    return {
        batch.end: evidence.ends(number)
        for number, batch in enumerate(batches)
        if batch.end is not None
    }


class _Evidence:
    """What is known of the hosts of a run."""

    def __init__(
        self,
        batches: Sequence[_Batch],
        losses: Mapping[str, int] | None,
        targets: RunTargets,
        habits: PlayHabits,
    ) -> None:
        self._batches, self._losses = batches, losses
        self._targets, self._habits = targets, habits
        self._last_seen = {h: number for number, b in enumerate(batches) for h in b.seen}
        self._last_batch = {b.play: number for number, b in enumerate(batches)}

    def ends(self, number: int) -> dict[str, str]:
        """Return the ends in a batch; with its play's last one, those of hosts without events."""
        batch = self._batches[number]
        found = {host: PlayEnd.END.value for host in batch.seen if self._is_done(number, host)}
        if self._last_batch[batch.play] == number and not batch.is_lost:
            done = self._done_unseen(number, batch.play)
            for host in self._unseen(batch.play):
                found[host] = PlayEnd.END.value if host in done else PlayEnd.OUT.value
        return found

    def _is_done(self, number: int, host: str) -> bool:
        if self._is_in_play_after(number, host):
            return True
        batch = self._batches[number]
        if batch.failed and self._stops_others(batch.play):
            return False
        return host not in batch.failed or (
            self._losses is not None and not self._losses.get(host, 0)
        )

    def _stops_others(self, play: str) -> bool:
        # A play that is no node's, such as a barrier, is not known.
        return play in self._habits.stops_others or play not in self._targets.hosts

    def _is_in_play_after(self, number: int, host: str) -> bool:
        """Whether the host had a task in a later play, and not although it was lost in this one."""
        last, play = self._last_seen.get(host, number), self._batches[number].play
        may_be_lost = self._habits.clears_errors or play in self._habits.ends_hosts
        return last > number and self._batches[last].play != play and not may_be_lost

    def _unseen(self, play: str) -> list[str]:
        """Return the hosts of a play without an event in it."""
        seen = {host for batch in self._batches if batch.play == play for host in batch.seen}
        return [host for host in self._targets.hosts.get(play, ()) if host not in seen]

    def _done_unseen(self, number: int, play: str) -> list[str]:
        """Return the hosts without an event in a play that it is known to have had."""
        parts = [batch for batch in self._batches if batch.play == play]
        if (
            not self._targets.is_own_inventory
            or play in self._targets.cut
            or play in self._habits.ends_hosts
            or any(part.failed or part.has_no_hosts or part.end is None for part in parts)
        ):
            return []
        return [
            host
            for host in self._unseen(play)
            if (host in self._last_seen or not self._targets.is_limited)
            and not self._may_be_lost_before(number, host)
        ]

    def _may_be_lost_before(self, number: int, host: str) -> bool:
        for place, batch in enumerate(self._batches[:number]):
            stopped = bool(batch.failed) and self._stops_others(batch.play)
            if (host in batch.failed or stopped) and not (
                self._is_in_play_after(place, host) or self._is_done(place, host)
            ):
                return True
        return False


def _batches(events: Iterable[Mapping[str, Any]]) -> Iterable[_Batch]:
    current: _Batch | None = None
    for position, event in enumerate(events):
        kind, data = event["event"], event["event_data"]
        if kind in ("playbook_on_play_start", "playbook_on_stats"):
            if current is not None:
                current.end = position
                yield current
            current = None
            if kind == "playbook_on_play_start":
                current = _Batch(str(data.get("play", "")))
        elif current is None:
            continue
        elif kind == "playbook_on_no_hosts_matched":
            current.has_no_hosts = True
        elif kind.startswith("runner_on_") and data.get("host"):
            current.seen[data["host"]] = None
            if kind in _LOSSES and not data.get("ignore_errors"):
                current.failed.add(data["host"])
    if current is not None:
        yield current


def _losses(events: Iterable[Mapping[str, Any]]) -> dict[str, int] | None:
    """Return the failures of each host that the closing statistics count; None without them."""
    for event in events:
        if event["event"] == "playbook_on_stats":
            found: dict[str, int] = {}
            for name in ("failures", "dark"):
                for host, count in (event["event_data"].get(name) or {}).items():
                    found[host] = found.get(host, 0) + count
            return found
    return None
