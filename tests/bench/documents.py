"""The documents that the benchmarks measure, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

Data = dict[str, Any]


def write(directory: Path, name: str, spec: Mapping[str, Any]) -> Path:
    """Write the document ``name`` into ``directory`` and return its path."""
    document = {
        "apiVersion": "worldtree.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": name},
        "spec": dict(spec),
    }
    file = directory / f"{name}.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return file


def command_document(name: str) -> str:
    """Return the text of a document with one command on this machine."""
    steps: list[Data] = [{"command": {"argv": ["true"]}}]
    return yaml.safe_dump(
        {
            "apiVersion": "worldtree.io/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": name},
            "spec": {
                "hosts": [{"name": "a", "connection": "local"}],
                "facts": {"gather": "never"},
                "modules": [{"name": "m", "tasks": [{"name": "t", "steps": steps}]}],
            },
        }
    )


def chain(hosts: Sequence[Data], ssh: Data | None, *, work: str, lines: int = 0) -> Data:
    """A chain of ten nodes of common steps on ``hosts``, in the directory ``work``.

    With ``ssh`` the hosts are real, and a package and a service step are included. With ``lines``
    the first host prints that many lines first; see ``verbose_step``.
    """
    below = f"{work}/{{{{ inventory_hostname }}}}"
    system: list[Data] = [
        {"name": "shells", "package": {"name": ["openssl", "ca-certificates"], "state": "present"}},
        {"name": "ssh", "service": {"name": "ssh", "state": "started"}},
    ]
    local_only: list[Data] = [
        {"name": "link", "file": {"path": f"{below}/page", "src": f"{below}/index.html"} | _LINK},
        {"name": "index", "command": _made(f"{below}/index", f"ls {below} > {below}/index")},
    ]
    steps = [
        {"name": "home", "directory": {"path": below, "mode": "0755"}},
        {"name": "page", "copy": _text(f"{below}/index.html", "<h1>hello</h1>\n")},
        {"name": "notes", "copy": _text(f"{below}/notes.txt", "kept by hand\n" * 200)},
        {"name": "config", "render": {"src": "app.conf.j2", "dest": f"{below}/app.conf"} | _MODE},
        {"name": "unit", "render": {"src": "app.unit.j2", "dest": f"{below}/app.unit"} | _MODE},
        {"name": "token", "command": _made(f"{below}/token", f"date > {below}/token")},
        *(system if ssh else local_only),
        {"name": "ready", "wait": {"path": f"{below}/token", "timeout": 10}},
        {"name": "sound", "assert": {"that": ["inventory_hostname | length > 0"]}},
    ]
    if lines:
        first = f"inventory_hostname == '{hosts[0]['name']}'"
        steps = [{"name": "talk", "script": {"cmd": f"{SCRIPT} {lines}"}, "when": first}, *steps]
    tasks = [{"name": "app", "hosts": "all", "steps": steps}]
    found: Data = {"hosts": list(hosts), "modules": [{"name": "shop", "tasks": tasks}]}
    return found | ({"ssh": ssh} if ssh else {})


#: The templates of ``chain``, below the document's directory.
TEMPLATES: Mapping[str, str] = {
    "templates/app.conf.j2": "{% for n in range(40) %}\nworker-{{ n }} = {{ inventory_hostname }}\n"
    "{% endfor %}\n",
    "templates/app.unit.j2": "[Unit]\nDescription=app on {{ inventory_hostname }}\n",
}


def branches(count: int, seconds: int) -> Data:
    """Independent modules on this machine that wait ``seconds`` each."""
    wait = {"name": "wait", "command": {"argv": ["sleep", str(seconds)]}}
    task = {"name": "wait", "hosts": "all", "steps": [wait]}
    return {
        "hosts": [{"name": "here", "connection": "local"}],
        "modules": [{"name": f"branch{n}", "tasks": [task]} for n in range(1, count + 1)],
    }


#: The script of ``verbose_step``, next to the document, and its content.
SCRIPT = "talk.sh"
SCRIPT_TEXT = """#!/bin/sh
exec seq -f '%010.0f the request was served in good time, \
and nothing else about it is worth a line in a log.' "$1"
"""


def verbose_step(lines: int) -> Data:
    """One step that prints ``lines`` lines of 100 bytes, on this machine.

    It is a script, since the time of Ansible's command module grows with the square of the output.
    """
    step = {"name": "talk", "script": {"cmd": f"{SCRIPT} {lines}"}}
    return {
        "hosts": [{"name": "here", "connection": "local"}],
        "modules": [{"name": "app", "tasks": [{"name": "log", "hosts": "all", "steps": [step]}]}],
    }


def nodes(count: int, machines: int = 3) -> Data:
    """``count`` nodes (hundreds) on hosts: modules of 10 tasks of 10 steps, some in chains."""
    modules = []
    for m in range(count // 100):
        tasks = [
            {"name": f"t{t}", "hosts": "role=app", "steps": _files(f"{m}-{t}")}
            | ({"needs": [f"t{t - 1}"]} if t % 2 else {})
            for t in range(10)
        ]
        needs = {"needs": [f"m{m - 1}"]} if m % 4 else {}
        modules.append({"name": f"m{m}", "tasks": tasks, **needs})
    return {"hosts": _hosts(machines), "modules": modules}


def hosts(count: int) -> Data:
    """``count`` hosts with labels; a task for all hosts, and one for each of twenty racks."""
    racks = [
        {"name": f"rack{n}", "hosts": f"rack=r{n}", "steps": _files(f"rack{n}")[:2]}
        for n in range(20)
    ]
    everywhere = {"name": "everywhere", "hosts": "role=app", "steps": _files("all")}
    return {
        "hosts": _hosts(count),
        "modules": [{"name": "base", "tasks": [everywhere, *racks]}],
    }


_MODE: Data = {"mode": "0644"}
_LINK: Data = {"state": "link"}


def _text(dest: str, content: str) -> Data:
    return {"dest": dest, "content": content, **_MODE}


def _made(creates: str, script: str) -> Data:
    return {"argv": ["sh", "-c", script], "creates": creates}


def _files(name: str) -> list[Data]:
    return [
        {"name": f"s{n}", "copy": _text(f"/tmp/wt-bench/{name}-{n}", f"{name} {n}\n")}
        for n in range(10)
    ]


def _hosts(count: int) -> list[Data]:
    return [
        {
            "name": f"h{n}",
            "address": f"10.{n // 250}.{n % 250}.10",
            "roles": ["app"],
            "labels": {"rack": f"r{n % 20}"},
        }
        for n in range(count)
    ]
