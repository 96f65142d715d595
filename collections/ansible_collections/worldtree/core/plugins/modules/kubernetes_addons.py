#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Removes addons from a cluster of Kubernetes that nobody wants any more."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_addons
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Remove addons from a cluster of Kubernetes that are no longer wanted
description:
  - Removes each addon of which the cluster has a record, as M(worldtree.core.kubernetes_addon) made
    it, and that is not listed, as C(state=absent) of that module does.
options:
  state:
    description:
      - V(only) leaves the addons of O(names).
      - V(reverted) brings back what O(task) has removed, but for values of secrets.
    type: str
    choices: [only, reverted]
    default: only
  names:
    description: Names of the addons that stay.
    type: list
    elements: str
    default: []
  task:
    description: The WorldTree task to undo, for V(reverted).
    type: str
  state_dir:
    description: Directory of saved states, as that of M(worldtree.core.snapshot).
    type: path
  seconds:
    description: Seconds that deleted objects may take to go.
    type: int
    default: 300
  kubectl:
    description: The program kubectl.
    type: path
    default: kubectl
  kubeconfig:
    description: File that says how the cluster is reached.
    type: path
    required: true
attributes:
  check_mode:
    description: Whether it reports in check mode what it would do.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
"""

EXAMPLES = r"""
- name: Remove all addons but one
  worldtree.core.kubernetes_addons:
    names: [metrics-server]
    kubeconfig: /etc/kubernetes/admin.conf
"""

RETURN = r"""
removed:
  description: Names of the addons that were removed.
  returned: success
  type: list
  elements: str
deleted:
  description: What was deleted.
  returned: success
  type: list
  elements: str
kept:
  description: What was not deleted, with the reason.
  returned: success
  type: dict
remarks:
  description: What could not be brought back, and why.
  returned: for O(state=reverted)
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import kubernetes_undo
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_api import (
    Api,
    ApiError,
    missing_tool,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_apply import (
    Addon,
    AddonError,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_record import (
    NAMESPACE,
    RECORD_LABEL,
)


def recorded(api):
    """Return the names of the addons that the cluster has a record of, sorted."""
    found = api.list("v1", "ConfigMap", NAMESPACE, labelSelector=RECORD_LABEL)
    return sorted(one["metadata"]["labels"][RECORD_LABEL] for one in found)


def opened(module, api, name):
    """Return an addon of the cluster."""
    return Addon(
        api,
        name,
        namespace="default",
        takes_over=False,
        check_mode=module.check_mode,
        seconds=module.params["seconds"],
    )


def only(module, api):
    """Remove the addons that are not listed."""
    result = {"removed": [], "deleted": [], "kept": {}}
    for name in recorded(api):
        if name in module.params["names"]:
            continue
        addon = opened(module, api, name)
        entries = list(addon.record().values())
        if not module.check_mode:
            state = kubernetes_undo.saved_state(api, entries, [])
            kubernetes_undo.save(module.params["state_dir"], name, state, kubernetes_undo.REMOVED)
        removal = addon.removal().run(entries)
        addon.drop_record()
        result["removed"].append(name)
        result["deleted"] += removal.deleted
        result["kept"].update(removal.kept)
    for name, why in sorted(result["kept"].items()):
        module.warn("{0} stays: {1}".format(name, why))
    return dict(result, changed=bool(result["removed"]))


def reverted(module, api):
    """Apply again what a task has removed."""
    given = module.params
    changed, remarks = False, []
    for name in kubernetes_undo.removed_by(given["state_dir"], given["task"]):
        done, said = kubernetes_undo.revert(
            opened(module, api, name), given["state_dir"], given["task"], kubernetes_undo.REMOVED
        )
        changed, remarks = changed or done, remarks + said
    for remark in remarks:
        module.warn(remark)
    return {"changed": changed, "remarks": remarks}


_STATES = {"only": only, "reverted": reverted}


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": list(_STATES), "default": "only"},
            "names": {"type": "list", "elements": "str", "default": []},
            "task": {"type": "str"},
            "state_dir": {"type": "path"},
            "seconds": {"type": "int", "default": 300},
            "kubectl": {"type": "path", "default": "kubectl"},
            "kubeconfig": {"type": "path", "required": True},
        },
        required_if=[("state", "reverted", ["task"])],
        supports_check_mode=True,
    )
    given = module.params
    if module.check_mode and missing_tool(given["kubectl"], given["kubeconfig"]):
        # A cluster that is not made yet has no addon.
        module.exit_json(changed=False, removed=[], deleted=[], kept={})
    try:
        with Api(given["kubectl"], given["kubeconfig"]) as api:
            result = _STATES[given["state"]](module, api)
    except (AddonError, ApiError) as problem:
        module.fail_json(msg="addons: {0}".format(problem))
    except OSError as problem:
        module.fail_json(msg="addons: their state cannot be saved: {0}".format(problem))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
