"""The result of lowering: plays by node, rollbacks by node, layers with their barriers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from worldtree.ansible.model.plays import Play
from worldtree.ansible.steps.kind import Asset


@dataclass(frozen=True, slots=True)
class CalledRole:
    """A role as the plays of a bundle call it."""

    #: Name below ``roles/`` of the bundle, or the FQCN of a collection's role.
    name: str
    has_precheck: bool = False
    has_rollback: bool = False
    #: What its rollback can undo; None for all entries.
    undone_entries: frozenset[str] | None = None
    #: Whether it, or a role that it brings in, has tasks with tags.
    has_tags: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: its plays, and the barriers before it."""

    #: Place, from 0.
    number: int
    #: File name without suffix, such as ``02-etcd``.
    name: str
    #: Node ids in order.
    nodes: tuple[str, ...]
    #: Plays that stop a plain run when hosts that this layer needs have failed.
    barriers: tuple[Play, ...] = ()


@dataclass(frozen=True)
class LoweredPlan:
    """A plan as Ansible content."""

    #: Node id -> its play, layer by layer.
    plays: Mapping[str, Play]
    #: Node id -> the play that undoes it, for reversible nodes; in the order of ``plays``.
    rollbacks: Mapping[str, Play]
    layers: tuple[Layer, ...]
    #: Files of the document that plays read; each once, sorted.
    assets: tuple[Asset, ...] = ()
    #: ``ns.name`` of the collections whose actions and lookups the plays themselves use; sorted.
    collections: tuple[str, ...] = field(default=())
