#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Restarts or defragments the member of etcd on this host, while the others keep the majority."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_rolling
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Restart or defragment a member of etcd while the others keep the majority
description:
  - Refuses where the majority would be lost, and comes back once the member is healthy again.
  - Use it with C(throttle=1), once with O(leader=false) and once with O(leader=true), so that the
    leader is the last. It gives up its role first.
options:
  action:
    description: What is done.
    type: str
    choices: [restart, defragment]
    required: true
  member:
    description: Name of the member of this host.
    type: str
    required: true
  leader:
    description: Whether the leader is treated, too; otherwise it is left for later.
    type: bool
    required: true
  server:
    description: The program that a restart would run; a version that may not follow is refused.
    type: path
  timeout:
    description: Seconds until the member has to be healthy again.
    type: int
    default: 120
attributes:
  check_mode:
    description: Whether it works in check mode; what would be refused is refused then, too.
extends_documentation_fragment:
  - worldtree.core.etcd
  - worldtree.core.etcd.endpoints
  - worldtree.core.attributes
"""

EXAMPLES = r"""
- name: Restart the followers
  worldtree.core.etcd_rolling:
    action: restart
    member: "{{ inventory_hostname }}"
    leader: false
    ctl: [/usr/bin/etcdctl]
    endpoints: ["http://10.0.0.11:2379", "http://10.0.0.12:2379"]
  throttle: 1
  register: restarted

- name: Restart the leader
  worldtree.core.etcd_rolling:
    action: restart
    member: "{{ inventory_hostname }}"
    leader: true
    ctl: [/usr/bin/etcdctl]
    endpoints: ["http://10.0.0.11:2379", "http://10.0.0.12:2379"]
  throttle: 1
  when: restarted.later
"""

RETURN = r"""
later:
  description: Whether the member leads and was left for later.
  returned: success
  type: bool
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import etcd_quorum, etcd_versions
from ansible_collections.worldtree.core.plugins.module_utils.etcd_client import (
    Client,
    EtcdError,
    short,
)


def work(module, client):
    """Do the action where it is allowed; return whether the member was left for later."""
    given = module.params
    look = client.look()
    member = look.named(given["member"])
    if member is None:
        raise EtcdError("it is no member of the running cluster")
    if member.leader and not given["leader"] and len(look.members) > 1:
        return True
    verdict = etcd_quorum.may_stop(look.members, member)
    if verdict.allowed and given["server"]:
        verdict = etcd_versions.may_upgrade(
            [one["version"] for one in look.described()], server_version(module, given["server"])
        )
    if not verdict.allowed:
        raise EtcdError(verdict.text)
    if module.check_mode:
        return False
    if client.give_up_leadership(look, member):
        client.wait(10, lambda now: any(one.leader for one in now.members if one.id != member.id))
    before = {one.id for one in look.members if one.healthy and one.id != member.id}
    if given["action"] == "restart":
        restart(module, given["timeout"])
    else:
        defragment(client, look.address(member), given["timeout"])

    def whole(now):
        healthy = {one.id for one in now.members if one.healthy}
        return member.id in healthy and before <= healthy

    if not client.wait(given["timeout"], whole):
        raise EtcdError(
            "the members are not healthy again after {0} s; no further one is touched".format(
                given["timeout"]
            )
        )
    return False


def server_version(module, server):
    """Return what the program says of its version; empty where it cannot be run."""
    code, out, _err = module.run_command([server, "--version"])
    words = out.split()
    return words[2] if code == 0 and len(words) > 2 else ""


def restart(module, timeout):
    """Restart the service, which comes back once the member is ready."""
    module.run_command(["systemctl", "daemon-reload"])
    code, _out, err = module.run_command(
        ["timeout", str(timeout), "systemctl", "restart", "etcd.service"]
    )
    if code != 0:
        raise EtcdError(
            "the member did not start within {0} s ({1}); `journalctl -u etcd` says why".format(
                timeout, short(err) if err else "no answer"
            )
        )


def defragment(client, address, timeout):
    """Give the space of deleted data back to the file system."""
    code, _out, why = client.run([address], "defrag", timeout="{0}s".format(timeout))
    if code != 0:
        raise EtcdError("it cannot be defragmented: {0}".format(why))


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "action": {"type": "str", "choices": ["restart", "defragment"], "required": True},
            "member": {"type": "str", "required": True},
            "leader": {"type": "bool", "required": True},
            "ctl": {"type": "list", "elements": "str", "required": True},
            "endpoints": {"type": "list", "elements": "str", "required": True},
            "server": {"type": "path"},
            "timeout": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    try:
        client = Client(module, module.params["ctl"], module.params["endpoints"])
        later = work(module, client)
    except EtcdError as problem:
        module.fail_json(
            msg="{0} is not touched any further: {1}".format(module.params["member"], problem)
        )
    module.exit_json(changed=not later, later=later)


if __name__ == "__main__":
    main()
