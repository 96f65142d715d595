# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Ansible's C(local) connection, with modules that run in forks of one process."""

from __future__ import annotations

from ansible.plugins.connection import local
from ansible_collections.worldtree.core.plugins.plugin_utils.warm import local as warm

#: The options are those of C(ansible.builtin.local) of the installed release.
DOCUMENTATION = local.DOCUMENTATION.replace("name: local", "name: warm_local")


class Connection(warm.Connection):
    """The connection plugin."""
