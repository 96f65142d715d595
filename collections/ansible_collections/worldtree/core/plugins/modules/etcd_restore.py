#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Puts the data of a member of etcd back to a snapshot, one step at a time."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_restore
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Put the data of a member of etcd back to a snapshot, one step at a time
description:
  - All members take each step before one takes the next. Up to V(swapped) the running member is not
    touched.
  - Everything is in the data directory, so that moving it is a rename. The data of before stay in
    C(worldtree-before-TIME).
options:
  state:
    description:
      - V(checked) says whether there are room and programs for O(size) bytes.
      - V(prepared) restores O(snapshot) into C(worldtree-restored) and removes the snapshot.
      - V(swapped) puts the prepared data in place. The member must not run.
      - V(reverted) undoes V(swapped); the restored data stay in C(worldtree-undone-TIME).
      - V(finished) deletes the data of before.
    type: str
    choices: [checked, prepared, swapped, reverted, finished]
    required: true
  ctl:
    description: The program etcdctl; etcdutl is used where it is beside it.
    type: path
    default: /usr/bin/etcdctl
  data_dir:
    description: The data directory of the member.
    type: path
    required: true
  owner:
    description: Whose files the data are.
    type: str
    default: etcd
  size:
    description: Size of the snapshot in bytes, for V(checked).
    type: int
    default: 0
  snapshot:
    description: The snapshot on this host, for V(prepared).
    type: path
  name:
    description: Name of the member, for V(prepared).
    type: str
  peer_url:
    description: Address of the member for peers, for V(prepared).
    type: str
  initial_cluster:
    description: All members as C(NAME=URL), joined by commas, for V(prepared).
    type: str
  token:
    description:
      - The new cluster's token, for V(prepared). It must be a new one, and the same on all members,
        so that members of the old cluster do not mix with those of the restored one.
    type: str
  bump_revision:
    description:
      - By how much revisions are raised where the program can, so that watchers never see one
        twice. The revision is marked as compacted, so that they read anew.
    type: int
    default: 1000000000
extends_documentation_fragment:
  - worldtree.core.attributes
"""

EXAMPLES = r"""
- name: Put the prepared data in place
  worldtree.core.etcd_restore:
    state: swapped
    data_dir: /var/lib/etcd
"""

RETURN = r"""
before:
  description: Where the data of before are; empty where there were none.
  returned: when O(state=swapped)
  type: str
deleted:
  description: Directories that were deleted.
  returned: when O(state=finished)
  type: list
  elements: str
"""

import os
import pwd
import shutil
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import backup_files, etcd_tools
from ansible_collections.worldtree.core.plugins.module_utils.etcd_client import EtcdError, short

_PREPARED = "worldtree-restored"
_BEFORE = "worldtree-before-"
_UNDONE = "worldtree-undone-"


class Data:
    """The data directory."""

    def __init__(self, module):
        """Take the directory from the module's parameters."""
        self.module = module
        self.path = module.params["data_dir"]
        self.member = os.path.join(self.path, "member")
        self.prepared = os.path.join(self.path, _PREPARED)

    def befores(self):
        """Return the directories with data of before, oldest first."""
        names = sorted(os.listdir(self.path)) if os.path.isdir(self.path) else []
        return [os.path.join(self.path, name) for name in names if name.startswith(_BEFORE)]

    def aside(self, kind):
        """Move the member's data into a new directory; return it, or "" without data."""
        if not os.path.lexists(self.member):
            return ""
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        place = os.path.join(self.path, kind + now)
        os.mkdir(place, 0o700)
        self._own(place)
        os.rename(self.member, os.path.join(place, "member"))
        return place

    def need_stopped(self):
        """Raise ``EtcdError`` while the member runs: it would go on writing to what is moved."""
        code, _out, _err = self.module.run_command(
            ["systemctl", "is-active", "--quiet", "etcd.service"]
        )
        if code == 0:
            raise EtcdError("the member runs; it has to be stopped first")

    def own_all(self, top):
        """Give a directory and all in it to the owner, for its own use only."""
        for directory, folders, files in os.walk(top):
            for path in (directory, *(os.path.join(directory, one) for one in folders + files)):
                self._own(path)
        os.chmod(top, 0o700)

    def _own(self, path):
        entry = pwd.getpwnam(self.module.params["owner"])
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def check(data):
    """Say whether the restore can begin."""
    given = data.module.params
    if not os.access(given["ctl"], os.X_OK):
        raise EtcdError("{0} is not installed; apply the document first".format(given["ctl"]))
    if not os.path.isdir(data.path):
        raise EtcdError("{0} is not there; apply the document first".format(data.path))
    # The copy of the snapshot, and what becomes of it.
    etcd_tools.need_room(data.path, 2 * given["size"] + etcd_tools.WAL)
    return {"changed": False}


