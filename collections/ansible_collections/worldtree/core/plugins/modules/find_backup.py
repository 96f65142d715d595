#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Finds a backup and checks it against its digest."""

from __future__ import annotations

DOCUMENTATION = r"""
module: find_backup
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Find a backup, and check it against its digest
description:
  - Takes the file that is named, or the newest whole backup in the directory, and reads all of it.
  - A file without C(NAME.sha256) beside it, or with another digest, is a failure.
options:
  path:
    description: The backup; the newest one in O(directory) when empty.
    type: str
    default: ""
  directory:
    description: Where backups are.
    type: path
    required: true
  prefix:
    description: Beginning of the names of the backups.
    type: str
    required: true
attributes:
  check_mode:
    description: Whether it works in check mode.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
seealso:
  - module: worldtree.core.keep_backup
"""

EXAMPLES = r"""
- name: Find the newest snapshot
  worldtree.core.find_backup:
    directory: /var/backups/shop
    prefix: etcd-shop-
"""

RETURN = r"""
path:
  description: The backup.
  returned: success
  type: str
sha256:
  description: Its digest.
  returned: success
  type: str
size:
  description: Its size in bytes.
  returned: success
  type: int
about:
  description: What M(worldtree.core.keep_backup) wrote about it.
  returned: success
  type: dict
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import backup_files


def find(path, directory, prefix):
    """Return the path of the backup; raises ValueError where there is none."""
    if path:
        return os.path.join(directory, os.path.expanduser(path))
    names = backup_files.whole_backups(directory, prefix)
    if not names:
        raise ValueError("{0} has no backup {1}*".format(directory, prefix))
    return os.path.join(directory, names[-1])


def checked(path):
    """Return what is known of the backup; raises OSError or ValueError for one that is damaged."""
    if not os.path.isfile(path):
        raise ValueError("{0} is not there".format(path))
    if not os.path.isfile(path + ".sha256"):
        raise ValueError("{0}.sha256, the digest of the backup, is not there".format(path))
    wanted = backup_files.read_digest(path)
    if (found := backup_files.digest_of(path)) != wanted:
        raise ValueError("{0} is damaged: its sha256 is {1}, not {2}".format(path, found, wanted))
    return {
        "path": path,
        "sha256": wanted,
        "size": os.path.getsize(path),
        "about": backup_files.about(path),
    }


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "str", "default": ""},
            "directory": {"type": "path", "required": True},
            "prefix": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        found = checked(find(**module.params))
    except (OSError, ValueError) as problem:
        module.fail_json(msg="no backup to restore: {0}".format(problem))
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
