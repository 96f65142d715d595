# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Waits until the objects of an addon are healthy, and says what keeps them from it."""

from __future__ import annotations

import time

from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_health import (
    HEALTHY,
    SUSPENDED,
    Health,
    gate,
    health,
    stuck_container,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_objects import Ref, group_of

_POLL_SECONDS = 1
_FINE = (HEALTHY, SUSPENDED)
#: Kinds whose pods are looked at when they do not become healthy.
_WORKLOADS = ("DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet")


class Readiness:
    """What an addon's objects and its gates have to be."""

    def __init__(self, api, entries, gates, namespace):
        self._api = api
        self._wanted = [(one.api_version, one.ref, "") for one in entries]
        for one in gates:
            served = api.resource(one["api_version"], one["kind"])
            place = (one.get("namespace") or namespace) if served.in_namespaces else ""
            ref = Ref(group_of(one["api_version"]), one["kind"], place, one["name"])
            self._wanted.append((one["api_version"], ref, one["condition"]))

    def look(self):
        """Return name -> health of everything, at this moment."""
        found = {}
        for version, ref, condition in self._wanted:
            live = self._api.get(version, ref)
            judged = gate(live, condition) if condition else health(live)
            if judged.status not in _FINE and self._waits_for_pod(live):
                judged = Health(HEALTHY, "", False)
            name = "{0} ({1})".format(ref, condition) if condition else str(ref)
            found[name] = self._explained(live, judged)
        return found

    def wait(self, seconds):
        """Return name -> health once all is well, no waiting helps, or the time is over."""
        end = time.monotonic() + seconds
        while True:
            found = self.look()
            bad = [one for one in found.values() if one.status not in _FINE]
            if not bad or any(one.final for one in bad) or time.monotonic() >= end:
                return found
            time.sleep(_POLL_SECONDS)

    def _waits_for_pod(self, live):
        """Whether a claim gets its volume only once a pod uses it."""
        if live is None or live["kind"] != "PersistentVolumeClaim":
            return False
        name = (live.get("spec") or {}).get("storageClassName")
        ref = Ref("storage.k8s.io", "StorageClass", "", name)
        found = self._api.get("storage.k8s.io/v1", ref) if name else None
        return (found or {}).get("volumeBindingMode") == "WaitForFirstConsumer"

    def _explained(self, live, judged):
        """Return a health with what its pods say, where it has pods that do not start."""
        if judged.status in _FINE or live is None or live["kind"] not in _WORKLOADS:
            return judged
        labels = ((live.get("spec") or {}).get("selector") or {}).get("matchLabels")
        if not labels:
            return judged
        chosen = ",".join("{0}={1}".format(key, value) for key, value in sorted(labels.items()))
        pods = self._api.list(
            "v1", "Pod", live["metadata"]["namespace"], labelSelector=chosen, limit=100
        )
        for pod in pods:
            why = stuck_container(pod) or _unscheduled(pod)
            if why:
                words = "{0} (pod {1}: {2})".format(judged.message, pod["metadata"]["name"], why)
                return judged._replace(message=words)
        return judged


def bad_words(found):
    """Return what is not healthy, for a message; empty where all is well."""
    told = [
        "{0} is {1}: {2}".format(name, one.status, one.message)
        for name, one in sorted(found.items())
        if one.status not in _FINE
    ]
    return "; ".join(told)


def _unscheduled(pod):
    for one in (pod.get("status") or {}).get("conditions") or []:
        if one.get("type") == "PodScheduled" and one.get("status") == "False":
            return one.get("message", "")
    return ""
