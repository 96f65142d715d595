"""Pass ``overlays``: a team's own templates against what their component declares."""

from __future__ import annotations

from worldtree.catalog.component_registry import components
from worldtree.catalog.template_checks import check_template
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag


def overlays(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Report variables that no component sets and templates that cannot be read."""
    cluster = state.cluster
    for place, written in enumerate(cluster.templates_path):
        for name in state.context.configs:
            directory = cluster.path(written) / name
            for path in sorted(directory.rglob("*.j2")) if directory.is_dir() else ():
                try:
                    bag.extend(check_template(path, components()[name]))
                except (OSError, UnicodeDecodeError) as problem:
                    bag.error(
                        "template-unreadable",
                        f"the template {path} cannot be read",
                        detail=f"{problem}.",
                        hint="templates are UTF-8 text",
                        path=("spec", "templatesPath", place),
                    )
    return state
