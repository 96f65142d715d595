#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Saves the state before a change."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Save the state before a change
description:
  - Records files, directories, packages, services, users and kernel parameters as they are, on the
    host itself, so that M(worldtree.core.restore) can bring them back.
  - When the state equals the last record, no new one is added. The last five records are kept.
  - A record has the id of the WorldTree task that requested it; each task requests one only.
  - It never reports a change, since it changes nothing of what it records.
options:
  id:
    description: Id of the record, for example the id of a node of a plan.
    type: str
    required: true
  files:
    description:
      - Paths of files, links and directories. Of a directory only owner, group and mode are saved.
      - Files over 64 MiB are not saved; restoring reports that.
    type: list
    elements: path
    default: []
  trees:
    description: Paths of directories that are saved with their content, up to 64 MiB.
    type: list
    elements: path
    default: []
  packages:
    description: Names of packages.
    type: list
    elements: str
    default: []
  services:
    description: Names of services of systemd.
    type: list
    elements: str
    default: []
  users:
    description: Names of accounts.
    type: list
    elements: str
    default: []
  sysctl:
    description: Names of kernel parameters.
    type: list
    elements: str
    default: []
  state_dir:
    description:
      - Directory of the records.
      - The default is C(/var/lib/worldtree) for root, C(~/.local/state/worldtree) for others.
    type: path
attributes:
  check_mode:
    description: Whether it works in check mode; nothing is recorded then.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
seealso:
  - module: worldtree.core.restore
"""

EXAMPLES = r"""
- name: Save the state before the change
  worldtree.core.snapshot:
    id: shop/web1/create-cluster/app/main/motd
    files:
      - /etc/motd
"""

RETURN = r"""
kept:
  description: Whether a new record was added.
  returned: always
  type: bool
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import before_state
from ansible_collections.worldtree.core.plugins.module_utils.before_store import Store

SECTIONS = ("files", "trees", "packages", "services", "users", "sysctl")


def keep(store, state):
    """Add a record unless the latest one is sufficient; return whether it was added."""
    with store.alone():
        if store.is_kept(state):
            store.take_over()
            return False
        store.add(lambda directory: before_state.keep(state, directory))
        return True


def main():
    """Run the module."""
    spec = {name: {"type": "list", "elements": "str", "default": []} for name in SECTIONS}
    spec["files"]["elements"] = spec["trees"]["elements"] = "path"
    spec["id"] = {"type": "str", "required": True}
    spec["state_dir"] = {"type": "path"}
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    store = Store(module.params["state_dir"], module.params["id"])
    try:
        state = before_state.look(module, {name: module.params[name] for name in SECTIONS})
        kept = not store.is_kept(state) if module.check_mode else keep(store, state)
    except OSError as problem:
        module.fail_json(
            msg="the state cannot be saved in {0}: {1}: {2}".format(
                store.directory, problem.strerror, problem.filename
            )
        )
    module.exit_json(changed=False, kept=kept)


if __name__ == "__main__":
    main()
