"""Whether a host has tasks left in a play, read from Ansible's own play iterator.

Used within ansible-playbook. No callback reports it, and with the linear strategy a host that has
done its last task waits for the others, however long they take.
"""

from __future__ import annotations

import functools
from typing import Any

from ansible.executor.play_iterator import IteratingStates, PlayIterator
from ansible.playbook.task_include import TaskInclude

#: Ansible's internal meta tasks that do nothing on a host.
_NO_OPS = ("noop", "role_complete")


class PlayProgress:
    """The progress of the current play; create it before the first play starts."""

    def __init__(self) -> None:
        self._iterator: Any = None
        made = getattr(PlayIterator.__init__, "__wrapped__", PlayIterator.__init__)

        @functools.wraps(made)
        def noted(iterator: Any, *args: Any, **kwargs: Any) -> None:
            made(iterator, *args, **kwargs)
            self._iterator = iterator

        PlayIterator.__init__ = noted

    @property
    def iterator(self) -> Any:
        """Ansible's iterator of the current play; None before the first one."""
        return self._iterator

    def is_last_task(self, result: Any, event: str) -> bool:
        """Whether the task with this result was the last of the play on its host.

        Notified handlers and the tasks of an include are still to come. A host that failed for good
        has not reached the end of the play. Where it cannot be known the answer is False.
        """
        brings = isinstance(result._task, TaskInclude) and event != "runner_on_skipped"
        if self._iterator is None or brings or event == "runner_on_unreachable":
            return False
        try:
            return self.has_nothing_left(result._host)
        except Exception:  # In another release; the journal's line must still be written.
            return False

    def has_nothing_left(self, host: Any) -> bool:
        """Whether the play has no further task for a host, and the host has not failed."""
        iterator = self._iterator
        state = iterator.get_host_state(host)  # A copy, so the play itself does not move on.
        while state.run_state != IteratingStates.COMPLETE:
            state, task = iterator._get_next_task_from_state(state, host=host)
            if task is not None and not self._does_nothing(task, state, host):
                return False
        return not iterator._check_failed_state(state)

    def _does_nothing(self, task: Any, state: Any, host: Any) -> bool:
        """Whether a task does nothing on the host; a flush of handlers may be for other hosts."""
        meta = task._get_meta()
        if meta == "flush_handlers":
            notified = any(h.is_host_notified(host) for h in self._iterator.handlers)
            return not state.handler_notifications and not notified
        return meta in _NO_OPS
