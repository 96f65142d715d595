"""Names and ids of nodes, and the names of their files."""

from __future__ import annotations

import re

#: Names of pipelines, modules, tasks and steps; keeps ids, file names and labels unambiguous.
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


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
    """Return the file name (without suffix) of a node's play; reversible as names hold no dot."""
    return node.replace("/", ".")
