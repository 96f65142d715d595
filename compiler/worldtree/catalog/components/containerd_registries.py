"""How ``containerd`` pulls images: from registries of the document and of the cluster."""

from __future__ import annotations

from typing import Any

from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.containerd_config import ContainerdConfig


def registries(config: ContainerdConfig, _context: PlanContext) -> list[dict[str, Any]]:
    """Return the registries as items of ``containerd_registries``."""
    return [registry.model_dump(mode="json", exclude_none=True) for registry in config.registries]
