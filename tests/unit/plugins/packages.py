"""Real packages for tests: modules, data and entry points in a directory on ``sys.path``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from worldtree.ansible.steps.registry import kinds, loaded_kinds
from worldtree.app.notifications.channel_kind import channel_kinds
from worldtree.catalog.component_registry import loaded_components
from worldtree.catalog.pipeline_registry import loaded_pipelines, pipelines


def write_package(
    site: Path,
    name: str,
    files: Mapping[str, str],
    entry_points: Mapping[str, Mapping[str, str]],
    version: str = "1.0",
) -> None:
    """Install the package ``name`` into ``site`` as an installer does.

    ``files`` are texts by their path in ``site``; ``entry_points`` are group -> name -> value.
    """
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    lines = [
        line
        for group, points in entry_points.items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in points.items()))
    ]
    written = {
        f"{info.name}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info.name}/entry_points.txt": "\n".join(lines) + "\n",
        **files,
    }
    for path, text in written.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(dedent(text), encoding="utf-8")


@contextmanager
def installed(site: Path) -> Iterator[None]:
    """Have the packages in ``site`` importable, and every registry read again."""
    modules = set(sys.modules)
    sys.path.insert(0, str(site))
    _forget()
    try:
        yield
    finally:
        sys.path.remove(str(site))
        for name in set(sys.modules) - modules:
            file = getattr(sys.modules[name], "__file__", None)
            if file is not None and Path(file).is_relative_to(site):
                del sys.modules[name]
        _forget()


def _forget() -> None:
    registries = (kinds, loaded_kinds, loaded_components, loaded_pipelines, pipelines)
    for registry in (*registries, channel_kinds):
        registry.cache_clear()
