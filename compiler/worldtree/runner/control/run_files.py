"""The files of one run: its playbook at the bundle's root, its hosts, values of earlier runs."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from worldtree.ansible.content.yaml_files import UnreadableYamlError, parse_yaml
from worldtree.ansible.model.yaml_writer import dump
from worldtree.plan.ids import file_stem
from worldtree.plan.plan import EXTRA_VARS_FILE
from worldtree.results.run import RunRequest
from worldtree.runner.inside import notified_handlers
from worldtree.runner.inside.journal import HOST_MEMORY_VARIABLE

#: File with the outputs of other nodes that the run's nodes read; never secret ones.
OUTPUTS_FILE = "outputs.json"
#: File with what earlier nodes learnt of hosts; never secret values.
HOST_MEMORY_FILE = "host-memory.json"
#: File with the handlers that an earlier try notified and did not run.
NOTIFIED_FILE = "notified.json"


def write_run_files(request: RunRequest, unlisted: Collection[str] = ()) -> tuple[str, Path | None]:
    """Write the files; return the playbook's name in the bundle and the path of the host list.

    The playbook imports the plays as ``site.yml`` does, so that both find the same content.
    ``unlisted`` are hosts that no inventory has. Ansible refuses to be limited to these alone:
    plays then name them, and there is no list.
    """
    request.directory.mkdir(mode=0o700, parents=True)
    alone = set(request.hosts) <= set(unlisted)
    limit_file = request.directory / "hosts"
    limit_file.write_text("".join(f"{host}\n" for host in request.hosts))
    # Variables of an import become variables of the plays, and override those of the plays.
    more = {"vars": dict(request.vars)} if request.vars else {}
    plays = [
        {"ansible.builtin.import_playbook": _playbook(request, index, alone=alone), **more}
        for index in range(len(request.nodes))
    ]
    if request.outputs:
        (request.directory / OUTPUTS_FILE).write_text(json.dumps(request.outputs))
    if request.memory:
        (request.directory / HOST_MEMORY_FILE).write_text(json.dumps(request.memory))
    if request.notified:
        (request.directory / NOTIFIED_FILE).write_text(json.dumps(request.notified))
    name = f".run-{request.attempt}.yml"
    (request.bundle / name).write_text(json.dumps(plays, indent=1))
    return name, None if alone else limit_file


def _playbook(request: RunRequest, index: int, *, alone: bool) -> str:
    """Return the playbook of the node at ``index``, relative to the bundle.

    Variables that a role or a block has for itself override those of the play. Where one of them
    is edited, the playbook is a copy with the edited value. ``alone`` wants plays that name the
    hosts of the run and no others.
    """
    playbook = f"{request.form}/{file_stem(request.nodes[index])}.yml"
    if not request.vars and not alone:
        return playbook
    source = request.bundle / playbook
    try:
        plays = parse_yaml(source.read_text(encoding="utf-8"), source)
    except UnreadableYamlError:
        return playbook  # Ansible reads it next, and its message becomes that of the run.
    changed = _edit(plays, request.vars)
    named = request.hosts[0] if len(request.hosts) == 1 else list(request.hosts)
    for play in plays if alone else ():
        changed = changed or play["hosts"] != named
        play["hosts"] = named
    if not changed:
        return playbook
    # In the same directory, so that relative paths and `playbook_dir` stay as they are.
    copy = f"{request.form}/.run-{request.attempt}-{index}.yml"
    (request.bundle / copy).write_text(dump(plays), encoding="utf-8")
    return copy


def _edit(plays: list[dict[str, Any]], edited: Mapping[str, Any]) -> bool:
    """Replace the values of ``edited`` in variables of roles and blocks; return whether any."""
    found = False
    for play in plays:
        for section in ("pre_tasks", "roles", "tasks", "post_tasks"):
            for item in play.get(section, ()):
                own = item.get("vars", {})
                changed = {name: value for name, value in edited.items() if name in own}
                own.update(changed)
                found = found or bool(changed)
    return found


def input_file_variables(request: RunRequest) -> dict[str, str]:
    """Return the environment variables that name the files with values of earlier runs."""
    files = {
        "WORLDTREE_OUTPUTS": (OUTPUTS_FILE, request.outputs),
        HOST_MEMORY_VARIABLE: (HOST_MEMORY_FILE, request.memory),
        notified_handlers.NOTIFIED_VARIABLE: (NOTIFIED_FILE, request.notified),
    }
    return {
        variable: str(request.directory / name) for variable, (name, left) in files.items() if left
    }


def playbook_arguments(request: RunRequest) -> tuple[str, ...]:
    """Return the further arguments of ansible-playbook."""
    arguments = []
    if request.check:
        arguments.append("--check")
    if request.diff:
        arguments.append("--diff")
    if request.verbosity:
        arguments.append(f"-{'v' * request.verbosity}")
    for option, tags in (("--tags", request.tags), ("--skip-tags", request.skip_tags)):
        if tags:
            arguments.append(f"{option}={','.join(tags)}")
    extra_vars = request.bundle / EXTRA_VARS_FILE
    if extra_vars.is_file():
        arguments += ["--extra-vars", f"@{extra_vars}"]
    if request.forks:
        arguments += ["--forks", str(request.forks)]
    return tuple(arguments)
