"""The files of one run: its playbook at the bundle's root, its hosts, values of earlier runs."""

from __future__ import annotations

import json
from pathlib import Path

from worldtree.plan.ids import file_stem
from worldtree.results.run import RunRequest
from worldtree.runner.inside import notified_handlers, set_facts

#: File with the outputs of other nodes that the run's nodes read; never secret ones.
OUTPUTS_FILE = "outputs.json"
#: File with the facts that earlier nodes set on hosts with ``set_fact``.
SET_FACTS_FILE = "set-facts.json"
#: File with the handlers that an earlier try notified and did not run.
NOTIFIED_FILE = "notified.json"


def write_run_files(request: RunRequest) -> tuple[str, Path]:
    """Write the files; return the playbook's name in the bundle and the path of the host list.

    The playbook imports the plays as ``site.yml`` does, so that both find the same content.
    """
    request.directory.mkdir(mode=0o700, parents=True)
    limit_file = request.directory / "hosts"
    limit_file.write_text("".join(f"{host}\n" for host in request.hosts))
    # Variables of an import become variables of the plays, and override those of the plays.
    more = {"vars": dict(request.vars)} if request.vars else {}
    plays = [
        {"ansible.builtin.import_playbook": f"{request.form}/{file_stem(node)}.yml", **more}
        for node in request.nodes
    ]
    if request.outputs:
        (request.directory / OUTPUTS_FILE).write_text(json.dumps(request.outputs))
    if request.facts:
        (request.directory / SET_FACTS_FILE).write_text(json.dumps(request.facts))
    if request.notified:
        (request.directory / NOTIFIED_FILE).write_text(json.dumps(request.notified))
    name = f".run-{request.attempt}.yml"
    (request.bundle / name).write_text(json.dumps(plays, indent=1))
    return name, limit_file


def input_file_variables(request: RunRequest) -> dict[str, str]:
    """Return the environment variables that name the files with values of earlier runs."""
    files = {
        "WORLDTREE_OUTPUTS": (OUTPUTS_FILE, request.outputs),
        set_facts.SET_FACTS_VARIABLE: (SET_FACTS_FILE, request.facts),
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
    if request.tags:
        arguments += ["--tags", ",".join(request.tags)]
    if request.forks:
        arguments += ["--forks", str(request.forks)]
    return tuple(arguments)
