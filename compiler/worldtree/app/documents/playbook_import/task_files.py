"""Files beside a document: tasks and variables that are too long for it, or that it cannot say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from worldtree.ansible.content.playbooks.model import Keyword
from worldtree.ansible.content.yaml_files import UnreadableYamlError, parse_yaml
from worldtree.ansible.model.yaml_writer import dump
from worldtree.app.documents.playbook_import.exact_yaml import exact_text, is_plain_data
from worldtree.app.documents.playbook_import.text import data_lines, file_text
from worldtree.spec.yaml_tags import encode_tags


class TaskFiles:
    """The files of one module; ``found`` maps each path, relative to the document, to its text."""

    def __init__(self, module: str) -> None:
        self._directory = PurePosixPath("plays") / module
        self.found: dict[str, str] = {}

    def add(self, keyword: Keyword) -> str:
        """Return the path of a file that has the value of ``keyword``."""
        path = str(self._directory / f"{keyword.name}.yml")
        self.found[path] = self._text(keyword)
        return path

    def add_variables(self, variables: dict[str, Any]) -> str:
        """Return the path of a file that has ``variables`` with their exact types."""
        path = str(self._directory / "vars.yml")
        self.found[path] = exact_text(variables)
        return path

    def _text(self, keyword: Keyword) -> str:
        try:
            text = file_text(keyword.source) if keyword.source is not None else ""
            if encode_tags(parse_yaml(text, Path("tasks.yml"))) == encode_tags(keyword.value):
                return text
        except (ValueError, UnreadableYamlError):
            pass
        return (dump if is_plain_data(keyword.value) else exact_text)(keyword.value)


def with_first_task(keyword: Keyword, task: dict[str, Any]) -> Keyword:
    """Return a list of tasks with ``task`` before the others, in the data and in the text."""
    source = keyword.source
    if source is not None:
        lines = (line for line in source.rest if line.strip() and line.strip()[0] != "#")
        first = next(lines, "")
        added = data_lines([task], len(first) - len(first.lstrip()))
        source = replace(source, rest=(*added, *source.rest))
    return replace(keyword, value=[task, *keyword.value], source=source)
