"""A scenario's digests change with what it depends on, and with nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from scenarios import digest
from scenarios.record import Record, changed_parts, load

LOCK = "ansible-core==2.19.14 ; python_version < '3.12' \\\n    --hash=sha256:aa\nrich==13.0\n"

TREE = {
    "molecule/web/molecule.yml": "platforms: []\n",
    "molecule/web/converge.yml": "- hosts: all\n  roles: [{role: web}]\n",
    "molecule/etcd/molecule.yml": "platforms: []\n",
    "molecule/etcd/converge.yml": "- hosts: all\n  roles: [worldtree.core.etcd]\n",
    "molecule/shared/create.yml": "- hosts: localhost\n",
    ".config/molecule/config.yml": "driver: {}\n",
    "roles/web/meta/main.yml": "dependencies: []\n",
    "roles/web/tasks/main.yml": "- ansible.builtin.debug:\n",
    "roles/web/README.md": "Words.\n",
    "roles/etcd/meta/main.yml": "dependencies: [{role: os}]\n",
    "roles/etcd/tasks/main.yml": "- block:\n    - ansible.builtin.include_role: {name: pki}\n",
    "roles/pki/meta/main.yml": "dependencies: []\n",
    "roles/pki/tasks/main.yml": "- ansible.builtin.debug:\n",
    "roles/os/meta/main.yml": "dependencies: []\n",
    "templates/etcd/etcd.env.j2": "NAME=x\n",
    "tests/lab/power.py": "ON = 1\n",
    f"{digest.COLLECTION}/modules/snapshot.py": "pass\n",
    "requirements.lock": LOCK,
    "collections/vendor.py": 'SHA256 = "cd15"\n',
    "compiler/worldtree/core/errors.py": "pass\n",
}


def plant(root: Path) -> Path:
    """Write the tree below ``root``."""
    for name, text in TREE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree with two scenarios."""
    return plant(tmp_path / "one")


def test_a_scenario_needs_the_roles_that_its_roles_need(tree: Path) -> None:
    assert digest.scenarios(tree) == ["etcd", "web"]
    assert digest.needed_roles("web", tree) == {"web"}
    assert digest.needed_roles("etcd", tree) == {"etcd", "os", "pki"}


def test_a_role_that_is_named_by_an_expression_may_be_any(tree: Path) -> None:
    (tree / "roles/web/tasks/main.yml").write_text(
        "- ansible.builtin.include_role:\n    name: '{{ which }}'\n"
    )
    assert digest.needed_roles("web", tree) == {"web", "etcd", "pki", "os"}


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("roles/etcd/tasks/main.yml", "role etcd"),
        ("roles/pki/tasks/main.yml", "role pki"),
        ("templates/etcd/etcd.env.j2", "role etcd"),
        ("molecule/etcd/converge.yml", "scenario"),
        ("molecule/shared/create.yml", "shared"),
        (".config/molecule/config.yml", "shared"),
        ("tests/lab/power.py", "lab"),
        (f"{digest.COLLECTION}/modules/snapshot.py", "collection"),
    ],
)
def test_a_changed_file_changes_the_digest_of_its_part(tree: Path, file: str, part: str) -> None:
    before = digest.parts("etcd", tree)
    (tree / file).write_text((tree / file).read_text() + "# changed\n")
    after = digest.parts("etcd", tree)
    assert [name for name in before if before[name] != after[name]] == [part]


def test_a_new_file_and_another_mode_count(tree: Path) -> None:
    (tree / "roles/web/files").mkdir()
    script = tree / "roles/web/files/script"
    before = digest.parts("web", tree)
    script.write_text("")
    added = digest.parts("web", tree)
    script.chmod(0o755)
    assert len({parts["role web"] for parts in (before, added, digest.parts("web", tree))}) == 3


def test_another_release_of_ansible_counts(tree: Path) -> None:
    before = digest.parts("web", tree)
    (tree / "requirements.lock").write_text(LOCK.replace("2.19.14", "2.19.15"))
    assert changed_parts(Record("", 0, before), digest.parts("web", tree)) == ["versions"]


def test_what_no_host_sees_does_not_count(tree: Path) -> None:
    """The compiler, other roles, other packages, pages, what programs leave, the record itself."""
    before = digest.parts("web", tree)
    (tree / "compiler/worldtree/core/errors.py").write_text("raise SystemExit\n")
    (tree / "roles/etcd/tasks/main.yml").write_text("[]\n")
    (tree / "roles/web/README.md").write_text("Other words.\n")
    (tree / "requirements.lock").write_text(LOCK.replace("rich==13.0", "rich==14.0"))
    (tree / "tests/lab/__pycache__").mkdir()
    (tree / "tests/lab/__pycache__/power.cpython-311.pyc").write_bytes(b"\0")
    Record("2026-11-29", 60, before).save(tree / "molecule/web")
    assert digest.parts("web", tree) == before


def test_every_checkout_has_the_same_digests(tree: Path, tmp_path: Path) -> None:
    """Wherever it is, in whatever order files were written, with whatever group rights."""
    before = os.umask(0o002)
    try:
        other = plant(tmp_path / "two")
    finally:
        os.umask(before)
    shutil.copytree(tree, tmp_path / "three")
    assert digest.parts("etcd", other) == digest.parts("etcd", tree)
    assert digest.parts("etcd", tmp_path / "three") == digest.parts("etcd", tree)


def test_a_record_tells_what_changed_since(tree: Path) -> None:
    place = tree / "molecule/web"
    parts = digest.parts("web", tree)
    assert load(place) is None
    assert changed_parts(load(place), parts) == sorted(parts)
    Record("2026-11-29", 60, parts).save(place)
    assert changed_parts(load(place), parts) == []
    without = {name: value for name, value in parts.items() if name != "role web"}
    assert changed_parts(load(place), {**without, "role other": "x"}) == ["role other", "role web"]


def test_every_scenario_of_this_tree_is_run_and_every_role_has_one() -> None:
    """A scenario has a test file of its own; etcd's needs the role that makes certificates."""
    files = (digest.ROOT / "tests/acceptance/scenarios").glob("test_*.py")
    assert sorted(file.stem.removeprefix("test_") for file in files) == digest.scenarios()
    roles = {p.parents[1].name for p in (digest.ROOT / "roles").glob("*/meta/main.yml")}
    # They need releases of Kubernetes, which the tier of that name is given.
    assert roles - set(digest.scenarios()) == {"addons", "kubernetes"}
    for role in digest.scenarios():
        assert role == "default" or role in digest.needed_roles(role)
    assert "pki" in digest.needed_roles("etcd")
    assert digest.needed_roles("default") == set()
