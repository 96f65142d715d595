# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Reads images from an OCI image layout: a directory, or a tar file of one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tarfile

#: Types of a manifest that lists manifests, one for each platform.
INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
#: Annotation with the name of an image in its layout.
NAME = "org.opencontainers.image.ref.name"
#: No manifest is larger; distribution refuses more than 4 MiB.
MOST_OF_MANIFEST = 4 * 1024 * 1024
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class BadLayout(Exception):
    """It is not an image layout, or something in it is missing or damaged."""


class Layout:
    """An image layout; it is closed by ``close`` or at the end of ``with``."""

    def __init__(self, path):
        self._path = path
        self._tar = None
        if not os.path.isdir(path):
            try:
                self._tar = tarfile.open(path)  # noqa: SIM115 - open as long as the layout
            except (OSError, tarfile.TarError) as problem:
                raise BadLayout("it cannot be read as a tar file: {0}".format(problem)) from None
        self._members = {} if self._tar is None else self._listed()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Close the tar file."""
        if self._tar is not None:
            self._tar.close()

    def _listed(self):
        try:
            members = self._tar.getmembers()
        except (OSError, EOFError, tarfile.TarError) as problem:
            self.close()
            raise BadLayout("the tar file is damaged: {0}".format(problem)) from None
        return {os.path.normpath(one.name): one for one in members if one.isfile()}

    @contextlib.contextmanager
    def _open(self, name):
        """Open a file of the layout; (stream, bytes)."""
        if self._tar is None:
            path = os.path.join(self._path, name)
            # A link could lead to any file of the host.
            if os.path.islink(path) or not os.path.isfile(path):
                raise BadLayout("there is no {0}".format(name))
            with open(path, "rb") as stream:
                yield stream, os.fstat(stream.fileno()).st_size
            return
        if name not in self._members:
            raise BadLayout("there is no {0}".format(name))
        with self._tar.extractfile(self._members[name]) as stream:
            yield stream, self._members[name].size

    def blob(self, digest):
        """Open what has this digest; (stream, bytes)."""
        if not _DIGEST.fullmatch(digest):
            raise BadLayout("{0} is no sha256".format(digest))
        return self._open("blobs/sha256/{0}".format(digest.partition(":")[2]))

    def has(self, digest):
        """Tell whether the layout has what has this digest."""
        try:
            with self.blob(digest):
                return True
        except BadLayout:
            return False

    def manifest(self, descriptor):
        """Return the bytes of a manifest, which have the digest that its descriptor says."""
        with self.blob(descriptor["digest"]) as (stream, size):
            if size > MOST_OF_MANIFEST:
                raise BadLayout("the manifest {0} is too large".format(descriptor["digest"]))
            data = stream.read()
        if digest_of(data) != descriptor["digest"]:
            raise BadLayout("the manifest {0} is damaged".format(descriptor["digest"]))
        return data

    def image(self, name=None):
        """Return the descriptor of the image C(name), or of the only one there is.

        Without C(name) several images are those of one for several platforms: the list itself.
        """
        with self._open("index.json") as (stream, _size):
            data = stream.read()
        listed = parsed(data).get("manifests")
        if not isinstance(listed, list) or not listed:
            raise BadLayout("index.json lists no image")
        if name is not None:
            listed = [one for one in listed if name in one.get("annotations", {}).values()]
            if not listed:
                raise BadLayout("index.json has no image {0}".format(name))
        if len(listed) == 1:
            return listed[0]
        names = sorted({one.get("annotations", {}).get(NAME, "") for one in listed})
        if len(names) > 1:
            raise BadLayout(
                "index.json has several images ({0}); say which one".format(", ".join(names))
            )
        return {"mediaType": INDEXES[0], "manifests": listed}


def digest_of(data):
    """Return the digest of bytes, as it stands in manifests."""
    return "sha256:{0}".format(hashlib.sha256(data).hexdigest())


def parsed(data):
    """Return JSON as a mapping; raises ``BadLayout``."""
    try:
        found = json.loads(data)
    except ValueError:
        raise BadLayout("a manifest is not JSON") from None
    if not isinstance(found, dict):
        raise BadLayout("a manifest is no mapping")
    return found
