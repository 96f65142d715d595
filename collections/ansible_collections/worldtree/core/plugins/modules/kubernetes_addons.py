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
  names:
    description: Names of the addons that stay.
    type: list
    elements: str
    required: true
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
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_api import Api, ApiError
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_apply import Addon
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_record import (
    NAMESPACE,
    RECORD_LABEL,
)


def recorded(api):
    """Return the names of the addons that the cluster has a record of, sorted."""
    found = api.list("v1", "ConfigMap", NAMESPACE, labelSelector=RECORD_LABEL)
    return sorted(one["metadata"]["labels"][RECORD_LABEL] for one in found)


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "seconds": {"type": "int", "default": 300},
            "kubectl": {"type": "path", "default": "kubectl"},
            "kubeconfig": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    given = module.params
    result = {"removed": [], "deleted": [], "kept": {}}
    try:
        with Api(given["kubectl"], given["kubeconfig"]) as api:
            for name in recorded(api):
                if name in given["names"]:
                    continue
                addon = Addon(
                    api,
                    name,
                    namespace="default",
                    takes_over=False,
                    check_mode=module.check_mode,
                    seconds=given["seconds"],
                )
                removal = addon.removal().run(list(addon.record().values()))
                addon.drop_record()
                result["removed"].append(name)
                result["deleted"] += removal.deleted
                result["kept"].update(removal.kept)
    except ApiError as problem:
        module.fail_json(msg="addons cannot be removed: {0}".format(problem), **result)
    for name, why in sorted(result["kept"].items()):
        module.warn("{0} stays: {1}".format(name, why))
    module.exit_json(changed=bool(result["removed"]), **result)


if __name__ == "__main__":
    main()
