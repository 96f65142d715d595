"""Whether a host has anything left to do in a play, as Ansible itself sees it.

Used within ansible-playbook, into whose iterator it looks: no callback is told, and with the linear
strategy a host that has done its last task waits for the others, for as long as they take.
"""

from __future__ import annotations

import functools
from typing import Any

from ansible.executor.play_iterator import IteratingStates, PlayIterator
from ansible.playbook.task_include import TaskInclude

#: Ansible's own marks within a play, at which nothing is done on a host.
_NO_OPS = ("noop", "role_complete")


class PlayProgress:
    """The play under way; made before the first one begins."""

    def __init__(self) -> None:
        self._iterator: Any = None
        made = getattr(PlayIterator.__init__, "__wrapped__", PlayIterator.__init__)

        @functools.wraps(made)
        def noted(iterator: Any, *args: Any, **kwargs: Any) -> None:
            made(iterator, *args, **kwargs)
            self._iterator = iterator

        PlayIterator.__init__ = noted

    def is_last_task(self, result: Any, event: str) -> bool:
        """Whether the task that ended so was the last of the play on its host.

        Handlers that were notified, and what an include will bring, are still to come. A host that
        failed for good has not come to the play's end. What cannot be told is not over.
        """
        brings = isinstance(result._task, TaskInclude) and event != "runner_on_skipped"
        if self._iterator is None or brings or event == "runner_on_unreachable":
            return False
        try:
            return self._has_nothing_left(result._host)
        except Exception:  # Another release; without the journal's line nothing would be known.
            return False

    def _has_nothing_left(self, host: Any) -> bool:
        iterator = self._iterator
        state = iterator.get_host_state(host)  # A copy: nobody else's place in the play is moved.
        while state.run_state != IteratingStates.COMPLETE:
            state, task = iterator._get_next_task_from_state(state, host=host)
            if task is not None and not self._does_nothing(task, state, host):
                return False
        return not iterator._check_failed_state(state)

    def _does_nothing(self, task: Any, state: Any, host: Any) -> bool:
        """Whether a task does nothing on the host; Ansible's own flush may be for other hosts."""
        meta = task._get_meta()
        if meta == "flush_handlers":
            notified = any(h.is_host_notified(host) for h in self._iterator.handlers)
            return not state.handler_notifications and not notified
        return meta in _NO_OPS
