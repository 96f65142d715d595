"""Refuses a task whose runs would load variable files that no vault password decrypts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from worldtree.ansible.content.inventory.locked_files import find_locked
from worldtree.ansible.content.inventory.variable_files import VariableFiles
from worldtree.core.errors import Diagnostic, InputError, Mark
from worldtree.plan.plan import Plan


def refuse_locked_files(
    plan: Plan, bundle: Path, environ: Mapping[str, str], base: Path | None
) -> None:
    """Raise ``InputError`` with one diagnostic per locked file beside the plays of ``bundle``.

    ``base`` is the directory of the document, whose files are named; None: those of the bundle.
    """
    plays = bundle / "plays"
    files = VariableFiles(plays)
    working = {host for node in plan.graph.nodes.values() for host in node.hosts}
    groups = [name for name, members in plan.groups.items() if working.intersection(members)]
    files.of_groups(["all", *groups] if working else [])
    for host in working:
        files.of_host(host)
    locked = find_locked(files.encrypted, config=bundle / "ansible.cfg", environ=environ)
    if locked.files:
        raise InputError(
            _diagnostic(file, file.relative_to(plays), base, locked.has_password, locked.help)
            for file in locked.files
        )


def _diagnostic(
    file: Path, written: Path, base: Path | None, has_password: bool, how: str
) -> Diagnostic:
    slug, summary = "secret-unanswered", f"no vault password for `{written}`"
    if has_password:
        slug, summary = "secret-denied", f"no given vault password decrypts `{written}`"
    mark = Mark.of_file(str(file if base is None else base / written))
    detail = "Ansible loads the variables of this file in every run; nothing was started."
    return Diagnostic(slug, summary, detail, how, mark=mark)
