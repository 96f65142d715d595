"""Starter documents for ``wt init``, with their accompanying files."""

from __future__ import annotations

import json
from pathlib import Path

#: Name of a starter -> description, in the order of the menu.
STARTERS = {
    "quickstart": "this machine alone, no root, nothing installed",
    "etcd": "three machines with an etcd cluster and TLS",
    "web": "two load balancers with a shared address, two web servers",
    "roles": "your own Ansible roles, with an example role",
}

#: File name of the document that ``wt init`` writes and other commands read by default.
DOCUMENT_NAME = "cluster.yaml"

_STARTERS = Path(__file__).parent / "starters"
#: Placeholder in a starter for the directory that it may write to, as a quoted string.
_DIRECTORY_MARKER = "@DIRECTORY@"


def starter_files(name: str, directory: Path) -> dict[str, str]:
    """Return the files of starter ``name`` (relative path -> text), the document first.

    ``directory`` is where they will be written; a starter that changes this machine writes to
    ``run`` below it. Raises ``KeyError`` for an unknown name.
    """
    if name not in STARTERS:
        raise KeyError(name)
    run = json.dumps(str(directory.absolute() / "run"), ensure_ascii=False)
    document = (_STARTERS / f"{name}.yaml").read_text(encoding="utf-8")
    files = {DOCUMENT_NAME: document.replace(_DIRECTORY_MARKER, run)}
    beside = _STARTERS / f"{name}.files"
    for file in sorted(path for path in beside.rglob("*") if path.is_file()):
        files[file.relative_to(beside).as_posix()] = file.read_text(encoding="utf-8")
    return files
