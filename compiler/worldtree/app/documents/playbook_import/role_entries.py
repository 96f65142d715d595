"""Makes entries of a step's `roles` from those of a play."""

from __future__ import annotations

from typing import Any

from worldtree.ansible.content.playbooks.model import ImportedPlay, Item, text_list
from worldtree.app.documents.playbook_import.exact_yaml import is_plain_data
from worldtree.app.documents.playbook_import.keywords import ROLE_KEYS
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.app.documents.playbook_import.role_places import RolePlaces
from worldtree.app.documents.playbook_import.text import comment_lines, data_lines, plain
from worldtree.app.documents.playbook_import.variables import variables_of
from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.reserved import reserved_reason

#: Column of the items of a step's `roles`.
_INDENT = 16


def role_lines(
    items: tuple[Item, ...],
    play: ImportedPlay,
    places: RolePlaces,
    report: ImportReport,
    tags: tuple[str, ...] = (),
) -> list[str]:
    """Return the lines of the list of roles; comments stay where they are.

    Each role gets ``tags`` besides its own.
    """
    lines: list[str] = []
    for item in items:
        entry = _role_entry(item, play, places, report)
        if entry is None:
            continue
        if tags:
            entry = entry if isinstance(entry, dict) else {"role": entry}
            entry["tags"] = list(dict.fromkeys([*text_list(entry.get("tags")), *tags]))
        lines += comment_lines(item.comments, _INDENT)
        written = data_lines([plain(entry)], _INDENT)
        if item.note and len(written) == 1:
            written[0] += f"  # {item.note}"
        lines += written
    return lines


def _role_entry(
    item: Item, play: ImportedPlay, places: RolePlaces, report: ImportReport
) -> str | dict[str, Any] | None:
    """Return the entry of one role; None when it cannot be said, which is reported."""
    value = item.value
    data: dict[str, Any] = {"role": value} if isinstance(value, str) else value
    name = data.get("role", data.get("name")) if isinstance(data, dict) else None
    if not isinstance(name, str) or not name.strip():
        report.lost("a role without a name", item.mark, todo="correct the playbook")
        return None
    if is_template(name):
        report.lost(
            f"the role `{name}`, whose name is a template",
            item.mark,
            why="A document names its roles, so that they are read when it is compiled.",
            todo="write the role's name, or an `include_role` task in `tasks`",
        )
        return None
    written = places.name_for(name, play)
    if len(data) == 1:
        return written
    entry: dict[str, Any] = {"role": written}
    variables: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    for key, inner in data.items():
        if key in ("role", "name"):
            continue
        if key == "vars":
            variables.update(variables_of(inner, item.mark, report))
        elif key in ROLE_KEYS:
            entry[ROLE_KEYS[key]] = inner
        else:
            parameters[str(key)] = inner
    for one in places.sets(name, parameters, play):
        report.lost(
            f"the precedence of `{one}` beside the role `{name}`",
            item.mark,
            why=f"A task of the role sets `{one}`. A variable beside `role:` overrides that, one"
            " in `vars` does not.",
            todo="pass another name, if the role must not change it",
        )
    variables |= parameters
    _drop_reserved(variables, item, report)
    for one, inner in variables.items():
        if not is_plain_data(inner):
            report.lost(
                f"types inside of the variable `{one}` of a role: dates, `.inf` and keys",
                item.mark,
                why="They become text: a document has no other words for them.",
                todo="set it in a file of `vars_files` of the play, or write text in quotes",
            )
    if variables:
        entry["vars"] = variables
    return entry


def _drop_reserved(variables: dict[str, Any], item: Item, report: ImportReport) -> None:
    for name in list(variables):
        if reason := reserved_reason(name):
            del variables[name]
            report.lost(f"the variable `{name}` of a role", item.mark, why=reason, todo="rename it")
