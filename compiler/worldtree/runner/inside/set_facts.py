"""What tasks set on hosts with ``set_fact``, from one run of Ansible to the next.

Within one ansible-playbook such facts last from play to play. A task is many runs: this hands those
of earlier runs to Ansible, at the same precedence, and says at the end of a play which ones it set.
Used within ansible-playbook, so imports are kept light.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

#: Environment variable that names the file of facts of earlier runs: host -> name -> value.
SET_FACTS_VARIABLE = "WORLDTREE_SET_FACTS"
#: The journal's event with the facts that a play set on a host.
FACTS_SET_EVENT = "worldtree_facts_set"
_ACTIONS = frozenset({"set_fact", "ansible.builtin.set_fact", "ansible.legacy.set_fact"})
#: Prefix of facts that emitted plays set for themselves.
_OWN_PREFIX = "worldtree_"


class SetFactsTracker:
    """Tracks what ``set_fact`` sets in one run of ansible-playbook.

    ``path`` is the file with the facts of earlier runs, if any; ``is_secret`` says of a value as
    JSON whether it holds a secret.
    """

    def __init__(self, path: str | None, is_secret: Callable[[bytes], bool]) -> None:
        self._is_secret = is_secret
        self._before: dict[str, dict[str, Any]] = json.loads(Path(path).read_text()) if path else {}
        #: Ansible's variable manager, once a play has begun.
        self.manager: Any = None
        #: Host -> name -> the very object that was last reported.
        self._known: dict[str, dict[str, Any]] = {}
        #: Names that the tasks of this play set, and those among them that ``no_log`` hides.
        self._names: set[str] = set()
        self._hidden: set[str] = set()
        #: Hosts on which such a task ran, whether or not it set something.
        self._hosts_with_tasks: dict[str, None] = {}

    def begin(self, manager: Any) -> None:
        """Give Ansible's variable manager the facts of earlier runs, on the first call only."""
        if self.manager is not None:
            return
        self.manager = manager
        for host, facts in self._before.items():
            manager.set_nonpersistent_facts(host, dict(facts))
        self._known = {host: dict(facts) for host, facts in self._held().items()}

    def note(self, result: Any) -> None:
        """Process the result of a task on a host, whatever the task was."""
        task = result._task
        if task.action not in _ACTIONS:
            return
        self._hosts_with_tasks[result._host.get_name()] = None
        said = result._result
        items = said.get("results")
        given = [
            one.get("ansible_facts") for one in (said, *(items or ())) if isinstance(one, dict)
        ]
        # The result of a task with ``no_log`` is hidden, but its arguments name the facts.
        names = {str(name) for facts in (task.args, *given) for name in facts or ()}
        names = {name for name in names if not name.startswith(_OWN_PREFIX)}
        self._names |= names
        if task.no_log or said.get("_ansible_no_log"):
            self._hidden |= names

    def changes_of_play(self) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """Yield host, the facts that the play set on it, and hidden names; then reset.

        A host on which a task set nothing this time is yielded too.
        """
        for host, facts in self._held().items():
            known = self._known.setdefault(host, {})
            new = {
                name: facts[name]
                for name in sorted(self._names & facts.keys())
                if name not in known or facts[name] is not known[name]
            }
            known.update(new)
            if new or host in self._hosts_with_tasks:
                hidden = [
                    name for name in new if name in self._hidden or self._holds_secret(new[name])
                ]
                shown = {name: value for name, value in new.items() if name not in hidden}
                yield host, shown, hidden
        self._names.clear()
        self._hidden.clear()
        self._hosts_with_tasks.clear()

    def _held(self) -> Mapping[str, dict[str, Any]]:
        # Ansible has no public way to get these alone; the private one is in ``private_apis``.
        held: Mapping[str, dict[str, Any]] = (
            {} if self.manager is None else self.manager._nonpersistent_fact_cache
        )
        return held

    def _holds_secret(self, value: Any) -> bool:
        return self._is_secret(json.dumps(value, default=str).encode(errors="replace"))
