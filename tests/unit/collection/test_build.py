"""The collection's tarball holds the roles of the components, with real files."""

from __future__ import annotations

import importlib.util
import tarfile
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from unit.collection.conftest import COLLECTIONS

CORE = COLLECTIONS / "ansible_collections" / "worldtree" / "core"
ROLES = COLLECTIONS.parent / "roles"


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    """The program ``collections/build.py``."""
    spec = importlib.util.spec_from_file_location("collections_build", COLLECTIONS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tarball_holds_plugins_and_roles(builder: ModuleType, tmp_path: Path) -> None:
    tarball = builder.build(tmp_path)
    with tarfile.open(tarball) as archive:
        members = {member.name: member for member in archive.getmembers()}
    assert "plugins/lookup/secret.py" in members
    roles = [path.name for path in ROLES.iterdir() if (path / "tasks").is_dir()]
    assert roles
    for role in roles:
        assert f"roles/{role}/tasks/main.yml" in members
        for template in (ROLES / role / "templates").rglob("*.j2"):
            relative = template.relative_to(ROLES)
            assert members[f"roles/{relative}"].isfile()
    assert not any("__pycache__" in name or "molecule" in name for name in members)


def test_a_missing_program_is_reported(
    builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(builder.BuildError, match="ansible-core"):
        builder.build(tmp_path)


def test_versions_and_pins_agree() -> None:
    """The collection has the package's version and asks for what is carried, or newer."""
    galaxy = yaml.safe_load((CORE / "galaxy.yml").read_text())
    project = (COLLECTIONS.parent / "pyproject.toml").read_text()
    assert f'\nversion = "{galaxy["version"]}"\n' in project
    carried = (COLLECTIONS / "vendor.py").read_text()
    for name, wanted in galaxy["dependencies"].items():
        assert f'"{name}": "{wanted.removeprefix(">=")}"' in carried


@pytest.mark.parametrize("kind", ["modules", "lookup"])
def test_every_plugin_is_in_the_readme(kind: str) -> None:
    readme = (CORE / "README.md").read_text()
    plugins = [path.stem for path in (CORE / "plugins" / kind).glob("*.py")]
    assert plugins
    assert [name for name in plugins if f"`worldtree.core.{name}`" not in readme] == []
