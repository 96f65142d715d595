"""How to run several roles in one play: a hint of several checks."""

from __future__ import annotations

from collections.abc import Iterable


def one_play_of_roles(roles: Iterable[str]) -> str:
    """Return the hint for the roles of these names."""
    names = ", ".join(roles)
    return (
        f"put the roles into one play: write a role with `dependencies: [{names}]` in its "
        "meta/main.yml (with variables: `{role: NAME, vars: {…}}`), and call it in one step"
    )
