"""Misspelt names and names of other things are kept apart."""

from __future__ import annotations

import pytest

from worldtree.ansible.content.typos import likely_typo_of


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("shop_prot", ["shop_port", "shop_user"], "shop_port"),
        ("shop_hots", ["shop_host"], "shop_host"),
        ("shop_colour", ["shop_color"], "shop_color"),
        ("shop_extra", ["shop_port"], None),
        ("db", ["dc"], None),
        ("disk2", ["disk1"], None),
        ("shop_port", ["shop_port"], None),
    ],
)
def test_only_near_misses_count(name: str, known: list[str], meant: str | None) -> None:
    assert likely_typo_of(name, known) == meant
