# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Saves what an addon had applied before a change, and applies it again.

The state is kept on the host, as that of files is. Secrets are not: their values would be in a file
that nobody expects. A secret that was changed or deleted stays as it is, and the undo says so.
"""

from __future__ import annotations

import os

from ansible_collections.worldtree.core.plugins.module_utils.before_store import Store
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_objects import (
    Ref,
    in_order,
    owned,
    ref_of,
)

_SECRET = "secret"


def _key(ref):
    return "|".join(ref)


def saved_state(api, entries, changes):
    """Return the state to save: what the addon had applied to all that a run may touch."""
    objects = {}
    for one in changes:
        objects[_key(one.ref)] = _before(one.ref, one.live, one.wanted["apiVersion"])
    for one in entries:
        if _key(one.ref) not in objects:
            live = api.get(one.api_version, one.ref)
            objects[_key(one.ref)] = _before(one.ref, live, one.api_version)
    return {"objects": objects}


def _before(ref, live, version):
    applied = None if live is None else owned(live)
    if applied is None:
        form = "nothing"
    elif ref.kind == "Secret" and not ref.group:
        form, applied = _SECRET, None
    else:
        form = "applied"
    return {"form": form, "object": applied, "api_version": version}


#: Ids of the records of changes, and of those of removals, before the addon's name.
CHANGED, REMOVED = "addons/", "addons-removed/"


def save(state_dir, addon, state, ident=CHANGED):
    """Save a state, unless this task did so before."""
    store = Store(state_dir, ident + addon)
    with store.alone():
        if not store.is_kept(state):
            store.add(lambda _directory: state)


def removed_by(state_dir, task):
    """Return the names of the addons that a task has removed, sorted."""
    place, prefix = os.path.split(Store(state_dir, REMOVED).directory)
    try:
        listed = [name for name in os.listdir(place) if name.startswith(prefix)]
    except FileNotFoundError:
        return []
    names = sorted(name[len(prefix) :] for name in listed)
    return [one for one in names if Store(state_dir, REMOVED + one).of_task(task)]


def revert(addon, state_dir, task, ident=CHANGED):
    """Bring back the state before a task, or the last one; return (changed, remarks).

    ``addon`` is the C(Addon) with the API that it is applied to.
    """
    store = Store(state_dir, ident + addon.name)
    with store.alone():
        names = store.names()
        name = store.of_task(task) if task else (names[-1] if names else None)
        state = store.read(name) if name else None
        if state is None:
            return False, []
        return _bring_back(addon, state["state"]["objects"], lambda: store.drop_from(name))


def _bring_back(addon, objects, drop):
    found = {Ref(*key.split("|")): one for key, one in objects.items()}
    wanted = in_order([one["object"] for one in found.values() if one["object"] is not None])
    entries = addon.record()
    back = {ref_of(one) for one in wanted}
    secrets = {ref for ref, one in found.items() if one["form"] == _SECRET}
    changes = addon.plan(wanted)
    changed = [one for one in changes if addon.note(one)]
    # What the task made: it is in the record, and was nothing of the addon's before.
    made = [one for ref, one in entries.items() if ref not in back and ref not in secrets]
    after = addon.write(changes, entries) if not addon.check_mode else dict(entries)
    removal = addon.removal().run(made)
    kept = {ref: one for ref, one in after.items() if one not in removal.done}
    addon.keep(kept, after)
    if not kept:
        addon.drop_record()
    remarks = [
        "{0} stays as it is now: values of secrets are not saved".format(ref)
        for ref in sorted(secrets)
    ]
    remarks += ["{0} stays: {1}".format(*one) for one in sorted(removal.kept.items())]
    if not addon.check_mode:
        drop()
    return bool(changed or removal.deleted or removal.released), remarks
