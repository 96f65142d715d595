#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Puts a backup into a directory, and removes the oldest ones."""

from __future__ import annotations

DOCUMENTATION = r"""
module: keep_backup
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Keep a backup with its digest, and so many of the older ones
description:
  - Checks a file that was copied into the directory against its digest, writes C(NAME.sha256) and
    C(NAME.json) beside it, and renames it to C(NAME) last, so that a backup is whole or not there.
  - Only then are the oldest ones with the same prefix removed.
  - A file with another digest is a failure; it is removed, and the older backups stay.
options:
  source:
    description: The copied file; on the file system of O(directory), so that a rename is enough.
    type: path
    required: true
  directory:
    description: Where backups are kept.
    type: path
    required: true
  name:
    description: Name of the backup. It begins with the prefix, and sorts by time.
    type: str
    required: true
  prefix:
    description: Beginning of the names of all backups of the same thing.
    type: str
    required: true
  sha256:
    description: Digest of the file as it was made.
    type: str
    required: true
  about:
    description: What is known of it.
    type: dict
    default: {}
  keep:
    description: How many stay, the new one included; 0 keeps all of them.
    type: int
    default: 0
attributes:
  check_mode:
    description: Whether it works in check mode; nothing is kept then.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
seealso:
  - module: worldtree.core.find_backup
"""

EXAMPLES = r"""
- name: Keep the snapshot, and six older ones
  worldtree.core.keep_backup:
    source: /var/backups/shop/.incoming/snapshot.db
    directory: /var/backups/shop
    name: etcd-shop-20260102T030405Z.db
    prefix: etcd-shop-
    sha256: "{{ taken.sha256 }}"
    keep: 7
"""

RETURN = r"""
path:
  description: Where the backup is.
  returned: always
  type: str
removed:
  description: Names of the backups that were removed.
  returned: always
  type: list
  elements: str
"""

import contextlib
import json
import os
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import backup_files

#: Seconds after which a copy that nobody finished is removed.
_ABANDONED = 24 * 3600


def keep(source, path, sha256, about):
    """Make the file the backup at ``path``; raises ValueError for another digest."""
    if (found := backup_files.digest_of(source)) != sha256:
        os.unlink(source)
        raise ValueError("the copy has the digest {0}, not {1}".format(found, sha256))
    os.chmod(source, 0o600)
    backup_files.sync(source)
    name = os.path.basename(path)
    backup_files.write(path + ".sha256", "{0}  {1}\n".format(sha256, name))
    backup_files.write(path + ".json", json.dumps(about, indent=2, sort_keys=True) + "\n")
    os.rename(source, path)
    backup_files.sync(os.path.dirname(path))


def remove_oldest(directory, prefix, most):
    """Remove all but the ``most`` newest backups; return their names."""
    names = backup_files.whole_backups(directory, prefix)
    removed = names[:-most] if most else []
    for name in removed:
        # Without the digest it is no backup any more, whatever happens next.
        for suffix in (*backup_files.ATTACHED, ""):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(directory, name + suffix))
    return removed


def remove_abandoned(directory):
    """Remove copies of snapshots that were interrupted a day ago or earlier."""
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if name.startswith(backup_files.PARTIAL):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - os.stat(path).st_mtime > _ABANDONED:
                    os.unlink(path)


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "source": {"type": "path", "required": True},
            "directory": {"type": "path", "required": True},
            "name": {"type": "str", "required": True},
            "prefix": {"type": "str", "required": True},
            "sha256": {"type": "str", "required": True},
            "about": {"type": "dict", "default": {}},
            "keep": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    given = module.params
    if not given["name"].startswith(given["prefix"]) or "/" in given["name"]:
        module.fail_json(msg="name: {name} does not begin with {prefix}".format(**given))
    if given["keep"] < 0:
        module.fail_json(msg="keep: {keep} is less than 0".format(**given))
    directory = given["directory"]
    path = os.path.join(directory, given["name"])
    removed = []
    if not module.check_mode:
        try:
            with backup_files.alone(directory):
                keep(given["source"], path, given["sha256"], given["about"])
                removed = remove_oldest(directory, given["prefix"], given["keep"])
                remove_abandoned(os.path.dirname(given["source"]))
        except (OSError, ValueError) as problem:
            module.fail_json(
                msg="the backup cannot be kept as {0}: {1}; older ones are untouched".format(
                    path, problem
                )
            )
    module.exit_json(changed=True, path=path, removed=removed)


if __name__ == "__main__":
    main()
