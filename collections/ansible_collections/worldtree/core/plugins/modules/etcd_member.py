#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Adds a member to a running cluster of etcd, or removes one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_member
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Add a member to a running cluster of etcd, or remove one
description:
  - The cluster's own list of members and their health decide. What would take the majority away is
    refused before anything is changed, with the reason and with what would work.
  - A member is added as a learner, started on this host, and promoted once it has all data. One
    that does not come up is taken out again.
  - Use it with C(throttle=1), as etcd takes one change at a time.
options:
  state:
    description:
      - V(joined) makes this host a member; run it on the new host.
      - V(absent) removes a member; run it on any other host.
    type: str
    choices: [joined, absent]
    required: true
  member:
    description: Name of the member, or its hexadecimal id.
    type: str
    required: true
  peer_url:
    description: Address of the new member for peers, for V(joined).
    type: str
  data_dir:
    description: Data directory of the new member, for V(joined).
    type: path
  timeout:
    description: Seconds that a new member may take to start, and then to get all data.
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
- name: Remove a member that is gone
  worldtree.core.etcd_member:
    state: absent
    member: etcd3
    ctl: [/usr/bin/etcdctl]
    endpoints: ["http://10.0.0.11:2379", "http://10.0.0.12:2379"]
  throttle: 1
"""

RETURN = r"""
members:
  description: Names of the members afterwards.
  returned: success
  type: list
  elements: str
