"""Where Ansible left each host when a play, or one batch of its hosts, ended by itself.

Used within ansible-playbook. Events do not tell it: a host that another host's failure stops has no
event of its own, and neither has one whose play `meta` ended. Ansible's play iterator knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ansible.executor.play_iterator import FailedStates, IteratingStates, PlayIterator
from ansible.executor.task_queue_manager import AnsibleEndPlay, TaskQueueManager
from ansible.plugins.strategy import StrategyBase

from worldtree.runner.inside.method_wrapping import wrap_method
from worldtree.runner.inside.play_progress import PlayProgress


class PlayEndReporter:
    """Reports the end of each batch of hosts; create it before the first play starts.

    ``write`` gets ``{"hosts": {name: end}, "whole": bool}``; ``whole`` means that `meta: end_play`
    ended the play for the batches to come, too. An end is one of

    - ``end``: the host did the play's last task, or the play had none for it;
    - ``ended``: `meta` (end_host, end_batch, end_play) ended a host that had not failed;
    - ``failed``: it failed for good, or the failure of another host stopped it;
    - ``unreachable``;
    - ``out``: it was lost in an earlier play of the run, so this one did nothing there.

    Nothing is written of a batch that did not end by itself, and a host that Ansible no longer
    knows is left out. ``keeps`` says of a host that `meta` must not end it.
    """

    def __init__(
        self,
        progress: PlayProgress,
        write: Callable[[Mapping[str, Any]], None],
        keeps: Callable[[str], bool] = lambda _host: False,
    ) -> None:
        self._progress, self._write, self._keeps = progress, write, keeps
        #: Hosts that were lost before the batch began.
        self._out: frozenset[str] = frozenset()
        self._ended_by_meta: set[str] = set()
        self._ends: dict[str, str] | None = None
        wrap_method(PlayIterator, "end_host", self._end_host)
        wrap_method(StrategyBase, "run", self._finish_strategy)
        wrap_method(TaskQueueManager, "run", self._run_batch)

    def _end_host(self, original: Callable[..., Any], iterator: Any, hostname: str) -> Any:
        """`meta` ends a host; one that failed before stays failed."""
        if self._keeps(hostname):
            return None
        state = iterator.get_state_for_host(hostname)
        if state.run_state != IteratingStates.COMPLETE and not _has_failed(state):
            self._ended_by_meta.add(hostname)
        return original(iterator, hostname)

    def _finish_strategy(
        self, original: Callable[..., Any], strategy: Any, iterator: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Look before Ansible moves each host on by one task, which nobody runs."""
        self._ends = self._find_ends(strategy._tqm, iterator)
        return original(strategy, iterator, *args, **kwargs)

    def _run_batch(
        self, original: Callable[..., Any], manager: Any, *args: Any, **kwargs: Any
    ) -> Any:
        self._out = frozenset({*manager._failed_hosts, *manager._unreachable_hosts})
        self._ended_by_meta.clear()
        self._ends = None
        try:
            result = original(manager, *args, **kwargs)
        except AnsibleEndPlay:
            self._report(manager, whole=True)
            raise
        self._report(manager, whole=False)
        return result

    def _report(self, manager: Any, *, whole: bool) -> None:
        if manager._terminated:
            return
        if self._ends is None:  # A strategy that gave up before its end.
            self._ends = self._find_ends(manager, self._progress.iterator)
        self._write({"hosts": self._ends, "whole": whole})

    def _find_ends(self, manager: Any, iterator: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, state in list(iterator.host_states.items()):
            host = manager._inventory.get_host(name)
            # Without blocks it is not of the batch, and was only asked about.
            if host is not None and state._blocks:
                # In another release it may not be known; the host then does not count as done.
                with suppress(Exception):
                    found[name] = self._end_of(manager, iterator, host, state)
        return found

    def _end_of(self, manager: Any, iterator: Any, host: Any, state: Any) -> str:
        name = host.get_name()
        if name in manager._unreachable_hosts:
            return "out" if name in self._out else "unreachable"
        if name in self._ended_by_meta:
            return "ended"
        # `meta: clear_host_errors` takes the failure from a host that has stopped because of it.
        has_stopped = state.run_state == IteratingStates.COMPLETE and state.cur_block < len(
            state._blocks
        )
        is_failed = has_stopped or iterator._check_failed_state(state)
        if not is_failed and self._progress.has_nothing_left(host):
            return "end"
        return "out" if name in self._out else "failed"


def _has_failed(state: Any) -> bool:
    """Whether a host that goes on in an `always` section, or in a block in it, has failed."""
    if state is None:
        return False
    failed = state.fail_state != FailedStates.NONE and state.run_state != IteratingStates.RESCUE
    children = {
        IteratingStates.TASKS: state.tasks_child_state,
        IteratingStates.RESCUE: state.rescue_child_state,
        IteratingStates.ALWAYS: state.always_child_state,
    }
    return (failed and not state.did_rescue) or _has_failed(children.get(state.run_state))
