"""The playbooks of a bundle: plays, rollbacks, layers, ``site.yml`` and ``rollback.yml``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from worldtree.ansible.bundle.emit.bundle import BundleFile
from worldtree.ansible.bundle.lower import LoweredPlan
from worldtree.ansible.model.plays import Play
from worldtree.ansible.model.yaml_writer import dump
from worldtree.plan.ids import file_stem
from worldtree.plan.plan import Plan


def playbook_files(plan: Plan, lowered: LoweredPlan) -> dict[str, BundleFile]:
    """Return path -> file of every playbook."""
    return dict(_playbooks(plan, lowered))


def _playbooks(plan: Plan, lowered: LoweredPlan) -> Iterator[tuple[str, BundleFile]]:
    for node, play in lowered.plays.items():
        yield f"plays/{file_stem(node)}.yml", _file([play.data()])
    for node, play in lowered.rollbacks.items():
        yield f"rollback/{file_stem(node)}.yml", _file([play.data()])
    for layer in lowered.layers:
        guards = [guard.data() for guard in layer.barriers]
        imports = [
            _import(f"Run {node}", f"../plays/{file_stem(node)}.yml") for node in layer.nodes
        ]
        yield f"layers/{layer.name}.yml", _file([*guards, *imports])
    whole = [_import(f"Layer {layer.name}", f"layers/{layer.name}.yml") for layer in lowered.layers]
    yield "site.yml", _file(whole or [_empty_play("Nothing to do")], _site_comment(plan))
    yield "rollback.yml", _rollback(plan, lowered)


def _site_comment(plan: Plan) -> str:
    return f"All steps of {plan.pipeline} for the cluster {plan.cluster}, layer by layer."


def _rollback(plan: Plan, lowered: LoweredPlan) -> BundleFile:
    undone = [
        _import(f"Undo {node}", f"rollback/{file_stem(node)}.yml")
        for node in reversed(list(lowered.rollbacks))
    ]
    lost = [
        node.id
        for node in plan.graph.nodes.values()
        if node.id not in lowered.rollbacks and node.reversibility != "read-only"
    ]
    comment = f"Undoes {plan.pipeline} for the cluster {plan.cluster}, the last step first."
    if lost:
        comment += "\nThese steps cannot be undone:\n" + "\n".join(f"- {name}" for name in lost)
    return _file(undone or [_empty_play("Nothing can be undone")], comment)


def _import(name: str, path: str) -> dict[str, Any]:
    return {"name": name, "ansible.builtin.import_playbook": path}


def _empty_play(name: str) -> dict[str, Any]:
    return Play(name=name, hosts="localhost").data()


def _file(plays: Sequence[Any], comment: str = "") -> BundleFile:
    return BundleFile(dump(plays, comment=comment))
