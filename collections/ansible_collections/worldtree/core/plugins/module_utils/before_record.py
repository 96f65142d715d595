# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Records the state before a change, as the parameters of a module name it."""

from __future__ import annotations

from ansible_collections.worldtree.core.plugins.module_utils import before_state
from ansible_collections.worldtree.core.plugins.module_utils.before_store import Store

SECTIONS = ("files", "trees", "packages", "services", "users", "sysctl")


def argument_spec():
    """Return the parameters of M(worldtree.core.snapshot)."""
    spec = {name: {"type": "list", "elements": "str", "default": []} for name in SECTIONS}
    spec["files"]["elements"] = spec["trees"]["elements"] = "path"
    spec["id"] = {"type": "str", "required": True}
    spec["state_dir"] = {"type": "path"}
    return spec


def record(module):
    """Record the state that the parameters of C(module) name; return whether it was added.

    In check mode nothing is recorded. Fails the module where the state cannot be saved.
    """
    store = Store(module.params["state_dir"], module.params["id"])
    try:
        state = before_state.look(module, {name: module.params[name] for name in SECTIONS})
        return not store.is_kept(state) if module.check_mode else _keep(store, state)
    except OSError as problem:
        module.fail_json(
            msg="the state cannot be saved in {0}: {1}: {2}".format(
                store.directory, problem.strerror, problem.filename
            )
        )


def _keep(store, state):
    """Add a record unless the latest one is sufficient; return whether it was added."""
    with store.alone():
        if store.is_kept(state):
            store.take_over()
            return False
        store.add(lambda directory: before_state.keep(state, directory))
        return True
