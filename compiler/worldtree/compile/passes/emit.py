"""Pass ``emit``: plays -> every file of the bundle, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from worldtree.ansible.bundle import BundleSources, build_bundle
from worldtree.ansible.model.secret_lookups import with_lookups
from worldtree.compile.state import CompileState
from worldtree.compile.team_config import bundle_settings
from worldtree.core.errors import Diagnostic, DiagnosticBag
from worldtree.plan.pinned_artifact import (
    ARTIFACTS_VARIABLE,
    DISTRIBUTION_VARIABLE,
    artifacts_variable,
)

#: Seconds that Ansible waits for a connection where nothing is set.
_TIMEOUT = 10


def emit(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Make the bundle; report files that are missing. Nothing is written."""
    assert state.plan is not None, "the pass `layer` has run"
    assert state.lowered is not None, "the pass `lower` has run"
    cluster = state.cluster
    listed = state.inventory.external is None
    settings = bundle_settings(state.config, listed=listed)
    if password := cluster.secrets.get("ansibleVault", {}).get("passwordFile"):
        # Ansible opens vaulted files of roles and of the inventory with it, as WorldTree does.
        settings.setdefault("defaults", {}).setdefault("vault_password_file", password)
    if listed and cluster.ssh.timeout != _TIMEOUT:
        # Of two timeouts ssh uses the first, which is that of Ansible's configuration.
        settings.setdefault("defaults", {})["timeout"] = str(max(1, round(cluster.ssh.timeout)))
    inventory = state.inventory.with_variables(_artifact_variables(state))
    sources = BundleSources(
        index=state.roles,
        calls=state.calls,
        document_dir=cluster.directory,
        templates_paths=tuple(cluster.path(written) for written in cluster.templates_path),
        inventory=inventory.content(
            with_lookups, [host for host in state.plan.hosts if host.name in state.plan.unlisted]
        ),
        settings=_merged(settings, inventory.settings),
        plugins=state.config.plugins,
        carried=state.carried.files,
        pipelining=cluster.ansible.pipelining,
        warm=cluster.ansible.warm,
        forks=cluster.ansible.forks,
        artifacts=state.artifacts,
    )
    found = DiagnosticBag()
    bundle = build_bundle(state.plan, state.lowered, sources, found)
    bag.extend(_at_its_step(one, state) for one in found.items)
    return replace(state, bundle=bundle)


def _artifact_variables(state: CompileState) -> dict[str, Any]:
    """Return the variables of every host of a plan with artifacts."""
    listed = artifacts_variable(state.artifacts)
    if not listed:
        return {}
    found: dict[str, Any] = {ARTIFACTS_VARIABLE: listed}
    if (how := state.cluster.distribution) is not None:
        settings = how.model_dump(exclude={"seeds"}, exclude_none=True)
        if how.seeds is not None:
            settings["seeds"] = {
                host.name: {
                    "group": host.labels[how.seeds],
                    "address": host.internal_address or host.address,
                    "port": host.port,
                }
                for host in state.cluster.hosts
                if how.seeds in host.labels and host.connection == "ssh"
            }
        found[DISTRIBUTION_VARIABLE] = settings
    return found


def _at_its_step(found: Diagnostic, state: CompileState) -> Diagnostic:
    """Return a problem of a file with the place in the document that names the file."""
    if not found.subject or found.path is not None or found.mark is not None:
        return found
    assert state.plan is not None, "the pass `layer` has run"
    for node in state.plan.graph.nodes.values():
        if node.source and any(asset.path == found.subject for asset in state.steps.assets(node)):
            named = (name for name, value in node.params.items() if value == found.subject)
            return replace(found, path=(*node.source, node.kind, *islice(named, 1)))
    return found


def _merged(*parts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for sections in parts:
        for section, values in sections.items():
            found.setdefault(section, {}).update(values)
    return found
