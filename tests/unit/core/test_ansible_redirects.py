"""The redirects of Ansible's own names are the same as YAML reads them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import ansible
import pytest
import yaml
from ansible.utils.collection_loader import _collection_finder as finder
from ansible.utils.collection_loader._collection_meta import _meta_yml_to_dict

from worldtree.core.ansible_redirects import parse_redirects, speed_up_redirects

FILE = Path(inspect.getfile(ansible)).parent / "config" / "ansible_builtin_runtime.yml"


def by_yaml(text: bytes | str) -> Any:
    return yaml.load(text, Loader=yaml.CBaseLoader)


def test_ansibles_own_file_is_read_as_by_ansible_and_little_of_it_by_yaml() -> None:
    text = FILE.read_bytes()
    parsed: list[str] = []

    def parse(rest: str) -> Any:
        parsed.append(rest)
        return by_yaml(rest)

    assert parse_redirects(text, parse) == _meta_yml_to_dict(text, None)
    assert sum(map(len, parsed)) < len(text) / 5


ENTRY = "    {}:\n      redirect: a.b.{}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "other: 1\n",
        "plugin_routing:\n",
        "plugin_routing: {modules: {a: {redirect: b.c.d}}}\n",
        "# A comment\nplugin_routing:\n  modules:\n" + ENTRY.format("a", "a"),
        # Text after a redirect, an unusual name, a comment, and a last line without an end.
        "plugin_routing:\n  modules:\n"
        + ENTRY.format("a", "a")
        + "      deprecation: {warning_text: gone}\n"
        + ENTRY.format("'null'", "x")
        + "    # Not an entry\n"
        + ENTRY.format("b", "b")
        + "  lookup:\n"
        + ENTRY.format("c", "c").rstrip(),
        # A type, a plugin and the section, each twice: the last one counts.
        "plugin_routing:\n  modules:\n" + ENTRY.format("a", "a") + "  modules:\n    x: 1\n",
        "plugin_routing:\n  modules:\n" + ENTRY.format("a", "a") + ENTRY.format("a", "b"),
        "plugin_routing:\n  modules:\n" + ENTRY.format("a", "a") + "    a: 1\n",
        "plugin_routing:\n  modules:\n    x: 1\nplugin_routing:\n  modules:\n    y: 1\n",
        # Another section with the same indentation.
        "plugin_routing:\n  modules:\n    x: 1\nother:\n  modules:\n" + ENTRY.format("a", "a"),
    ],
)
def test_unusual_files_are_read_as_yaml_reads_them(text: str) -> None:
    assert parse_redirects(text, by_yaml) == by_yaml(text)


def test_other_collections_are_left_to_ansible(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[bytes | str, Any]] = []

    def parse(text: bytes | str, belongs_to: Any) -> dict[str, Any]:
        asked.append((text, belongs_to))
        return {}

    monkeypatch.setattr(finder, "_meta_yml_to_dict", parse)
    speed_up_redirects()
    team = (b"plugin_routing: {}\n", ("team.tools", "runtime.yml"))
    assert finder._meta_yml_to_dict(*team) == {}
    assert finder._meta_yml_to_dict(b"x: 1\n", ("ansible.builtin", "runtime.yml")) == {}
    assert asked == [team, ("x: 1\n", ("ansible.builtin", "runtime.yml"))]
