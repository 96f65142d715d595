"""How to run several roles in one play: a hint of several checks."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo


def one_play_of_roles(roles: Iterable[RoleInfo]) -> str:
    """Return the hint for these roles; a play among them stands for the roles that it lists."""
    names: dict[str, None] = {}
    for role in roles:
        listed = role.dependencies if isinstance(role, PlayInfo) else ()
        names |= dict.fromkeys([use.name for use in listed] or [role.name])
    return one_play_of_names(names)


def one_play_of_names(names: Iterable[str]) -> str:
    """Return the hint for the roles of these names."""
    return (
        f"call the roles in one step, which is one play: `roles: [{', '.join(names)}]` (with "
        "variables: `{role: NAME, vars: {…}}`)"
    )
