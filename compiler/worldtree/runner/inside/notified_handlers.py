"""Handlers that were notified and did not run, from one try of a play to the next.

A task that changed something notifies a handler; when the run fails before the handler ran, the
next try finds nothing to change, and the handler would never run. This says after each task which
handlers are still to run on the host, and gives those of an earlier try back to Ansible.
Used within ansible-playbook, so imports are kept light.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldtree.core.journal_events import PRECHECK_DONE_FACT

if TYPE_CHECKING:  # It imports Ansible, and the control side takes the variable's name from here.
    from worldtree.runner.inside.play_progress import PlayProgress

#: Environment variable that names the file of an earlier try: play -> host -> names.
NOTIFIED_VARIABLE = "WORLDTREE_NOTIFIED"


class NotifiedHandlers:
    """Tracks the handlers of each play; ``write`` gets a host and the names of those still to run.

    ``path`` is the file of an earlier try, if any; ``mask`` removes secrets from a name, as they
    were removed from the names in that file.
    """

    def __init__(
        self,
        path: str | None,
        progress: PlayProgress,
        write: Callable[[str, Sequence[str]], None],
        mask: Callable[[str], str] = lambda name: name,
    ) -> None:
        self._progress, self._write, self._mask = progress, write, mask
        self._before: Mapping[str, Mapping[str, Sequence[str]]] = (
            json.loads(Path(path).read_text()) if path else {}
        )
        #: Of the current play, by host: handlers of an earlier try that Ansible does not know yet.
        self._given: dict[str, Sequence[str]] = {}
        #: Handlers that failed in this play, which Ansible forgets.
        self._failed: dict[str, dict[str, None]] = {}
        #: What was written last.
        self._known: dict[str, list[str]] = {}
        #: Hosts that have nothing to do, as the precheck says.
        self._done: set[str] = set()

    def begin(self, play: str) -> None:
        """Begin a play, or the next batch of its hosts."""
        self._given = dict(self._before.get(play, {}))
        self._known = {host: list(names) for host, names in self._given.items()}
        self._failed.clear()
        self._done.clear()

    def keeps(self, host: str) -> bool:
        """Whether a precheck must not end the host, as handlers of an earlier try would be lost."""
        return host in self._done and bool(self._known.get(host))

    def note(self, result: Any, event: str, *, ignored: bool = False) -> None:
        """Process the end of a task on a host, before it is reported."""
        iterator, host, task = self._progress.iterator, result._host, result._task
        name = host.get_name()
        if iterator is None or name not in iterator.host_states:
            return
        facts = result._result.get("ansible_facts")
        if isinstance(facts, dict) and facts.get(PRECHECK_DONE_FACT) in (True, "true", "True"):
            self._done.add(name)
        state = iterator.get_state_for_host(name)
        if name in self._given and _is_past_pre_tasks(iterator, state):
            for handler in self._given.pop(name):
                for real in self._real_names(iterator, handler):
                    iterator.add_notification(name, real)
        if hasattr(task, "notified_hosts"):
            failed = self._failed.setdefault(name, {})
            if event in ("runner_on_failed", "runner_on_unreachable") and not ignored:
                failed[_handler_name(task)] = None
            else:
                failed.pop(_handler_name(task), None)
        left = [
            *self._given.get(name, ()),
            *state.handler_notifications,
            *(_handler_name(one) for one in iterator.handlers if one.is_host_notified(host)),
            *self._failed.get(name, ()),
        ]
        names = list(dict.fromkeys(left))
        if names != self._known.get(name, []):
            self._known[name] = names
            self._write(name, names)

    def _real_names(self, iterator: Any, given: str) -> list[str]:
        """Return the handlers that ``given`` may name: it has a mask in place of a secret."""
        names = [
            str(name)
            for one in iterator.handlers
            for name in (_handler_name(one), one.name, *(one.listen or ()))
            if name
        ]
        found = [name for name in names if self._mask(name) == given]
        return [given] if given in names or not found else list(dict.fromkeys(found))


def _handler_name(handler: Any) -> str:
    """Return what notifies the handler; without a name it has a topic to listen to."""
    return str(handler.get_name() if handler.name or not handler.listen else handler.listen[0])


def _is_past_pre_tasks(iterator: Any, state: Any) -> bool:
    """Whether handlers that are notified now run after the role, not before it."""
    if not iterator._play.pre_tasks:
        return True
    for place, block in enumerate(iterator._blocks):
        first: Any = block.block[0] if block.block else None
        if getattr(first, "implicit", False) and first._get_meta() == "flush_handlers":
            return bool(state.cur_block > place)
    return True
