# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Talks to a cluster of Kubernetes by kubectl: its members, its API servers, cordons.

The API is the truth; nothing is remembered between two calls.
"""

from __future__ import annotations

import json
import time

from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_budget import ClusterMember

#: Annotation of a Node that this program cordoned; its value says what for.
CORDONED_FOR = "worldtree.io/cordoned-for"
_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


class KubernetesError(Exception):
    """A command failed, or the API does not answer; the message is for users."""


class KubernetesClient:
    """kubectl with the rights of an administrator."""

    def __init__(self, module, ctl, patience=60):
        """``ctl`` is kubectl with its options; ``patience`` are seconds without an answer."""
        self._module = module
        self._ctl = list(ctl)
        self._patience = patience

    def run(self, *words):
        """Run kubectl once; return exit code, output and what it complained of."""
        argv = [*self._ctl, *words]
        try:
            code, out, err = self._module.run_command(argv, handle_exceptions=False)
        except OSError as problem:
            return 127, "", "{0}: {1}".format(argv[0], problem.strerror)
        return code, out, short(err or out)

    def answer(self, *words):
        """Return the output; an API server that restarts is asked again."""
        end = time.monotonic() + self._patience
        while True:
            code, out, why = self.run(*words, "--request-timeout=10s")
            if code == 0:
                return out
            if code == 127 or "NotFound" in why or time.monotonic() >= end:
                raise KubernetesError("kubectl {0}: {1}".format(" ".join(words[:3]), why))
            time.sleep(1)

    def members(self):
        """Return all members."""
        listed = json.loads(self.answer("get", "nodes", "--output=json"))
        return [_member(one) for one in listed["items"]]

    def member(self, name):
        """Return the member of that name, or None."""
        return next((one for one in self.members() if one.name == name), None)

    def api_servers(self):
        """Return the version of each API server by the name of its control plane.

        It is that of the image that really runs, not the one that was asked for; empty while the
        kubelet has not told it, as shortly after it was restarted.
        """
        words = ("get", "pods", "--namespace=kube-system", "--selector=component=kube-apiserver")
        listed = json.loads(self.answer(*words, "--output=json"))
        found = {}
        for pod in listed["items"]:
            states = pod.get("status", {}).get("containerStatuses") or [{}]
            version = states[0].get("image", "").rpartition(":")[2]
            found[pod["spec"].get("nodeName", "")] = version
        return found

    def cordon(self, name, reason):
        """Let a member take no new pods, and note that in the same change."""
        self._patch(name, {"unschedulable": True}, reason)

    def uncordon(self, name):
        """Let a member take pods again, and forget the note in the same change."""
        self._patch(name, {"unschedulable": None}, None)

    def _patch(self, name, spec, reason):
        patch = {"metadata": {"annotations": {CORDONED_FOR: reason}}, "spec": spec}
        self.answer("patch", "node", name, "--type=merge", "--patch=" + json.dumps(patch))


def _member(node):
    metadata, status = node["metadata"], node.get("status", {})
    info = status.get("nodeInfo", {})
    ready = [one["status"] for one in status.get("conditions", ()) if one["type"] == "Ready"]
    return ClusterMember(
        metadata["name"],
        ready == ["True"],
        bool(node.get("spec", {}).get("unschedulable")),
        (metadata.get("annotations") or {}).get(CORDONED_FOR, ""),
        info.get("kubeletVersion", ""),
        info.get("containerRuntimeVersion", ""),
        info.get("osImage", ""),
        _CONTROL_PLANE in (metadata.get("labels") or {}),
    )


def short(text):
    """Return the last line of a message, at most 300 characters."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return (lines[-1] if lines else "no answer")[:300]
