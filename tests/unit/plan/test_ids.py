"""Names of nodes and of their files."""

from __future__ import annotations

import re

import pytest

from worldtree.plan.ids import file_stem, node_id
from worldtree.spec.models.names import GROUP_NAME, HOST_NAME

LONG = "a" * 63


def test_the_file_of_a_node_has_its_name() -> None:
    assert file_stem("create-cluster/m/t/s") == "create-cluster.m.t.s"


def test_the_longest_names_fit_in_a_file_name() -> None:
    """Each keeps a name of its own."""
    one, two = (node_id(LONG, LONG, LONG, f"{LONG[:62]}{end}") for end in "ab")
    assert len(one) == 255
    assert {len(f"{file_stem(node)}.yml") for node in (one, two)} == {251}
    assert file_stem(one) != file_stem(two)
    just = one[:-4]
    assert file_stem(just) == just.replace("/", ".")


@pytest.mark.parametrize("pattern", [HOST_NAME, GROUP_NAME])
def test_the_longest_host_and_group_fit_in_a_file_name(pattern: str) -> None:
    """Their variables are in `host_vars/NAME.yml` and `group_vars/NAME.yml`."""
    longest = max(n for n in range(400) if re.match(pattern, "a" * n))
    assert len(f"{'a' * longest}.yml") == 255
