"""Makes variables of `vars_prompt`: `${prompt:Text}`, or the default of the prompt."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from worldtree.ansible.content.playbooks.model import Keyword, Play
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.app.documents.playbook_import.text import plain
from worldtree.spec.yaml_tags import Unsafe

#: Values of `private` with which Ansible shows the answer; by default it does not.
_SHOWN = (False, "no", "false")


@dataclass
class Prompts:
    """The variables of the prompts of a play."""

    #: Name -> reference or default, as written in a document.
    variables: dict[str, Any] = field(default_factory=dict)
    #: Whether something is asked, and whether all of it is shown while it is typed.
    asks: bool = False
    shown: bool = True


def read_prompts(play: Play, report: ImportReport) -> Prompts:
    """Return the prompts of ``play``; reports what is not as Ansible does it."""
    found = Prompts()
    keyword = play.get("vars_prompt")
    if keyword is None:
        return found
    prompts = keyword.value if isinstance(keyword.value, list) else [keyword.value]
    for prompt in prompts:
        if not isinstance(prompt, dict) or not isinstance(prompt.get("name"), str):
            report.lost("a prompt without a name", keyword.mark, todo="correct the playbook")
            continue
        _add(prompt, keyword, found, report)
    return found


def _add(prompt: dict[str, Any], keyword: Keyword, found: Prompts, report: ImportReport) -> None:
    name = prompt["name"]
    reference = f"${{prompt:{_question(prompt.get('prompt')) or name}}}"
    if prompt.get("encrypt"):
        report.lost(
            f"a part of the prompt for `{name}`: the answer is not encrypted",
            keyword.mark,
            todo=f"use a filter where it is read: `{{{{ {name} | password_hash('sha512') }}}}`",
        )
    default, shown = prompt.get("default"), prompt.get("private") in _SHOWN
    if default is not None and not shown:
        report.lost(
            f"a part of the prompt for `{name}`: the answer has no default",
            keyword.mark,
            todo=f"write the default instead, if nobody has to be asked: `{name}: …`",
        )
    elif default is not None:
        # As in Ansible, answers are texts.
        found.variables[name] = Unsafe(default) if prompt.get("unsafe") else plain(str(default))
        report.changed(
            f"the prompt for `{name}` has a default, and nobody is asked",
            keyword.mark,
            why="The variable has the default, as with `ansible-playbook` without a terminal.",
            todo=f"answer with `-e {name}=…`; to be asked, write `{name}: {reference}`",
        )
        return
    if reference in found.variables.values():
        # One reference is asked once, and has one value.
        reference = f"{reference[:-1]} ({name})}}"
    found.variables[name] = reference
    found.asks = True
    found.shown = found.shown and shown
    if prompt.get("confirm"):
        report.changed(
            f"the prompt for `{name}` is asked once",
            keyword.mark,
            why="Ansible asks twice, and compares the answers.",
        )


def _question(text: Any) -> str:
    return re.sub(r"[{}\s]+", " ", str(text or "")).strip(" :")
