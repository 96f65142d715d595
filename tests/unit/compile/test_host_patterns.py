"""Host patterns of a document match what Ansible matches in the bundle's inventory."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from examples import examples
from worldtree.ansible.content.team_config import TeamConfig
from worldtree.ansible.model.yaml_writer import dump
from worldtree.compile.cluster_inventory import resolve_inventory
from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.compile.host_words import host_pattern
from worldtree.core.errors import DiagnosticBag, InputError
from worldtree.spec.cluster import Cluster
from worldtree.spec.host_patterns import PatternError, PatternTerm, split_pattern
from worldtree.spec.load import load_text
from worldtree.spec.resolve import resolve
from worldtree.spec.validate import validate

HOSTS = ("web1", "web2", "web3", "db1", "db.x", "lb1")
GROUPS = ("web", "db", "prod", "canary", "lb1-x")
_NAMES = st.sampled_from(
    [*HOSTS, *GROUPS, "all", "ungrouped", "none", "web*", "?b1", "*", "d[ab]*"]
)
_BASES = st.one_of(_NAMES, st.sampled_from(["~web[12]", "~(db|lb)", "~.*1$", "w*:&prod"]))
_SUBSCRIPTS = st.sampled_from(["", "", "", "[0]", "[1]", "[-1]", "[0:1]", "[1:]", "[1:0]", "[0-1]"])
_TERMS = st.builds("{}{}{}".format, st.sampled_from(["", "", "!", "&"]), _BASES, _SUBSCRIPTS)
_PATTERNS = st.builds(
    lambda terms, separator: separator.join(terms),
    st.lists(_TERMS, min_size=1, max_size=4),
    st.sampled_from([":", ",", ", "]),
)


@st.composite
def _specs(draw: st.DrawFn) -> dict[str, Any]:
    """Hosts with roles, and groups that hold hosts and groups defined before them."""
    hosts = [
        {"name": name, "roles": draw(st.lists(st.sampled_from(["web", "db"]), unique=True))}
        for name in draw(st.permutations(HOSTS))
    ]
    groups = {
        "prod": {"members": draw(st.lists(st.sampled_from([*HOSTS, "web", "db"]), unique=True))},
        "canary": {"members": draw(st.lists(st.sampled_from(HOSTS), unique=True))},
        "lb1-x": {"members": draw(st.lists(st.sampled_from([*HOSTS, "canary"]), unique=True))},
    }
    roles = {role for host in hosts for role in host["roles"]}
    for group in groups.values():
        group["members"] = [m for m in group["members"] if m not in {"web", "db"} - roles]
    return {"hosts": hosts, "groups": groups}


def _document(spec: dict[str, Any]) -> str:
    tasks = [{"name": "t", "steps": [{"command": "true"}]}]
    head = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "c"}}
    return yaml.safe_dump({**head, "spec": {**spec, "modules": [{"name": "m", "tasks": tasks}]}})


def _cluster(spec: dict[str, Any]) -> Cluster:
    (document,) = load_text(_document(spec))
    model = validate(document).model
    assert model is not None
    return resolve(model, document, DiagnosticBag())


def _ansible_inventory(spec: dict[str, Any], cluster: Cluster, directory: Path) -> InventoryManager:
    (document,) = load_text(_document(spec))
    model = validate(document).model
    assert model is not None
    found = resolve_inventory(cluster, model, DiagnosticBag(), TeamConfig()).content(
        lambda value: value
    )
    file = directory / "hosts.yml"
    file.write_text(dump(found["inventory/hosts.yml"]))
    return InventoryManager(DataLoader(), [str(file)])


def _found(inventory: InventoryManager, pattern: str | list[str]) -> tuple[str, ...]:
    inventory.clear_caches()
    try:
        return tuple(host.name for host in inventory.get_hosts(pattern))
    except AnsibleError:  # A subscript beyond the last host.
        return ()


@settings(max_examples=examples(40), phases=[Phase.generate])
@given(_specs(), st.lists(_PATTERNS, min_size=20, max_size=60))
def test_patterns_match_the_hosts_that_ansible_finds_in_its_order(
    spec: dict[str, Any], patterns: list[str]
) -> None:
    """For each text and for lists of them, whatever the groups."""
    cluster = _cluster(spec)
    with tempfile.TemporaryDirectory() as directory:
        inventory = _ansible_inventory(spec, cluster, Path(directory))
        for pattern in patterns:
            try:
                split_pattern(pattern)
            except PatternError:
                continue
            if _has_lost_subscript(cluster, pattern):
                continue
            assert cluster.select(pattern) == _found(inventory, pattern), pattern
            both = (pattern, "web1:!db1")
            assert cluster.select(both) == _found(inventory, list(both)), both


def _has_lost_subscript(cluster: Cluster, pattern: str) -> bool:
    """Whether a subscript is beyond its hosts: Ansible then refuses the whole pattern."""
    order = cluster.index.inventory
    return any(
        term.base != term.name and order.match(PatternTerm(term.base)) and not order.match(term)
        for term in split_pattern(pattern)
    )


@pytest.mark.parametrize(
    "text",
    ["[web]\nw1\nw2\n", "[web]\nw1\nlocalhost\n", "[web]\nw1\n127.0.0.1\n", "[localhost]\nw1\n"],
)
def test_this_machine_is_found_as_in_ansible(tmp_path: Path, text: str) -> None:
    """Listed or not, by one of its names; what is not listed is in no group and not in `all`."""
    (tmp_path / "hosts").write_text(text)
    file = tmp_path / "cluster.yaml"
    file.write_text(_document({"inventory": "hosts"}))
    (document,) = load_text(file.read_text(), str(file))
    cluster = plan_document(document).cluster
    names = ("localhost", "127.0.0.1", "::1")
    patterns = [*names, "all", "all:localhost", "web:!localhost", "local*", "localhost[0]", "!web"]
    for pattern in [*patterns, "web:127.0.0.1", "web:&localhost", "~local.*"]:
        # Each pattern in an inventory of its own: Ansible remembers the first name.
        inventory = InventoryManager(DataLoader(), [str(tmp_path / "hosts")])
        found = _found(inventory, pattern)
        # An unlisted one has one name in a plan.
        expected = [n if n in text or n not in names else "localhost" for n in found]
        assert cluster.select(pattern) == tuple(expected), pattern


@pytest.mark.parametrize("additions", [{}, {"edge": {"members": ["lb1", "web2", "shop"]}}])
def test_an_inventory_of_the_team_is_in_the_order_of_ansible(
    tmp_path: Path, additions: dict[str, Any]
) -> None:
    """Groups that the document adds come first, as in the bundle."""
    text = "lone\n[web]\nweb[1:3]\n[db]\ndb2\ndb1\n[shop:children]\ndb\nweb\n[lb]\nlb1\nweb3\n"
    (tmp_path / "hosts").write_text(text)
    file = tmp_path / "cluster.yaml"
    file.write_text(_document({"inventory": "hosts", "groups": additions}))
    (document,) = load_text(file.read_text(), str(file))
    planned = plan_document(document)
    compiled = compile_plan(planned).bundle
    sources = [str(tmp_path / "hosts")]
    if additions:
        first = tmp_path / "document_inventory.yml"
        first.write_text(str(compiled.files["document_inventory.yml"].content))
        sources.insert(0, str(first))
    inventory = InventoryManager(DataLoader(), sources)
    for pattern in ("all", "shop", "shop[0]", "lb:web", "*b*", "~w.*[23]", "!web", "shop[1:2]"):
        assert planned.cluster.select(pattern) == _found(inventory, pattern), pattern


@pytest.mark.parametrize(
    ("selector", "pattern"),
    [
        ("all", "all"),
        ("web", "web"),
        ("role=web", "web"),
        ("web:!canary", "web:!canary"),
        ("role=web,role!=canary", "web:!canary"),
        ("role in (web, db),name!=web1", "web:db:!web1"),
        ("group=prod,role=web", "prod:&web"),
        (("web", "role=db"), ("web", "db")),
        ("web[0]", "web[0]"),
        ("rack=a", None),
        (("web", "rack=a"), None),
        # Equal members, other words.
        ("active", "active"),
        ("name!=db1", "all:!db1"),
    ],
)
def test_a_play_says_what_the_document_says(selector: Any, pattern: Any) -> None:
    """Never another group that has the same members now; hosts by name where Ansible has no
    word for it."""
    hosts = [
        {"name": "web1", "roles": ["web"], "labels": {"rack": "a"}},
        {"name": "web2", "roles": ["web"]},
        {"name": "db1", "roles": ["db"]},
    ]
    groups = {name: {"members": ["web1", "web2"]} for name in ("active", "prod")}
    groups["canary"] = {"members": ["web2"]}
    cluster = _cluster({"hosts": hosts, "groups": groups})
    assert host_pattern(selector, cluster) == pattern


def test_the_plays_of_a_bundle_name_the_hosts_in_the_words_of_the_document() -> None:
    """Two groups with the same hosts are not swapped; a list that is everything stays a list."""
    shown = _play_hosts(
        [
            {"name": "a", "hosts": "role=web", "steps": [{"command": "true"}]},
            {"name": "b", "hosts": "web:&active", "steps": [{"command": "true"}]},
            {"name": "c", "hosts": ["web1", "web2", "db1"], "steps": [{"command": "true"}]},
            {"name": "d", "hosts": "rack=a", "steps": [{"command": "true"}]},
            {
                "name": "e",
                "steps": [{"command": "true", "hosts": "active"}, {"command": "true"}],
            },
        ]
    )
    assert shown == {
        "a/command": "web",
        "b/command": "web:&active",
        "c/command": ["web1", "web2", "db1"],
        "d/command": ["web1", "web2"],
        "e/command": "active",
        "e/command-2": "all",
    }


def _play_hosts(tasks: list[dict[str, Any]]) -> dict[str, Any]:
    hosts = [
        {"name": name, "roles": [role], "labels": {"rack": rack}}
        for name, role, rack in (("web1", "web", "a"), ("web2", "web", "a"), ("db1", "db", "b"))
    ]
    groups = {"active": {"members": ["web1", "web2"]}}
    head = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "c"}}
    modules = [{"name": "m", "tasks": tasks}]
    data = {**head, "spec": {"hosts": hosts, "groups": groups, "modules": modules}}
    (document,) = load_text(yaml.safe_dump(data))
    bundle = compile_plan(plan_document(document)).bundle
    found = {}
    for path, file in bundle.files.items():
        if path.startswith("plays/"):
            (play,) = yaml.safe_load(str(file.content))
            found["/".join(play["name"].split("/")[2:])] = play["hosts"]
    return found


def test_a_misspelt_part_is_pointed_at() -> None:
    """The mark is that of the part; a pattern whose parts leave no host is reported as a whole."""
    hosts = [{"name": "web1", "roles": ["web"]}, {"name": "db1", "roles": ["db"]}]
    tasks = [
        {"name": "a", "hosts": "web:!canry", "steps": [{"command": "true"}]},
        {"name": "b", "hosts": "web:&db", "steps": [{"command": "true"}]},
        {"name": "c", "hosts": "web[3]", "steps": [{"command": "true"}]},
    ]
    groups = {"canary": {"members": ["db1"]}}
    head = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "c"}}
    modules = [{"name": "m", "tasks": tasks}]
    data = {**head, "spec": {"hosts": hosts, "groups": groups, "modules": modules}}
    text = yaml.safe_dump(data, sort_keys=False)
    (document,) = load_text(text)
    with pytest.raises(InputError) as caught:
        plan_document(document)
    first, second, third = caught.value.diagnostics
    assert (first.slug, first.hint) == ("unknown-host", "did you mean `canary`?")
    assert first.mark is not None
    assert first.mark.end_column is not None
    line = text.splitlines()[first.mark.line - 1]
    assert line[first.mark.column - 1 : first.mark.end_column - 1] == "!canry"
    assert second.summary == "`web:&db` matches no host"
    assert "`web` has 1 hosts" in third.detail
