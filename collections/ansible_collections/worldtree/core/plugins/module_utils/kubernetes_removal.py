# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Deletes what an addon no longer wants, and nothing that is somebody else's.

A namespace goes only when nothing but what Kubernetes itself puts there is left in it, and the
definition of a kind only when no object of the kind is left: deleting either deletes those.
"""

from __future__ import annotations

import time

from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_api import (
    ApiError,
    UnknownKindError,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_objects import LABEL, rank
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_record import (
    DELETE,
    KEPT,
    RELEASE,
    Verdict,
    verdict,
)

_POLL_SECONDS = 0.5
#: Kinds of objects that controllers make by themselves in every namespace.
_PASSING = frozenset(("ControllerRevision", "Endpoints", "EndpointSlice", "Event", "Lease"))
#: Objects that every namespace has.
_STANDARD = frozenset((("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")))
_HOLDERS = (("", "Namespace"), ("apiextensions.k8s.io", "CustomResourceDefinition"))


class Removal:
    """The deletion of some objects of an addon."""

    def __init__(self, api, addon, *, check_mode, seconds):
        self._api = api
        self._addon = addon
        self._check_mode = check_mode
        self._seconds = seconds
        #: What was deleted, and what was left to others, by name.
        self.deleted, self.released = [], []
        #: Name -> why it was kept.
        self.kept = {}
        #: Entries of what is no longer the addon's.
        self.done = []

    def run(self, entries):
        """Delete what the entries name, or what of it is the addon's."""
        ordered = sorted(entries, key=lambda one: rank(one.ref.kind), reverse=True)
        holders = [one for one in ordered if (one.ref.group, one.ref.kind) in _HOLDERS]
        self._remove([one for one in ordered if one not in holders])
        going = {one.ref for one in self.done}
        for one in holders:
            # What other deletions of this run take away in check mode is still there.
            self._remove([one], lambda live: self._others(live, going))
        return self

    def _remove(self, entries, others=lambda _live: ""):
        waiting = []
        for one in entries:
            live = self._live(one)
            found = verdict(one, live, self._addon)
            if found.act == DELETE:
                inside = others(live)
                if inside:
                    found = Verdict(KEPT, inside)
            if found.act == KEPT:
                self.kept[str(one.ref)] = found.why
                self.done.append(one)
                continue
            if found.act == RELEASE:
                self._release(live, one)
                self.released.append(str(one.ref))
            elif found.act == DELETE:
                self.deleted.append(str(one.ref))
                if not self._check_mode:
                    self._api.delete(live, one.ref)
                    waiting.append((one, live["metadata"]["uid"]))
            self.done.append(one)
        self._wait(waiting)

    def _live(self, entry):
        live = self._api.get(entry.api_version, entry.ref)
        # An upgrade may have taken that version of the API away.
        return self._api.get_any(entry.ref) if live is None else live

    def _release(self, live, entry):
        """Give up the fields of an object that existed before the addon did."""
        if self._check_mode:
            return
        metadata = {"name": entry.ref.name}
        if entry.ref.namespace:
            metadata["namespace"] = entry.ref.namespace
        nothing = {"apiVersion": live["apiVersion"], "kind": entry.ref.kind, "metadata": metadata}
        try:
            self._api.apply(nothing)
        except ApiError as problem:
            if problem.status != 422:
                raise
            # The object cannot be without these fields: they stay, the label does not.
            change = {"metadata": {"labels": {LABEL: None}}}
            self._api.merge(live["apiVersion"], entry.ref, change)

    def _wait(self, waiting):
        """Wait until objects are gone: what follows may not go before them."""
        end = time.monotonic() + self._seconds
        while waiting:
            waiting = [
                (one, uid)
                for one, uid in waiting
                if (self._live(one) or {"metadata": {"uid": ""}})["metadata"]["uid"] == uid
            ]
            if not waiting:
                return
            if time.monotonic() > end:
                raise ApiError(
                    "{0} was not gone {1} s after its deletion; a finalizer of it may wait for a "
                    "program that no longer runs".format(waiting[0][0].ref, self._seconds)
                )
            time.sleep(_POLL_SECONDS)

    def _others(self, live, going):
        """Say what of others would go with a namespace or a definition, or return nothing."""
        name = live["metadata"]["name"]
        if live["kind"] == "CustomResourceDefinition":
            spec = live["spec"]
            version = next(one["name"] for one in spec["versions"] if one["served"])
            kinds = [("{0}/{1}".format(spec["group"], version), spec["names"]["kind"])]
            name = ""
        else:
            try:
                kinds = self._kinds_in_namespaces()
            except ApiError as problem:
                # Kubernetes itself does not end a namespace as long as one of its APIs is down.
                return "nobody can say what is in it: {0}".format(problem)
        for api_version, kind in kinds:
            for found in self._list(api_version, kind, name):
                if self._counts(found, going):
                    place = found["metadata"].get("namespace")
                    words = (kind, (place + "/" if place else "") + found["metadata"]["name"])
                    return "{0} {1} is not of this addon".format(*words)
        return ""

    def _kinds_in_namespaces(self):
        found = []
        for version in self._api.versions():
            for kind, one in self._api.served(version).items():
                if one.in_namespaces and {"list", "delete"} <= {*one.verbs}:
                    found.append((version, kind))
        return [one for one in found if one[1] not in _PASSING]

    def _list(self, api_version, kind, namespace):
        try:
            return self._api.list(api_version, kind, namespace)
        except UnknownKindError:
            # The definition has no object yet that anybody could have made.
            return []

    def _counts(self, found, going):
        metadata = found["metadata"]
        if metadata.get("deletionTimestamp") or metadata.get("ownerReferences"):
            return False
        if (found["kind"], metadata["name"]) in _STANDARD:
            return False
        return not any(
            (one.kind, one.name, one.namespace)
            == (found["kind"], metadata["name"], metadata.get("namespace") or "")
            and str(one) in self.deleted
            for one in going
        )
