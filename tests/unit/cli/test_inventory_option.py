"""`-i` replaces the hosts of a document, as Ansible replaces the inventory of its configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from unit.ansible.content.roles.trees import write_tree
from unit.cli.conftest import Wt, shop_spec, write_document
from worldtree.core.errors import ExitCode


def _hosts(wt: Wt, *options: str) -> list[str]:
    ran = wt("plan", "-f", "site/cluster.yaml", "-o", "json", *options)
    assert ran.code == ExitCode.OK, ran.err
    return [host["name"] for host in ran.json["hosts"]]


def _spec(**more: Any) -> dict[str, Any]:
    spec = {"modules": shop_spec()["modules"], **more}
    spec["modules"][1]["tasks"][0]["hosts"] = "all"
    return spec


def test_inventories_replace_hosts_and_inventory_and_a_bundle_remembers_them(
    wt: Wt, tmp_path: Path
) -> None:
    """Paths count from the working directory, as for Ansible; names have a comma."""
    write_tree(
        tmp_path,
        {
            "site/own.ini": "[web]\nown1\n",
            "prod/hosts": "[web]\np1\n",
            "more.yml": "all: {children: {web: {hosts: {m1: }}}}\n",
        },
    )
    file = write_document(tmp_path / "site/cluster.yaml", _spec(inventory="own.ini"))
    assert _hosts(wt) == ["own1"]
    given = ("-i", "prod", "-i", "more.yml", "-i", "n1,n2")
    assert _hosts(wt, *given) == ["p1", "m1", "n1", "n2"]
    # A document that lists its hosts, too: wrong ones do not count then.
    write_document(file, {**_spec(), "hosts": shop_spec()["hosts"]})
    assert _hosts(wt, "-i", "prod/hosts") == ["p1"]
    write_document(file, _spec())
    assert wt("validate", "-f", "site/cluster.yaml").code == ExitCode.INPUT
    bundle = ("-f", "site/cluster.yaml", "--dir", "bundle")
    assert wt("compile", *bundle, *given).code == ExitCode.OK
    sources = (tmp_path / "bundle/ansible.cfg").read_text()
    assert "= inventory/prod,inventory/" in sources
    assert wt("compile", *bundle, "--check").code == ExitCode.OK
    (tmp_path / "prod/hosts").write_text("[web]\np1\np2\n")
    assert "inventory/prod/hosts" in wt("compile", *bundle, "--check").out
    refused = wt("apply", *bundle, "--yes")
    assert refused.code == ExitCode.REFUSED
    assert "inventory" in refused.err


def test_the_inventory_that_is_wrong_is_named_with_its_place(wt: Wt, tmp_path: Path) -> None:
    """That of the document with line and column, that of an option by its path."""
    write_tree(tmp_path, {"good": "[web]\nw1\n", "bad": "[web\nw1\n", "empty": "[web]\n"})
    file = write_document(tmp_path / "cluster.yaml", _spec(inventory=["good", "bad"]))
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "bad" in text)
    ran = wt("plan")
    assert ran.code == ExitCode.INPUT
    assert f"cluster.yaml:{line}:" in ran.err
    assert "Ansible cannot read the inventory `bad`" in ran.err
    assert f"ansible-inventory -i {tmp_path / 'bad'} --list" in ran.err
    write_document(file, _spec(inventory=["good", "gone"]))
    ran = wt("plan")
    assert f"cluster.yaml:{line}:" in ran.err
    assert "the inventory `gone` does not exist" in ran.err
    ran = wt("plan", "-i", "good", "-i", "bad")
    assert "Ansible cannot read the inventory `bad`" in ran.err
    assert (
        "the inventories `empty`, `empty` have no hosts"
        in wt("plan", "-i", "empty", "-i", "empty").err
    )