def prepare(data):
    """Restore the snapshot beside the member's data."""
    given = data.module.params
    tool = etcd_tools.tool_beside(given["ctl"])
    options = ["--name=" + given["name"], "--initial-cluster=" + given["initial_cluster"]]
    options.append("--initial-cluster-token=" + given["token"])
    options.append("--initial-advertise-peer-urls=" + given["peer_url"])
    if given["bump_revision"] and etcd_tools.takes_revision(data.module, tool):
        options += ["--bump-revision={0}".format(given["bump_revision"]), "--mark-compacted"]
    shutil.rmtree(data.prepared, ignore_errors=True)
    try:
        etcd_tools.restore(data.module, tool, given["snapshot"], data.prepared, options)
        data.own_all(data.prepared)
    except (EtcdError, OSError, KeyError):
        shutil.rmtree(data.prepared, ignore_errors=True)
        raise
    finally:
        os.unlink(given["snapshot"])
    return {"changed": True}


def swap(data):
    """Put the prepared data in place; an interrupted swap is completed."""
    restored = os.path.join(data.prepared, "member")
    if not os.path.isdir(restored):
        if os.path.isdir(data.member):
            return {"changed": False, "before": (data.befores() or [""])[-1]}
        raise EtcdError("there are no prepared data in {0}".format(data.prepared))
    data.need_stopped()
    before = data.aside(_BEFORE)
    os.rename(restored, data.member)
    os.rmdir(data.prepared)
    backup_files.sync(data.path)
    return {"changed": True, "before": before or (data.befores() or [""])[-1]}


def revert(data):
    """Bring the data of before back."""
    old = [one for one in data.befores() if os.path.isdir(os.path.join(one, "member"))]
    if not old:
        return {"changed": False}
    data.need_stopped()
    data.aside(_UNDONE)
    os.rename(os.path.join(old[-1], "member"), data.member)
    os.rmdir(old[-1])
    backup_files.sync(data.path)
    return {"changed": True}


def finish(data):
    """Delete the data of before."""
    found = data.befores()
    if not data.module.check_mode:
        for path in found:
            shutil.rmtree(path)
    return {"changed": bool(found), "deleted": found}


_STEPS = {
    "checked": check,
    "prepared": prepare,
    "swapped": swap,
    "reverted": revert,
    "finished": finish,
}


def main():
    """Run the module."""
    of_prepared = ["snapshot", "name", "peer_url", "initial_cluster", "token"]
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": list(_STEPS), "required": True},
            "ctl": {"type": "path", "default": "/usr/bin/etcdctl"},
            "data_dir": {"type": "path", "required": True},
            "owner": {"type": "str", "default": "etcd"},
            "size": {"type": "int", "default": 0},
            "snapshot": {"type": "path"},
            "name": {"type": "str"},
            "peer_url": {"type": "str"},
            "initial_cluster": {"type": "str"},
            "token": {"type": "str", "no_log": False},
            "bump_revision": {"type": "int", "default": 1000000000},
        },
        required_if=[("state", "prepared", of_prepared)],
        supports_check_mode=True,
    )
    state = module.params["state"]
    if module.check_mode and state in ("prepared", "swapped", "reverted"):
        module.exit_json(changed=True, before="")
    try:
        module.exit_json(**_STEPS[state](Data(module)))
    except (EtcdError, OSError, KeyError) as problem:
        module.fail_json(msg="the restore stops here: {0}".format(short(str(problem))))


if __name__ == "__main__":
    main()
