# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Records what nodes publish, for the lookup of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
name: outputs
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
type: aggregate
short_description: Record what plays publish
description:
  - Records what tasks publish with M(ansible.builtin.set_stats), by the name of their play and by
    host, so that the lookup P(worldtree.core.outputs#lookup) finds it in later plays.
requirements:
  - Enabled with C(callbacks_enabled) in the C(ansible.cfg) of a bundle whose plays read outputs.
"""

from ansible.plugins.callback import CallbackBase
from ansible_collections.worldtree.core.plugins.plugin_utils import outputs


class CallbackModule(CallbackBase):
    """The callback C(worldtree.core.outputs)."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "worldtree.core.outputs"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        """Start without a play."""
        super().__init__(*args, **kwargs)
        self._play = ""

    def v2_playbook_on_play_start(self, play):
        """Record which node runs."""
        self._play = play.get_name().strip()

    def v2_runner_on_ok(self, result):
        """Record what a task published."""
        found = result._result
        items = found.get("results")
        for one in [found, *(items if isinstance(items, list) else ())]:
            stats = one.get("ansible_stats") if isinstance(one, dict) else None
            if isinstance(stats, dict) and isinstance(stats.get("data"), dict):
                outputs.publish(self._play, result._host.get_name(), stats["data"])
