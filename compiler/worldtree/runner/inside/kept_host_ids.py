"""Keeps each host the same for Ansible when `meta: refresh_inventory` reads the inventory again.

Used within ansible-playbook. Ansible compares hosts by a random id that each reading makes anew,
and a flush marks its handlers with the host as it is then. Where hosts go on by themselves
(strategies `free` and `host_pinned`), another host can refresh the inventory before those handlers
ran: Ansible would not find the host among the marked ones, leave its handlers out, and report
success.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.inventory.manager import InventoryManager

from worldtree.runner.inside.method_wrapping import wrap_method


def keep_host_ids() -> None:
    """Have a host that is there before and after a refresh keep its id."""
    wrap_method(InventoryManager, "refresh_inventory", _refresh)


def _refresh(original: Callable[..., Any], manager: Any, *args: Any, **kwargs: Any) -> Any:
    before = dict(manager.hosts)
    result = original(manager, *args, **kwargs)
    for name, host in manager.hosts.items():
        if name in before:
            host._uuid = before[name]._uuid
    return result
