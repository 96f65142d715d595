#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Takes a member of Kubernetes out of service, brings it back, or deletes its Node object."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_node
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Take a member of Kubernetes out of service, bring it back, or delete it
description:
  - Before a member is taken away, the API says who is away already; what would exceed the budget of
    its group, or take the majority of a stacked etcd away, is refused before anything is changed.
  - A cordon is noted at the Node object in the same change, with its reason, so that the run that
    goes on after an interruption finds it and lifts it. One that a person set is never lifted.
options:
  state:
    description:
      - V(checked) only checks whether the member may be away.
      - V(cordoned) checks that, and cordons it; use it with C(throttle=1), as members that ask at
        the same moment do not see each other.
      - V(drained) evicts its pods; disruption budgets are respected as long as O(timeout) lasts.
      - V(ready) waits until it is ready, with a kubelet of O(release) where that is given.
      - V(restored) lifts the cordon that V(cordoned) has set.
      - V(absent) deletes the Node object; one that is ready has to be cordoned and drained before.
    type: str
    choices: [checked, cordoned, drained, ready, restored, absent]
    required: true
  node:
    description:
      - Name of the member; empty, with V(restored), for all that were cordoned for O(reason).
    type: str
    default: ""
  ctl:
    description: The program kubectl, with its options, as an administrator.
    type: list
    elements: str
    required: true
  reason:
    description: What the member is cordoned for.
    type: str
    default: maintenance
  group:
    description: Names of the members that stand in for each other.
    type: list
    elements: str
    default: []
  most_away:
    description: How many of O(group) may be away at once, this one included.
    type: int
    default: 1
  etcd_ctl:
    description: The program etcdctl, with its options, where the member has one of a stacked etcd.
    type: list
    elements: str
    default: []
  etcd_endpoints:
    description: Addresses for clients where members of etcd may be found.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds that draining, or becoming ready, may take.
    type: int
    default: 600
  delete_unmanaged:
    description: Whether pods that nothing would make again are deleted, too.
    type: bool
    default: false
  lost_is_drained:
    description: Whether a member that stops to be ready counts as V(drained), as it goes for good.
    type: bool
    default: false
  release:
    description: The release that the kubelet has to run, for V(ready).
    type: str
    default: ""
attributes:
  check_mode:
    description: Whether it works in check mode; what would be refused is refused then, too.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
"""

EXAMPLES = r"""
- name: Cordon a worker
  worldtree.core.kubernetes_node:
    state: cordoned
    node: w1
    group: [w1, w2, w3]
    ctl: [/usr/local/bin/kubectl, --kubeconfig=/etc/kubernetes/admin.conf]
  throttle: 1
"""

RETURN = r"""
nodes:
  description: Names of the members that were changed.
  returned: success
  type: list
  elements: str
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import etcd_quorum, kubernetes_budget
from ansible_collections.worldtree.core.plugins.module_utils.etcd_client import Client, EtcdError
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_client import (
    KubernetesClient,
    KubernetesError,
)

#: Seconds of one try to drain.
_PART = 20


