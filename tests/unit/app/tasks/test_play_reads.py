"""Which names the plays of a bundle may read."""

from __future__ import annotations

import pytest

from unit.engine.plans import node_id
from worldtree.ansible.bundle import Bundle, BundleFile
from worldtree.app.tasks.play_reads import PlayReads


@pytest.mark.parametrize(
    ("text", "is_any"),
    [
        ("{{ ansible_facts.packages }} {{ ansible_facts['services'] }}", False),
        ("{{ hostvars[peer].release }} {{ hostvars[ groups['a'][0] ]['release'] }}", True),
        ("{{ hostvars['h1'].release }} {{ hostvars[inventory_hostname]['release'] }}", False),
        ("vars: {a: 1}", False),
        ("{{ ansible_facts | to_json }}", True),
        ("{{ ansible_facts[name] }}", True),
        ("{{ hostvars[peer] | to_json }}", True),
        ("{{ hostvars[peer][name] }}", True),
        ("{{ groups.web | map('extract', hostvars) }}", True),
        ("{% for name in vars %}{{ name }}{% endfor %}", True),
        ("{{ lookup('vars', 'a' ~ 'b') }}", True),
        ("when: \"'packages' not in ansible_facts\"", True),
    ],
)
def test_a_play_may_read_any_name_where_no_text_has_the_name(text: str, is_any: bool) -> None:
    """Brackets in brackets are not parsed."""
    bundle = Bundle({"plays/p.m.t.x.yml": BundleFile(text)})
    assert (PlayReads(lambda: bundle)([node_id("x")]) is None) == is_any


def test_the_names_of_several_plays_and_their_roles_are_read_together() -> None:
    files = {
        "plays/p.m.t.one.yml": "roles: [base]",
        "plays/p.m.t.two.yml": "msg: '{{ second }}'",
        "roles/base/templates/a.j2": "{{ first }}",
        "roles/other/templates/a.j2": "{{ ansible_facts }}",
    }
    bundle = Bundle({path: BundleFile(text) for path, text in files.items()})
    reads = PlayReads(lambda: bundle)
    names = reads([node_id("one"), node_id("two")])
    assert names is not None
    assert {"first", "second"} <= names
    assert "second" not in (reads([node_id("one")]) or "second")
