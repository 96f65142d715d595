#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Reads the members of a cluster of etcd and their health."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_info
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Read the members of a cluster of etcd and their health
description:
  - The list of members is the cluster's own, from the first of the addresses that answers.
  - A cluster that does not answer is a result, no failure.
options:
  target_version:
    description: A version that the members shall get; RV(refused) says why they may not.
    type: str
    default: ""
extends_documentation_fragment:
  - worldtree.core.etcd
  - worldtree.core.etcd.endpoints
  - worldtree.core.attributes
"""

EXAMPLES = r"""
- name: Read the members
  worldtree.core.etcd_info:
    ctl: [/usr/bin/etcdctl]
    endpoints: ["http://10.0.0.11:2379", "http://10.0.0.12:2379"]
"""

RETURN = r"""
answered:
  description: Whether a member gave the list.
  returned: always
  type: bool
why:
  description: Why nobody did; empty otherwise.
  returned: always
  type: str
members:
  description:
    - Each with id, name, healthy, learner, leader, version, revision, size in bytes and peer_urls.
  returned: always
  type: list
  elements: dict
quorum:
  description: Whether a majority of the voting members is healthy.
  returned: always
  type: bool
refused:
  description: Why the members may not be brought to O(target_version), and what would work.
  returned: always
  type: str
counted:
  description: Healthy members and majority, in words.
  returned: always
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import etcd_quorum, etcd_versions
from ansible_collections.worldtree.core.plugins.module_utils.etcd_client import Client, EtcdError


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "ctl": {"type": "list", "elements": "str", "required": True},
            "endpoints": {"type": "list", "elements": "str", "required": True},
            "target_version": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        look = Client(module, module.params["ctl"], module.params["endpoints"]).look()
    except EtcdError as problem:
        module.exit_json(
            changed=False,
            answered=False,
            why=str(problem),
            members=[],
            quorum=False,
            refused="",
            counted=str(problem),
        )
    described = look.described()
    verdict = etcd_versions.may_upgrade(
        [one["version"] for one in described], module.params["target_version"]
    )
    module.exit_json(
        changed=False,
        answered=True,
        why="",
        members=described,
        refused="" if verdict.allowed else verdict.text,
        quorum=etcd_quorum.has_quorum(look.members),
        counted=etcd_quorum.counted(look.members),
    )


if __name__ == "__main__":
    main()
