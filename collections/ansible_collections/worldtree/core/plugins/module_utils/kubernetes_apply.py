# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Brings a cluster the objects of an addon by server-side apply, and takes away what is no longer
one of them.

Everything is tried on the server first (``dryRun``), so that conflicts and mistakes are known,
all of them, before anything changes. Only what then differs is applied.
"""

from __future__ import annotations

import base64
import time
from collections import namedtuple

from ansible_collections.worldtree.core.plugins.module_utils import kubernetes_record as record
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_api import (
    ApiError,
    UnknownKindError,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_health import (
    HEALTHY,
    health,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_objects import (
    LABEL,
    MANAGER,
    comparable,
    difference,
    in_order,
    labelled,
    problem_of,
    ref_of,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_removal import Removal

_POLL_SECONDS = 0.2

#: An object that is wanted, with its present form and what it would become. C(after) is None
#: where only the real thing can say: its kind or namespace is not there yet.
Change = namedtuple("Change", ("ref", "wanted", "live", "after"))


class AddonError(Exception):
    """The objects cannot be applied; the message is for users, and nothing else was changed."""


class Addon:
    """An addon of one cluster."""

    def __init__(self, api, name, *, namespace, takes_over, check_mode, seconds):
        self._api = api
        self.name = name
        self._namespace = namespace
        self._takes_over = takes_over
        self.check_mode = check_mode
        self._seconds = seconds
        #: What was done, by name of the object.
        self.created, self.updated, self.unchanged = [], [], []
        self.diff = []

    def record(self):
        """Return ref -> entry of what was applied before."""
        return record.read(self._api.get("v1", record.record_ref(self.name)))

    def prepared(self, objects):
        """Return the objects as they are applied, in that order; raises ``AddonError``."""
        made, seen = [], {}
        for place, one in enumerate(objects, 1):
            problem = problem_of(one)
            if problem:
                raise AddonError("object {0} of {1}: {2}".format(place, self.name, problem))
            one = labelled(one, self.name)
            if self._is_in_namespace(one, objects) and not one["metadata"].get("namespace"):
                one["metadata"] = dict(one["metadata"], namespace=self._namespace)
            if ref_of(one) in seen:
                raise AddonError("{0} is there twice".format(ref_of(one)))
            seen[ref_of(one)] = one
            made.append(_without_string_data(one))
        return in_order(made)

    def _is_in_namespace(self, one, objects):
        try:
            return self._api.resource(one["apiVersion"], one["kind"]).in_namespaces
        except UnknownKindError:
            definition = _definition_of(one, objects)
            return definition is not None and definition["spec"].get("scope") == "Namespaced"

    def plan(self, objects):
        """Return what would change, as the server says; raises ``AddonError`` with all problems."""
        changes, problems, conflicts = [], [], []
        made = {ref_of(one) for one in objects}
        for one in objects:
            ref = ref_of(one)
            try:
                live = self._api.get(one["apiVersion"], ref)
                self._check_owner(ref, live)
                changes.append(Change(ref, one, live, self._tried(one, ref, objects, made)))
            except AddonError as problem:
                problems.append(str(problem))
            except ApiError as problem:
                if problem.conflicts:
                    conflicts += [(ref, *found) for found in problem.conflicts]
                elif problem.status in (0, 401, 403, 502, 503):
                    raise
                else:
                    problems.append("{0}: {1}".format(ref, problem))
        if conflicts:
            problems.append(_conflict_words(conflicts))
        if problems:
            raise AddonError("; ".join(problems))
        return changes

    def _check_owner(self, ref, live):
        label = ((live or {}).get("metadata", {}).get("labels") or {}).get(LABEL)
        if label not in (None, self.name):
            raise AddonError(
                "{0} belongs to the addon {1}: remove it there or here".format(ref, label)
            )
        if live and live["metadata"].get("deletionTimestamp"):
            raise AddonError("{0} is being deleted: apply it again once it is gone".format(ref))

    def _tried(self, one, ref, objects, made):
        try:
            return self._api.apply(one, force=self._takes_over, dry_run=True)
        except UnknownKindError:
            if _definition_of(one, objects) is None:
                raise
            return None
        except ApiError as problem:
            # In a namespace that is only made here, the server cannot try anything.
            above = [one for one in made if one.kind == "Namespace" and one.name == ref.namespace]
            if problem.status == 404 and above:
                return None
            raise

    def note(self, change):
        """Take down what a change does."""
        if change.live is None:
            self.created.append(str(change.ref))
        elif is_changed(change.live, change.after):
            self.updated.append(str(change.ref))
        else:
            self.unchanged.append(str(change.ref))
            return False
        self.diff.append(difference(change.live, change.after or change.wanted))
        return True

    def write(self, changes, before):
        """Apply the changes; the record says what is made before it is made."""
        entries = dict(before)
        for one in changes:
            old = before.get(one.ref)
            there = one.live["metadata"]["uid"] if one.live else ""
            # Made here: by an earlier run, or now because there is none.
            same = old is not None and old.uid in ("", there)
            is_made = one.live is None or (same and old.is_made)
            version = one.wanted["apiVersion"]
            entries[one.ref] = record.Entry(version, one.ref, there, is_made)
        self.keep(entries, before)
        begun = dict(entries)
        for one in changes:
            if one.live is not None and not is_changed(one.live, one.after):
                continue
            applied = self._applied(one)
            entries[one.ref] = entries[one.ref]._replace(uid=applied["metadata"]["uid"])
            if one.ref.kind == "CustomResourceDefinition":
                self._await_kind(one)
        self.keep(entries, begun)
        return entries

    def keep(self, entries, before):
        """Write the record, where it differs from the one before."""
        if entries != before and not self.check_mode:
            self._api.apply(record.written(self.name, entries.values()), force=True)

    def _applied(self, change):
        end = time.monotonic() + self._seconds
        while True:
            try:
                return self._api.apply(change.wanted, force=self._takes_over)
            except ApiError as problem:
                if problem.conflicts:
                    found = [(change.ref, *one) for one in problem.conflicts]
                    raise AddonError(_conflict_words(found)) from problem
                # Its kind, its namespace or what admits it was made a moment ago.
                if time.monotonic() > end or not (problem.is_passing or problem.status == 404):
                    raise AddonError("{0}: {1}".format(change.ref, problem)) from problem
            time.sleep(_POLL_SECONDS)

    def _await_kind(self, change):
        end = time.monotonic() + self._seconds
        found = health(self._api.get(change.wanted["apiVersion"], change.ref))
        while found.status != HEALTHY:
            if time.monotonic() > end:
                raise AddonError(
                    "{0} was not ready after {1} s: {2}".format(
                        change.ref, self._seconds, found.message
                    )
                )
            time.sleep(_POLL_SECONDS)
            found = health(self._api.get(change.wanted["apiVersion"], change.ref))

    def removal(self):
        """Return what deletes objects of this addon."""
        return Removal(self._api, self.name, check_mode=self.check_mode, seconds=self._seconds)

    def drop_record(self):
        """Delete the record, as nothing is left that it could name."""
        ref = record.record_ref(self.name)
        live = self._api.get("v1", ref)
        if live is not None and not self.check_mode:
            self._api.delete(live, ref)


def is_changed(live, after):
    """Return whether applying changes an object, or which of its fields are the addon's."""
    return comparable(live) != comparable(after) or _fields(live) != _fields(after)


