"""Which files a play that a step writes out may include."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.content.roles.play import read_play
from worldtree.plan.play_work import PlayWork

FILES = ("tasks/ab.yml", "tasks/x[1].yml", "tasks/.hidden.yml", "tasks/deep/ab.yml", "beside.yml")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("beside.yml", {"beside.yml"}),
        ("{{ a }}{{ b }}b.yml", {"tasks/ab.yml"}),
        ("deep/{{ a }}{% if b %}b{% endif %}.yml", {"tasks/deep/ab.yml"}),
        ("x[{{ n }}].yml", {"tasks/x[1].yml"}),
        (".{{ a }}.yml", {"tasks/.hidden.yml"}),
        ("tasks/{{ a }}", {"tasks/ab.yml", "tasks/x[1].yml", "tasks/.hidden.yml"}),
        ("{{ a }}", set()),
        ("../{{ a }}.yml", {"beside.yml"}),
        ("../../{{ a }}.yml", set()),
        ("/etc/{{ a }}", set()),
        (f"{'a' * 300}{{{{ a }}}}", set()),
        ("a" * 300, set()),
        ("a\0{{ b }}", set()),
    ],
)
def test_files_that_an_include_may_mean(tmp_path: Path, name: str, meant: set[str]) -> None:
    """A template in a name is any text but not a directory; other signs are themselves."""
    write_tree(tmp_path, {"outside.yml": "- ansible.builtin.debug:\n"})
    base = write_tree(tmp_path / "site", dict.fromkeys(FILES, "- ansible.builtin.debug:\n"))
    work = PlayWork(tasks=({"ansible.builtin.include_tasks": name},))
    play = read_play(work, "m/t/play", base)
    assert {file.relative for file in play.read_files} == meant
    assert not play.diagnostics


@pytest.mark.parametrize("name", ["~nobody-of-this-name/t.yml", "a" * 300, "tasks"])
def test_a_section_that_is_no_file(tmp_path: Path, name: str) -> None:
    base = write_tree(tmp_path, dict.fromkeys(FILES, "- ansible.builtin.debug:\n"))
    (problem,) = read_play(PlayWork(tasks=name), "m/t/play", base).diagnostics
    assert problem.slug == "step-file-not-found"
