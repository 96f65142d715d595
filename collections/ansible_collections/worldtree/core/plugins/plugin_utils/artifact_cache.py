# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The control side of artifacts: which file is meant, and where it is in the cache."""

from __future__ import annotations

import os
from pathlib import Path

#: Variable with all artifacts: by name, then by version, then by architecture.
LIST = "worldtree_artifacts"
#: Variable with the limits and ways of sending.
DISTRIBUTION = "worldtree_distribution"
#: Variable with the directory of the cache.
CACHE = "worldtree_artifact_cache"
#: Variable with the directory of the files on a host, where a task says none.
STORE = "worldtree_artifact_store"
#: Variable with the directory of a host's saved states, in which the files are where it is set.
STATE = "worldtree_state_dir"
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


def host_store(variables):
    """Return the directory of the files on a host, None for the default of the module."""
    if variables.get(STORE):
        return variables[STORE]
    return f"{variables[STATE]}/{_DIRECTORY}" if variables.get(STATE) else None


def cached_file(cache, digest):
    """Return where the cache has the file with this sha256, or would have it."""
    return cache / "sha256" / digest[:2] / digest


def offered(listed, name, version=None):
    """Return (version, files by architecture) of an artifact. Raises C(Unknown).

    C(version) is needed where there are several.
    """
    known = listed.get(name)
    if not known:
        names = ", ".join(sorted(listed)) or "none"
        raise Unknown(f"`{LIST}` has no artifact `{name}`; it has: {names}")
    found = {str(key): value for key, value in known.items()}
    versions = ", ".join(sorted(found))
    if version is None and len(found) == 1:
        version = versions
    if version is None:
        raise Unknown(f"`version` is needed: `{LIST}` has several of `{name}`: {versions}")
    if version not in found:
        raise Unknown(f"`{LIST}` has no version {version} of `{name}`; it has: {versions}")
    return version, found[version]
