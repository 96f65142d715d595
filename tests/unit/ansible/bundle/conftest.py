"""A document's directory with files, a template and roles of the team's."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ansible.bundles import bundle, chain, node
from worldtree.ansible.bundle import Bundle
from worldtree.plan.plan import Plan


def write(base: Path, **files: str) -> Path:
    """Write files given by path (``__`` for ``/``, the suffix behind the last ``_``)."""
    for path, text in files.items():
        *folders, name = path.split("__")
        file = base.joinpath(*folders, ".".join(name.rsplit("_", 1)))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return base


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A document's directory."""
    base = write(
        tmp_path / "doc",
        files__motd_txt="hello\n",
        templates__shop_j2="port={{ shop_port }}\n",
        beside_txt="beside\n",
        vars__more_yml="a: 1\n",
        roles__shop__tasks__main_yml="- name: Say\n  ansible.builtin.debug:\n    msg: hi\n",
        roles__shop__templates__a_j2="a\n",
    )
    tool = base / "files" / "tool.sh"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o700)
    return base


@pytest.fixture
def shop() -> Plan:
    """A plan of four nodes that use what is in ``document``."""
    return chain(
        node("motd", "copy", {"src": "motd.txt", "dest": "/tmp/motd"}),
        node("beside", "copy", {"src": "beside.txt", "dest": "/tmp/beside"}),
        node("conf", "render", {"src": "shop.j2", "dest": "/tmp/c"}, vars={"shop_port": 80}),
        node("role", role="shop", vars={"shop_password": "${env:PW}"}),
        kind="barrier",
    )


@pytest.fixture
def shop_bundle(shop: Plan, document: Path) -> Bundle:
    """The bundle of ``shop``."""
    made, bag = bundle(shop, document)
    assert bag.items == []
    return made
