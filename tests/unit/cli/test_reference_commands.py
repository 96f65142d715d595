"""explain, schema, roles, completion: what can be written and what can be used."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from unit.cli.conftest import Wt
from worldtree.core.errors import ExitCode


@pytest.fixture
def role(tmp_path: Path) -> Path:
    """A team's role with a description of its variables."""
    directory = tmp_path / "roles" / "hello"
    (directory / "tasks").mkdir(parents=True)
    (directory / "meta").mkdir()
    task = {"name": "Say hello", "ansible.builtin.debug": {"msg": "hello"}}
    (directory / "tasks" / "main.yml").write_text(yaml.safe_dump([task]))
    options = {"hello_to": {"type": "str", "required": True, "description": "Who 世界 is."}}
    specs = {"argument_specs": {"main": {"short_description": "Says hello", "options": options}}}
    (directory / "meta" / "argument_specs.yml").write_text(yaml.safe_dump(specs))
    return directory


def test_explain_a_field(wt: Wt) -> None:
    """Meaning, type, default and example."""
    ran = wt("explain", "spec.hosts.roles")
    assert ran.code == ExitCode.OK
    assert ran.out.startswith("spec.hosts.roles  (list of strings)")
    data = wt("explain", "spec.hosts.roles", "-o", "json").json
    assert set(data) == {
        *("path", "meaning", "type", "required", "default", "example", "children"),
    }


def test_explain_what_is_not_there(wt: Wt) -> None:
    """The nearest field is named."""
    ran = wt("explain", "spec.hots")
    assert (ran.code, ran.out) == (ExitCode.INPUT, "")
    assert "did you mean `spec.hosts`?" in ran.err


def test_schema_in_both_forms(wt: Wt) -> None:
    """The same schema as JSON and YAML."""
    schema = wt("schema").json
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert yaml.safe_load(wt("schema", "-o", "yaml").out) == schema


def test_roles_list(wt: Wt, role: Path) -> None:
    """The team's own come first."""
    assert role.is_dir()
    ran = wt("roles", "list")
    assert ran.out.splitlines()[1].split()[:3] == ["hello", "team", "main"]
    first = wt("roles", "list", "-o", "json").json["items"][0]
    assert set(first) == {
        *("name", "origin", "path", "summary", "entries"),
        *("has_specs", "reversible", "check_mode"),
    }


@pytest.mark.parametrize("name", ["hello", "roles/hello", "./roles/hello"])
def test_roles_show(wt: Wt, role: Path, name: str) -> None:
    """By name or directory."""
    assert role.is_dir()
    ran = wt("roles", "show", name)
    assert ran.code == ExitCode.OK
    assert ran.out.startswith("hello: Says hello\n")
    assert "  hello_to (str, required): Who 世界 is." in ran.out
    assert wt("roles", "show", name, "-o", "json").json["role"]["name"] == "hello"


def test_roles_check(wt: Wt, role: Path) -> None:
    """Errors make exit code 2; the data has the shape of every diagnostic."""
    ran = wt("roles", "check", "hello")
    assert ran.code == ExitCode.OK
    (role / "tasks" / "main.yml").write_text("- [broken\n")
    broken = wt("roles", "check", "hello", "-o", "json")
    assert broken.code == ExitCode.INPUT
    assert broken.json["items"][0]["severity"] == "error"


def test_roles_that_are_not_there(wt: Wt) -> None:
    """The message names the searched places."""
    ran = wt("roles", "show", "nope")
    assert ran.code == ExitCode.INPUT
    assert "there is no role `nope`" in ran.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(wt: Wt, shell: str) -> None:
    """A script that names the program."""
    ran = wt("completion", shell)
    assert ran.code == ExitCode.OK
    assert "_WT_COMPLETE" in ran.out


def test_roles_of_a_directory(wt: Wt, role: Path, tmp_path: Path) -> None:
    """Those of a project or of a directory of roles, nested ones too, without the built-in ones."""
    nested = role.parent / "group" / "inner" / "tasks"
    nested.mkdir(parents=True)
    (nested / "main.yml").write_text("[]")
    for directory in ("roles", str(tmp_path)):
        items = wt("roles", "list", directory, "-o", "json").json["items"]
        assert [one["name"] for one in items] == ["group/inner", "hello"]
    assert [one["name"] for one in wt("roles", "list", str(role), "-o", "json").json["items"]] == [
        "hello"
    ]
    assert wt("roles", "list", "roles", "--roles-path", "x").code == ExitCode.INPUT


def test_a_directory_of_roles_without_its_option(wt: Wt, role: Path) -> None:
    """The message names the option."""
    assert role.is_dir()
    ran = wt("roles", "show", "hello", "roles")
    assert ran.code == ExitCode.INPUT
    assert "name the directory with `--roles-path roles`" in ran.err
