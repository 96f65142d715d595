"""Of ``worldtree.core`` a bundle has what its plays and roles use, and all that this needs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.ansible.bundles import bundle, chain, node
from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.bundle import Bundle
from worldtree.core.resources import core_collection_dir

_PACKAGE = "ansible_collections.worldtree.core.plugins"
_BASE = "collections/ansible_collections/worldtree/core/"
_PLUGINS = core_collection_dir() / "plugins"
#: What plays can name, of all kinds of plugins.
_NAMES = sorted(
    {
        path.stem
        for kind in ("action", "callback", "connection", "lookup", "modules")
        for path in (_PLUGINS / kind).glob("*.py")
    }
)


def _parts(made: Bundle) -> set[str]:
    """Return the paths of the collection's files in a bundle, below the collection."""
    return {path.removeprefix(_BASE) for path in made.files if path.startswith(_BASE)}


def _programs(parts: set[str]) -> set[str]:
    return {part.removeprefix("plugins/") for part in parts if part.endswith(".py")}


def _bundle(root: Path, tasks: str) -> Bundle:
    write_tree(root, {"roles/shop/tasks/main.yml": tasks})
    made, bag = bundle(chain(node("s", role="shop")), root)
    assert bag.items == []
    return made


def _imports(file: Path) -> Iterator[str]:
    """Yield the files of the collection that a file imports, below its directory of plugins."""
    for one in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(one, ast.ImportFrom):
            continue
        package = one.module or ""
        if one.level:
            inner = file.relative_to(_PLUGINS).parts[: -one.level]
            package = ".".join([_PACKAGE, *inner, *filter(None, [package])])
        if package.startswith(_PACKAGE):
            for name in (package, *(f"{package}.{alias.name}" for alias in one.names)):
                path = name.removeprefix(_PACKAGE).lstrip(".").replace(".", "/")
                found = [f"{path}.py", f"{path}/__init__.py"]
                yield from (one for one in found if (_PLUGINS / one).is_file())


@pytest.mark.parametrize("name", _NAMES)
def test_a_plugin_comes_with_all_that_it_imports(tmp_path: Path, name: str) -> None:
    found = _programs(_parts(_bundle(tmp_path, f"- worldtree.core.{name}:")))
    assert name in {Path(path).stem for path in found}
    for path in found:
        assert set(_imports(_PLUGINS / path)) <= found, path
    # Each is smaller than the whole.
    assert len(found) < len(list(_PLUGINS.rglob("*.py"))) / 2


def test_a_step_that_saves_a_state_has_what_saves_it_in_the_process_of_the_module(
    tmp_path: Path,
) -> None:
    """Without it the runner would save each state in a task of its own."""
    made, _ = bundle(chain(node("motd", "copy", {"content": "hi", "dest": "/tmp/motd"})), tmp_path)
    assert _programs(_parts(made)) == {
        *(f"module_utils/before_{n}.py" for n in ("files", "module", "record", "state", "store")),
        *("module_utils/before_system.py", "module_utils/unfinished_files.py"),
        "modules/restore.py",
        "modules/snapshot.py",
    }
    assert {"LICENSE", "galaxy.yml", "meta/runtime.yml"} < _parts(made)


@pytest.mark.parametrize(
    "tasks",
    [
        "- action: '{{ which }}'",
        "- ansible.builtin.debug:\n    msg: \"{{ lookup('worldtree.core.' ~ which) }}\"",
    ],
)
def test_a_name_that_only_a_run_knows_needs_the_whole_collection(
    tmp_path: Path, tasks: str
) -> None:
    every = {str(path.relative_to(_PLUGINS)) for path in _PLUGINS.rglob("*.py")}
    tasks += "\n- worldtree.core.snapshot: {id: a}"
    assert _programs(_parts(_bundle(tmp_path, tasks))) == every
