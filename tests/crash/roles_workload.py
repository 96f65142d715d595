"""A document of roles that learn, notify and need what others learnt; and what must hold of it.

Each role ends with a task that leaves a file, so that the files tell which hosts came to the end
of which node, whatever ``wt`` says of them.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any

from crash.workload import HOSTS

_COPY, _COMMAND = "ansible.builtin.copy", "ansible.builtin.command"
#: A name that no other run of the task gives.
_DRAWN = "{{ lookup('ansible.builtin.pipe', 'cat /proc/sys/kernel/random/uuid') }}"
#: What the role ``show`` sees of a host, and of another one; templates, as a role has them.
_SEEN = {
    "drawn": "{{ drawn | default('lost') }}",
    "kept": "{{ ansible_facts.kept | default('lost') }}",
    "said": "{{ (said | default({})).stdout | default('lost') }}",
    "included": "{{ included | default('lost') }}",
    "peers": "{{ peers | map('extract', hostvars) | map(attribute='drawn', default='lost') }}",
    "added": "{{ groups['added'] | default(['lost']) }}",
    "door": "{{ (hostvars['new'] | default({})).door | default('lost') }}",
}
#: How many modules; each but the first learns with one host at a time. They set the same names,
#: but none is before another: none knows what another one learnt.
_MODULES = 2
#: The task that notifies a handler.
NOTIFIES = "serve 0"


def write(directory: Path, target: Path) -> dict[str, Any]:
    """Write the roles below ``directory``; return the part of the spec that uses them."""
    page = "{{ here }}-seen-{{ inventory_hostname }}"
    changed = {
        _COPY: {"dest": "{{ here }}-config-{{ inventory_hostname }}", "content": "new"},
        "notify": "restart",
    }
    # Fails once on each host, after it has notified.
    fail_once = "test -f {{ f }} || { touch {{ f }}; exit 1; }"
    roles: dict[str, tuple[dict[str, Any], ...]] = {
        "learn": (
            {"ansible.builtin.set_fact": {"drawn": _DRAWN}},
            {"ansible.builtin.set_fact": {"kept": "{{ drawn }}", "cacheable": True}},
            {_COMMAND: "echo {{ drawn }}", "register": "said"},
            {"ansible.builtin.include_vars": "more.yml"},
            {"ansible.builtin.add_host": {"name": "new", "groups": ["added"], "door": 42}},
            _step("{{ drawn }}", "{{ here }}-drawn-{{ inventory_hostname }}"),
        ),
        "serve": (
            changed,
            {
                _COMMAND: {"argv": ["sh", "-c", fail_once]},
                "vars": {"f": "{{ here }}-tried-{{ inventory_hostname }}"},
            },
        ),
        "between": ({"ansible.builtin.set_fact": {"other": 1}},),
        "show": ({**_step("{{ seen | to_json }}", page), "vars": {"seen": _SEEN}},),
    }
    for name, tasks in roles.items():
        _write_role(directory / "roles" / name, name, tasks)
    (directory / "roles/learn/vars").mkdir()
    (directory / "roles/learn/vars/more.yml").write_text("included: of {{ inventory_hostname }}\n")
    restart = _step("{{ drawn }}", "{{ here }}-restarted-{{ inventory_hostname }}")
    (directory / "roles/serve/handlers").mkdir()
    (directory / "roles/serve/handlers/main.yml").write_text(
        json.dumps([{"name": "restart", **restart}])
    )
    modules = [_module(target, number) for number in range(_MODULES)]
    return {"rolesPath": ["./roles"], "facts": {"gather": "never"}, "modules": modules}


def length() -> int:
    """Return the number of pairs of node and host."""
    return _MODULES * (3 * len(HOSTS) + 1)


def not_at_the_end(
    target: Path, done: Iterable[tuple[str, str]], notified: Container[tuple[str, str]]
) -> Iterator[str]:
    """Yield the pairs of node and host that are done, though the end was not reached.

    ``notified`` has those whose task that notifies is known to have changed something: one that a
    kill met between the change and its result notifies nothing, as in Ansible.
    """
    for node, host in done:
        _, module, role, _ = node.split("/")
        wanted = [f"{module}-{role}-end-{host}"]
        wanted += [f"{module}-restarted-{host}"] if (node, host) in notified else []
        for file in wanted:
            if not (target / file).exists():
                yield f"{node} is done on {host}, but there is no {file}"


def violations(target: Path) -> Iterator[str]:
    """Yield what the roles ``show`` and the handlers did not know, once the work is done."""
    for number in range(_MODULES):
        drawn = {host: _read(target / f"m{number}-drawn-{host}") for host in HOSTS}
        for host in HOSTS:
            wanted = {
                "drawn": drawn[host],
                "kept": drawn[host],
                "said": drawn[host],
                "included": f"of {host}",
                "peers": list(drawn.values()),
                "added": ["new"],
                "door": 42,
            }
            seen = json.loads(_read(target / f"m{number}-seen-{host}") or "{}")
            if seen != wanted:
                yield f"m{number} on {host} saw {seen} instead of {wanted}"
            restarted = _read(target / f"m{number}-restarted-{host}")
            if restarted not in {"", drawn[host]}:
                yield f"the handler of m{number} on {host} saw {restarted!r}"


def _module(target: Path, number: int) -> dict[str, Any]:
    def task(name: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "steps": [{"name": "s", "role": name}], **more}

    rerun = {"onInterrupted": "rerun"}
    tasks = [
        task("learn", policy={**({"serial": 1} if number else {}), **rerun}),
        task("serve", needs=["learn"], policy={"retries": 2, "backoff": "0s", **rerun}),
        task("between", needs=["serve"], hosts=[HOSTS[number]], policy=rerun),
        task("show", needs=["between"], policy={"serial": 2, **rerun}),
    ]
    given = {"here": f"{target}/m{number}", "peers": list(HOSTS)}
    return {"name": f"m{number}", "vars": given, "tasks": tasks}


def _write_role(place: Path, name: str, tasks: tuple[dict[str, Any], ...]) -> None:
    (place / "tasks").mkdir(parents=True)
    end = _step("end", f"{{{{ here }}}}-{name}-end-{{{{ inventory_hostname }}}}")
    named = [{"name": f"{name} {n}", **task} for n, task in enumerate((*tasks, end))]
    (place / "tasks/main.yml").write_text(json.dumps(named))


def _step(content: str, file: str) -> dict[str, Any]:
    """Return a task that writes a file in a moment that a kill can meet."""
    argv = ["sh", "-c", 'sleep 0.05; printf %s "$0" > "$1"', content, file]
    return {_COMMAND: {"argv": argv}, "changed_when": False}


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""
