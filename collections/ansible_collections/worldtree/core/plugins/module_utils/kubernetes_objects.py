# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Objects of Kubernetes as plain data: what they are called, their order, how two of them differ.

Pure. A version of an API is no part of what an object is called: the same object is served in
several, and an upgrade takes old ones away.
"""

from __future__ import annotations

import copy
import json
from collections import namedtuple

#: Label of every object of an addon; its value is the addon's name.
LABEL = "worldtree.io/addon"
#: Name under which fields are applied, and by which the API knows whose they are.
MANAGER = "worldtree"

#: Kinds that others need, in the order in which they are applied; the rest follows.
_FIRST = (
    "Namespace",
    "CustomResourceDefinition",
    "PriorityClass",
    "StorageClass",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Service",
)
#: Kinds through which requests go once they exist; what answers those is applied before.
_LAST = ("APIService", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")

_HIDDEN, _HIDDEN_CHANGED = "(hidden)", "(hidden, changed)"


class Ref(namedtuple("Ref", ("group", "kind", "namespace", "name"))):
    """What an object is called; C(namespace) is empty for one of the whole cluster."""

    __slots__ = ()

    def __str__(self):
        place = "{0}/".format(self.namespace) if self.namespace else ""
        return "{0} {1}{2}".format(self.kind, place, self.name)


def group_of(api_version):
    """Return the group of an API, which is empty for the core one."""
    group, slash, _ = api_version.partition("/")
    return group if slash else ""


def ref_of(found):
    """Return what an object is called."""
    metadata = found.get("metadata") or {}
    return Ref(
        group_of(found["apiVersion"]),
        found["kind"],
        metadata.get("namespace") or "",
        metadata["name"],
    )


def rank(kind):
    """Return the place of a kind in the order of applying; removal goes the other way."""
    if kind in _FIRST:
        return _FIRST.index(kind)
    return len(_FIRST) + (1 + _LAST.index(kind) if kind in _LAST else 0)


def in_order(objects):
    """Return objects in the order in which they are applied; else as they were given."""
    return sorted(objects, key=lambda one: rank(one["kind"]))


def problem_of(found):
    """Say why something is no object of Kubernetes, or return an empty text."""
    if not isinstance(found, dict):
        return "it is not a mapping"
    for key in ("apiVersion", "kind"):
        if not isinstance(found.get(key), str) or not found[key]:
            return "it has no `{0}`".format(key)
    metadata = found.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        return "it has no `metadata.name`"
    if not metadata["name"]:
        return "its `metadata.name` is empty"
    return ""


def flattened(objects):
    """Return objects, with the items of lists (C(kind: List)) in place of the lists."""
    found = []
    for one in objects:
        items = one.get("items") if isinstance(one, dict) else None
        if isinstance(items, list) and str(one.get("kind", "")).endswith("List"):
            found += flattened(items)
        else:
            found.append(one)
    return found


def labelled(found, addon):
    """Return a copy of an object with the label of an addon, without what only the API says."""
    made = {key: value for key, value in found.items() if key != "status"}
    metadata = {key: value for key, value in made["metadata"].items() if key not in _OF_THE_API}
    metadata["labels"] = dict(metadata.get("labels") or {}, **{LABEL: addon})
    return dict(made, metadata=metadata)


_OF_THE_API = (
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)


def comparable(found):
    """Return what of an object a change shows in: all but its status and the API's own notes."""
    made = {key: value for key, value in found.items() if key != "status"}
    made["metadata"] = {
        key: value for key, value in found["metadata"].items() if key not in _OF_THE_API
    }
    return made


def difference(old, new):
    """Return a difference as Ansible shows it; C(None) is an object that is not there.

    Values of secrets are replaced by words, which say whether they change.
    """
    before = comparable(old) if old else None
    after = comparable(new) if new else None
    if (before or after)["kind"] == "Secret":
        before, after = _hidden(before, after)
    named = str(ref_of(old or new))
    return {
        "before_header": named,
        "after_header": named,
        "before": _text(before),
        "after": _text(after),
    }


def _hidden(before, after):
    made = [copy.deepcopy(before), copy.deepcopy(after)]
    for key in ("data", "stringData"):
        one, other = ((part or {}).get(key) or {} for part in (before, after))
        for name in {**one, **other}:
            if name in one:
                made[0][key][name] = _HIDDEN
            if name in other:
                same = name not in one or one[name] == other[name]
                made[1][key][name] = _HIDDEN if same else _HIDDEN_CHANGED
    return made


def _text(found):
    return "" if found is None else json.dumps(found, indent=2, sort_keys=True) + "\n"


def owned(found, manager=MANAGER):
    """Return the configuration that a manager has applied to an object, or None.

    That is the fields which C(managedFields) says it has, with their present values; they are named
    in the version of the API in which the object was read.
    """
    listed = found["metadata"].get("managedFields") or []
    fields = [
        one.get("fieldsV1") or {}
        for one in listed
        if one.get("manager") == manager
        and one.get("operation") == "Apply"
        and not one.get("subresource")
        and one.get("apiVersion") == found["apiVersion"]
    ]
    if not fields:
        return None
    made = _part(found, fields[0])
    metadata = {"name": found["metadata"]["name"]}
    if found["metadata"].get("namespace"):
        metadata["namespace"] = found["metadata"]["namespace"]
    metadata.update(made.get("metadata") or {})
    return dict(made, apiVersion=found["apiVersion"], kind=found["kind"], metadata=metadata)


def _part(value, fields):
    """Return what of C(value) C(fields) names, in the form of C(managedFields)."""
    inner = {key: one for key, one in fields.items() if key != "."}
    if not inner:
        return value
    if isinstance(value, list):
        places = {key: _item(value, key) for key in inner}
        chosen = {
            place: _item_part(value[place], key, inner[key])
            for key, place in places.items()
            if place is not None
        }
        return [chosen[place] for place in sorted(chosen)]
    if not isinstance(value, dict):
        return value
    named = ((key[2:], one) for key, one in inner.items() if key.startswith("f:"))
    return {name: _part(value[name], one) for name, one in named if name in value}


def _item(items, key):
    """Return the place of what C(key) names in a list, or None."""
    form, _, text = key.partition(":")
    if form == "i":
        return int(text) if int(text) < len(items) else None
    wanted = json.loads(text)
    for place, item in enumerate(items):
        if form == "v" and item == wanted:
            return place
        if form == "k" and _has(item, wanted):
            return place
    return None


def _has(item, wanted):
    """Whether an item of a list has all keys with these values."""
    return isinstance(item, dict) and all(item.get(key) == one for key, one in wanted.items())


def _item_part(item, key, fields):
    part = _part(item, fields)
    if key.startswith("k:") and isinstance(part, dict):
        # The keys tell which item it is, also where others have set them.
        return dict(json.loads(key[2:]), **part)
    return part
