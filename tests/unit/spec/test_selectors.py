"""Selectors choose hosts."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.growth import calls
from worldtree.spec.selectors import (
    HostIndex,
    Selector,
    SelectorError,
    check_selector,
    select_hosts,
)


@dataclass(frozen=True)
class _Host:
    name: str
    roles: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)


HOSTS = (
    _Host("web1", ("web",), {"rack": "a"}),
    _Host("web2", ("web", "db"), {"rack": "b"}),
    _Host("db1", ("db",), {"rack": "b", "zone": "north"}),
    _Host("lb1"),
)
GROUPS = {"web": ("web1", "web2"), "front": ("web1", "lb1")}


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("all", "web1 web2 db1 lb1"),
        ("web2", "web2"),
        ("front", "web1 lb1"),
        ("role=web", "web1 web2"),
        ("role = web , rack != b", "web1"),
        ("role=front", "web1 lb1"),
        ("group=front,role=web", "web1"),
        ("rack in (a, b)", "web1 web2 db1"),
        ("rack notin (a,b)", "lb1"),
        ("rack!=a", "web2 db1 lb1"),
        ("role=web,role=db", "web2"),
        ("name!=lb1,role!=db", "web1"),
        ("all,rack=a", "web1"),
        ("zone=north", "db1"),
        (("lb1", "web"), "lb1 web1 web2"),
        ("lb1,web", "lb1 web1 web2"),
        ("web:!web1", "web2"),
        ("web:&front", "web1"),
        ("!web", "db1 lb1"),
        ("*1", "web1 db1 lb1"),
        ("web[0]", "web1"),
        ("web[-1]:lb1", "web2 lb1"),
        ("~(db|lb).", "db1 lb1"),
        (("role=db", "!web2"), "db1"),
        (("rack=b", "front", "&web"), "web2 web1"),
        (("role=none", "db1"), "db1"),
        ((), ""),
        ("nobody", ""),
    ],
)
def test_these_hosts_match(selector: Selector, names: str) -> None:
    """Terms of a selector must all hold; parts of a pattern are as in Ansible; a list joins."""
    assert select_hosts(HOSTS, selector, GROUPS) == tuple(names.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "rack==a",
        "rack in a",
        "a b",
        "=b",
        "rack in ()",
        "role=web,db1",
        "web[0",
        "!",
        "~(",
    ],
)
def test_what_is_no_selector_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(SelectorError):
        check_selector(text)


@given(st.text(max_size=30))
def test_no_text_leads_to_another_exception(text: str) -> None:
    """Any text is a selector or refused."""
    try:
        found = select_hosts(HOSTS, text, GROUPS)
    except SelectorError:
        return
    assert set(found) <= {host.name for host in HOSTS}


@given(st.sampled_from(["role=web", "rack=b", "zone=north", "web1", "front"]))
def test_negation_is_the_complement(text: str) -> None:
    """``=`` and ``!=`` share the hosts among them."""
    if "=" not in text:
        return
    yes, no = (select_hosts(HOSTS, t, GROUPS) for t in (text, text.replace("=", "!=")))
    assert sorted((*yes, *no)) == sorted(host.name for host in HOSTS)


def test_selectors_that_were_asked_for_are_not_matched_again() -> None:
    """Of a thousand hosts none is looked at: answers are remembered."""
    hosts = [_Host(f"h{i}", ("web",), {"rack": f"r{i % 9}"}) for i in range(1000)]
    index = HostIndex(hosts, {"web": [h.name for h in hosts]})
    asked = [text for i in range(1000) for text in (f"h{i}", f"role=web,rack=r{i % 9}")]

    def ask() -> None:
        for text in asked:
            index.select(text)

    ask()
    assert calls(ask) <= 10 * len(asked)
