"""A role is read whole and tolerantly."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import MAIN, write_tree
from worldtree.ansible.content.roles.model import RoleInfo
from worldtree.ansible.content.roles.read import is_role, read_role
from worldtree.core.errors import Severity
from worldtree.spec.yaml_tags import Vault


def read(root: Path, files: dict[str, str]) -> RoleInfo:
    return read_role(write_tree(root / "web", files), "web", "team")


def test_everything_a_role_says_of_itself_is_read(tmp_path: Path) -> None:
    role = read(
        tmp_path,
        {
            "README.md": "[![badge](x)](y)\n\n# Web server\n",
            "meta/main.yml": """
                galaxy_info:
                  min_ansible_version: "2.15"
                  platforms: [{name: Debian, versions: [bookworm]}, {name: EL, versions: [all]}]
                dependencies: [common, {role: acme.base.logs}, {src: https://x.example/y/filters.git}]
                collections: [acme.extra]
                """,
            "meta/argument_specs.yml": "argument_specs: {main: {options: {web_port: {type: int}}}}",
            "defaults/main.yml": "web_port: 80\n",
            "vars/main.yaml": "web_user: www\n",
            "vars/Debian.yml": "web_package: nginx\n",
            "tasks/main.yml": MAIN,
            "tasks/rollback.yml": MAIN,
            "tasks/setup/debian.yaml": MAIN,
            "handlers/main.yml": "- {name: Reload, listen: [web changed], ansible.builtin.meta: x}",
            "templates/site.j2": "{{ x | acme.text.shout }}",
            "files/a/b.txt": "",
            "library/thing.py": "",
            "filter_plugins/f.py": "",
        },
    )
    assert role.diagnostics == ()
    assert role.summary == "Web server"
    assert role.platforms == ("Debian: bookworm", "EL")
    assert role.min_ansible_version == "2.15"
    assert [d.name for d in role.dependencies] == ["common", "acme.base.logs", "filters"]
    assert role.tasks.collections == {"acme.extra", "acme.text"}
    assert set(role.specs) == {"main"}
    assert (role.defaults, role.vars) == ({"web_port": 80}, {"web_user": "www"})
    assert role.other_vars == {"web_package"}
    assert list(role.entries) == ["main", "rollback"]
    assert role.task_files == {"main", "rollback", "setup/debian"}
    assert role.has_rollback
    assert not role.has_verify
    assert role.handlers == ("Reload", "web changed")
    assert (role.templates, role.files) == (("site.j2",), ("a/b.txt",))
    assert role.plugin_dirs == ("library", "filter_plugins")
    assert role.known_names == {"web_port", "web_user", "web_package"}


def test_specifications_may_stand_in_meta_main(tmp_path: Path) -> None:
    role = read(
        tmp_path,
        {"meta/main.yml": "argument_specs: {main: {options: {a: {}}}}", "tasks/main.yml": ""},
    )
    assert role.specs["main"].names == {"a"}


def test_defaults_may_be_a_directory(tmp_path: Path) -> None:
    files = {"defaults/main/10-a.yml": "a: 1\nb: 1", "defaults/main/20-b.yml": "b: 2"}
    assert read(tmp_path, files).defaults == {"a": 1, "b": 2}


def test_vaulted_values_and_files_are_known_without_being_opened(tmp_path: Path) -> None:
    role = read(
        tmp_path,
        {
            "defaults/main.yml": """
                secret: !vault |
                  $ANSIBLE_VAULT;1.1;AES256
                  6161
                raw: !unsafe '{{ x }}'
                """,
            "vars/main.yml": "$ANSIBLE_VAULT;1.1;AES256\n6161\n",
        },
    )
    assert isinstance(role.defaults["secret"], Vault)
    assert role.defaults["raw"] == "{{ x }}"
    assert role.vaulted_files == ("vars/main.yml",)
    assert role.diagnostics == ()


def test_broken_yaml_is_a_diagnostic_with_its_place(tmp_path: Path) -> None:
    role = read(
        tmp_path,
        {
            "defaults/main.yml": "a: 1\nb: [\n",
            "tasks/main.yml": MAIN,
            "tasks/other.yml": "a: b: c",
            "vars/main.yml": "- a list",
        },
    )
    found = {
        d.mark.file.removeprefix(str(role.path)) if d.mark else "": d for d in role.diagnostics
    }
    assert found["/defaults/main.yml"].slug == "unreadable-role-file"
    assert found["/defaults/main.yml"].mark is not None
    assert found["/defaults/main.yml"].mark.line == 3
    assert found["/tasks/other.yml"].severity is Severity.WARNING
    assert "not a mapping of variables" in found["/vars/main.yml"].summary
    assert role.has_entry("other")


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"", b"\x00"])
def test_files_that_are_no_text_never_raise(tmp_path: Path, data: bytes) -> None:
    path = write_tree(tmp_path / "web", {"tasks/main.yml": "", "defaults/main.yml": ""})
    for name in ("tasks/main.yml", "defaults/main.yml"):
        (path / name).write_bytes(data)
    read_role(path, "web", "team")


def test_any_folder_of_a_role_makes_it_one(tmp_path: Path) -> None:
    assert is_role(write_tree(tmp_path / "a", {"handlers/main.yml": ""}))
    assert is_role(write_tree(tmp_path / "b", {"filter_plugins/f.py": ""}))
    assert not is_role(write_tree(tmp_path / "c", {"README.md": ""}))
