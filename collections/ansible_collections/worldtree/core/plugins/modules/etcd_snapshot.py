#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Takes a snapshot of etcd and proves that it can be restored."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_snapshot
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Take a snapshot of etcd, and prove that it can be restored
description:
  - Takes the snapshot from the member of this host, into a new directory that only one user can
    read.
  - Reads its status, restores it into a trial directory, and compares its revision with that of the
    member before. What does not pass is removed, and a failure.
  - The directory belongs to the user that logged in, so that the file can be fetched without
    becoming another user.
options:
  endpoint:
    description: Address for clients of this host's member.
    type: str
    required: true
  directory:
    description: Where the new directory is made. It needs room for the database twice, and 128 MiB.
    type: path
    default: /var/tmp
  timeout:
    description: Seconds that the snapshot may take.
    type: int
    default: 1800
attributes:
  check_mode:
    description: Whether it works in check mode; nothing is taken then.
extends_documentation_fragment:
  - worldtree.core.etcd
  - worldtree.core.attributes
"""

EXAMPLES = r"""
- name: Take a snapshot
  worldtree.core.etcd_snapshot:
    ctl: [/usr/bin/etcdctl]
    endpoint: http://127.0.0.1:2379
"""

RETURN = r"""
path:
  description: The snapshot.
  returned: success
  type: str
sha256:
  description: Its digest.
  returned: success
  type: str
time:
  description: When it was taken, in UTC, as C(20260102T030405Z).
  returned: success
  type: str
about:
  description: Revision, number of keys, hash, size in bytes, version of etcd, member and time.
  returned: success
  type: dict
"""

import json
import os
import shutil
import tempfile
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import backup_files, etcd_tools
from ansible_collections.worldtree.core.plugins.module_utils.etcd_client import (
    Client,
    EtcdError,
    installed,
    short,
)


def status_of(client, endpoint):
    """Return what the member says of itself; raises ``EtcdError`` where it does not answer."""
    code, out, why = client.run([endpoint], "endpoint", "status", "--write-out=json")
    if code != 0:
        raise EtcdError("the member does not answer: {0}".format(why))
    return json.loads(out)[0]["Status"]


def take(module, client, directory):
    """Take the snapshot into ``directory`` and check it; return the result."""
    given = module.params
    before = status_of(client, given["endpoint"])
    etcd_tools.need_room(given["directory"], 2 * before["dbSize"] + etcd_tools.WAL)
    path = os.path.join(directory, "snapshot.db")
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    code, _out, why = client.run(
        [given["endpoint"]], "snapshot", "save", path, timeout="{0}s".format(given["timeout"])
    )
    if code != 0:
        raise EtcdError("the snapshot cannot be taken: {0}".format(why))
    tool = etcd_tools.tool_beside(installed(given["ctl"][0]))
    found = etcd_tools.snapshot_status(module, tool, path)
    if found["revision"] < before["header"]["revision"]:
        raise EtcdError(
            "the snapshot has revision {0}, and the member had {1} before".format(
                found["revision"], before["header"]["revision"]
            )
        )
    trial = os.path.join(directory, "trial")
    etcd_tools.restore(module, tool, path, trial)
    shutil.rmtree(trial)
    return {
        "path": path,
        "sha256": backup_files.digest_of(path),
        "time": now,
        "about": {
            "revision": found["revision"],
            "keys": found["totalKey"],
            "hash": found["hash"],
            "size": os.path.getsize(path),
            "version": before["version"],
            "time": now,
        },
    }


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "ctl": {"type": "list", "elements": "str", "required": True},
            "endpoint": {"type": "str", "required": True},
            "directory": {"type": "path", "default": "/var/tmp"},
            "timeout": {"type": "int", "default": 1800},
        },
        supports_check_mode=True,
    )
    client = Client(module, module.params["ctl"], [module.params["endpoint"]])
    if module.check_mode:
        module.exit_json(changed=True, path="", sha256="", time="", about={})
    directory = None
    try:
        directory = tempfile.mkdtemp(prefix="worldtree-etcd-", dir=module.params["directory"])
        result = take(module, client, directory)
        etcd_tools.hand_over(directory, result["path"])
    except (EtcdError, OSError, KeyError, ValueError) as problem:
        if directory:
            shutil.rmtree(directory, ignore_errors=True)
        module.fail_json(msg="no backup was made: {0}".format(short(str(problem))))
    module.exit_json(changed=True, **result)


if __name__ == "__main__":
    main()
