"""Lines about the team's ``ansible.cfg``: what is used of it, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def config_lines(view: Mapping[str, Any] | None) -> list[str]:
    """Return the lines for ``team_config_view``; none without a file."""
    if view is None:
        return []
    lines = ["", f"ansible.cfg: {view['file']}"]
    if view["used"]:
        lines.append(f"  used: {', '.join(view['used'])}")
    lines += [f"  without effect: {_placed(one)}: {one['reason']}" for one in view["replaced"]]
    if view["unused"]:
        names = ", ".join(one["name"] for one in view["unused"])
        lines.append(f"  not used, changes no result: {names}")
    return lines


def _placed(entry: Mapping[str, Any]) -> str:
    return f"{entry['name']} (line {entry['line']})" if entry["line"] else str(entry["name"])
