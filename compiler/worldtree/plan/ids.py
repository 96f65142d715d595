"""Names and ids of nodes, and the names of their files."""

from __future__ import annotations

import re
from hashlib import sha256

#: Names of pipelines, modules, tasks and steps; keeps ids, file names and labels unambiguous.
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

#: Bytes of a file name without ``.yml``; file systems allow 255.
_MAX_STEM = 251
#: What is kept of a longer one.
_KEPT_STEM = 230


def node_id(pipeline: str, module: str, task: str, step: str) -> str:
    """Return ``pipeline/module/task/step``."""
    return f"{pipeline}/{module}/{task}/{step}"


def pipeline_of(node: str) -> str:
    """Return the pipeline part of a node id."""
    return node.partition("/")[0]


def module_of(node: str) -> str:
    """Return the module part of a node id."""
    return node.split("/")[1]


def without_pipeline(node: str) -> str:
    """Return a node id from its module on: ``module/task/step``."""
    return node.partition("/")[2]


def file_stem(node: str) -> str:
    """Return the file name (without suffix) of a node's play.

    It names the node, as names hold no dot; a digest replaces the end of one that is too long.
    """
    stem = node.replace("/", ".")
    if len(stem) <= _MAX_STEM:
        return stem
    return f"{stem[:_KEPT_STEM]}.{sha256(node.encode()).hexdigest()[:16]}"