"""

import contextlib
import os
import shutil
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import etcd_quorum
from ansible_collections.worldtree.core.plugins.module_utils.etcd_client import Client, EtcdError

#: Settings of the first start, which must say that there is a cluster already. In memory, so that
#: nothing of them is left after a boot.
_DROP_IN = "/run/systemd/system/etcd.service.d/worldtree-join.conf"
_ENVIRONMENT = "/run/worldtree-etcd-join.env"
#: Empty file in the data directory of a member that joined a running cluster.
JOINED = "worldtree-joined"


def need(verdict):
    """Raise ``EtcdError`` with the reason for a change that is not allowed."""
    if not verdict.allowed:
        raise EtcdError(verdict.text)


def leave(module, client):
    """Remove a member; return whether there was one."""
    look = client.look()
    member = look.called(module.params["member"])
    if member is None:
        return False
    need(etcd_quorum.may_remove(look.members, member))
    if module.check_mode:
        return True
    client.give_up_leadership(look, member)
    look = client.look()
    client.change(look, "member", "remove", member.id)
    gone = client.wait(30, lambda now: all(one.id != member.id for one in now.members))
    if not gone:
        raise EtcdError("{0} is still listed as a member".format(member.title))
    return True


class Join:
    """How this host becomes a member."""

    def __init__(self, module, client):
        """Take everything from the module's parameters."""
        self.module = module
        self.client = client
        self.name = module.params["member"]
        self.peer_url = module.params["peer_url"]
        self.data = os.path.join(module.params["data_dir"], "member")
        self.timeout = module.params["timeout"]

    def run(self):
        """Join, or go on where that was interrupted; return whether anything was changed."""
        look = self.client.look()
        member = look.named(self.name) or look.at(self.peer_url)
        has_data = os.path.isdir(self.data)
        if member is None and has_data:
            raise EtcdError(
                "{0} has data, and is no member of the running cluster: it was removed, or is of "
                "another cluster. Move {1} away".format(self.name, self.data)
            )
        if member is not None and member.name and not member.learner:
            # One that never published its address was listed when the cluster began.
            if not has_data and look.address(member):
                raise EtcdError(
                    "the cluster has {0} as a member, and its data are not here: they are lost. "
                    "Remove it with the pipeline `remove-member`, then apply the document "
                    "again".format(self.name)
                )
            return False
        if self.module.check_mode:
            if member is None:
                need(etcd_quorum.may_add(look.members))
            return True
        if member is None:
            look, member = self.add(look)
        try:
            self.start(look)
            self.promote(member.id)
        except EtcdError:
            self.undo(member.id, has_data)
            raise
        finally:
            self.clear()
        # A rollback of this start has to take the member out of the cluster, too.
        open(os.path.join(self.module.params["data_dir"], JOINED), "a").close()
        return True

    def add(self, look):
        """Add the learner; return the list with it, and itself."""
        need(etcd_quorum.may_add(look.members))
        # etcd refuses changes for some seconds after one, until all members are connected.
        words = ("member", "add", self.name, "--learner", "--peer-urls=" + self.peer_url)
        end = time.monotonic() + 30
        while True:
            try:
                self.client.change(look, *words)
            except EtcdError as problem:
                look = self.client.look()
                if look.at(self.peer_url) is None and time.monotonic() < end:
                    if "unhealthy cluster" in str(problem) or "not enough" in str(problem):
                        time.sleep(1)
                        continue
                    raise
            break
        look = self.client.look()
        return look, look.at(self.peer_url)

    def start(self, look):
        """Start the member as one of an existing cluster."""
        os.makedirs(os.path.dirname(_DROP_IN), exist_ok=True)
        with open(_ENVIRONMENT, "w", encoding="utf-8") as file:
            file.write("ETCD_INITIAL_CLUSTER={0}\n".format(look.initial_cluster(self.name)))
            file.write("ETCD_INITIAL_CLUSTER_STATE=existing\n")
        with open(_DROP_IN, "w", encoding="utf-8") as file:
            file.write("[Service]\nEnvironmentFile={0}\n".format(_ENVIRONMENT))
        self.systemctl("daemon-reload")
        self.systemctl("reset-failed", "etcd.service")
        self.systemctl("restart", "--no-block", "etcd.service")

    def promote(self, identity):
        """Give the member its vote once it runs and has all data."""

        def started(now):
            return any(one.id == identity and one.healthy for one in now.members)

        if not self.client.wait(self.timeout, started):
            raise EtcdError(
                "the new member {0} did not start within {1} s; `journalctl -u etcd` on it says "
                "why".format(self.name, self.timeout)
            )
        end = time.monotonic() + self.timeout
        while True:
            try:
                look = self.client.look()
                member = look.called(identity)
                if member is not None and not member.learner:
                    return
                if member is not None and member.healthy:
                    self.client.change(look, "member", "promote", identity)
                    return
                problem = "it does not answer"
            except EtcdError as refused:
                problem = str(refused)
            if time.monotonic() >= end:
                raise EtcdError(
                    "the new member {0} did not get all data within {1} s: {2}".format(
                        self.name, self.timeout, problem
                    )
                )
            time.sleep(1)

    def undo(self, identity, had_data):
        """Take the learner out again, so that the next attempt finds what this one found."""
        self.systemctl("stop", "etcd.service")
        with contextlib.suppress(EtcdError):
            look = self.client.look()
            member = look.called(identity)
            if member is not None and member.learner:
                self.client.change(look, "member", "remove", identity)
                if not had_data:
                    shutil.rmtree(self.data, ignore_errors=True)

    def clear(self):
        """Remove the settings of the first start."""
        for path in (_DROP_IN, _ENVIRONMENT):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        self.systemctl("daemon-reload")

    def systemctl(self, *words):
        """Run systemctl; what does not work shows in what the member does next."""
        self.module.run_command(["systemctl", *words])


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["joined", "absent"], "required": True},
            "member": {"type": "str", "required": True},
            "ctl": {"type": "list", "elements": "str", "required": True},
            "endpoints": {"type": "list", "elements": "str", "required": True},
            "peer_url": {"type": "str"},
            "data_dir": {"type": "path"},
            "timeout": {"type": "int", "default": 120},
        },
        required_if=[("state", "joined", ["peer_url", "data_dir"])],
        supports_check_mode=True,
    )
    client = Client(module, module.params["ctl"], module.params["endpoints"])
    try:
        if module.params["state"] == "absent":
            changed = leave(module, client)
        else:
            changed = Join(module, client).run()
        members = [one.name for one in client.look().members]
    except EtcdError as problem:
        module.fail_json(msg="{0}: {1}".format(module.params["member"], problem))
    module.exit_json(changed=changed, members=members)


if __name__ == "__main__":
    main()
