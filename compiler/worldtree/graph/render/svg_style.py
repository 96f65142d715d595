"""Colours and style sheet of the SVG drawing, for light and dark surroundings."""

from __future__ import annotations

from worldtree.graph.render.view import Line

FONT = "system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif"

#: Colours of edge kinds, in legend order, for light and for dark.
KINDS = (
    ("#64748b", "#94a3b8"),
    ("#0e7490", "#22b8cf"),
    ("#a8559a", "#d38bc8"),
    ("#8a6d1f", "#c9a94e"),
)
DASHES: dict[Line, str] = {"solid": "", "dashed": "6 4", "dotted": "1.5 4"}

_LIGHT = {
    ".g-bg": "fill:#ffffff",
    ".g-band": "fill:#f6f8fb",
    ".g-title,.g-label": "fill:#0f172a",
    ".g-note,.g-sub": "fill:#5b677a",
    ".g-box": "fill:#ffffff;stroke:#cbd5e1",
    ".g-muted .g-box": "fill:#f8fafc;stroke:#cbd5e1",
    ".g-muted .g-label": "fill:#64748b",
    ".g-warn .g-box": "fill:#fffaeb;stroke:#e0a100",
    ".g-danger .g-box": "fill:#fff3f2;stroke:#e5484d",
}
_DARK = {
    ".g-bg": "fill:#0d1117",
    ".g-band": "fill:#131a23",
    ".g-title,.g-label": "fill:#e6edf3",
    ".g-note,.g-sub": "fill:#9aa7b8",
    ".g-box": "fill:#1a222d;stroke:#3a4656",
    ".g-muted .g-box": "fill:#141b24;stroke:#3a4656",
    ".g-muted .g-label": "fill:#97a3b4",
    ".g-warn .g-box": "fill:#2a2310;stroke:#b98900",
    ".g-danger .g-box": "fill:#2d1618;stroke:#e5534b",
}


def style_sheet(kinds: list[Line]) -> str:
    """Return the CSS for edge kinds drawn with the given lines; nothing in it needs escaping."""
    rules = [
        f".g-svg text{{font-family:{FONT}}}",
        ".g-title{font-size:18px;font-weight:700}",
        ".g-note{font-size:12px}",
        ".g-label{font-size:13px;font-weight:600}",
        ".g-sub{font-size:11px;font-weight:400}",
        ".g-box{stroke-width:1.2}",
        ".g-muted .g-box{stroke-dasharray:4 3}",
        ".g-muted .g-bar{opacity:.45}",
        ".g-warn .g-box,.g-danger .g-box{stroke-width:1.8}",
        ".g-line{fill:none;stroke-width:1.5;stroke-linecap:round}",
        ".g-edge:hover .g-line{stroke-width:3}",
        *(f"{name}{{{rule}}}" for name, rule in _LIGHT.items()),
        *_kind_rules(0, len(kinds)),
        *(
            f".g-k{index} .g-line{{stroke-dasharray:{DASHES[line]}}}"
            for index, line in enumerate(kinds)
            if DASHES[line]
        ),
    ]
    dark = [
        *(f"{name}{{{rule}}}" for name, rule in _DARK.items()),
        *_kind_rules(1, len(kinds)),
    ]
    return "".join(rules) + "@media (prefers-color-scheme:dark){" + "".join(dark) + "}"


def _kind_rules(theme: int, count: int) -> list[str]:
    rules = []
    for index in range(count):
        colour = KINDS[index % len(KINDS)][theme]
        rules.append(f".g-k{index} .g-line{{stroke:{colour}}}.g-k{index} .g-tip{{fill:{colour}}}")
    return rules
