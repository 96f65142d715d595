"""What changed between two bundles, as a person wants to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from unit.ansible.bundles import bundle, node, plan
from worldtree.ansible.bundle import diff_bundles, diff_text, emit
from worldtree.ansible.bundle.diff import BundleDiff, ItemChange, ValueChange, unified
from worldtree.ansible.model.inventory import InventorySpec, inventory_files
from worldtree.app.documents.document_service import DocumentService
from worldtree.core.errors import InputError
from worldtree.plan.node import Node
from worldtree.plan.plan import PlanHost
from worldtree.spec.yaml_tags import Vault


def _emit(place: Path, document: Path, nodes: Sequence[Node], hosts: Sequence[str]) -> Path:
    found = [PlanHost(name=name, address=f"10.0.0.{name[1:]}") for name in hosts]
    groups = {"web": tuple(hosts)}
    emit(bundle(plan(nodes, (), found, groups), document)[0], place)
    return place


def _conf(port: int, hosts: tuple[str, ...] = ("h1",), **more: object) -> Node:
    params = {"src": "shop.j2", "dest": "/tmp/c"}
    return node("conf", "render", params, hosts=hosts, vars={"shop_port": port, **more})


def test_equal_bundles_are_said_to_be(tmp_path: Path, document: Path) -> None:
    a = _emit(tmp_path / "a", document, [_conf(80)], ["h1"])
    b = _emit(tmp_path / "b", document, [_conf(80)], ["h1"])
    diff = diff_bundles(a, b)
    assert diff.is_empty
    assert diff_text(diff) == "The bundles are the same.\n"


def test_changes_are_reported_in_the_words_of_the_document(tmp_path: Path, document: Path) -> None:
    gone, came = node("gone", "wait", 80, hosts=("h1",)), node("came", "wait", 81, hosts=("h2",))
    a = _emit(tmp_path / "a", document, [_conf(80, old="x"), gone], ["h1"])
    (document / "templates" / "shop.j2").write_text("# new\nport={{ shop_port }}\n")
    b = _emit(tmp_path / "b", document, [_conf(81, ("h1", "h2"), new="y"), came], ["h1", "h2"])
    diff = diff_bundles(a, b)
    assert diff_text(diff) == (
        "Steps: 1 added, 1 removed, 1 changed\n"
        "  + demo/app/main/came\n"
        "  - demo/app/main/gone\n"
        "  ~ demo/app/main/conf\n"
        "    vars.shop_port: 80 → 81\n"
        "    vars.old: x → (not set)\n"
        "    vars.new: (not set) → y\n"
        "    hosts: +h2\n"
        "Hosts: 1 added\n"
        "  + h2\n"
        "Groups:\n"
        "  web: +h2\n"
        "Files:\n"
        "  templates/shop.j2: changed\n"
        "    --- old/templates/shop.j2\n"
        "    +++ new/templates/shop.j2\n"
        "    @@ -1 +1,2 @@\n"
        "    +# new\n"
        "     port={{ shop_port }}\n"
    )


def test_files_that_came_went_or_are_no_text_are_named(tmp_path: Path, document: Path) -> None:
    (document / "files" / "data.bin").write_bytes(b"\0\1")
    a = _emit(tmp_path / "a", document, [_conf(80)], ["h1"])
    (document / "files" / "data.bin").write_bytes(b"\0\2")
    (document / "files" / "motd.txt").rename(document / "files" / "other.txt")
    (document / "files" / "tool.sh").chmod(0o600)
    b = _emit(tmp_path / "b", document, [_conf(80)], ["h1"])
    assert [(f.path, f.what, f.text) for f in diff_bundles(a, b).files] == [
        ("files/data.bin", "changed", ""),
        ("files/motd.txt", "removed", ""),
        ("files/other.txt", "added", ""),
        ("files/tool.sh", "mode 0700 → 0600", ""),
    ]


Variables = Mapping[str, Mapping[str, Any]]


def _with(place: Path, document: Path, variables: Variables, digests: Mapping[str, str]) -> Path:
    """Emit a bundle whose inventory has these variables by group; ``all`` is the cluster's."""
    hosts = [PlanHost(name=f"h{n}", address=f"10.0.0.{n}") for n in range(1, 13)]
    names = tuple(digests)
    made = plan([_conf(80, names), node("same", "wait", 80, hosts=names)], (), hosts)
    pairs = {"demo/app/main/conf": digests, "demo/app/main/same": dict.fromkeys(names, "d")}
    groups = {name: values for name, values in variables.items() if name != "all"}
    spec = InventorySpec(
        made.hosts,
        dict.fromkeys(groups, ("h1",)),
        group_vars=groups,
        cluster_vars=variables.get("all", {}),
    )
    made = made.model_copy(update={"pair_digests": pairs})
    emit(bundle(made, document, inventory=inventory_files(spec))[0], place)
    return place


