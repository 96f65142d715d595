#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Reads what the members of a cluster of Kubernetes run, and says what may be done to them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_info
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Read what members of Kubernetes run, and what may be done to them
description:
  - The members are those that the API lists; nothing is changed.
options:
  ctl:
    description: The program kubectl, with its options, as an administrator.
    type: list
    elements: str
    required: true
  rules:
    description:
      - What an upgrade goes through - C(path), the releases in order; C(containerd), a list of
        C(minimum) and C(below) for each of them; C(systems) with C(distribution) and C(release).
      - RV(refused) says why the cluster may not.
    type: dict
    default: {}
  release:
    description:
      - A release that all API servers have to run, or a newer one; RV(behind) lists what does not.
    type: str
    default: ""
  kubelets:
    description: Names of the members whose kubelets have to run it, too, and that have to be ready.
    type: list
    elements: str
    default: []
  removed:
    description: Members that shall be taken out; RV(refused) says why they may not.
    type: list
    elements: str
    default: []
  stacked:
    description: Whether each control plane has a member of etcd.
    type: bool
    default: false
  patience:
    description: Seconds that the API may take to answer, such as one that restarts.
    type: int
    default: 60
attributes:
  check_mode:
    description: Whether it works in check mode.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
"""

EXAMPLES = r"""
- name: Check whether the cluster may be upgraded
  worldtree.core.kubernetes_info:
    ctl: [/usr/local/bin/kubectl, --kubeconfig=/etc/kubernetes/admin.conf]
    rules:
      path: [1.35.6]
"""

RETURN = r"""
members:
  description:
    - Each with name, ready, cordoned, cordon_reason, kubelet, runtime, system and control_plane.
  returned: success
  type: list
  elements: dict
api_servers:
  description: Version of each API server by the name of its control plane.
  returned: success
  type: dict
refused:
  description: Why O(rules) or O(removed) cannot be done, and what would work; empty where they can.
  returned: success
  type: str
behind:
  description: What runs an older release than O(release), or is not ready.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import (
    kubernetes_budget,
    kubernetes_upgrade,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_client import (
    KubernetesClient,
    KubernetesError,
)


def examine(client, given):
    """Return what the module returns; raises ``KubernetesError`` where the API does not answer."""
    members, api_servers = client.members(), client.api_servers()
    verdicts = [
        kubernetes_budget.may_remove_control_planes(members, given["removed"], given["stacked"])
    ]
    if given["rules"]:
        verdicts.append(kubernetes_upgrade.may_upgrade(members, api_servers, given["rules"]))
    refused = next((one.text for one in verdicts if not one.allowed), "")
    behind = []
    if given["release"]:
        behind = kubernetes_upgrade.behind(
            members, api_servers, given["kubelets"], given["release"]
        )
    return {
        "members": [one._asdict() for one in members],
        "api_servers": api_servers,
        "refused": refused,
        "behind": behind,
    }


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "ctl": {"type": "list", "elements": "str", "required": True},
            "rules": {"type": "dict", "default": {}},
            "release": {"type": "str", "default": ""},
            "kubelets": {"type": "list", "elements": "str", "default": []},
            "removed": {"type": "list", "elements": "str", "default": []},
            "stacked": {"type": "bool", "default": False},
            "patience": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    client = KubernetesClient(module, module.params["ctl"], module.params["patience"])
    try:
        found = examine(client, module.params)
    except KubernetesError as problem:
        module.fail_json(msg="the cluster cannot be read: {0}".format(problem))
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
