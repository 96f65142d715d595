"""Whatever is typed ends in an exit code and words, never in a traceback."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from unit.cli.conftest import Wt
from worldtree.cli.command import Command, summary
from worldtree.cli.main import cli
from worldtree.cli.signal_handling import raise_interrupt
from worldtree.core.errors import ExitCode

HEAVY = ("pydantic", "networkx", "rich", "sqlalchemy", "ansible", "yaml", "jinja2", "alembic")


def test_help_imports_nothing_heavy() -> None:
    """The first thing anyone types must answer at once."""
    code = (
        "import sys; from worldtree.cli.main import run; run(['--help']); "
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "completion" in done.stdout


def test_summaries_are_those_of_the_commands() -> None:
    """Help shows copies, so that it imports no command."""
    context = click.Context(cli)
    told = dict(cli.summaries(context))  # type: ignore[attr-defined]
    found = {name: summary(cli.get_command(context, name)) for name in told}  # type: ignore[arg-type]
    assert told == found


def _commands(
    command: click.Command, path: tuple[str, ...]
) -> list[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        return [(path, command)]
    context = click.Context(command)
    children = [
        (name, command.get_command(context, name)) for name in command.list_commands(context)
    ]
    return [found for name, child in children if child for found in _commands(child, (*path, name))]


@pytest.mark.parametrize(
    ("path", "command"),
    _commands(cli, ()),
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_help_is_complete(wt: Wt, path: tuple[str, ...], command: click.Command) -> None:
    """Every option is explained, every exit code is named, nothing is cut off."""
    shown = wt(*path, "--help")
    assert shown.code == ExitCode.OK
    assert "..." not in shown.out.replace("[OPTIONS]", "").replace("COMMAND [ARGS]...", "")
    assert "Exit codes:" in shown.out
    assert isinstance(command, Command)
    for option in command.params:
        assert not isinstance(option, click.Option) or option.help, option.name


def test_groups_list_whole_summaries(wt: Wt) -> None:
    """No words are cut off with dots."""
    shown = wt("roles", "--help")
    assert "Show the report on a role." in shown.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["plam"], ["unknown command `wt plam`", "did you mean `plan`?", "wt --help"]),
        (["roles", "lst"], ["unknown command `wt roles lst`", "did you mean `list`?"]),
        (["plan", "--onyl", "x"], ["unknown option `--onyl`", "did you mean `--only`?"]),
        (["retry", "--limit", "h1"], ["unknown option `--limit`", "with `--host HOST`"]),
        (["retry", "-l", "h1"], ["with `--host HOST`"]),
        (["apply", "-e", "a"], ["`-e a` has no `=`", "write `-e a=value`"]),
        (["plan", "-e", "a=${env:X}"], ["`a` has a reference to a secret"]),
        (["apply", "--dir", "b", "-e", "a=1"], ["--dir runs the bundle with its own extra"]),
        (["resume", "-e", "a=1"], ["a task keeps the extra variables that it was started with"]),
        (["apply", "-i", "gone"], ["there is no inventory `gone`", "comma: `-i web1,`"]),
        (["apply", "--dir", "b", "-i", "web1,"], ["--dir runs the bundle with its own inventory"]),
        (["resume", "-i", "inventory"], ["a task keeps the inventory that it was started with"]),
        (["apply", "-vvv"], ["WORLDTREE_VERBOSITY"]),
        (["apply", "--list-tasks"], ["run `wt plan`"]),
        # No advice that the command does not take.
        (["rollback", "--limit", "h1"], ["unknown option `--limit`\n"]),
        (["plan", "-o", "xml"], ["'xml' is not one of 'table', 'json', 'yaml'"]),
        (["plan", "--only"], ["option '--only' requires an argument"]),
        (["plan", "shop.yaml"], ["takes no argument (shop.yaml)", "with `-f shop.yaml`"]),
        (["diff", "a"], ["Directory 'a' does not exist"]),
        (["completion", "tcsh"], ["'tcsh' is not one of"]),
        (["tasks", "list", "--limit", "0"], ["0 is not in the range"]),
        (["apply", "--forks", "many"], ["'many' is not a valid integer"]),
        (
            ["apply", "--dir", "b", "--pipeline", "verify"],
            ["--dir runs the pipeline that the bundle was compiled for", "help: compile another"],
        ),
        (
            ["apply", "--dir", "b", "--only", "x"],
            ["cannot be combined with a selection", "help: select nodes"],
        ),
        (["--colour"], ["unknown option `--colour`"]),
    ],
)
def test_wrong_words(wt: Wt, arguments: list[str], expected: list[str]) -> None:
    """The input is wrong: exit code 2, what and how to fix it on stderr, nothing on stdout."""
    ran = wt(*arguments)
    assert ran.code == ExitCode.INPUT
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    for words in expected:
        assert words in ran.err


@pytest.mark.parametrize("arguments", [[], ["roles"], ["tasks"]])
def test_a_group_alone_shows_its_help(wt: Wt, arguments: list[str]) -> None:
    """As talk: nothing was asked for."""
    ran = wt(*arguments)
    assert (ran.code, ran.out) == (ExitCode.INPUT, "")
    assert "Commands:" in ran.err


def test_version(wt: Wt) -> None:
    """One line that a script can read."""
    ran = wt("--version")
    assert ran.code == ExitCode.OK
    assert ran.out.split()[0] == "wt"


def test_a_defect_is_reported_without_values(
    wt: Wt, shop: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file for a report names places in the code; what was worked on stays out of it."""

    def fail(*_: object, **__: object) -> None:
        secret = "hunter2"
        raise LookupError(f"no {secret} in {shop}")

    monkeypatch.setattr("worldtree.app.documents.document_service.DocumentService.plan", fail)
    ran = wt("plan")
    assert ran.code == ExitCode.FAILED
    assert "bug in WorldTree" in ran.err
    assert "hunter2" not in ran.err
    (file,) = (tmp_path / "state" / "faults").iterdir()
    text = file.read_text(encoding="utf-8")
    assert text.startswith("LookupError\n")
    assert "test_main.py" in text
    assert "hunter2" not in text
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_defect_is_reported_where_nothing_can_be_written(
    wt: Wt, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The last place in the code is on the screen then."""
    (tmp_path / "state").write_text("in the way")

    def fail(*_: object, **__: object) -> None:
        raise LookupError

    monkeypatch.setattr("worldtree.app.documents.document_service.DocumentService.plan", fail)
    assert "location: " in wt("plan").err


@pytest.mark.usefixtures("shop")
def test_a_ctrl_c_that_a_library_turns_into_an_error_is_no_defect(
    wt: Wt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As pydantic does with what its callbacks raise while it builds a model."""

    def fail(*_: object, **__: object) -> None:
        try:
            raise_interrupt(signal.SIGINT, None)
        except KeyboardInterrupt as interrupt:
            raise LookupError from interrupt

    monkeypatch.setattr("worldtree.cli.signal_handling._raised", False)
    monkeypatch.setattr("worldtree.app.documents.document_service.DocumentService.plan", fail)
    ran = wt("plan")
    assert (ran.code, ran.out, ran.err) == (ExitCode.CANCELLED, "", "cancelled\n")


@pytest.mark.usefixtures("shop")
def test_a_full_disk_is_no_defect(wt: Wt, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command reports it with the file and how to fix it."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/state/file")

    monkeypatch.setattr("worldtree.app.documents.document_service.DocumentService.plan", fail)
    ran = wt("plan")
    assert ran.code == ExitCode.FAILED
    assert "the disk is full: /state/file: No space left on device" in ran.err
    assert "free some space" in ran.err
    assert "defect" not in ran.err


def test_a_reader_that_goes_away_is_no_failure(shop: Path) -> None:
    """As in `wt plan -o json | head -1`."""
    done = without_reader("explain", "spec", cwd=shop.parent)
    assert (done.returncode, done.stderr) == (0, "")


def test_messages_that_cannot_be_written_change_no_exit_code(tmp_path: Path) -> None:
    """As with `2>` on a full disk: the command does its work, and its code says what came of it."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "worldtree.cli.entry", "validate", "-f", "missing.yaml"],
            stdout=subprocess.PIPE,
            stderr=full,
            cwd=tmp_path,
        )
    assert (done.returncode, done.stdout) == (ExitCode.INPUT, b"")


def without_reader(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run ``wt`` in a process of its own, with nobody reading its stdout."""
    read, write = os.pipe()
    os.close(read)
    try:
        return subprocess.run(
            [sys.executable, "-m", "worldtree.cli.entry", *arguments],
            stdout=write,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, "WORLDTREE_HOME": str(cwd / "state")},
            text=True,
        )
    finally:
        os.close(write)


def test_a_ctrl_c_within_the_making_of_a_dataclass_is_reported_by_the_exit_code(
    tmp_path: Path,
) -> None:
    """Python remembers that one, though it is caught, and would end the process by the signal."""
    (tmp_path / "sitecustomize.py").write_text(
        "import worldtree.cli.main as main\n"
        "def _interrupted(arguments):\n"
        "    exec('raise KeyboardInterrupt')\n"
        "main._invoke = _interrupted\n"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-m", "worldtree.cli.entry", "plan"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (ExitCode.CANCELLED, "cancelled\n")


def test_settings_that_are_wrong_are_input(wt: Wt, tmp_path: Path) -> None:
    """The settings file is read before anything is done."""
    (tmp_path / "worldtree.toml").write_text("fork = 3\n")
    ran = wt("validate")
    assert ran.code == ExitCode.INPUT
    assert "did you mean `forks`?" in ran.err