def test_changed_variables_are_reported_with_the_steps_that_they_reach(
    tmp_path: Path, document: Path
) -> None:
    """Those of the cluster and of groups; of a secret there is only its reference."""
    many = [f"h{n}" for n in range(1, 13)]
    before: Variables = {
        "all": {"word": "one", "id": 1, "token": "${env:OLD}", "limits": {"cpu": 1, "mem": 2}},
        "web": {"port": 80, "gone": {"a": 1}, "empty": {}},
    }
    now: Variables = {
        "all": {"word": "two", "id": 2, "token": "${env:NEW}", "limits": {"cpu": 1, "mem": 3}},
        "web": {"port": 80, "locked": Vault("$ANSIBLE_VAULT;1.1;AES256\n61"), "empty": None},
        "new": {"empty": {}},
    }
    a = _with(tmp_path / "a", document, before, dict.fromkeys(many, "old"))
    b = _with(tmp_path / "b", document, now, dict.fromkeys(many, "new") | {"h2": "old"})
    diff = diff_bundles(a, b)
    assert diff_text(diff) == (
        "Variables:\n"
        "  ~ every host\n"
        "    word: one → two\n"
        "    id: 1 → 2\n"
        "    token: {{ lookup('worldtree.core.secret', 'env:OLD') }} → "
        "{{ lookup('worldtree.core.secret', 'env:NEW') }}\n"
        "    limits.mem: 2 → 3\n"
        "  ~ group new\n"
        "    empty: (not set) → {}\n"
        "  ~ group web\n"
        "    gone.a: 1 → (not set)\n"
        "    empty: {} → null\n"
        "    locked.__ansible_vault: (not set) → $ANSIBLE_VAULT;1.1;AES256 61\n"
        "Steps whose input changed:\n"
        "  demo/app/main/conf on h1, h3, h4, h5, h6, h7, h8, h9, h10, h11 and 1 more\n"
    )
    [affected] = diff.affected_nodes
    assert affected.hosts == tuple(name for name in many if name != "h2")
    assert diff_bundles(a, a).is_empty


def test_the_teams_own_inventory_is_reported_by_its_files(tmp_path: Path, document: Path) -> None:
    """Without their content, as there may be passwords in it."""
    made = plan([_conf(80)], (), [PlanHost(name="h1", address="10.0.0.1")])
    made = made.model_copy(update={"digests": {"inventory": "x"}})
    for name, port in (("a", 80), ("b", 81)):
        files = {"inventory/hosts.ini": f"h1 port={port}\n", "inventory/group_vars/web.yml": "%"}
        emit(bundle(made, document, inventory=files)[0], tmp_path / name)
    [file] = diff_bundles(tmp_path / "a", tmp_path / "b").files
    assert (file.path, file.what, file.text) == ("inventory/hosts.ini", "changed", "")


def test_variables_that_cannot_be_read_are_said_to_be(tmp_path: Path, document: Path) -> None:
    for name in "ab":
        _with(tmp_path / name, document, {"web": {"x": name}}, {"h1": "d"})
    (tmp_path / "a/inventory/group_vars/web.yml").write_text("a: [")
    with pytest.raises(InputError, match=r"web\.yml"):
        diff_bundles(tmp_path / "a", tmp_path / "b")


def test_what_is_no_bundle_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a bundle"):
        diff_bundles(tmp_path, tmp_path)


def test_edits_of_a_bundle_are_named_apart(tmp_path: Path, document: Path) -> None:
    """The differences are those of the compiled bundles."""
    a = _emit(tmp_path / "a", document, [_conf(80)], ["h1"])
    b = _emit(tmp_path / "b", document, [_conf(80)], ["h1"])
    (b / "site.yml").write_text("[]\n")
    (b / "notes.txt").write_text("mine\n")
    diff = DocumentService().diff(a, b)
    assert not diff.is_empty
    assert diff_text(diff) == (
        f"Edited since it was compiled: {b}\n  notes.txt: extra\n  site.yml: edited\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("a b", "a  b", '"a b" → "a  b"'),
        ("a\n", "a", '"a\\n" → "a"'),
        ("a b", "a\u00a0b", '"a b" → "a\\u00a0b"'),
        ("80", 80, '"80" → 80'),
        ("null", None, '"null" → null'),
        (["x", "a "], ["x", "a"], '+"a" -"a "'),
        (
            "x" * 80 + "one" + "y" * 80,
            "x" * 80 + "two" + "y" * 80,
            f"…{'x' * 20}one{'y' * 35}… → …{'x' * 20}two{'y' * 35}…",
        ),
    ],
)
def test_two_values_are_never_shown_alike(old: object, new: object, shown: str) -> None:
    """Not where only white space, the type or what comes after the cut differs."""
    change = ItemChange("all", (ValueChange("word", old, new),))
    found = diff_text(BundleDiff(variables=(change,)))
    assert found.splitlines()[-1] == f"    word: {shown}"


def test_files_that_differ_only_in_line_breaks_are_said_to(tmp_path: Path) -> None:
    for name, data in (("a", b"one\ntwo\n"), ("b", b"one\r\ntwo\r\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_bytes(data)
    assert unified(tmp_path / "a", tmp_path / "b", "x") == "only the line breaks differ"
