"""Roles: found by name and read without running anything."""

from __future__ import annotations

from worldtree.ansible.content.collections import CollectionInfo
from worldtree.ansible.content.roles.dependencies import Closure
from worldtree.ansible.content.roles.index import RoleIndex
from worldtree.ansible.content.roles.model import ComponentRole, RoleInfo

__all__ = ["Closure", "CollectionInfo", "ComponentRole", "RoleIndex", "RoleInfo"]
