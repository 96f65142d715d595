"""A run that passed is repeated when its inputs differ, and always at full length."""

from __future__ import annotations

from pathlib import Path

import pytest

import lint_ansible
from proven_runs import ProvenRun, digest_of, digest_of_bundle


@pytest.mark.parametrize(("length", "again"), [("gate", True), ("full", False)])
def test_a_run_that_passed_is_proven_in_the_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: str, again: bool
) -> None:
    monkeypatch.setenv("WORLDTREE_EXAMPLES", length)
    run = ProvenRun("lint", "one", tmp_path / "proven")
    assert not run.is_proven()
    run.record()
    assert ProvenRun("lint", "one", tmp_path / "proven").is_proven() is again
    assert not ProvenRun("lint", "two", tmp_path / "proven").is_proven()
    assert not ProvenRun("other", "one", tmp_path / "proven").is_proven()


def test_a_digest_follows_contents_names_and_modes_of_files(tmp_path: Path) -> None:
    """And versions; not the place, nor the modes that Git does not keep."""
    seen = set()
    for place in ("here", "there"):
        file = tmp_path / place / "file"
        file.parent.mkdir()
        file.write_text("text")
        file.chmod(0o600 if place == "here" else 0o644)
        seen.add(digest_of(file.parent, [file, file.parent]))
    assert len(seen) == 1
    file.chmod(0o755)
    seen.add(digest_of(file.parent, [file]))
    file.write_text("another")
    seen.add(digest_of(file.parent, [file]))
    renamed = file.rename(file.with_name("renamed"))
    seen.add(digest_of(file.parent, [renamed]))
    seen.add(digest_of(file.parent, [renamed], "ansible-core"))
    assert len(seen) == 5


def test_a_digest_follows_the_targets_of_links_to_directories(tmp_path: Path) -> None:
    link = tmp_path / "link"
    seen = set()
    for target in ("one", "two"):
        (tmp_path / target).mkdir()
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        seen.add(digest_of(tmp_path, [link]))
    assert len(seen) == 2


def test_a_bundle_is_the_same_wherever_it_was_made(tmp_path: Path) -> None:
    """Its files may name the place; the list of their digests then differs."""
    seen = set()
    for name in ("one", "another", "changed"):
        place = tmp_path / name
        (place / "bundle").mkdir(parents=True)
        changed = "" if name != "changed" else "become: true\n"
        (place / "bundle/site.yml").write_text(f"dest: {place}/x\n{changed}")
        for unread in ("digests.json", "README.md"):
            (place / "bundle" / unread).write_text(name)
        seen.add(digest_of_bundle(place / "bundle", place))
    assert len(seen) == 2


def test_what_ansible_lint_reads_is_an_input_of_its_record() -> None:
    """Every linted file, configuration, and versions; not the records of scenarios."""
    found = {path.relative_to(lint_ansible.ROOT).as_posix() for path in lint_ansible.inputs()}
    for wanted in (
        ".ansible-lint",
        ".yamllint",
        ".config/molecule/config.yml",
        "collections/vendor.py",
        "molecule/nginx/converge.yml",
        "requirements.lock",
        "roles/nginx/tasks/main.yml",
        "roles/nginx/templates",
        "templates/nginx/nginx.conf.j2",
    ):
        assert wanted in found, wanted
    assert "molecule/nginx/proven.json" not in found