class NodeWork:
    """What the module does to one member."""

    def __init__(self, module, client):
        """Take everything from the module's parameters."""
        self.module = module
        self.client = client
        self.given = module.params
        self.name = module.params["node"]

    def run(self):
        """Bring the member to its state; return the names of the members that were changed."""
        return getattr(self, self.given["state"])()

    def own(self):
        """Return the member; raises ``KubernetesError`` where there is none."""
        member = self.client.member(self.name)
        if member is None:
            raise KubernetesError("the cluster has no member of this name")
        return member

    def checked(self):
        """Refuse what would take too many members away."""
        members = self.client.members()
        verdict = kubernetes_budget.may_leave(
            members, self.name, self.given["group"], self.given["most_away"]
        )
        if not verdict.allowed:
            raise KubernetesError(verdict.text)
        if self.given["etcd_ctl"]:
            self.check_etcd()
        return []

    def check_etcd(self):
        """Refuse what would take the majority of a stacked etcd away."""
        look = Client(self.module, self.given["etcd_ctl"], self.given["etcd_endpoints"]).look()
        member = look.named(self.name)
        verdict = etcd_quorum.ALLOWED if member is None else None
        verdict = verdict or etcd_quorum.may_stop(look.members, member)
        if not verdict.allowed:
            raise KubernetesError("etcd: " + verdict.text)

    def cordoned(self):
        """Cordon it, where it may be away; one that is cordoned already stays as it is."""
        if self.own().cordoned:
            return []
        self.checked()
        if not self.module.check_mode:
            self.client.cordon(self.name, self.given["reason"])
        return [self.name]

    def drained(self):
        """Evict its pods."""
        self.own()
        if self.module.check_mode:
            return [self.name]
        words = ["drain", self.name, "--ignore-daemonsets", "--delete-emptydir-data"]
        words += ["--force"] if self.given["delete_unmanaged"] else []
        end = time.monotonic() + self.given["timeout"]
        while True:
            # In parts, to see when it stops to answer: its pods then never say that they ended.
            seconds = max(1, min(_PART, int(end - time.monotonic())))
            code, _out, why = self.client.run(*words, "--timeout={0}s".format(seconds))
            if code == 0 or (self.given["lost_is_drained"] and not self.own().ready):
                return [self.name]
            if time.monotonic() >= end:
                raise KubernetesError(
                    "its pods did not all leave within {0} s: {1}. A disruption budget may forbid "
                    "it: `kubectl get poddisruptionbudgets --all-namespaces` lists them".format(
                        self.given["timeout"], why
                    )
                )
            time.sleep(1)

    def ready(self):
        """Wait until it is ready with the release."""
        end = time.monotonic() + self.given["timeout"]
        wanted = self.given["release"]
        while not self.module.check_mode:
            member = self.own()
            if member.ready and wanted in ("", member.kubelet.lstrip("v")):
                break
            if time.monotonic() >= end:
                raise KubernetesError(
                    "it is {0}, with a kubelet {1}, after {2} s; `journalctl -u kubelet` there "
                    "says why".format(
                        "ready" if member.ready else "not ready",
                        member.kubelet,
                        self.given["timeout"],
                    )
                )
            time.sleep(1)
        return []

    def restored(self):
        """Lift cordons that this program has set, for this reason."""
        done = []
        for member in self.client.members():
            own = member.cordon_reason == self.given["reason"]
            if own and self.name in ("", member.name):
                if not self.module.check_mode:
                    self.client.uncordon(member.name)
                done.append(member.name)
        return done

    def absent(self):
        """Delete the Node object."""
        member = self.client.member(self.name)
        if member is None:
            return []
        if member.ready and not member.cordoned:
            raise KubernetesError("it is ready and takes pods: cordon and drain it first")
        if not self.module.check_mode:
            self.client.answer("delete", "node", self.name, "--ignore-not-found")
        return [self.name]


def main():
    """Run the module."""
    texts = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "state": {
                "type": "str",
                "choices": ["checked", "cordoned", "drained", "ready", "restored", "absent"],
                "required": True,
            },
            "node": {"type": "str", "default": ""},
            "ctl": {"type": "list", "elements": "str", "required": True},
            "reason": {"type": "str", "default": "maintenance"},
            "group": texts,
            "most_away": {"type": "int", "default": 1},
            "etcd_ctl": texts,
            "etcd_endpoints": texts,
            "timeout": {"type": "int", "default": 600},
            "delete_unmanaged": {"type": "bool", "default": False},
            "lost_is_drained": {"type": "bool", "default": False},
            "release": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    if not module.params["node"] and module.params["state"] != "restored":
        module.fail_json(msg="`node` is missing; only `restored` works without it")
    work = NodeWork(module, KubernetesClient(module, module.params["ctl"]))
    try:
        nodes = work.run()
    except (KubernetesError, EtcdError) as problem:
        module.fail_json(msg="{0}: {1}".format(module.params["node"] or "members", problem))
    module.exit_json(changed=bool(nodes), nodes=nodes)


if __name__ == "__main__":
    main()
