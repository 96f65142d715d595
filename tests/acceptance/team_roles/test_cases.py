"""Roles as teams write them do the same in a playbook, in a bundle and under ``wt``."""

from __future__ import annotations

from pathlib import Path

import pytest

import homes
from acceptance.team_roles.cases import CASES, Case

NAMES = sorted(path.name for path in CASES.iterdir())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_does_the_same_as_the_reference_playbook(
    name: str, same_length_path: Path
) -> None:
    """The gate runs neither the reference nor the bundle again that it ran before."""
    bundle = Case.copy(name, same_length_path / "bundle")
    if not bundle.proven_reference.is_proven():
        reference = Case.copy(name, same_length_path / "reference")
        reference.run_reference()
        assert reference.found() == reference.expected(), "the case itself is wrong"
        reference.proven_reference.record()
    built = bundle.compile()
    proven = bundle.proven_bundle(built)
    if proven.is_proven():
        return
    bundle.run_bundle(built)
    assert bundle.found() == bundle.expected()
    if bundle.shared("second"):
        bundle.run_bundle(built)
        assert bundle.found() == bundle.expected("expected-second.yml")
    proven.record()


@pytest.mark.slow
@pytest.mark.both_cores
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_apply_does_the_same_as_the_reference_playbook(name: str, tmp_path: Path) -> None:
    homes.prepare_for_runs(tmp_path / "home")
    case = Case.copy(name, tmp_path)
    case.run_apply()
    assert case.found() == case.expected()
    if case.shared("second"):
        case.run_apply()
        assert case.found() == case.expected("expected-second.yml")
