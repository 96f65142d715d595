# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The control side of artifacts: which file is meant, and where it is in the cache."""

from __future__ import annotations

import os
from pathlib import Path

#: Variable with all artifacts: by name, then by version, then by architecture.
LIST = "worldtree_artifacts"
#: Variable with the directory of the cache.
CACHE = "worldtree_artifact_cache"
#: Name of the cache in the home of WorldTree.
_DIRECTORY = "artifacts"


class Unknown(Exception):
    """There is no such artifact."""


def cache_directory(variables, environ=os.environ):
    """Return the directory of the cache."""
    named = variables.get(CACHE)
    if named:
        return Path(str(named)).expanduser()
    home = environ.get("WORLDTREE_HOME")
    return (Path(home) if home else Path.home() / ".worldtree") / _DIRECTORY


def cached_file(cache, digest):
    """Return where the cache has the file with this sha256, or would have it."""
    return cache / "sha256" / digest[:2] / digest


def offered(listed, name, version):
    """Return the files of an artifact by architecture. Raises C(Unknown)."""
    known = listed.get(name)
    if not known:
        names = ", ".join(sorted(listed)) or "none"
        raise Unknown(f"`{LIST}` has no artifact `{name}`; it has: {names}")
    found = {str(key): value for key, value in known.items()}.get(version)
    if not found:
        versions = ", ".join(sorted(map(str, known)))
        raise Unknown(f"`{LIST}` has no version {version} of `{name}`; it has: {versions}")
    return found
