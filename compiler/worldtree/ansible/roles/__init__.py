"""What can be known of a role by reading it: found by name, read without running anything."""

from __future__ import annotations

from worldtree.ansible.roles.closure import Closure
from worldtree.ansible.roles.collections import CollectionInfo
from worldtree.ansible.roles.index import RoleIndex
from worldtree.ansible.roles.model import RoleInfo

__all__ = ["Closure", "CollectionInfo", "RoleIndex", "RoleInfo"]
