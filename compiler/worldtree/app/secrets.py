"""Looks, before anything is touched, whether the secrets that a plan's work needs are there.

Ansible would find out in the middle of the work, and `no_log` would hide why.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from worldtree.errors import ExitCode, WorldTreeError
from worldtree.plan.plan import Plan
from worldtree.spec.secrets import SecretRef, references


class SecretsMissingError(WorldTreeError):
    """Secrets that the plan's nodes refer to cannot be read; nothing was touched."""

    exit_code = ExitCode.INPUT

    def __init__(self, missing: Mapping[SecretRef, str]) -> None:
        told = "; ".join(f"${{{reference}}}: {why}" for reference, why in missing.items())
        super().__init__(
            f"{len(missing)} of the secrets cannot be read: {told}",
            hint="set the variables and files for this command, then run it again",
        )


def demand_secrets(plan: Plan, environ: Mapping[str, str]) -> None:
    """Raise ``SecretsMissingError`` naming every reference that cannot be resolved here.

    Variables of hosts and groups are left alone: no node may come to read them.
    """
    nodes = [node.model_dump(mode="json") for node in plan.graph.nodes.values()]
    missing = {}
    for reference in dict.fromkeys(references(nodes)):
        why = _lack(reference, environ)
        if why:
            missing[reference] = why
    if missing:
        raise SecretsMissingError(missing)


def _lack(reference: SecretRef, environ: Mapping[str, str]) -> str:
    """Return why ``reference`` cannot be resolved; empty when it can."""
    if reference.provider == "env" and not environ.get(reference.rest):
        state = "empty" if reference.rest in environ else "not set"
        return f"the environment variable is {state}"
    if reference.provider == "file":
        path = Path(reference.rest).expanduser()
        # A relative one belongs to the bundle's directory, which may not be there yet.
        if path.is_absolute() and not os.access(path, os.R_OK):
            return "there is no such file, or it cannot be read"
    return ""
