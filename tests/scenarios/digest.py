"""What a molecule scenario depends on, as one digest per part of the tree.

A scenario whose parts all have the digests of its newest green run need not run again. Digests
depend on names, contents and executable bits alone, so that every checkout has the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from scenarios.record import RECORD

ROOT = Path(__file__).parents[2]
COLLECTION = "collections/ansible_collections/worldtree/core/plugins"
#: Names of files that no host ever sees.
_IGNORED = {"README.md", "CHANGELOG.md", RECORD}
#: Modules whose `name` is that of a role.
_ROLE_MODULES = {"include_role", "import_role"}


def scenarios(root: Path = ROOT) -> list[str]:
    """Return the names of all scenarios."""
    return sorted(path.parent.name for path in (root / "molecule").glob("*/molecule.yml"))


def parts(scenario: str, root: Path = ROOT) -> dict[str, str]:
    """Return the digest of each part of the tree that ``scenario`` depends on, by its name."""
    found = {
        "scenario": _digest(root, _files(root / "molecule" / scenario)),
        "shared": _digest(
            root, [*_files(root / "molecule/shared"), *_files(root / ".config/molecule")]
        ),
        "lab": _digest(root, _files(root / "tests/lab")),
        "collection": _digest(root, _files(root / COLLECTION)),
        "versions": hashlib.sha256("\n".join(_versions(root)).encode()).hexdigest(),
    }
    for role in sorted(needed_roles(scenario, root)):
        files = [*_files(root / "roles" / role), *_files(root / "templates" / role)]
        found[f"role {role}"] = _digest(root, files)
    return found


def needed_roles(scenario: str, root: Path = ROOT) -> set[str]:
    """Return the roles that a scenario runs, and those that they need in turn."""
    all_roles = {path.parents[1].name for path in (root / "roles").glob("*/meta/main.yml")}
    found: set[str] = set()
    waiting = [root / "molecule" / scenario]
    while waiting:
        for name in _called(_files(waiting.pop()), all_roles) - found:
            found.add(name)
            waiting.append(root / "roles" / name)
    return found


def _called(files: Iterable[Path], all_roles: set[str]) -> set[str]:
    """Return the roles that YAML files call; all of them where a name is an expression."""
    names = {
        name.removeprefix("worldtree.core.")
        for file in files
        if file.suffix in {".yml", ".yaml"}
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))
        for name in _role_names(document)
    }
    return all_roles if any("{{" in name for name in names) else names & all_roles


def _role_names(data: Any) -> Iterator[str]:
    """Yield every role name below ``data``: of plays, of dependencies, of include_role."""
    if isinstance(data, list):
        for item in data:
            yield from _role_names(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in {"roles", "dependencies"} and isinstance(value, list):
                yield from (item for item in value if isinstance(item, str))
            if key == "role" and isinstance(value, str):
                yield value
            if str(key).rpartition(".")[2] in _ROLE_MODULES and isinstance(value, dict):
                yield str(value.get("name", "{{ unknown }}"))
            yield from _role_names(value)


def _files(place: Path) -> list[Path]:
    """Return the files below a directory that count, without what running them leaves there."""
    return [
        path
        for path in sorted(place.rglob("*"))
        if path.is_file()
        and path.name not in _IGNORED
        and path.suffix != ".pyc"
        and not any(part.startswith(".") for part in path.relative_to(place).parts)
    ]


def _digest(root: Path, files: Iterable[Path]) -> str:
    """Return a digest of names below ``root``, contents and executable bits."""
    whole = hashlib.sha256()
    for file in files:
        runs = "x" if file.stat().st_mode & 0o100 else "-"
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        whole.update(f"{file.relative_to(root).as_posix()} {runs} {content}\n".encode())
    return whole.hexdigest()


def _versions(root: Path) -> list[str]:
    """Return the pinned versions of Ansible and of the collections that roles use."""
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    pins = (root / "collections/vendor.py").read_text(encoding="utf-8")
    return [
        *re.findall(r"^ansible-core==\S+", lock, re.MULTILINE),
        *re.findall(r'^SHA256 = "(\w+)"', pins, re.MULTILINE),
    ]
