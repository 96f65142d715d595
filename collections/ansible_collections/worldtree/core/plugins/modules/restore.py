#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Brings back the state before a change."""

from __future__ import annotations

DOCUMENTATION = r"""
module: restore
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Bring back the state before a change
description:
  - Brings back what M(worldtree.core.snapshot) recorded under the same O(id).
  - The latest record that differs from the state now is the one that counts, so that a run that
    changed nothing does not hide the one before. It and later ones are gone afterwards.
  - With O(task) it is the state before the first try of that task that counts, whatever came
    before.
  - Without a record there is nothing to do.
options:
  id:
    description: What the record is found by.
    type: str
    required: true
  task:
    description: The task of WorldTree that is undone; records of other tasks do not count.
    type: str
  state_dir:
    description:
      - Directory of the records.
      - The default is C(/var/lib/worldtree) for root, C(~/.local/state/worldtree) for others.
    type: path
attributes:
  check_mode:
    description: Whether it tells in check mode what it would bring back.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
seealso:
  - module: worldtree.core.snapshot
"""

EXAMPLES = r"""
- name: Bring back the state before
  worldtree.core.restore:
    id: shop/web1/create-cluster/app/main/motd
"""

RETURN = r"""
restored:
  description: What was brought back, such as C(files /etc/motd).
  returned: always
  type: list
  elements: str
msg:
  description: All remarks, where there are any.
  returned: when something could not be brought back
  type: str
remarks:
  description: What could not be brought back, and why; these are warnings too.
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
    """Return (name, state before, state now) of the record that counts, or None."""
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
    if not store.names():
        module.exit_json(changed=False, restored=[], remarks=[])
    with store.alone():
        bring_back(module, store)


def bring_back(module, store):
    """Restore what the record that counts says, and end the module."""
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
        module.fail_json(msg="cannot bring back all: {0}".format(problem))
    except OSError as problem:
        module.fail_json(
            msg="cannot bring back {0}: {1}".format(problem.filename, problem.strerror)
        )
    for remark in remarks:
        module.warn(remark)
    store.drop_from(name)
    said = {"msg": "; ".join(remarks)} if remarks else {}
    module.exit_json(changed=True, restored=done, remarks=remarks, **said)


if __name__ == "__main__":
    main()
