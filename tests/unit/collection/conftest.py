"""Runs the collection's modules with arguments as Ansible gives them."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

COLLECTIONS = Path(__file__).parents[3] / "collections"

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Return a function that imports a part of ``plugins/`` by its dotted name."""
    monkeypatch.syspath_prepend(str(COLLECTIONS))

    def load(name: str) -> Any:
        return importlib.import_module(f"ansible_collections.worldtree.core.plugins.{name}")

    yield load
    for name in [name for name in sys.modules if name.startswith("ansible_collections")]:
        del sys.modules[name]


@pytest.fixture
def run(tmp_path: Path, plugins: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a module and returns its result; records go below tmp_path."""

    def run_module(name: str, /, *, generation: str = "", **args: Any) -> dict[str, Any]:
        monkeypatch.setenv("WORLDTREE_ATTEMPT", f"{generation}.000001" if generation else "")
        if name in ("snapshot", "restore"):
            args.setdefault("state_dir", str(tmp_path / "state"))
            args.setdefault("id", "demo/app/main/step")
        out = io.StringIO()
        module = plugins(f"modules.{name}")
        ends = contextlib.suppress(SystemExit)
        with patch_module_args(args), contextlib.redirect_stdout(out), ends:
            module.main()
        result: dict[str, Any] = json.loads(out.getvalue())
        return result

    return run_module
