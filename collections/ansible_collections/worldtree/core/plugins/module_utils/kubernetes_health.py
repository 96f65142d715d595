# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Judges the health of objects of Kubernetes by what their controllers say, as Argo CD does.

Pure: an object as the API gives it goes in, a health comes out. What the controller has not seen
yet (``observedGeneration``) and what is being deleted is never healthy. Kinds that nobody reports
on, such as a ConfigMap, are healthy once they exist.
"""

from __future__ import annotations

from collections import namedtuple

HEALTHY = "Healthy"
SUSPENDED = "Suspended"
PROGRESSING = "Progressing"
MISSING = "Missing"
DEGRADED = "Degraded"

#: From the best to the worst; the worst one of an addon's objects is that of the addon.
ORDER = (HEALTHY, SUSPENDED, PROGRESSING, MISSING, DEGRADED)

#: C(status) is one of C(ORDER), C(message) says why it is not healthy, and C(final) whether no
#: waiting can change that.
Health = namedtuple("Health", ("status", "message", "final"))

#: Reasons of a waiting container that a person has to look at.
_STUCK = frozenset(
    (
        "CrashLoopBackOff",
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImageNeverPull",
        "ErrImagePull",
        "ImageInspectError",
        "ImagePullBackOff",
        "InvalidImageName",
        "RunContainerError",
    )
)


def health(found):
    """Return the health of an object; C(None) stands for one that does not exist."""
    if found is None:
        return _health(MISSING, "it does not exist")
    if found.get("metadata", {}).get("deletionTimestamp"):
        return _health(PROGRESSING, "it is being deleted")
    judge = _JUDGES.get((_group(found), found.get("kind", "")))
    return judge(found) if judge else _health(HEALTHY)


def worst(healths):
    """Return the status of several objects together; C(Healthy) for none."""
    return max((one.status for one in healths), key=ORDER.index, default=HEALTHY)


def gate(found, condition):
    """Return the health of an object that has to have a condition, such as C(Ready)."""
    if found is None:
        return health(None)
    listed = _status(found).get("conditions") or []
    for one in listed:
        if one.get("type") == condition:
            if one.get("status") == "True" and not _is_behind(found, one):
                return _health(HEALTHY)
            return _health(PROGRESSING, "{0}: {1}".format(condition, _words(one)))
    return _health(PROGRESSING, "it has no condition {0} yet".format(condition))


def _health(status, message="", final=False):
    return Health(status, message, final)


def _group(found):
    group, slash, _ = found.get("apiVersion", "").partition("/")
    return group if slash else ""


def _status(found):
    return found.get("status") or {}


def _spec(found):
    return found.get("spec") or {}


def _condition(found, name):
    listed = _status(found).get("conditions") or []
    return next((one for one in listed if one.get("type") == name), None)


def _is(found, name):
    one = _condition(found, name)
    return one is not None and one.get("status") == "True"


def _words(condition):
    parts = (condition.get("reason"), condition.get("message"))
    return ": ".join(part for part in parts if part) or condition.get("status", "")


def _is_behind(found, condition):
    seen = condition.get("observedGeneration")
    return seen is not None and seen < found.get("metadata", {}).get("generation", 0)


def _unseen(found):
    """Return the health of an object whose controller has not seen its present form, or None."""
    if _status(found).get("observedGeneration", 0) < found["metadata"].get("generation", 0):
        return _health(PROGRESSING, "its controller has not seen the change yet")
    return None


def _wanted(found):
    replicas = _spec(found).get("replicas")
    return 1 if replicas is None else replicas


def _deployment(found):
    if _spec(found).get("paused"):
        return _health(SUSPENDED, "it is paused")
    unseen = _unseen(found)
    if unseen:
        return unseen
    status, wanted = _status(found), _wanted(found)
    progressing = _condition(found, "Progressing")
    if progressing and progressing.get("reason") == "ProgressDeadlineExceeded":
        return _health(DEGRADED, _words(progressing))
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    if updated < wanted:
        return _health(PROGRESSING, "{0} of {1} pods are updated".format(updated, wanted))
    if status.get("replicas", 0) > updated:
        old = status["replicas"] - updated
        return _health(PROGRESSING, "{0} old pods have not ended yet".format(old))
    if available < updated:
        return _health(PROGRESSING, "{0} of {1} pods are available".format(available, updated))
    return _health(HEALTHY)


def _stateful_set(found):
    unseen = _unseen(found)
    if unseen:
        return unseen
    spec, status, wanted = _spec(found), _status(found), _wanted(found)
    ready = status.get("readyReplicas", 0)
    if ready < wanted:
        return _health(PROGRESSING, "{0} of {1} pods are ready".format(ready, wanted))
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return _health(HEALTHY)
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    updated = status.get("updatedReplicas", 0)
    if partition > 0:
        most = max(wanted - partition, 0)
        if updated < most:
            return _health(PROGRESSING, "{0} of {1} pods are updated".format(updated, most))
        return _health(HEALTHY)
    if status.get("updateRevision") != status.get("currentRevision"):
        return _health(PROGRESSING, "{0} of {1} pods are updated".format(updated, wanted))
    return _health(HEALTHY)


def _daemon_set(found):
    unseen = _unseen(found)
    if unseen:
        return unseen
    status = _status(found)
    wanted = status.get("desiredNumberScheduled", 0)
    if (_spec(found).get("updateStrategy") or {}).get("type") != "OnDelete":
        updated = status.get("updatedNumberScheduled", 0)
        if updated < wanted:
            return _health(PROGRESSING, "{0} of {1} pods are updated".format(updated, wanted))
    available = status.get("numberAvailable", 0)
    if available < wanted:
        return _health(PROGRESSING, "{0} of {1} pods are available".format(available, wanted))
    return _health(HEALTHY)


def _replica_set(found):
    unseen = _unseen(found)
    if unseen:
        return unseen
    failure = _condition(found, "ReplicaFailure")
    if failure and failure.get("status") == "True":
        return _health(DEGRADED, _words(failure))
    available, wanted = _status(found).get("availableReplicas", 0), _wanted(found)
    if available < wanted:
        return _health(PROGRESSING, "{0} of {1} pods are available".format(available, wanted))
    return _health(HEALTHY)


def _job(found):
    if _is(found, "Failed"):
        return _health(DEGRADED, _words(_condition(found, "Failed")), final=True)
    if _is(found, "Complete"):
        return _health(HEALTHY)
    if _is(found, "Suspended"):
        return _health(SUSPENDED, "it is suspended")
    return _health(PROGRESSING, "it has not ended yet")


def _pod(found):
    status, phase = _status(found), _status(found).get("phase")
    if phase == "Succeeded":
        return _health(HEALTHY)
    if phase == "Failed":
        why = status.get("message") or status.get("reason") or "it failed"
        return _health(DEGRADED, why, final=True)
    stuck = stuck_container(found)
    if stuck:
        return _health(DEGRADED, stuck)
    if phase == "Running" and _spec(found).get("restartPolicy", "Always") == "Always":
        if _is(found, "Ready"):
            return _health(HEALTHY)
        return _health(PROGRESSING, "its containers are not ready")
    return _health(PROGRESSING, "it is {0}".format(phase or "not scheduled"))


def stuck_container(pod):
    """Return why a container of a pod does not start without help, or an empty text."""
    status = _status(pod)
    listed = (status.get("initContainerStatuses") or []) + (status.get("containerStatuses") or [])
    for one in listed:
        waiting = (one.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in _STUCK:
            return "container {0}: {1}".format(one.get("name"), _words(waiting))
    return ""


def _service(found):
    if _spec(found).get("type") != "LoadBalancer":
        return _health(HEALTHY)
    if (_status(found).get("loadBalancer") or {}).get("ingress"):
        return _health(HEALTHY)
    return _health(PROGRESSING, "it has no address of a load balancer yet")


def _claim(found):
    phase = _status(found).get("phase")
    if phase == "Bound":
        return _health(HEALTHY)
    if phase == "Lost":
        return _health(DEGRADED, "its volume is lost")
    return _health(PROGRESSING, "it has no volume yet")


def _definition(found):
    names = _condition(found, "NamesAccepted")
    if names and names.get("status") == "False":
        return _health(DEGRADED, _words(names))
    if _is(found, "Established"):
        return _health(HEALTHY)
    return _health(PROGRESSING, "its kind is not established yet")


def _namespace(found):
    if _status(found).get("phase") == "Active":
        return _health(HEALTHY)
    return _health(PROGRESSING, "it is not active yet")


def _api_service(found):
    available = _condition(found, "Available")
    if available and available.get("status") == "True":
        return _health(HEALTHY)
    return _health(PROGRESSING, _words(available) if available else "it is not available yet")


_JUDGES = {
    ("", "Namespace"): _namespace,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Pod"): _pod,
    ("", "Service"): _service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("apiregistration.k8s.io", "APIService"): _api_service,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("batch", "Job"): _job,
}
