"""The private APIs that are relied upon: as expected here, and refused where they are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unit.engine.bundles import task, write_bundle
from unit.engine.plans import plan
from worldtree.core.errors import RefusedError
from worldtree.runner.control import launcher_client
from worldtree.runner.control.executor import RunnerExecutor
from worldtree.runner.process import private_apis
from worldtree.runner.process.private_api_checks import PrivateApi, accepts, mentions, present
from worldtree.runner.process.private_api_list import PRIVATE_APIS
from worldtree.runner.process.private_apis import (
    differences,
    find_differences,
    save_checked,
    versions,
    was_checked,
)


def test_this_release_is_as_expected() -> None:
    assert find_differences() == []


def test_each_has_a_name_and_a_reason() -> None:
    names = [api.name for api in PRIVATE_APIS]
    assert len(set(names)) == len(names) > 20
    assert all(api.reason for api in PRIVATE_APIS)


@pytest.mark.parametrize(
    ("check", "why"),
    [
        (present("json", "gone"), "no attribute 'gone'"),
        (present("gone_module", ""), "No module named 'gone_module'"),
        (accepts("textwrap", "dedent", "text", "gone"), "it has no parameter gone"),
        (mentions("json", "loads", "gone"), "its source does not use gone"),
    ],
)
def test_what_is_different_is_named(
    monkeypatch: pytest.MonkeyPatch, check: object, why: str
) -> None:
    api = PrivateApi("a.b", "reads it", check)  # type: ignore[arg-type]  # one of the checks
    monkeypatch.setattr(private_apis, "PRIVATE_APIS", (api,))
    (found,) = differences()
    assert found.startswith("a.b (reads it): ")
    assert why in found.replace("'loads'", "")


def test_versions_are_checked_once(tmp_path: Path) -> None:
    file = tmp_path / "checked.json"
    assert not was_checked(file)
    save_checked(file)
    assert was_checked(file)
    file.write_text(json.dumps({**versions(), "ansible-core": "9.99.0"}))
    assert not was_checked(file)


def test_the_launcher_checks_and_remembers(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "bundle", {"n": [task("Do it")]}, ("h1",))
    file = tmp_path / "checked.json"
    with RunnerExecutor(
        plan({"n": ("h1",)}), directory=tmp_path / "task", checked_file=file
    ) as executor:
        executor.prepare(bundle)
        executor.ensure_supported()
        assert was_checked(file)


def test_a_release_that_is_different_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is not started, and nothing is remembered."""
    different = (
        "from worldtree.runner.process import private_apis as p, private_api_checks as c;"
        "api = c.PrivateApi('a.b', 'reads it', c.present('gone_module', ''));"
        "p.PRIVATE_APIS = (api, api); start("
    )
    program = launcher_client._PROGRAM.replace("start(", different)
    monkeypatch.setattr(launcher_client, "_PROGRAM", program)
    bundle = write_bundle(tmp_path / "bundle", {"n": [task("Do it")]}, ("h1",))
    with RunnerExecutor(plan({"n": ("h1",)}), directory=tmp_path / "task") as executor:
        executor.prepare(bundle)
        with pytest.raises(RefusedError, match=r"a\.b \(reads it\): No module .* and 1 more"):
            executor.ensure_supported()
    assert not was_checked(tmp_path / "task" / "private-apis.json")
