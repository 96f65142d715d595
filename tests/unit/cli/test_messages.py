"""Texts that a person reads and decides by."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from unit.cli.conftest import ScriptedExecutor, Wt
from worldtree.cli.error_output import show_error
from worldtree.core.errors import ExitCode, WorldTreeError


def test_explain_marks_code_as_screens_do(wt: Wt) -> None:
    ran = wt("explain", "spec.components.os.limits")
    assert "`@group`" in ran.out
    assert "``" not in ran.out


@pytest.mark.usefixtures("no_api_check")
def test_doctor_shows_the_column_of_help_where_there_is_help(wt: Wt) -> None:
    has_help = any(item["hint"] for item in wt("doctor", "-o", "json").json["items"])
    assert ("HELP" in wt("doctor").out.splitlines()[0]) is has_help


@pytest.mark.usefixtures("shop", "simulated")
def test_without_a_terminal_confirmation_is_named(wt: Wt) -> None:
    ran = wt("apply")
    assert ran.code == ExitCode.REFUSED
    assert "apply` on `shop` needs confirmation, and there is no terminal" in ran.err
    assert "help: add --yes" in ran.err


def test_resume_counts_what_it_does(wt: Wt, shop: Path, simulated: type[ScriptedExecutor]) -> None:
    simulated.outcomes = {("create-cluster/app/files/page", "web2"): "failed"}
    wt("apply", "-f", str(shop), "--yes")
    simulated.outcomes = {}
    assert "1 to run, " in (said := wt("resume", "--yes").err)
    assert " already done (nodes on hosts)" in said
    assert " nodes can be undone (nodes on hosts)" in wt("rollback", "--yes").err


def test_an_error_and_its_hint_may_have_several_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The further ones stand below the first, which ends with the code of the error.

    Control characters are replaced.
    """
    show_error(WorldTreeError("gone\nagain\x1b", code="is-gone", hint="try:\n  this"))
    assert click.unstyle(capsys.readouterr().err).splitlines() == [
        "error: gone [is-gone]",
        "        again\N{REPLACEMENT CHARACTER}",
        "  help: try:",
        "          this",
    ]
