"""Decides which secret references a policy allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from worldtree.spec.secret_references import SecretRef

#: Paths of secrets; others could be read in several ways.
_PATH = re.compile(r"[\w./ :@+=-]+(#[\w./ :@+=-]+)?", re.ASCII)


def allows_reference(allowed: Mapping[str, tuple[str, ...]], reference: SecretRef) -> bool:
    """Whether ``allowed`` (provider -> prefixes of paths) has the secret.

    A prefix that ends with `/` or `#` has everything below it, another one that path alone. The
    prefix `*` allows every secret of its provider.
    """
    prefixes = allowed.get(reference.provider, ())
    if "*" in prefixes:
        return True
    rest = reference.rest
    if not _PATH.fullmatch(rest):
        return False
    path = rest.partition("#")[0]
    if {".", ".."} & set(path.split("/")) or "//" in path or path != path.strip():
        return False
    return any(_has(prefix, rest) for prefix in prefixes)


def _has(prefix: str, rest: str) -> bool:
    if prefix.endswith(("/", "#")):
        return rest.startswith(prefix) and len(rest) > len(prefix)
    return rest == prefix or str(PurePosixPath(rest.partition("#")[0])) == prefix
