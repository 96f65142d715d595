"""The table of versions is complete, and wrong tables are refused."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from worldtree.catalog.components.kubernetes import version_table as module
from worldtree.catalog.components.kubernetes.release_version import (
    Minor,
    Release,
    parse_minor,
    parse_release,
)
from worldtree.catalog.components.kubernetes.version_table import parse_table, version_table

DATA: dict[str, Any] = yaml.safe_load(
    Path(module.__file__).with_name("versions.yaml").read_text(encoding="utf-8")
)


def changed(*path: str, to: object) -> dict[str, Any]:
    data = deepcopy(DATA)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return data


def test_versions_compare_by_numbers() -> None:
    assert parse_release("1.9.10") < parse_release("1.10.2")
    assert parse_minor("1.9") < parse_minor("1.34")
    assert str(Release(1, 34, 9)) == "1.34.9"
    assert Release(1, 34, 9).of_minor.after(-1) == Minor(1, 33)


@pytest.mark.parametrize("text", ["1.34", "v1.34.9", "1.34.09", "1.34.9-rc.1", "latest", ""])
def test_what_is_no_release_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a version such as"):
        parse_release(text)


def test_the_table_has_each_minor_from_1_33_on() -> None:
    table = version_table()
    assert table.oldest == Minor(1, 33)
    assert list(table.minors) == [Minor(1, n) for n in range(33, table.newest.minor + 1)]


def test_every_minor_has_a_network_plugin_and_a_system() -> None:
    table = version_table()
    for minor in table.minors:
        assert [name for name, plugin in table.network_plugins.items() if minor in plugin]
        assert [system for system in table.systems if minor in system]


def test_the_endpoint_is_needed_first_before_a_patch_release_only() -> None:
    table = version_table()
    assert table.needs_endpoint_first(Release(1, 34, 7))
    assert not table.needs_endpoint_first(Release(1, 34, 8))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (changed("minors", "1.34", "newest", to="1.35.9"), "1.35.9 is not a release of 1.34"),
        (changed("minors", to={k: v for k, v in DATA["minors"].items() if k != "1.34"}), "follow"),
        (changed("minors", "1.35", "etcd", "minimum", to="3.7.1"), "no release is from"),
        (changed("minors", "1.35", "etcd", "bundled", to="3.4.0"), "is not 3.5.24 or newer"),
        (changed("minors", "1.36", "etcd", "bundled", to="3.5.25"), "older than that of 1.35"),
        (changed("minors", "1.36", "kubeadmApi", to="v1beta5"), "v1beta4"),
        (changed("minors", "1.36", "pauze", to="3.10"), "pauze"),
        (changed("networkPlugins", "bridge", "to", to="1.99"), "bridge: 1.99 is not in the table"),
        (changed("minors", to={}), "at least 1"),
    ],
)
def test_a_wrong_table_is_refused(data: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        parse_table(data)
