"""What a run needs on disk: its playbook at the bundle's root, its hosts, what others left it."""

from __future__ import annotations

import json
from pathlib import Path

from worldtree.plan.ids import file_stem
from worldtree.results.run import RunRequest
from worldtree.runner.inside import set_facts

#: What the run's nodes read of others' outputs; secret ones are never in it.
OUTPUTS_FILE = "outputs.json"
#: What the nodes before them set on hosts.
SET_FACTS_FILE = "set-facts.json"


def write_run_files(request: RunRequest) -> tuple[str, Path]:
    """Write it; return the playbook's name in the bundle and the path of the host list.

    The plays are imported, as ``site.yml`` does it, so that a run finds what a run by hand finds.
    """
    request.directory.mkdir(mode=0o700, parents=True)
    limit_file = request.directory / "hosts"
    limit_file.write_text("".join(f"{host}\n" for host in request.hosts))
    # Variables of an import become variables of the plays, and win over those that stand there.
    more = {"vars": dict(request.vars)} if request.vars else {}
    plays = [
        {"ansible.builtin.import_playbook": f"{request.form}/{file_stem(node)}.yml", **more}
        for node in request.nodes
    ]
    if request.outputs:
        (request.directory / OUTPUTS_FILE).write_text(json.dumps(request.outputs))
    if request.facts:
        (request.directory / SET_FACTS_FILE).write_text(json.dumps(request.facts))
    name = f".run-{request.attempt}.yml"
    (request.bundle / name).write_text(json.dumps(plays, indent=1))
    return name, limit_file


def input_file_variables(request: RunRequest) -> dict[str, str]:
    """Return the variables that tell the run where it finds what others left it."""
    files = {
        "WORLDTREE_OUTPUTS": (OUTPUTS_FILE, request.outputs),
        set_facts.SET_FACTS_VARIABLE: (SET_FACTS_FILE, request.facts),
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
