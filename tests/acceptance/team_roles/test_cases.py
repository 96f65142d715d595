"""Roles with the habits of roles in the wild do the same by hand, as a bundle and under ``wt``."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.team_roles.cases import CASES, Case

NAMES = sorted(path.name for path in CASES.iterdir())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_does_what_a_person_would_have_written(name: str, tmp_path: Path) -> None:
    hand, bundle = (Case.copy(name, tmp_path / way) for way in ("hand", "bundle"))
    assert hand.by_hand() == hand.expected(), "the case itself is wrong"
    built = bundle.compile()
    bundle.by_bundle(built)
    assert bundle.found() == bundle.expected()
    if bundle.shared("second"):
        bundle.by_bundle(built)
        assert bundle.found() == bundle.expected("expected-second.yml")


@pytest.mark.slow
@pytest.mark.both_cores
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_apply_does_what_a_person_would_have_written(name: str, tmp_path: Path) -> None:
    case = Case.copy(name, tmp_path)
    case.by_apply()
    assert case.found() == case.expected()
    if case.shared("second"):
        case.by_apply()
        assert case.found() == case.expected("expected-second.yml")
