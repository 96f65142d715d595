# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Works on snapshots without a running member, by etcdutl, or by etcdctl of etcd 3.4."""

from __future__ import annotations

import json
import os
import shutil

from ansible_collections.worldtree.core.plugins.module_utils.etcd_client import EtcdError, short

#: Bytes that a new data directory needs beside the database: two files of the log, made ahead.
WAL = 128 * 1024 * 1024


def tool_beside(ctl):
    """Return the program that restores: etcdutl, which etcd has since 3.5 and 3.6 demands."""
    beside = os.path.join(os.path.dirname(os.path.realpath(ctl)), "etcdutl")
    return beside if os.access(beside, os.X_OK) else ctl


def snapshot_status(module, tool, path):
    """Return hash, revision, totalKey and totalSize of a snapshot; raises ``EtcdError``."""
    code, out, err = module.run_command(
        [tool, "snapshot", "status", path, "--write-out=json"], environ_update={"ETCDCTL_API": "3"}
    )
    if code != 0:
        raise EtcdError("the snapshot cannot be read: {0}".format(short(err or out)))
    return json.loads(out)


def restore(module, tool, path, target, options=()):
    """Restore a snapshot into the directory ``target``, which is new; raises ``EtcdError``."""
    code, out, err = module.run_command(
        [tool, "snapshot", "restore", path, "--data-dir=" + target, *options],
        environ_update={"ETCDCTL_API": "3"},
    )
    if code != 0 or not os.path.isfile(os.path.join(target, "member", "snap", "db")):
        raise EtcdError("the snapshot cannot be restored: {0}".format(short(err or out)))


def takes_revision(module, tool):
    """Tell whether the program can raise revisions, as etcd 3.5 and newer do."""
    _code, out, err = module.run_command(
        [tool, "snapshot", "restore", "--help"], environ_update={"ETCDCTL_API": "3"}
    )
    return "--bump-revision" in out + err


def need_room(directory, size):
    """Raise ``EtcdError`` where a directory's file system has less than ``size`` bytes left."""
    free = shutil.disk_usage(directory).free
    if free < size:
        raise EtcdError(
            "{0} has {1} MiB left, and {2} MiB are needed".format(
                directory, free // 2**20, -(-size // 2**20)
            )
        )


def hand_over(*paths):
    """Give files to the user that logged in and became root by sudo, if one did."""
    user, group = os.environ.get("SUDO_UID"), os.environ.get("SUDO_GID")
    if user and group and os.geteuid() == 0:
        for path in paths:
            os.chown(path, int(user), int(group))
