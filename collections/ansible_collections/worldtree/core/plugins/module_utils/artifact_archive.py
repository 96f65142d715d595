# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Unpacks archives into a directory that nobody uses yet, and nowhere else."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tarfile
import zipfile

from ansible_collections.worldtree.core.plugins.module_utils.artifact_store import sync

_BLOCK = 1 << 20
_ZSTD = b"\x28\xb5\x2f\xfd"
#: What a mode keeps: nobody but the owner writes, and nothing runs as another user.
_MODES = 0o755


class BadArchive(Exception):
    """The archive is damaged, or has what must not be unpacked."""


class _Member:
    """One entry of an archive: C(kind) is C(file), C(directory), C(link) or C(same)."""

    def __init__(self, name, kind, mode=0, mtime=0, target="", open_=None):
        self.name, self.kind, self.mode, self.mtime = name, kind, mode, mtime
        #: Of a link the text in it, of the C(same) file the name of the other entry.
        self.target, self.open = target, open_


def unpack(archive, directory, strip):
    """Unpack the file C(archive) into the empty C(directory), without C(strip) leading parts.

    Raises C(BadArchive), and C(OSError) such as that of a full disk.
    """
    written = set()
    try:
        with _members(archive) as members:
            for member in members:
                parts = _parts(member.name)[strip:]
                if parts:
                    _unpack_one(member, parts, directory, strip)
                    written.add("/".join(parts))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError) as error:
        raise BadArchive("it cannot be read: {0}".format(error)) from error
    except OSError as error:
        if error.errno is None:  # Damage of a compressed file, and no error of the system.
            raise BadArchive("it cannot be read: {0}".format(error)) from error
        raise
    except Exception as error:  # Modules of decompression that a Python may lack have their own.
        if type(error).__module__ in ("zlib", "lzma", "_lzma"):
            raise BadArchive("it cannot be read: {0}".format(error)) from error
        raise
    if not written:
        raise BadArchive("it has no file with more than {0} leading directories".format(strip))
    _check_links(directory)
    _sync_all(directory)


@contextlib.contextmanager
def _members(archive):
    with open(archive, "rb") as stream:
        if stream.read(4) == _ZSTD:
            raise BadArchive("it is compressed by zstd, which is not supported; use gzip or xz")
    if zipfile.is_zipfile(archive) and not _is_tar(archive):
        with zipfile.ZipFile(archive) as opened:
            yield _of_zip(opened)
    else:
        with tarfile.open(archive, "r:*") as opened:
            yield _of_tar(opened)


def _is_tar(archive):
    try:
        return tarfile.is_tarfile(archive)
    except (EOFError, OSError):
        return False


def _of_tar(opened):
    for one in opened:
        if one.isdir():
            yield _Member(one.name, "directory", one.mode, one.mtime)
        elif one.issym():
            yield _Member(one.name, "link", target=one.linkname)
        elif one.islnk():
            yield _Member(one.name, "same", target=one.linkname)
        elif one.isreg():
            yield _Member(
                one.name,
                "file",
                one.mode,
                one.mtime,
                open_=lambda one=one: opened.extractfile(one),
            )
        else:
            raise BadArchive("`{0}` is a device or a pipe".format(one.name))


def _of_zip(opened):
    for one in opened.infolist():
        mode = one.external_attr >> 16
        kind = stat.S_IFMT(mode)
        if one.is_dir():
            yield _Member(one.filename, "directory", mode or 0o755)
        elif kind == stat.S_IFLNK:
            yield _Member(one.filename, "link", target=os.fsdecode(opened.read(one)))
        elif kind in (0, stat.S_IFREG):
            yield _Member(
                one.filename, "file", mode or 0o644, open_=lambda one=one: opened.open(one)
            )
        else:
            raise BadArchive("`{0}` is a device or a pipe".format(one.filename))


def _parts(name):
    """Return the parts of an entry's name. Raises C(BadArchive) for one that leads elsewhere."""
    if name.startswith("/") or "\0" in name:
        raise BadArchive("`{0}` is not a relative path".format(name))
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise BadArchive("`{0}` leads out of the directory".format(name))
    return parts


def _unpack_one(member, parts, directory, strip):
    path = _place(parts, directory, member.name)
    is_there = os.path.lexists(path)
    if member.kind == "directory":
        if not is_there:
            os.mkdir(path, 0o755)
        elif not stat.S_ISDIR(os.lstat(path).st_mode):
            raise BadArchive("`{0}` is there twice".format(member.name))
        os.chmod(path, (member.mode & _MODES) | 0o700)
        return
    if is_there:
        # As tar does: of two entries with one name the last one counts.
        if stat.S_ISDIR(os.lstat(path).st_mode):
            raise BadArchive("`{0}` is there twice".format(member.name))
        os.unlink(path)
    if member.kind == "link":
        if os.path.isabs(member.target):
            raise BadArchive("the link `{0}` leads to {1}".format(member.name, member.target))
        os.symlink(member.target, path)
    elif member.kind == "same":
        other = _place(_parts(member.target)[strip:], directory, member.name)
        if not os.path.lexists(other) or not stat.S_ISREG(os.lstat(other).st_mode):
            raise BadArchive(
                "`{0}` is the same file as `{1}`, which is none".format(member.name, member.target)
            )
        os.link(other, path, follow_symlinks=False)
    else:
        _write(member, path)


def _place(parts, directory, name):
    """Return the path of an entry, with its directories, none of which is a link."""
    path = directory
    for part in parts[:-1]:
        path = os.path.join(path, part)
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            os.mkdir(path, 0o755)
            continue
        if not stat.S_ISDIR(found.st_mode):
            raise BadArchive("`{0}` is below a link or a file".format(name))
    return os.path.join(path, *parts[-1:])


def _write(member, path):
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    with open(descriptor, "wb") as target, member.open() as source:
        shutil.copyfileobj(source, target, _BLOCK)
        os.fchmod(target.fileno(), member.mode & _MODES)
    if member.mtime:
        os.utime(path, (member.mtime, member.mtime))


def _check_links(directory):
    """Raise C(BadArchive) for a link that leads out of C(directory), also by way of others."""
    root = os.path.realpath(directory)
    for folder, folders, files in os.walk(directory):
        for name in folders + files:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                target = os.path.realpath(path)
                if target != root and not target.startswith(root + os.sep):
                    raise BadArchive(
                        "the link `{0}` leads out of the directory".format(
                            os.path.relpath(path, directory)
                        )
                    )


def _sync_all(directory):
    for folder, _folders, files in os.walk(directory):
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                sync(path)
        sync(folder)
