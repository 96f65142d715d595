"""Plugins are loaded one by one; a broken one is named with its package and left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.plugins.packages import installed, write_package
from worldtree.plugins import (
    PluginError,
    PluginFault,
    PluginGroup,
    has_entry,
    load_group,
    load_named,
    package_directory,
)


def _text(loaded: object) -> str:
    if not isinstance(loaded, str):
        raise PluginError(PluginFault.TYPE, f"It is a {type(loaded).__name__}, not a text.")
    return loaded


GROUP = PluginGroup("tests.greetings", "greeting", _text, reserved=frozenset({"nothing"}))


def write(site: Path, name: str, source: str, *points: str, package: str = "") -> None:
    """Install a package of one module; a point is ``name`` or ``name:ATTRIBUTE``."""
    values = {p.partition(":")[0]: f"{name}:{p.partition(':')[2] or 'VALUE'}" for p in points}
    write_package(site, package or name, {f"{name}.py": source}, {GROUP.name: values})


def test_sound_plugins_are_found_by_name_with_their_package(tmp_path: Path) -> None:
    write(tmp_path, "polite", "VALUE = 'good morning'", "morning")
    with installed(tmp_path):
        loaded = load_group(GROUP)
        assert has_entry(GROUP.name, "morning")
        assert not has_entry(GROUP.name, "evening")
    assert dict(loaded.values) == {"morning": "good morning"}
    plugin = loaded.plugins["morning"]
    assert (plugin.package, plugin.module, plugin.is_builtin) == ("polite 1.0", "polite", False)


@pytest.mark.parametrize(
    ("source", "point", "fault", "detail"),
    [
        ("import no_such_module", "x", PluginFault.IMPORT, "ModuleNotFoundError: No module named"),
        ("VALUE = (", "x", PluginFault.IMPORT, "SyntaxError"),
        ("raise SystemExit(3)", "x", PluginFault.IMPORT, "SystemExit: 3"),
        ("", "x:ABSENT", PluginFault.IMPORT, "AttributeError"),
        ("VALUE = 1", "x", PluginFault.TYPE, "It is a int, not a text."),
        ("VALUE = 'x'\nWORLDTREE_PLUGIN_API = 99", "x", PluginFault.API_VERSION, "version 99"),
        ("VALUE = 'x'", "nothing", PluginFault.DUPLICATE, "reserved"),
    ],
)
def test_a_broken_plugin_is_left_out_and_named_with_its_package(
    source: str, point: str, fault: PluginFault, detail: str, tmp_path: Path
) -> None:
    write(tmp_path, "rude", source, point)
    write(tmp_path, "polite", "VALUE = 'hello'", "day")
    with installed(tmp_path):
        loaded = load_group(GROUP)
    assert dict(loaded.values) == {"day": "hello"}
    (broken,) = loaded.broken
    assert broken.fault is fault
    assert detail in broken.detail
    warning = broken.diagnostic()
    assert (warning.slug, warning.is_error) == ("broken-plugin", False)
    assert "rude 1.0" in warning.summary
    assert warning.hint == "upgrade or remove the package rude 1.0"


def test_of_two_plugins_of_one_name_the_first_package_wins(tmp_path: Path) -> None:
    write(tmp_path, "beta", "VALUE = 'b'", "hello")
    write(tmp_path, "alpha", "VALUE = 'a'", "hello")
    with installed(tmp_path):
        loaded = load_group(GROUP)
    assert dict(loaded.values) == {"hello": "a"}
    (broken,) = loaded.broken
    assert (broken.package, broken.fault) == ("beta 1.0", PluginFault.DUPLICATE)
    assert broken.detail == "The package alpha 1.0 has `hello` too."


def test_loading_one_name_imports_no_other_plugin(tmp_path: Path) -> None:
    write(tmp_path, "rude", "raise SystemExit", "evening")
    write(tmp_path, "polite", "VALUE = 'hello'", "day")
    with installed(tmp_path):
        loaded = load_named(GROUP, "day")
    assert dict(loaded.values) == {"day": "hello"}
    assert loaded.broken == ()


def test_a_long_message_with_control_characters_is_made_printable(tmp_path: Path) -> None:
    write(tmp_path, "rude", "raise ValueError('\\x1b[31m' + 'x' * 999 + '\\nmore')", "x")
    with installed(tmp_path):
        (broken,) = load_group(GROUP).broken
    assert broken.detail.isprintable()
    assert len(broken.detail) < 300


def test_the_directory_of_a_package_is_found_from_its_modules(tmp_path: Path) -> None:
    files = {"acme/__init__.py": "", "acme/part.py": "", "lone.py": ""}
    write_package(tmp_path, "acme", files, {})
    with installed(tmp_path):
        assert package_directory("acme") == tmp_path / "acme"
        assert package_directory("acme.part") == tmp_path / "acme"
        assert package_directory("lone") is None
