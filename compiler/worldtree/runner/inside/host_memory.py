"""What Ansible knows of hosts from play to play, from one run of Ansible to the next.

Within one ansible-playbook all of it lasts: what `set_fact` set, registered results, included
variables, facts that modules returned, and hosts and groups that tasks added. A task is many runs:
this hands what earlier runs learnt to Ansible, at the same precedence, and says at a play's end
what the play learnt.
Used within ansible-playbook, so imports are kept light.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.vars.manager import VariableManager

from worldtree.runner.inside.added_inventory import AddedInventory, Entry
from worldtree.runner.inside.kept_values import KeptValues
from worldtree.runner.inside.memory_encoding import SecretValueError, decode, encode, unavailable
from worldtree.runner.inside.method_wrapping import wrap_method

#: The layers of Ansible's memory, by precedence: facts of modules, included variables, and what
#: `set_fact` set together with registered results.
FACTS, INCLUDED, SET = "facts", "vars", "values"
#: Beside the layers: what a play added to the inventory, entries of ``added_inventory``.
ADDED = "inventory"
#: Prefixes of names that emitted plays set for themselves, that each run finds out anew, and that
#: mean something in a `rescue` section only.
_OWN_PREFIXES = ("worldtree_", "discovered_interpreter_", "ansible_failed_")
#: Bytes of one value as JSON above which later runs do not get it.
_LARGEST_VALUE = 2**22

Key = tuple[str, str, str]


class HostMemory:
    """Tracks what one run of ansible-playbook learns of hosts; create it before the first play.

    ``path`` is the file with what earlier runs learnt, if any: host -> layer -> name, where the
    layer ``no_values`` and its like have the node and why there is no value. ``is_secret`` says of
    a value as JSON whether it holds a secret; ``kept`` keeps what must not be written down. Without
    ``with_facts``, facts of modules are left alone: the cache of facts keeps them.
    """

    def __init__(
        self,
        path: str | None,
        is_secret: Callable[[bytes], bool],
        kept: KeptValues,
        *,
        with_facts: bool = True,
    ) -> None:
        self._kept = kept
        self._is_secret = is_secret
        self._given: dict[str, dict[str, Any]] = decode(Path(path).read_text()) if path else {}
        self._manager: Any = None
        self._play: str | None = None
        #: What the current play set, as ``(layer, host, name)``, and what of it ``no_log`` hides.
        self._set: dict[Key, None] = {}
        self._hidden: set[Key] = set()
        #: Hosts of which something is to be said: something was set there, or a role ran.
        self._due: dict[str, None] = {}
        #: Those of them of which tasks of other hosts set something, which may not run again.
        self._from_others: dict[str, None] = {}
        #: Hosts with a result in the play, and what the play added to the inventory, by host.
        self._noted: dict[str, None] = {}
        self._entries: dict[str, list[Entry]] = {}
        #: Host -> its facts before the play changed them.
        self._facts_before: dict[str, Mapping[str, Any]] = {}
        self._cleared: set[str] = set()
        self._added = AddedInventory(self._encode)
        #: What the task whose result is being processed has set.
        self._of_result: list[Key] = []
        #: What the task whose result came last registers, and whether that is hidden.
        self._registers: frozenset[str] = frozenset()
        self._registers_hidden = False
        wrap_method(VariableManager, "set_nonpersistent_facts", self._set_values)
        wrap_method(VariableManager, "set_host_variable", self._set_variable)
        if with_facts:
            wrap_method(VariableManager, "set_host_facts", self._set_facts)
            wrap_method(VariableManager, "clear_facts", self._clear_facts)

    def add_to_inventory(self, inventory: Any) -> None:
        """Add the hosts and groups that earlier runs added; call it before the first play."""
        given = [entry for layers in self._given.values() for entry in layers.get(ADDED, ())]
        # Groups may have added hosts as members.
        self._added.begin(inventory, sorted(given, key=lambda entry: "member" in entry))

    def begin(self, manager: Any, play: str) -> None:
        """Process the start of a play, or of a batch of its hosts; the first one restores."""
        if play != self._play:
            self._play = play
            for state in (self._set, self._hidden, self._due, self._facts_before, self._cleared):
                state.clear()
            self._noted.clear()
            self._entries.clear()
            self._from_others.clear()
        if self._manager is not None:
            return
        for host, layers in self._given.items():
            values = {
                layer: {**layers.get(layer, {}), **self._missing(host, layer, layers)}
                for layer in (FACTS, INCLUDED, SET)
            }
            if values[FACTS]:
                manager.set_host_facts(host, values[FACTS])
            for name, value in values[INCLUDED].items():
                manager.set_host_variable(host, name, value)
            if values[SET]:
                manager.set_nonpersistent_facts(host, values[SET])
        # From here on, changes are noted.
        self._manager = manager

    @property
    def manager(self) -> Any:
        """Ansible's variable manager; None before the first play."""
        return self._manager

    def _missing(self, host: str, layer: str, layers: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of names that have none in the file.

        One that is not kept fails where it is used, with its reason, whatever its default.
        """
        reasons = layers.get(f"no_{layer}", {})
        keys = {name: _key(said["node"], layer, host, name) for name, said in reasons.items()}
        found = self._kept.find(keys.values())
        return {
            name: found[key] if key in found else unavailable(reasons[name]["why"])
            for name, key in keys.items()
        }

    def note(self, result: Any) -> None:
        """Process the result of a task on a host, whatever the task was."""
        task = result._task
        hidden = _is_hidden(result)
        if hidden:
            self._hidden.update(self._of_result)
            self._added.note_hidden(task.action)
        name = result._host.get_name()
        self._from_others |= {host: None for _, host, _ in self._of_result if host != name}
        self._of_result.clear()
        self._noted[name] = None
        register = getattr(task, "register", None) or ()
        self._registers = frozenset([register] if isinstance(register, str) else register)
        self._registers_hidden = hidden
        if getattr(task, "_role", None) is not None:
            self._due[name] = None

    def changes(self, only: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield host and what the play has learnt of it, where that changed since the last call.

        ``only`` leaves out all other hosts, but for what tasks of others set there. What is yielded
        is all that the play learnt of a host. Layer -> name -> encoded value. ``hidden`` are names
        of the layer ``values`` that must not be written down, ``hidden_in`` has those of the
        others; ``lost`` has by layer the names of values that are too large or that JSON cannot
        express; ``cleared`` says that the facts of before are gone; ``inventory`` is what was added
        to it; ``beside`` says that no task ran
        there, so that it adds to what the node learnt in other runs. A host where a role learnt
        nothing this time is yielded too.
        """
        for entry in self._added.new_entries():
            member = entry.get("member")
            host = member if member in self._noted else next(iter(self._noted), None)
            if host is not None:
                self._entries.setdefault(host, []).append(entry)
                self._due[host] = self._from_others[host] = None
        names: dict[str, dict[str, list[str]]] = {}
        for layer, host, name in self._set:
            names.setdefault(host, {}).setdefault(layer, []).append(name)
        for host in list(self._due):
            if self._manager is None:
                break
            if only not in (None, host) and host not in self._from_others:
                continue
            del self._due[host]
            self._from_others.pop(host, None)
            said: dict[str, Any] = {SET: {}, "hidden": []}
            for layer, changed in names.get(host, {}).items():
                held = self._held(layer, host)
                before = self._facts_before.get(host, {}) if layer == FACTS else {}
                new = {
                    name: held[name]
                    for name in changed
                    if name in held and (name not in before or before[name] != held[name])
                }
                self._add(said, layer, host, new)
            if host in self._cleared:
                said["cleared"] = True
            if entries := self._entries.get(host):
                said[ADDED] = entries
            if host not in self._noted:
                said["beside"] = True
            yield host, said
        self._kept.store()

    def _add(self, said: dict[str, Any], layer: str, host: str, new: Mapping[str, Any]) -> None:
        shown: dict[str, Any] = {}
        hidden: list[str] = []
        for name, value in new.items():
            try:
                if (layer, host, name) in self._hidden:
                    raise SecretValueError
                shown[name] = self._encode(value)
            except SecretValueError:
                hidden.append(name)
                self._kept.keep(_key(self._play or "", layer, host, name), value)
            except (TypeError, ValueError):
                said.setdefault("lost", {}).setdefault(layer, []).append(name)
        hidden.sort()
        if shown or layer == SET:
            said[layer] = shown
        if layer == SET:
            said["hidden"] = hidden
        elif hidden:
            said.setdefault("hidden_in", {})[layer] = hidden

    def _encode(self, value: Any) -> Any:
        """Return ``value`` as data; raises as ``encode``, also for a secret of the broker."""
        data = encode(value)
        text = json.dumps(data).encode(errors="replace")
        if self._is_secret(text):
            raise SecretValueError
        if len(text) > _LARGEST_VALUE:
            raise ValueError
        return data

    def _held(self, layer: str, host: str) -> Mapping[str, Any]:
        # Ansible has no public way to get these alone; the private ones are in ``private_apis``.
        if layer == FACTS:
            return _cached_facts(self._manager, host)
        manager = self._manager
        cache = manager._vars_cache if layer == INCLUDED else manager._nonpersistent_fact_cache
        held: Mapping[str, Any] = cache.get(host, {})
        return held

    # ---- called instead of Ansible's methods ---------------------------------------------------

    def _set_values(self, original: Callable[..., Any], manager: Any, host: Any, facts: Any) -> Any:
        done = original(manager, host, facts)
        if self._registers.issuperset(facts):
            # Ansible registers a result after callbacks got it.
            keys = self._changed(SET, host, facts)
            if self._registers_hidden:
                self._hidden.update(keys)
        else:
            self._of_result += self._changed(SET, host, facts)
        return done

    def _set_variable(
        self, original: Callable[..., Any], manager: Any, host: Any, varname: Any, value: Any
    ) -> Any:
        done = original(manager, host, varname, value)
        self._of_result += self._changed(INCLUDED, host, [varname])
        return done

    def _set_facts(self, original: Callable[..., Any], manager: Any, host: Any, facts: Any) -> Any:
        if self._manager is not None and str(host) not in self._facts_before:
            # A copy: Ansible updates its own mapping.
            self._facts_before[str(host)] = dict(_cached_facts(manager, host))
        done = original(manager, host, facts)
        self._of_result += self._changed(FACTS, host, facts)
        return done

    def _clear_facts(self, original: Callable[..., Any], manager: Any, hostname: Any) -> Any:
        done = original(manager, hostname)
        host = str(hostname)
        self._cleared.add(host)
        self._due[host] = None
        self._facts_before[host] = {}
        for key in [key for key in self._set if key[:2] == (FACTS, host)]:
            del self._set[key]
        return done

    def _changed(self, layer: str, host: Any, names: Iterable[Any]) -> list[Key]:
        """Note that names of a host have new values; return the keys."""
        if self._manager is None:
            return []
        keys = [
            (layer, str(host), str(name))
            for name in names
            if not str(name).startswith(_OWN_PREFIXES)
        ]
        for key in keys:
            self._set[key] = None
            self._hidden.discard(key)
            self._due[key[1]] = None
        return keys


def _cached_facts(manager: Any, host: Any) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = manager._fact_cache.get(host)
    except KeyError:
        return {}
    return found


def _key(node: str, layer: str, host: str, name: str) -> str:
    """Return the key of a kept value."""
    return "|".join((node, layer, host, name))


def _is_hidden(result: Any) -> bool:
    """Whether `no_log` hides the result of a task."""
    said = result._result
    fields = getattr(result, "_task_fields", None) or getattr(result, "task_fields", None) or {}
    return bool(
        said.get("_ansible_no_log")
        or "censored" in said
        or fields.get("no_log") is True
        or getattr(result._task, "no_log", None) is True
    )
