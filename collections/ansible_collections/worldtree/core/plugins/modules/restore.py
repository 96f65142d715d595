#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Restores the state before a change."""

from __future__ import annotations

DOCUMENTATION = r"""
module: restore
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Restore the state before a change
description:
  - Restores what M(worldtree.core.snapshot) recorded under the same O(id).
  - The latest record that differs from the present state is used, so that a run that changed
    nothing does not hide the one before. That record and later ones are deleted afterwards.
  - With O(task) the record of the first try of that task is used.
  - Without a record it does nothing.
options:
  id:
    description: Id of the record.
    type: str
    required: true
  task:
    description: The WorldTree task to undo; records of other tasks are ignored.
    type: str
  state_dir:
    description:
      - Directory of the records.
      - The default is C(/var/lib/worldtree) for root, C(~/.local/state/worldtree) for others.
    type: path
attributes:
  check_mode:
    description: Whether it reports in check mode what it would restore.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
seealso:
  - module: worldtree.core.snapshot
"""

EXAMPLES = r"""
- name: Restore the saved state
  worldtree.core.restore:
    id: shop/web1/create-cluster/app/main/motd
"""

RETURN = r"""
restored:
  description: What was restored, such as C(files /etc/motd).
  returned: always
  type: list
  elements: str
msg:
  description: All remarks, if there are any.
  returned: when something could not be restored
  type: str
remarks:
  description: What could not be restored, and why; each is a warning too.
  returned: always
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import (
    before_files,
    before_state,
)
from ansible_collections.worldtree.core.plugins.module_utils.before_store import Store, signature


def find(module, store):
    """Return (name, recorded state, present state) of the record to use, or None."""
    task = module.params["task"]
    names = [store.of_task(task)] if task else list(reversed(store.names()))
    for name in names:
        if name is None:
            return None
        record = store.read(name)
        if record is None:
            continue
        now = before_state.look(module, before_state.subjects_of(record["state"]))
        if signature(now) != signature(record["state"]):
            return name, record["state"], now
    return None


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "id": {"type": "str", "required": True},
            "task": {"type": "str"},
            "state_dir": {"type": "path"},
        },
        supports_check_mode=True,
    )
    store = Store(module.params["state_dir"], module.params["id"])
    if not store.is_there():
        module.exit_json(changed=False, restored=[], remarks=[])
    with store.alone():
        bring_back(module, store)


def bring_back(module, store):
    """Restore the record to use, and exit the module."""
    if not module.check_mode:
        # Of a change that was killed before it was one, this is all that there is to undo.
        for name in store.names():
            before_state.sweep((store.read(name) or {}).get("state", {}))
    found = find(module, store)
    if found is None:
        module.exit_json(changed=False, restored=[], remarks=[])
    name, was, now = found
    if module.check_mode:
        would = before_state.differences(was, now)
        module.exit_json(changed=bool(would), restored=would, remarks=[])
    try:
        done, remarks = before_state.restore(module, was, now, store.path(name))
    except before_files.NotKept as problem:
        module.fail_json(msg="cannot restore everything: {0}".format(problem))
    except OSError as problem:
        module.fail_json(msg="cannot restore {0}: {1}".format(problem.filename, problem.strerror))
    for remark in remarks:
        module.warn(remark)
    store.drop_from(name)
    said = {"msg": "; ".join(remarks)} if remarks else {}
    module.exit_json(changed=True, restored=done, remarks=remarks, **said)


if __name__ == "__main__":
    main()
