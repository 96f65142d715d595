"""``README.md`` of a bundle: how to review it, how to run it, what it contains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from worldtree.ansible.bundle.emit.bundle import BundleFile, BundleSources
from worldtree.ansible.bundle.emit.document_files import COPIED_DIRECTORIES, PLUGIN_DIRECTORY
from worldtree.ansible.bundle.lower import LoweredPlan
from worldtree.plan.abbreviations import abbreviated_hosts
from worldtree.plan.ids import file_stem
from worldtree.plan.pinned_artifact import ARTIFACTS_FILE
from worldtree.plan.pipeline_request import parameters_text
from worldtree.plan.plan import EXTRA_VARS_FILE, Plan
from worldtree.spec.secret_references import find_references


def readme(
    plan: Plan,
    lowered: LoweredPlan,
    sources: BundleSources,
    collections: Sequence[str],
    team: Mapping[str, BundleFile],
) -> str:
    """Return the README; it does not depend on when or where it was generated."""
    extra = f" -e @{EXTRA_VARS_FILE}" if plan.extra_vars else ""
    site = f"ansible-playbook site.yml{extra}"
    if plan.tag_options:
        site += f" {plan.tag_options}"

    def command(text: str) -> str:
        return text.ljust(max(30 + len(extra), len(site) + 2))

    lines = [
        f"# {plan.cluster}: {plan.pipeline}",
        "",
        f"{len(plan.graph.nodes)} steps in {len(plan.layers)} layers on {len(plan.hosts)} hosts,"
        " compiled by WorldTree. Do not edit: change the cluster document and compile again.",
        "",
        *_parameters(plan),
        "## Review",
        "",
        "Read the layers below, then `plays/` and the roles that they call. Each play is one"
        " step with its own hosts and variables. `wt diff OLD NEW` describes what changed between"
        " two bundles.",
        "",
        "## Run",
        "",
        "```shell",
        f"{command('wt apply --dir .')}# as reviewed; refuses a file that was edited",
        f"{command(site)}# the same work without WorldTree, from this directory",
        f"{command('ansible-playbook rollback.yml' + extra)}# undo what can be undone, the last"
        " step first",
        "```",
        "",
        "An exported ANSIBLE_CONFIG or ANSIBLE_INVENTORY would replace what was reviewed. Where"
        " they are set, begin the second and third line with"
        " `env -u ANSIBLE_CONFIG -u ANSIBLE_INVENTORY`.",
        "",
        "What roles write beside `playbook_dir` or `inventory_dir`, such as passwords, stays in"
        " `plays/`, `rollback/` or `inventory/` after a run by hand. Do not commit it.",
        "",
        "Without WorldTree the steps run one after another and a failed host is left out of all"
        " later steps. Barriers between layers stop the run when hosts that the next layer needs"
        " have failed. Retries, timeouts and resuming are up to you.",
        "",
        *_secrets(plan),
        "## Layers",
        "",
        *_layers(plan, lowered),
        "## Contents",
        "",
        *_contents(sources, collections, team, extra_vars=bool(plan.extra_vars)),
    ]
    return "\n".join(lines)


def _parameters(plan: Plan) -> Iterator[str]:
    if plan.parameters:
        yield f"Parameters of the pipeline: `{parameters_text(plan.parameters)}`."
        yield ""


def _secrets(plan: Plan) -> Iterator[str]:
    found: set[str] = set()
    for node in plan.graph.nodes.values():
        play = [] if node.play is None else node.play.values
        for value in (node.params, node.vars, node.environment, play):
            found.update(str(reference) for reference in find_references(value))
    for host in plan.hosts:
        found.update(str(reference) for reference in find_references([host.vars, host.inherited]))
        logins = [host.ssh.password, host.ssh.become_password]
        found.update(str(reference) for reference in find_references(logins))
    keys = sorted({host.ssh.private_key for host in plan.hosts if host.ssh.private_key})
    if keys:
        yield from ("## Keys", "", "`wt` gives these private keys to ssh through an agent of its")
        yield "own. Before a run by hand load them into your own agent (`ssh-add -`):"
        yield ""
        yield from (f"- `{key[2:-1]}`" for key in keys)
        yield ""
    if found:
        yield from ("## Secrets", "", "Looked up on the control node when they are used:", "")
        yield from (f"- `{name}`" for name in sorted(found))
        yield ""


def _layers(plan: Plan, lowered: LoweredPlan) -> Iterator[str]:
    yield "| layer | step | action | hosts | undo |"
    yield "|---|---|---|---|---|"
    for layer in lowered.layers:
        shown = f"[{layer.name}](layers/{layer.name}.yml)"
        for node_id in layer.nodes:
            node = plan.graph.nodes[node_id]
            does = f"role `{node.role}`, {node.entry}" if node.role else node.work_label
            stem = file_stem(node_id)
            undo: str = node.reversibility
            if node_id in lowered.rollbacks:
                undo = f"[{undo}](rollback/{stem}.yml)"
            link = f"[{node_id}](plays/{stem}.yml)"
            yield f"| {shown} | {link} | {does} | {abbreviated_hosts(node.hosts)} | {undo} |"
            shown = ""
    yield ""


def _contents(
    sources: BundleSources,
    collections: Sequence[str],
    team: Mapping[str, BundleFile],
    *,
    extra_vars: bool,
) -> Iterator[str]:
    yield "- `plan.json`: the plan; `digests.json`: the digests of nodes, hosts and files"
    yield "- `graph.svg`: the plan as a diagram"
    if extra_vars:
        yield f"- `{EXTRA_VARS_FILE}`: the extra variables, which `wt` passes to each run"
    if sources.artifacts:
        yield f"- `{ARTIFACTS_FILE}`: the files that hosts get from elsewhere; `wt artifacts fetch`"
        yield "  brings them to this machine, and plays send them to hosts"
    yield "- `inventory/`: every host and group of the cluster"
    yield "- `site.yml`, `layers/`, `plays/`: the work; `rollback.yml`, `rollback/`: its undo"
    for name, role in sources.calls.carried.items():
        whose = "WorldTree's" if role.origin == "builtin" else "the team's, unchanged"
        if role.package:
            whose = f"of the package {role.package}"
        yield f"- `roles/{name}/`: {whose}"
    there = [name for name in collections if sources.index.collection(name) is not None]
    for name in there:
        yield f"- `collections/`: `{name}`"
    if sources.plugins:
        yield f"- `{PLUGIN_DIRECTORY}/`: the plugins that the team's `ansible.cfg` names"
    tops = {path.partition("/")[0] for path in team}
    for name in COPIED_DIRECTORIES:
        if name in tops:
            yield f"- `{name}/`: the team's {COPIED_DIRECTORIES[name]}"
    yield ""
    if missing := [name for name in collections if name not in there]:
        yield from ("## Not in the bundle", "", "Tasks that need these collections will fail")
        yield "unless they are installed:"
        yield ""
        yield from (f"- `{name}`" for name in missing)
        yield ""
