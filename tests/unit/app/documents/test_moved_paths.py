"""Paths in a playbook mean the same files in a document in another directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.ansible.content.playbooks.model import Keyword
from worldtree.app.documents.playbook_import.moved_paths import MovedPaths
from worldtree.core.errors import Mark


@pytest.mark.parametrize(
    ("written", "moved"),
    [
        ("lookup('password', playbook_dir + '/../s/pw a=1')", "playbook_dir + '/s/pw a=1'"),
        ("lookup('ansible.builtin.password', '../s/pw')", "'s/pw'"),
        ("lookup('password', 's/pw')", "'pb/s/pw'"),
        ("lookup('password', '../s/' ~ x ~ ' a=1')", "'s/' ~ x ~ ' a=1'"),
        ("lookup('password', '/dev/null')", "'/dev/null'"),
        ("playbook_dir ~ '/' ~ x", "playbook_dir ~ '/pb/' ~ x"),
        ("playbook_dir }}/../out/{{ x", "playbook_dir }}/out/{{ x"),
        ("playbook_dir }}/../../other/x", "playbook_dir }}/../other/x"),
        ("playbook_dir }}/roles/app/x", "playbook_dir }}/roles/app/x"),
    ],
)
@pytest.mark.parametrize("key", ["dest", "msg"])
def test_a_path_from_the_playbook_is_moved_whether_it_exists(
    tmp_path: Path, written: str, moved: str, key: str
) -> None:
    """Such a path is searched for nowhere else; also in text that has no other names of files."""
    value = [{"debug": {key: f"{{{{ {written} }}}}"}}]
    keyword = Keyword("tasks", value, Mark("site.yml", 1, 1))
    found = MovedPaths(tmp_path / "pb", tmp_path).keyword(keyword).value
    assert moved in found[0]["debug"][key]
    assert MovedPaths(tmp_path, tmp_path).keyword(keyword).value == value


def test_variables_have_no_names_that_are_searched_for(tmp_path: Path) -> None:
    """A text of a variable that looks like a file of the playbook stays."""
    (tmp_path / "pb").mkdir()
    (tmp_path / "pb/a.txt").write_text("")
    keyword = Keyword("vars", {"a": "a.txt", "b": "{{ playbook_dir }}/c"}, Mark("site.yml", 1, 1))
    found = MovedPaths(tmp_path / "pb", tmp_path, searched=False).keyword(keyword).value
    assert found == {"a": "a.txt", "b": "{{ playbook_dir }}/pb/c"}
