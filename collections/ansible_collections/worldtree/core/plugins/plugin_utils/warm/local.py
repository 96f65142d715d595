# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The warm connection to this machine."""

from __future__ import annotations

import os

from ansible import constants
from ansible.plugins.connection.local import Connection as LocalConnection

from .connection import WarmConnection, playbook_process


class Connection(WarmConnection, LocalConnection):
    """Ansible's C(local), with a server that lives as long as ansible-playbook."""

    def _warm_host(self):
        return "local"

    def _warm_surroundings(self):
        umask = os.umask(0o077)
        os.umask(umask)
        return [os.fsdecode(self.cwd or b""), umask, sorted(os.environ.items())]

    def _warm_watched(self):
        return playbook_process()

    def _warm_base(self):
        return constants.DEFAULT_LOCAL_TMP

    def _warm_exit_code(self, code, sleeps):
        # The shell that goes on after a module has its own code for one that a signal ended.
        return 128 - code if code < 0 and sleeps else code