def _fields(found):
    listed = found["metadata"].get("managedFields") or []
    return [
        (one["apiVersion"], one.get("fieldsV1"))
        for one in listed
        if one["manager"] == MANAGER and one["operation"] == "Apply"
    ]


def _definition_of(one, objects):
    """Return the definition of an object's kind among the objects, or None."""
    group = one["apiVersion"].partition("/")[0]
    for found in objects:
        if isinstance(found, dict) and found.get("kind") == "CustomResourceDefinition":
            spec = found.get("spec") or {}
            if spec.get("group") == group and spec.get("names", {}).get("kind") == one["kind"]:
                return found
    return None


def _without_string_data(found):
    """Return a secret as the API keeps it: applied twice, C(stringData) would leave old keys."""
    if found["kind"] != "Secret" or not found.get("stringData"):
        return found
    made = {key: value for key, value in found.items() if key != "stringData"}
    given = {
        key: base64.b64encode(str(value).encode()).decode()
        for key, value in found["stringData"].items()
    }
    return dict(made, data=dict(made.get("data") or {}, **given))


def _conflict_words(conflicts):
    owners = {}
    for ref, field, who in conflicts:
        owners.setdefault((str(ref), who), []).append(field)
    told = [
        "{0}: {1} {2} by `{3}`".format(
            ref, ", ".join(sorted(fields)), "is set" if len(fields) == 1 else "are set", who
        )
        for (ref, who), fields in sorted(owners.items())
    ]
    return (
        "others have set fields to other values ({0}): leave these fields out, or take them over "
        "with `conflicts: take`".format("; ".join(told))
    )
