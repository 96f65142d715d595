"""``README.md`` of a bundle: how to review it, how to run it, what is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from worldtree.ansible.bundle.emit.bundle import BundleFile, BundleSources
from worldtree.ansible.bundle.emit.document_files import COPIED_DIRECTORIES
from worldtree.ansible.bundle.lower import LoweredPlan
from worldtree.plan.abbreviations import abbreviated_hosts
from worldtree.plan.ids import file_stem
from worldtree.plan.plan import Plan
from worldtree.spec.secret_references import find_references


def readme(
    plan: Plan,
    lowered: LoweredPlan,
    sources: BundleSources,
    collections: Sequence[str],
    team: Mapping[str, BundleFile],
) -> str:
    """Return the README; nothing in it depends on when or where it was made."""
    lines = [
        f"# {plan.cluster}: {plan.pipeline}",
        "",
        f"{len(plan.graph.nodes)} steps in {len(plan.layers)} layers on {len(plan.hosts)} hosts,"
        " compiled by WorldTree. Do not edit: change the cluster document and compile again.",
        "",
        "## Review",
        "",
        "Read the layers below, then `plays/` and what they call in `roles/`. Each play is one"
        " step: it names its own hosts and holds its own variables. `wt diff OLD NEW` says in"
        " words what changed between two bundles.",
        "",
        "## Run",
        "",
        "```shell",
        "wt apply --dir .              # as reviewed; refuses a file that was edited",
        "ansible-playbook site.yml     # the same work without WorldTree, from this directory",
        "ansible-playbook rollback.yml # undo what can be undone, the last step first",
        "```",
        "",
        "Without WorldTree the steps run one after another, a host that fails takes no part in"
        " what follows, barriers between layers end the run when hosts are missing that the next"
        " layer waits for, and retries, timeouts and resuming are left to you.",
        "",
        *_secrets(plan),
        "## Layers",
        "",
        *_layers(plan, lowered),
        "## What is here",
        "",
        *_contents(sources, collections, team),
    ]
    return "\n".join(lines)


def _secrets(plan: Plan) -> Iterator[str]:
    found: set[str] = set()
    for node in plan.graph.nodes.values():
        for value in (node.params, node.vars, node.environment):
            found.update(str(reference) for reference in find_references(value))
    for host in plan.hosts:
        found.update(str(reference) for reference in find_references(host.vars))
        logins = [host.ssh.password, host.ssh.become_password]
        found.update(str(reference) for reference in find_references(logins))
    keys = sorted({host.ssh.private_key for host in plan.hosts if host.ssh.private_key})
    if keys:
        yield from ("## Keys", "", "`wt` gives these private keys to ssh through an agent of its")
        yield "own. For a run by hand load them into yours (`ssh-add -`) before:"
        yield ""
        yield from (f"- `{key[2:-1]}`" for key in keys)
        yield ""
    if found:
        yield from ("## Secrets", "", "Looked up on the control side at the moment of use:", "")
        yield from (f"- `{name}`" for name in sorted(found))
        yield ""


def _layers(plan: Plan, lowered: LoweredPlan) -> Iterator[str]:
    yield "| layer | step | does | hosts | undo |"
    yield "|---|---|---|---|---|"
    for layer in lowered.layers:
        shown = f"[{layer.name}](layers/{layer.name}.yml)"
        for node_id in layer.nodes:
            node = plan.graph.nodes[node_id]
            does = f"role `{node.role}`, {node.entry}" if node.role else node.kind
            stem = file_stem(node_id)
            undo: str = node.reversibility
            if node_id in lowered.rollbacks:
                undo = f"[{undo}](rollback/{stem}.yml)"
            link = f"[{node_id}](plays/{stem}.yml)"
            yield f"| {shown} | {link} | {does} | {abbreviated_hosts(node.hosts)} | {undo} |"
            shown = ""
    yield ""


def _contents(
    sources: BundleSources, collections: Sequence[str], team: Mapping[str, BundleFile]
) -> Iterator[str]:
    yield "- `plan.json`: the plan, and the digest of every file here"
    yield "- `graph.svg`: the plan as a drawing"
    yield "- `inventory/`: every host and group of the cluster"
    yield "- `site.yml`, `layers/`, `plays/`: the work; `rollback.yml`, `rollback/`: how to undo it"
    for name, role in sources.calls.carried.items():
        whose = "WorldTree's" if role.origin == "builtin" else "the team's, as it is"
        if role.package:
            whose = f"of the package {role.package}"
        yield f"- `roles/{name}/`: {whose}"
    for name in collections:
        yield f"- `collections/`: `{name}`"
    tops = {path.partition("/")[0] for path in team}
    for name in COPIED_DIRECTORIES:
        if name in tops:
            yield f"- `{name}/`: the team's {COPIED_DIRECTORIES[name]}"
    yield ""
