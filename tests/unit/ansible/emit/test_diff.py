"""What changed between two bundles, as a person wants to read it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from unit.ansible.bundles import bundle, node, plan
from worldtree.ansible.emit import diff_bundles, diff_text, emit
from worldtree.errors import InputError
from worldtree.plan.node import Node
from worldtree.plan.plan import PlanHost


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


def test_changes_are_told_in_the_words_of_the_document(tmp_path: Path, document: Path) -> None:
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
        "    hosts: +h2\n"
        "    vars.shop_port: 80 → 81\n"
        "    vars.old: x → (not set)\n"
        "    vars.new: (not set) → y\n"
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
        ("files/tool.sh", "executable bit", ""),
    ]


def test_what_is_no_bundle_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no bundle"):
        diff_bundles(tmp_path, tmp_path)
