# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Saves and restores files, links and directories."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tarfile

from ansible_collections.worldtree.core.plugins.module_utils.unfinished_files import beside

#: Largest file or tree that is saved, in bytes.
LARGEST = 64 * 1024 * 1024


class NotKept(Exception):
    """The content of a file or tree was not saved."""


def look(path):
    """Return the state of C(path) as plain data."""
    try:
        info = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return {"kind": "absent"}
    found = {"uid": info.st_uid, "gid": info.st_gid, "mode": stat.S_IMODE(info.st_mode)}
    if stat.S_ISLNK(info.st_mode):
        found.update(kind="link", target=os.readlink(path))
        del found["mode"]
    elif stat.S_ISDIR(info.st_mode):
        found.update(kind="directory")
    elif stat.S_ISREG(info.st_mode):
        found.update(kind="file", sha256=_sha256(path), mtime=info.st_mtime)
    else:
        found.update(kind="other")
    return found


def look_at_tree(path):
    """Return the state of C(path), of a directory with a digest of its content."""
    found = look(path)
    if found["kind"] == "directory":
        total = hashlib.sha256()
        for folder, folders, files in os.walk(path):
            folders.sort()
            for name in sorted(folders + files):
                inner = os.path.join(folder, name)
                seen = look(inner)
                seen.pop("mtime", None)
                total.update(repr((os.path.relpath(inner, path), sorted(seen.items()))).encode())
        found["tree"] = total.hexdigest()
    return found


def _sha256(path):
    total = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            total.update(block)
    return total.hexdigest()


def keep(path, found, directory, number):
    """Save the content of C(path) in C(directory) unless it is too large."""
    blob = os.path.join(directory, "content-{0}".format(number))
    if found["kind"] == "file" and os.path.getsize(path) <= LARGEST:
        shutil.copyfile(path, blob)
    elif "tree" in found and _size(path) <= LARGEST:
        with tarfile.open(blob, "w") as archive:
            archive.add(path, arcname=".")
    else:
        return
    os.chmod(blob, 0o600)
    found["blob"] = os.path.basename(blob)


def _size(path):
    total = 0
    for folder, _folders, files in os.walk(path):
        for name in files:
            total += os.lstat(os.path.join(folder, name)).st_size
    return total


def restore(module, path, was, directory):
    """Restore C(path) to what it C(was); returns a remark on what was left; raises NotKept."""
    now = look(path)
    blob = os.path.join(directory, was["blob"]) if "blob" in was else None
    if was["kind"] == "absent":
        return _remove(path, now)
    if was["kind"] == "other" or (blob is None and (was["kind"] == "file" or "tree" in was)):
        raise NotKept("{0} was not saved: it was not a regular file, or too large".format(path))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if was["kind"] == "directory":
        _restore_directory(path, was, now, blob)
        return None
    if now["kind"] == "directory":
        return "{0} is a directory now and was not changed".format(path)
    work = beside(path)
    try:
        fresh = os.path.join(work, "content")
        if was["kind"] == "link":
            os.symlink(was["target"], fresh)
            _own(fresh, was)
        else:
            shutil.copyfile(blob, fresh)
            _own(fresh, was)
            os.utime(fresh, (was["mtime"], was["mtime"]))
        # All at once: a process that is killed leaves the one or the other.
        os.replace(fresh, path)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if was["kind"] == "file":
        module.set_default_selinux_context(path, False)
    return None


def _remove(path, now):
    if now["kind"] == "absent":
        return None
    if now["kind"] != "directory":
        os.unlink(path)
        return None
    try:
        os.rmdir(path)
    except OSError:
        return "{0} is not empty and was not removed".format(path)
    return None


def _restore_directory(path, was, now, blob):
    if now["kind"] not in ("absent", "directory"):
        os.unlink(path)
    if now["kind"] != "directory":
        os.mkdir(path)
    if blob is not None:
        with tarfile.open(blob) as archive:
            if hasattr(tarfile, "fully_trusted_filter"):
                archive.extractall(path, numeric_owner=True, filter="fully_trusted")
            else:
                archive.extractall(path, numeric_owner=True)
    _own(path, was)


def _own(path, was):
    if os.geteuid() == 0:
        os.lchown(path, was["uid"], was["gid"])
    if "mode" in was:
        os.chmod(path, was["mode"])
