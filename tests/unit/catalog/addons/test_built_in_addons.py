"""Objects of the addons that have typed settings, as golden files, and laws that they keep."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.catalog.addons.built_in import ADDONS
from worldtree.catalog.components.addons.manifest_files import FoundObject, check_objects

GOLDEN = Path(__file__).parents[3] / "golden" / "addons"


@pytest.mark.parametrize("name", sorted(ADDONS))
def test_golden_objects(name: str) -> None:
    objects = ADDONS[name].objects
    text = yaml.safe_dump_all(objects, sort_keys=False, width=1000, explicit_start=True)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("WORLDTREE_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_golden_file_has_its_addon() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(ADDONS)


@pytest.mark.parametrize("name", sorted(ADDONS))
def test_objects_are_valid_and_there_once(name: str) -> None:
    found = check_objects(ADDONS[name].objects, ())
    assert found.problems == ()
    identities = [one.identity for one in found.objects]
    assert len(set(identities)) == len(identities)


def containers(data: Any) -> list[dict[str, Any]]:
    if isinstance(data, dict):
        own = [*data.get("containers", ()), *data.get("initContainers", ())]
        return own + [one for value in data.values() for one in containers(value)]
    if isinstance(data, list):
        return [one for value in data for one in containers(value)]
    return []


@pytest.mark.parametrize("name", sorted(ADDONS))
def test_every_image_of_a_container_is_one_of_the_addon(name: str) -> None:
    """So that archives of all of them are requested."""
    addon = ADDONS[name]
    used = {one["image"] for one in containers(list(addon.objects))}
    listed = {one.reference for one in addon.images}
    assert used <= listed
    text = yaml.safe_dump_all(addon.objects)
    assert all(one in text for one in listed)


@pytest.mark.parametrize("name", sorted(ADDONS))
def test_accounts_and_roles_that_are_named_are_there(name: str) -> None:
    objects = [FoundObject(one) for one in ADDONS[name].objects]
    there = {one.identity for one in objects}
    for one in objects:
        spec = one.data.get("spec", {}).get("template", {}).get("spec", {})
        if "serviceAccountName" in spec:
            space = one.data["metadata"]["namespace"]
            assert ("", "ServiceAccount", space, spec["serviceAccountName"]) in there
        for subject in one.data.get("subjects", ()):
            assert ("", "ServiceAccount", subject["namespace"], subject["name"]) in there
