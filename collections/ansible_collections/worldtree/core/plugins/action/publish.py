# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Publishes values that must stay in memory."""

from __future__ import annotations

import json
import os

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.worldtree.core.plugins.plugin_utils import outputs, secret_broker
from ansible_collections.worldtree.core.plugins.plugin_utils.secret_error import CannotResolve


class ActionModule(ActionBase):
    """The action C(worldtree.core.publish)."""

    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset(("data",))

    def run(self, tmp=None, task_vars=None):
        """Hand the values to the process that holds secrets, or keep them as facts."""
        result = super().run(tmp, task_vars)
        known = task_vars or {}
        data = self._task.args.get("data")
        if not isinstance(data, dict):
            raise AnsibleActionFail("`data` is a mapping of names to values")
        result.update(changed=False)
        if self._task.check_mode:
            return result
        node, host = known.get("ansible_play_name", ""), known.get("inventory_hostname", "")
        broker = os.environ.get(secret_broker.VARIABLE)
        if not broker:
            kept = {**known.get(outputs.FACT, {})}
            kept[node] = {**kept.get(node, {}), **data}
            # Facts of this kind are never cached, so they do not reach a disk.
            result["ansible_facts"] = {outputs.FACT: kept}
            return result
        try:
            for name, value in data.items():
                text = json.dumps(value, default=str)
                secret_broker.put(broker, outputs.reference(node, host, str(name)), text)
        except CannotResolve as problem:
            raise AnsibleActionFail(str(problem)) from problem
        return result
