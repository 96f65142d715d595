"""Makes secret references of `vars_prompt`: `${prompt:Text}`."""

from __future__ import annotations

import re
from typing import Any

from worldtree.ansible.content.playbooks.model import Play
from worldtree.app.documents.playbook_import.report import ImportReport

#: Keys of a prompt that a reference does not have, and why that matters.
_NOT_SAID = {
    "default": "the answer has no default",
    "confirm": "the answer is asked once",
    "encrypt": "the answer is not encrypted",
    "salt": "the answer is not encrypted",
    "salt_size": "the answer is not encrypted",
}
#: Values of `private` with which Ansible shows the answer; by default it does not.
_SHOWN = (False, "no", "false")


def prompt_variables(play: Play, report: ImportReport) -> dict[str, str]:
    """Return variable -> reference for each prompt of ``play``."""
    found: dict[str, str] = {}
    keyword = play.get("vars_prompt")
    if keyword is None:
        return found
    prompts = keyword.value if isinstance(keyword.value, list) else [keyword.value]
    for prompt in prompts:
        if not isinstance(prompt, dict) or not isinstance(prompt.get("name"), str):
            report.lost("a prompt without a name", keyword.mark, todo="correct the playbook")
            continue
        name = prompt["name"]
        reference = f"${{prompt:{_question(prompt.get('prompt')) or name}}}"
        if reference in found.values():
            # One reference is asked once, and has one value.
            reference = f"{reference[:-1]} ({name})}}"
        found[name] = reference
        for what in dict.fromkeys(
            _NOT_SAID[key] for key in prompt if prompt[key] and key in _NOT_SAID
        ):
            report.lost(
                f"a part of the prompt for `{name}`: {what}",
                keyword.mark,
                todo=_todo(name, prompt),
            )
    return found


def _question(text: Any) -> str:
    return re.sub(r"[{}\s]+", " ", str(text or "")).strip(" :")


def _todo(name: str, prompt: dict[str, Any]) -> str:
    if prompt.get("encrypt"):
        return f"use a filter where it is read: `{{{{ {name} | password_hash('sha512') }}}}`"
    if prompt.get("default") is not None:
        # The default of a hidden answer may be a password.
        shown = prompt["default"] if prompt.get("private") in _SHOWN else "…"
        return f"write the default instead, if nobody has to be asked: `{name}: {shown}`"
    return "nothing, if that is not needed"
