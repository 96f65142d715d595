"""Which releases an upgrade goes through, from the release that runs to that of the document."""

from __future__ import annotations

from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.release_version import Release, parse_release
from worldtree.catalog.components.kubernetes.version_rules import upgrade_path
from worldtree.catalog.components.kubernetes.version_table import version_table


def running_release(config: KubernetesConfig, context: PlanContext) -> Release | None:
    """Return the release that the cluster has, as far as the plan can know it.

    It is ``upgradeFrom`` of the document, else the version of the document before, where the
    pipeline gets that one. The running cluster is asked before anything is changed.
    """
    if config.upgrade_from is not None:
        return parse_release(config.upgrade_from)
    before = None if context.previous is None else context.previous.config("kubernetes")
    return before.release if isinstance(before, KubernetesConfig) else None


def releases_of_upgrade(config: KubernetesConfig, context: PlanContext) -> tuple[Release, ...]:
    """Return the releases in order, the last of them that of the document.

    One that the cluster has already, or of which nothing is known, is one step: what an earlier
    run left undone is found on the hosts. Raises ``ValueError`` for a downgrade, and ``KeyError``
    where the table lacks a minor in between.
    """
    running = running_release(config, context)
    if running is None:
        return (config.release,)
    return upgrade_path(version_table(), running, config.release) or (config.release,)


def known_releases(config: KubernetesConfig, context: PlanContext) -> tuple[Release, ...]:
    """Return what ``releases_of_upgrade`` returns; only the document's where no way is known."""
    try:
        return releases_of_upgrade(config, context)
    except (ValueError, KeyError):
        return (config.release,)


def at_release(config: KubernetesConfig, release: Release) -> KubernetesConfig:
    """Return the configuration with another release."""
    return config.model_copy(update={"version": str(release)})
