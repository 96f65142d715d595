"""Golden drawings of a deployment; `make golden` rewrites them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from unit.graph.render.samples import deployment
from worldtree.graph.render import GraphView, to_dot, to_mermaid, to_svg, to_text

GOLDEN = Path(__file__).parents[3] / "golden" / "graph"


@pytest.mark.parametrize(
    ("suffix", "draw"),
    [("txt", to_text), ("svg", to_svg), ("mmd", to_mermaid), ("dot", to_dot)],
)
def test_a_deployment_is_drawn_as_its_golden_file(
    suffix: str, draw: Callable[[GraphView], str]
) -> None:
    file = GOLDEN / f"deployment.{suffix}"
    drawn = draw(deployment())
    if os.environ.get("WORLDTREE_UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(drawn, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == drawn
