# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""What an addon has applied: a record in the cluster, and what may be deleted by it.

Pure, but for the format of the ConfigMap that keeps it. Something is deleted only if this addon has
made it (it did not exist before), it is still the object that was made (its uid), and it still has
the addon's label. What existed before is released: the addon's fields go, the object stays.
"""

from __future__ import annotations

import json
from collections import namedtuple

from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_objects import (
    LABEL,
    Ref,
    group_of,
)

#: Label of the record itself; its value is the addon's name.
RECORD_LABEL = "worldtree.io/addon-record"
NAMESPACE = "kube-system"
#: Annotation of an object that is never deleted.
KEEP = "worldtree.io/prune"

DELETE, RELEASE, KEPT, GONE = "delete", "release", "kept", "gone"

#: C(uid) is empty for what was about to be made when a run ended.
Entry = namedtuple("Entry", ("api_version", "ref", "uid", "is_made"))
#: What becomes of an object that is no longer wanted, and why it is kept.
Verdict = namedtuple("Verdict", ("act", "why"))


def record_ref(addon):
    """Return what the record of an addon is called."""
    return Ref("", "ConfigMap", NAMESPACE, "worldtree-addon-" + addon)


def written(addon, entries):
    """Return the record as an object that can be applied."""
    lines = [
        {
            "apiVersion": one.api_version,
            "kind": one.ref.kind,
            "namespace": one.ref.namespace,
            "name": one.ref.name,
            "uid": one.uid,
            "made": one.is_made,
        }
        for one in entries
    ]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": record_ref(addon).name,
            "namespace": NAMESPACE,
            "labels": {RECORD_LABEL: addon},
        },
        "data": {"objects": "\n".join(json.dumps(one, sort_keys=True) for one in lines)},
    }


def read(found):
    """Return ref -> entry of a record, which is None where there is none."""
    text = "" if found is None else (found.get("data") or {}).get("objects", "")
    entries = {}
    for line in text.splitlines():
        one = json.loads(line)
        ref = Ref(group_of(one["apiVersion"]), one["kind"], one["namespace"], one["name"])
        entries[ref] = Entry(one["apiVersion"], ref, one["uid"], one["made"])
    return entries


def verdict(entry, live, addon):
    """Return what becomes of an object of the record that the addon no longer wants."""
    if live is None:
        return Verdict(GONE, "")
    metadata = live["metadata"]
    label = (metadata.get("labels") or {}).get(LABEL)
    if label is None:
        return Verdict(KEPT, "somebody has taken the label {0} from it".format(LABEL))
    if label != addon:
        return Verdict(KEPT, "it belongs to the addon {0} now".format(label))
    if entry.uid and metadata["uid"] != entry.uid:
        return Verdict(KEPT, "somebody has deleted it and made another one of its name")
    if not entry.is_made:
        return Verdict(RELEASE, "")
    if (metadata.get("annotations") or {}).get(KEEP) == "keep":
        return Verdict(KEPT, "its annotation {0} says so".format(KEEP))
    if entry.ref.kind == "PersistentVolumeClaim" and not entry.ref.group:
        return Verdict(KEPT, "it holds data; delete it by hand if nobody needs them")
    return Verdict(DELETE, "")
