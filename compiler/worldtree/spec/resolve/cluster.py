"""Resolves a whole document to a cluster."""

from __future__ import annotations

from pathlib import Path

from worldtree.core.errors import DiagnosticBag
from worldtree.spec.cluster import Cluster, ClusterAnsible, ClusterDistribution, ClusterFacts
from worldtree.spec.document import Document
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.resolve.artifacts import resolve_artifacts, resolve_packages
from worldtree.spec.resolve.groups import resolve_groups
from worldtree.spec.resolve.hosts import resolve_hosts, ssh_settings
from worldtree.spec.resolve.modules import NormaliseParams, resolve_hooks, resolve_modules
from worldtree.spec.resolve.policy import resolve_policy
from worldtree.spec.resolve.secrets import resolve_secrets
from worldtree.spec.yaml_tags import encode_tags


def resolve(
    model: ClusterDocument,
    document: Document,
    bag: DiagnosticBag,
    *,
    normalise: NormaliseParams | None = None,
) -> Cluster:
    """Return the resolved cluster; what cannot be resolved is left out and reported to ``bag``.

    ``normalise`` converts (kind, bare value of a step) to parameters; without it the value is under
    the key ``cluster.BARE_VALUE``.
    """
    spec = model.spec
    hosts = resolve_hosts(spec, bag)
    groups = resolve_groups(spec, hosts, bag)
    file = Path(document.file)
    directory = file.absolute().parent if file.is_file() else None
    return Cluster(
        name=model.metadata.name,
        labels=model.metadata.labels,
        hosts=hosts,
        groups=groups,
        vars=encode_tags(spec.vars),
        components={name: encode_tags(config) for name, config in spec.components.items()},
        modules=resolve_modules(spec, hosts, groups, bag, normalise),
        hooks=resolve_hooks(spec, bag, normalise),
        artifacts=resolve_artifacts(spec),
        packages=resolve_packages(spec),
        distribution=None
        if spec.distribution is None
        else ClusterDistribution(**spec.distribution.model_dump()),
        policy=resolve_policy(spec.policy),
        roles_path=spec.roles_path,
        collections_path=spec.collections_path,
        templates_path=spec.templates_path,
        inventory=spec.inventory,
        inventory_given=bool(document.inventories),
        ssh=ssh_settings(spec.ssh),
        user=spec.ssh.user,
        state_dir=spec.state_dir,
        ansible=ClusterAnsible(**spec.ansible.model_dump()),
        facts=ClusterFacts(**spec.facts.model_dump()),
        secrets=resolve_secrets(spec.secrets, directory),
        directory=directory,
        file=document.file,
        document=document.index,
    )
