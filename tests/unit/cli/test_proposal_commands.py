"""`wt proposal`: what is wrong is said before anything is stored."""

from __future__ import annotations

import pytest

from unit.cli.conftest import Wt
from worldtree.core.errors import ExitCode


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "none"), ExitCode.REFUSED, "plan-unknown"),
        (("approve", "none"), ExitCode.REFUSED, "plan-unknown"),
        (("reject", "none", "--comment", "x" * 2001), ExitCode.INPUT, "comment"),
        (("apply", "none", "--from", "2026-12-01T10:00:00"), ExitCode.INPUT, "--until"),
        (("request", "nowhere"), ExitCode.INPUT, "cluster-unknown"),
        (("rules", "--required", "-1"), ExitCode.INPUT, "--required"),
    ],
)
def test_what_is_wrong_is_refused(
    wt: Wt, words: tuple[str, ...], code: ExitCode, said: str
) -> None:
    found = wt("proposal", *words)
    assert found.code == code, found.err
    assert said in found.err


def test_a_project_has_rules_and_plans(wt: Wt) -> None:
    """Without any, nothing needs an approval."""
    assert wt("proposal", "rules", "--required", "2").code == ExitCode.OK
    assert "2" in wt("proposal", "rules").out
    assert wt("proposal", "list").code == ExitCode.OK
