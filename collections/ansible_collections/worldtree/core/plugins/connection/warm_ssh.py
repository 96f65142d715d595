# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Ansible's C(ssh) connection, with modules that run in forks of one process on the host."""

from __future__ import annotations

from ansible.plugins.connection import ssh
from ansible_collections.worldtree.core.plugins.plugin_utils.warm import ssh as warm

#: The options are those of C(ansible.builtin.ssh) of the installed release.
DOCUMENTATION = ssh.DOCUMENTATION.replace("name: ssh\n", "name: warm_ssh\n")


class Connection(warm.Connection):
    """The connection plugin."""
