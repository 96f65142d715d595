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

from ansible_collections.worldtree.core.plugins.module_utils import before_module


def main():
    """Run the module."""
    module, kept = before_module.record()
    module.exit_json(changed=False, kept=kept)


if __name__ == "__main__":
    main()
