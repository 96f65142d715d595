"""The wheel contains everything that an installed ``wt`` needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.both_cores

ROOT = Path(__file__).parents[2]
CONTENT = "worldtree/_content/"
#: Installed from the lock, next to the interpreter.
UV = Path(sys.executable).parent / "uv"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this tree with the locked build backend, so without any download."""
    out = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).parent / "uv"
    command: list[str | Path] = [
        uv,
        "build",
        "--quiet",
        "--wheel",
        "--no-build-isolation",
        "--offline",
    ]
    command += ["--python", sys.executable, "--out-dir", out, ROOT]
    run(command)
    (built,) = out.glob("worldtree-*.whl")
    return built


@pytest.fixture(scope="module")
def archive(wheel: Path) -> zipfile.ZipFile:
    """The opened wheel."""
    return zipfile.ZipFile(wheel)


def test_every_role_and_template_is_packed(archive: zipfile.ZipFile) -> None:
    """Whatever git tracks below roles, templates and collections is in the wheel."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", "roles", "templates", "collections/ansible_collections"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    tracked = {name for name in listed.split("\0") if name and not (ROOT / name).is_symlink()}
    packed = {n.removeprefix(CONTENT) for n in archive.namelist() if n.startswith(CONTENT)}
    assert tracked <= packed


def test_linked_templates_become_real_files(archive: zipfile.ZipFile) -> None:
    """A role's template directory, a link in the source tree, holds the same files in the wheel."""
    names = set(archive.namelist())
    links = [path for path in (ROOT / "roles").glob("*/templates") if path.is_symlink()]
    assert links
    for link in links:
        for file in (p for p in link.resolve().rglob("*") if p.is_file()):
            inside = file.relative_to(link.resolve())
            packed = f"{CONTENT}roles/{link.parent.name}/templates/{inside}"
            assert packed in names
            assert archive.read(packed) == file.read_bytes()


def test_no_link_is_packed(archive: zipfile.ZipFile) -> None:
    """Installers do not make links from a wheel, so none may be in it."""
    assert [
        i.filename for i in archive.infolist() if (i.external_attr >> 16) & 0o170000 == 0o120000
    ] == []


@pytest.mark.parametrize(
    ("collection", "version"), [("community/crypto", "3.0.5"), ("ansible/posix", "2.1.0")]
)
def test_pinned_collections_come_with_their_licences(
    archive: zipfile.ZipFile, collection: str, version: str
) -> None:
    """The community collections are there in the pinned version, licence texts included."""
    top = f"{CONTENT}collections/ansible_collections/{collection}/"
    info = json.loads(archive.read(f"{top}MANIFEST.json"))["collection_info"]
    assert info["version"] == version
    assert b"GNU GENERAL PUBLIC LICENSE" in archive.read(f"{top}COPYING")


def test_licence_and_notice_are_in_the_metadata(archive: zipfile.ZipFile) -> None:
    """The wheel's own licence and the notice about the carried collections travel with it."""
    names = {Path(name).name for name in archive.namelist() if ".dist-info/licenses/" in name}
    assert names == {"LICENSE", "NOTICE"}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` directory of an environment that holds the wheel and what it requires."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    run([UV, "venv", "--quiet", "--no-config", "--python", sys.executable, venv])
    command: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", venv / "bin/python"]
    command += ["--constraint", ROOT / "requirements.lock", wheel]
    # From uv's cache, which `make setup` filled; from the package index where that was emptied.
    if run([*command, "--offline"], check=False).returncode != 0:
        run(command)
    return venv / "bin"


def run(
    command: Sequence[str | Path], *, check: bool = True, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command outside of this tree's environment; show its output when it fails."""
    more.setdefault("env", {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")})
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if check:
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def test_installed_wheel_finds_its_content(installed: Path, tmp_path: Path) -> None:
    """After an install without the source tree, every content directory is found and filled."""
    code = (
        "from worldtree.core import resources as r\n"
        "dirs = [r.roles_dir(), r.templates_dir(), r.core_collection_dir(),"
        " r.vendored_collections_dir() / 'ansible_collections' / 'community' / 'crypto']\n"
        "print([str(d) for d in dirs if not any(d.iterdir())], r.__file__)"
    )
    done = run([installed / "python", "-I", "-c", code], cwd=tmp_path)
    empty, _, place = done.stdout.strip().partition(" ")
    assert empty == "[]"
    assert Path(place).is_relative_to(installed.parent)


def test_installed_wheel_works_in_an_empty_directory(installed: Path, tmp_path: Path) -> None:
    """``wt init && wt compile && wt apply``, and again, with only the wheel installed."""
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir()
    env = {
        "PATH": f"{installed}:/usr/bin:/bin",
        "HOME": str(home),
        "WORLDTREE_HOME": str(home / "state"),
        "LC_ALL": "C.UTF-8",
    }
    wt = installed / "wt"
    run([wt, "init"], cwd=work, env=env)
    run([wt, "compile"], cwd=work, env=env)
    first = json.loads(run([wt, "apply", "--yes", "-o", "json"], cwd=work, env=env).stdout)
    assert first["status"] == "succeeded"
    assert statuses(first) >= {"changed"}
    second = json.loads(run([wt, "apply", "--yes", "-o", "json"], cwd=work, env=env).stdout)
    assert second["status"] == "succeeded"
    assert statuses(second) <= {"ok", "skipped"}


def statuses(result: dict[str, Any]) -> set[str]:
    """Every host's status in every node of a result."""
    return {host["status"] for node in result["nodes"] for host in node["hosts"].values()}
