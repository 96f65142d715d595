"""Which template files a task renders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task

from worldtree.runner.inside.template_files import template_texts


@pytest.mark.parametrize(
    ("task", "wanted"),
    [
        ({"template": {"src": "a.j2", "dest": "/x"}}, ["of a", "of b"]),
        ({"template": "src=b.j2 dest=/x"}, ["of b"]),
        ({"copy": {"content": "{{ lookup('template', 'b.j2') }}"}}, ["of b"]),
        ({"copy": {"src": "b.j2", "dest": "/x"}}, []),
        ({"template": {"src": "{{ name }}.j2", "dest": "/x"}}, []),
        ({"template": {"src": "missing.j2", "dest": "/x"}}, []),
    ],
)
def test_a_task_renders_files_and_what_they_include(
    tmp_path: Path, task: dict[str, Any], wanted: list[str]
) -> None:
    """As far as the names say without a run; a file that includes itself is read once."""
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "a.j2").write_text("of a {% include 'b.j2' %}{% include 'a.j2' %}")
    (templates / "b.j2").write_text("of b")
    loader = DataLoader()
    loader.set_basedir(str(tmp_path))
    loaded = Task.load(task, loader=loader)
    loaded.get_search_path = lambda: [str(tmp_path)]
    assert [text[:4] for text in template_texts(loaded, loader)] == wanted
