"""Equal inputs give equal bytes, wherever and however they are compiled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examples import examples
from unit.ansible.bundles import bundle, chain, node
from worldtree.ansible.bundle import Bundle

TESTS = Path(__file__).parents[4]

_COMPILE = """
import os, sys
from pathlib import Path
from unit.ansible.bundles import bundle, node, chain
from worldtree.ansible.bundle import emit
os.umask(int(sys.argv[3], 8))
plan = chain(
    node("facts", "facts", {}),
    node("conf", "render", {"src": "shop.j2", "dest": "/tmp/c"}, vars={"ü": "é", "shop_port": 1}),
    node("role", role="shop", tags=("b", "a"), vars={"shop_password": "${env:PW}"}),
    node("net", "sysctl", {"name": "vm.swappiness", "value": 1}),
    kind="barrier",
)
emit(bundle(plan, Path(sys.argv[1]))[0], Path(sys.argv[2]))
"""


def _tree(directory: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(directory)): (path.read_bytes(), path.stat().st_mode)
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_hash_seed_locale_clock_place_and_umask_do_not_show(tmp_path: Path, document: Path) -> None:
    trees = []
    for number, (seed, locale, zone, umask) in enumerate(
        [("1", "C", "UTC", "022"), ("4242", "C.UTF-8", "Asia/Tokyo", "077")]
    ):
        place = tmp_path / ("x" * (number + 1)) / "bundle"
        here = tmp_path / f"cwd{number}"
        here.mkdir()
        env = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "LC_ALL": locale,
            "TZ": zone,
            "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent / "compiler")]),
        }
        command = [sys.executable, "-c", _COMPILE, str(document), str(place), umask]
        subprocess.run(command, check=True, cwd=here, env=env)
        trees.append(_tree(place))
    assert trees[0] == trees[1]
    assert "plan.json" in trees[0]


@pytest.fixture(scope="module")
def reference() -> Bundle:
    """A bundle of hosts, groups and digests in one order."""
    return _of(["web", "etcd", "db"])


def _of(order: list[str]) -> Bundle:
    of = chain(node("wait", "wait", 80), node("say", "command", "date"))
    shuffled = of.model_copy(
        update={
            "groups": dict.fromkeys(order, ("here",)),
            "digests": {f"role:{name}": "0" * 64 for name in order},
        }
    )
    return bundle(shuffled)[0]


@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=st.permutations(["web", "etcd", "db"]))
def test_the_order_of_groups_and_digests_in_memory_does_not_show(
    reference: Bundle, order: list[str]
) -> None:
    shuffled = _of(list(order))
    assert {p: f.digest for p, f in shuffled.files.items()} == {
        p: f.digest for p, f in reference.files.items()
    }
