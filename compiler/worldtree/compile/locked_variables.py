"""Warns of variable files beside a document that no vault password decrypts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from worldtree.ansible.content.inventory.external import probe_config
from worldtree.ansible.content.inventory.locked_files import find_locked
from worldtree.ansible.content.team_config import TeamConfig
from worldtree.core.errors import Diagnostic, Mark, Severity
from worldtree.core.written_paths import home_path
from worldtree.spec.cluster import Cluster


def locked_variables(
    encrypted: Sequence[Path], cluster: Cluster, config: TeamConfig
) -> list[Diagnostic]:
    """Return a warning for each file of ``encrypted`` that stays so."""
    if not encrypted:
        return []
    password = cluster.secrets.get("ansibleVault", {}).get("passwordFile")
    with TemporaryDirectory(prefix="wt-vault-") as directory:
        file = Path(directory) / "ansible.cfg"
        file.write_text(probe_config(config), encoding="utf-8")
        locked = find_locked(
            encrypted,
            config=file,
            environ=os.environ,
            password_files=[str(home_path(password))] if password else [],
        )
    base = cluster.path(".")
    return [
        Diagnostic(
            "inventory-partly-unread",
            f"the variables in `{file.relative_to(base)}` could not be read",
            detail=f"{locked.why} A run needs them.",
            hint=locked.help,
            severity=Severity.WARNING,
            mark=Mark.of_file(str(file)),
        )
        for file in locked.files
    ]
