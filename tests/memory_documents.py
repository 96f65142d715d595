"""Random documents whose roles learn about hosts, and show what they know.

Each role learns in a few of Ansible's ways, fails once where a file is missing, and writes a page
of all that any role may know. The pages, and what each task printed, are what a run is judged by.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Task = dict[str, Any]
#: Role and host -> task, status and output of each task, in order.
Printed = dict[str, list[tuple[str, str, str]]]

HOSTS = ("h1", "h2", "h3")
#: The action ``print_text``: prints a text, into a file too, and finds facts. It fails where the
#: file ``gate`` is missing, and makes it. A command would need a process on the host.
PRINT_TEXT = """
import os
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        args = self._task.args
        if "gate" in args and not os.path.exists(args["gate"]):
            open(args["gate"], "w").close()
            return {"failed": True, "msg": "the gate is closed"}
        text = args.get("text", "")
        if "file" in args:
            with open(args["file"], "w") as file:
                file.write(text)
        facts = {"ansible_facts": args["facts"]} if "facts" in args else {}
        return {"changed": True, "failed": bool(args.get("fails")), "stdout": text, **facts}
"""
#: Tasks that run on one host of a batch; on which one depends on who is left to do.
ONCE = "for all"
_SET, _VARS = "ansible.builtin.set_fact", "ansible.builtin.include_vars"
_ME = "{{ inventory_hostname }}"


def _clash(draw: random.Random, role: str) -> list[Task]:
    """Set one name in ways of different precedence."""
    ways: list[Task] = [
        {_SET: {"clash": f"set by {role}"}},
        {_SET: {"clash": f"cached by {role}", "cacheable": True}},
        {"print_text": {"text": role}, "register": "clash"},
        {"print_text": {"facts": {"clash": f"found by {role}"}}},
        {_VARS: "clash.yml"},
    ]
    return draw.sample(ways, draw.choice([1, 2]))


def _once(task: Task) -> Task:
    return {"name": ONCE, **task, "run_once": True}


#: How a role learns: name of the way -> tasks of a role of this name.
LEARN: dict[str, Callable[[random.Random, str], list[Task]]] = {
    "clash": _clash,
    "included": lambda _draw, _role: [{_VARS: "more.yml"}],
    "named": lambda _draw, role: [{_VARS: {"file": "more.yml", "name": f"all_{role}"}}],
    "release": lambda _draw, role: [{_SET: {"release": f"{role}-{_ME}"}}],
    "unset": lambda _draw, role: [{_SET: {"first": role}, "when": "first is not defined"}],
    "joined": lambda _draw, role: [
        {_SET: {"joined": f"{{{{ joined | default([]) + ['{role}'] }}}}"}}
    ],
    "looped": lambda _draw, role: [
        {_SET: {"looped": "{{ (looped | default('')) ~ item }}"}, "loop": [role, "b"]}
    ],
    "kept": lambda _draw, role: [{_SET: {"kept": f"k-{role}", "cacheable": True}}],
    # Text that looks like a template, and is none.
    "braces": lambda _draw, role: [{_SET: {"braces": f"{{{{ '{{{{ 1 + 1 }}}} {role}' }}}}"}}],
    "kinds": lambda _draw, role: [
        {
            _SET: {
                "kinds": "{{ [1, 1.5, none, true, (2, 3), {4: 'x'}, '2026-01-02' | to_datetime"
                f"('%Y-%m-%d'), 'ä\\n\\0{role}'] }}}}"
            }
        }
    ],
    "said": lambda _draw, role: [{"print_text": {"text": f"{role} {_ME}"}, "register": "said"}],
    "items": lambda _draw, role: [
        {"print_text": {"text": "{{ item }}"}, "loop": [role, "b"], "register": "items"}
    ],
    "once": lambda _draw, role: [_once({"print_text": {"text": role}, "register": "once"})],
    "skipped": lambda _draw, _role: [{"print_text": {}, "when": False, "register": "skipped"}],
    "failed": lambda _draw, _role: [
        {"print_text": {"fails": True}, "register": "failure", "ignore_errors": True}
    ],
    "rescued": lambda _draw, role: [
        {
            "block": [{"print_text": {"fails": True, "text": role}, "register": "tried"}],
            "rescue": [{_SET: {"saved": f"{role} {{{{ ansible_failed_result.stdout }}}}"}}],
        }
    ],
    "added": lambda _draw, role: [
        _once({"ansible.builtin.add_host": {"name": "new", "groups": [f"by_{role}"], "door": role}})
    ],
    "of new": lambda _draw, role: [
        _once({"ansible.builtin.add_host": {"name": "new"}}),
        _once({_SET: {"told": role}, "delegate_to": "new", "delegate_facts": True}),
    ],
    "grouped": lambda _draw, role: [
        {"ansible.builtin.group_by": {"key": f"{role}_{_ME}", "parents": ["some"]}}
    ],
    "found": lambda _draw, role: [
        {"print_text": {"facts": {"found": role, "deep": {role: [_ME]}}}, "register": "searched"}
    ],
    "told": lambda draw, role: [
        _once({_SET: {"told": role}, "delegate_to": draw.choice(HOSTS), "delegate_facts": True})
    ],
    "handled": lambda _draw, role: [
        {"print_text": {"text": role}, "notify": "handle"},
        *([{"ansible.builtin.meta": "flush_handlers"}] if _draw.random() < 0.5 else []),
    ],
    "clear": lambda _draw, _role: [{"ansible.builtin.meta": "clear_facts"}],
    "refresh": lambda _draw, _role: [{"ansible.builtin.meta": "refresh_inventory"}],
}
_PEERS = "{{{{ peers | map('extract', hostvars) | map(attribute='{}', default='-') }}}}"
#: Ways in which one role in six learns.
_RARE = ("clear", "refresh")
#: Ways that concern several hosts.
_TOGETHER = frozenset({"told", "added", "of new", "grouped", "once"})
#: A way that is not for runs that are resumed: the value is in memory only.
_HIDDEN: list[Task] = [{_SET: {"hidden": f"hidden of {_ME}"}, "no_log": True}]
_NAMES = ("release", "first", "joined", "looped", "braces", "kinds", "saved", "handled", "hidden")
#: What a role shows of its host; defaults show what is not known.
_SHOWN = {
    **{name: f"{{{{ {name} | default('-') | string }}}}" for name in _NAMES},
    "clash": "{{ clash.stdout | default(clash) | default('-') }}",
    "included": "{{ included | default('-') }}",
    "nested": "{{ (nested | default({})).a | default('-') }}",
    "all": "{{ (all_r0 | default({})).nested | default('-') }}",
    "kept": "{{ ansible_facts.kept | default('-') }} {{ kept | default('-') }}",
    "found": "{{ ansible_facts.found | default('-') }} {{ ansible_facts.deep | default('-') }}",
    "searched": "{{ (searched | default({})).ansible_facts | default('-') }}",
    "said": "{{ (said | default({})).stdout | default('-') }}",
    "changed": "{{ said is defined and said is changed }}",
    "items": "{{ (items.results | default([])) | map(attribute='stdout') | join(',') }}",
    "once": "{{ (once | default({})).stdout | default('-') }}",
    "skipped": "{{ skipped is defined and skipped is skipped }}",
    "failure": "{{ failure is defined and failure is failed }}",
    "tried": "{{ tried is defined and tried is failed }}",
    "names": "{{ group_names | sort }}",
}
#: What it shows of others, where all of them have done the steps before: name -> template, and the
#: ways that change it. A role that learns so itself may see others before or after they do.
_OTHERS: dict[str, tuple[str, frozenset[str]]] = {
    "groups": ("{{ groups['some'] | default(['-']) | sort }}", frozenset({"grouped"})),
    "door": ("{{ (hostvars['new'] | default({})).door | default('-') }}", frozenset({"added"})),
    "new": ("{{ (hostvars['new'] | default({})).told | default('-') }}", frozenset({"of new"})),
    "peers": (_PEERS.format("release"), frozenset({"release"})),
    "told": (_PEERS.format("told"), frozenset({"told"})),
    "lazy": (_PEERS.format("included"), frozenset({"included", "release"})),
    "deep": (_PEERS.format("ansible_facts"), frozenset({"found", "kept", "clash", "clear"})),
}


@dataclass
class Drawn:
    """A document with its roles below ``place``, and the ways in which they learn."""

    place: Path
    spec: dict[str, Any]
    #: Names of the roles, in the order of the steps, and the hosts of each.
    hosts: dict[str, tuple[str, ...]]
    #: Whether a role on a host comes after the roles before it on this host alone.
    by_host: bool
    serial: dict[str, int] = field(default_factory=dict)
    learnt: dict[str, list[str]] = field(default_factory=dict)

    @property
    def target(self) -> Path:
        """The directory that roles write to."""
        return self.place / "target"

    @property
    def pages(self) -> dict[str, Any]:
        """What each role saw on each host."""
        files = sorted(self.target.glob("*.json"))
        return {file.stem: json.loads(file.read_text()) for file in files}

    @property
    def vars(self) -> dict[str, Any]:
        """The variables of each play."""
        return {"dir": str(self.target), "peers": list(HOSTS)}

    def clear(self) -> None:
        """Remove what a run left, and let no role fail."""
        shutil.rmtree(self.target, ignore_errors=True)
        self.target.mkdir(parents=True)
        for role, hosts in self.hosts.items():
            for host in hosts:
                self.gate(role, host).touch()

    def gate(self, role: str, host: str) -> Path:
        """The file without which a role fails on a host; the failure makes it."""
        return self.target / f"gate-{role}-{host}"


def draw_document(
    draw: random.Random, place: Path, *, hidden: bool = False, retries: bool = False
) -> Drawn:
    """Draw a document of three to five roles, one after the other, and write its roles.

    With ``hidden``, some roles learn under `no_log`. With ``retries``, each step is tried again.
    """
    place.mkdir(parents=True, exist_ok=True)
    (place / "action_plugins").mkdir()
    (place / "action_plugins" / "print_text.py").write_text(PRINT_TEXT)
    names = [f"r{number}" for number in range(draw.randint(3, 5))]
    found = Drawn(place, {}, {}, by_host=draw.random() < 0.3)
    ways = [name for name in LEARN if name not in _RARE]
    draw.shuffle(ways)
    tasks: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        # All but the last one together know each way.
        chosen = ways[number :: len(names) - 1] + draw.sample(ways, 2)
        for way in _RARE:
            if draw.random() < 1 / 6:
                chosen.insert(draw.randrange(len(chosen)), way)
        chosen = [way for way in dict.fromkeys(chosen) if not (found.by_host and way in _TOGETHER)]
        learn = [task for way in chosen for task in LEARN[way](draw, name)]
        learn += _HIDDEN if hidden and draw.random() < 0.5 else []
        learn.insert(draw.randrange(len(learn) + 1), _gate(name))
        others = {key: text for key, (text, ways) in _OTHERS.items() if ways.isdisjoint(chosen)}
        shown = _SHOWN if found.by_host else _SHOWN | others
        # What a role does not read need not be known to it.
        shown = {key: text for key, text in shown.items() if draw.random() < 0.8}
        _write_role(place / "roles" / name, name, [*learn, _page(name, shown)])
        size = len(HOSTS) if draw.random() < 0.6 else draw.choice([1, 2])
        found.hosts[name], found.learnt[name] = tuple(sorted(draw.sample(HOSTS, size))), chosen
        if draw.random() < 0.3:
            found.serial[name] = draw.choice([1, 2])
        policy: dict[str, Any] = {"onInterrupted": "rerun"}
        policy |= {"serial": found.serial[name]} if name in found.serial else {}
        policy |= {"retries": 1, "backoff": "0s"} if retries else {}
        task: dict[str, Any] = {"name": name, "hosts": list(found.hosts[name]), "policy": policy}
        task["steps"] = [{"name": "s", "role": name}]
        if tasks:
            before = tasks[-1]["name"]
            task["needs"] = [{"task": before, "scope": "host"} if found.by_host else before]
        tasks.append(task)
    found.spec = {
        "rolesPath": ["./roles"],
        "hosts": [{"name": name, "connection": "local"} for name in HOSTS],
        "facts": {"gather": "never"},
        "modules": [{"name": "m", "vars": found.vars, "tasks": tasks}],
    }
    found.clear()
    return found


def printed(lines: Iterable[tuple[str, str, str, str, str]]) -> Printed:
    """Return what each task printed by role and host, of lines (play, host, task, status, stdout).

    Tasks that one host runs for all are left out: which one depends on who is left to do.
    """
    found: Printed = {}
    for play, host, task, status, stdout in lines:
        # Plays without a node wait for all hosts.
        if "/" in play and not task.endswith(ONCE):
            found.setdefault(f"{play.split('/')[2]} {host}", []).append((task, status, stdout))
    return found


def _gate(role: str) -> Task:
    return {"name": "gate", "print_text": {"gate": f"{{{{ dir }}}}/gate-{role}-{_ME}"}}


def _page(role: str, shown: dict[str, str]) -> Task:
    said = {"text": "{{ shown | to_json }}", "file": f"{{{{ dir }}}}/{role}-{_ME}.json"}
    return {"name": "page", "print_text": said, "vars": {"shown": shown}}


def _write_role(place: Path, name: str, tasks: list[Task]) -> None:
    named = [{"name": f"{number}", **task} for number, task in enumerate(tasks)]
    handlers = [
        {"name": "handle", "print_text": {"text": name}, "register": "by_handler"},
        {
            "name": "after",
            _SET: {"handled": f"{{{{ handled | default('') }}}} {name}"},
            "listen": "handle",
        },
    ]
    files: dict[str, Any] = {
        "tasks/main.yml": named,
        "handlers/main.yml": handlers,
        "vars/clash.yml": {"clash": f"included by {name}"},
        "vars/more.yml": {
            # A template that stays one: it shows what is known where it is read.
            "included": f"on {_ME} by {name} after {{{{ release | default('none') }}}}",
            "nested": {"a": name},
        },
    }
    for path, data in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(json.dumps(data))
