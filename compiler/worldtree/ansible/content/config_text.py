"""Text of an ``ansible.cfg``."""

from __future__ import annotations

from collections.abc import Mapping


def config_text(sections: Mapping[str, Mapping[str, str]]) -> str:
    """Return the text of ``sections``; an empty line is between them."""
    parts = []
    for section, values in sections.items():
        # A line that continues a value is indented.
        lines = [f"{key} = {value}".replace("\n", "\n    ") for key, value in values.items()]
        parts.append("\n".join([f"[{section}]", *lines]) + "\n")
    return "\n".join(parts)
