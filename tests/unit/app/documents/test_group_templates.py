"""Hosts of plays that are templates of `groups` become patterns of Ansible."""

from __future__ import annotations

import pytest

from worldtree.app.documents.playbook_import.group_templates import without_groups


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("{{ groups['web'] }}", "web"),
        ('{{groups["web-1"]}}', "web-1"),
        ("{{ groups.web }}", "web"),
        ("{{ groups['web'] | join(',') }}", "web"),
        ("all:!{{ groups['db'][0] }}", "all:!db[0]"),
        ("{{ groups.db[-1] }}:{{ groups['web'] | first }}", "db[-1]:web[0]"),
        (["{{ groups['web'] }}", "&{{ groups.db | last }}"], ["web", "&db[-1]"]),
        # No pattern means the same.
        ("all:!{{ groups['db'] }}", "all:!{{ groups['db'] }}"),
        ("{{ groups['web'] | reject('eq', 'a') | list }}",) * 2,
        ("{{ groups[kind] }}",) * 2,
        ("{{ mygroups.web }}",) * 2,
        ("web",) * 2,
    ],
)
def test_templates_of_groups(written: object, pattern: object) -> None:
    """A text that is one expression may be a list of hosts; else only one host is a name."""
    assert without_groups(written) == pattern
