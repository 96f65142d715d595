"""Makes variables of `vars_prompt`: `${prompt:Text}`, and how each question is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from worldtree.ansible.content.playbooks.model import Keyword, Play
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.app.documents.playbook_import.text import plain
from worldtree.spec.jinja_syntax import is_template

#: What Ansible reads as false; by default an answer is hidden, and asked for once.
_FALSE = frozenset({"0", "f", "false", "n", "no", "off"})
_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})


@dataclass
class Prompts:
    """The variables of the prompts of a play."""

    #: Name -> reference or default, as written in a document.
    variables: dict[str, Any] = field(default_factory=dict)
    #: Whether something is asked, and whether all of it is shown while it is typed.
    asks: bool = False
    shown: bool = True


@dataclass
class PromptReader:
    """Reads the prompts of plays; reports what is not as Ansible does it."""

    report: ImportReport
    #: Text of a question -> `spec.secrets.prompt.questions.TEXT`; empty for the defaults.
    questions: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Text of a question -> the variable that its answer is.
    _variables: dict[str, str] = field(default_factory=dict)

    def read(self, play: Play) -> Prompts:
        """Return the prompts of ``play``."""
        found = Prompts()
        keyword = play.get("vars_prompt")
        if keyword is None:
            return found
        prompts = keyword.value if isinstance(keyword.value, list) else [keyword.value]
        for prompt in prompts:
            if not isinstance(prompt, dict) or not isinstance(prompt.get("name"), str):
                todo = "correct the playbook"
                self.report.lost("a prompt without a name", keyword.mark, todo=todo)
                continue
            self._add(prompt, keyword, found)
        return found

    def _add(self, prompt: dict[str, Any], keyword: Keyword, found: Prompts) -> None:
        name = prompt["name"]
        default, settings = prompt.get("default"), _settings(prompt)
        if is_template(str(default)) and not _is_true(prompt.get("unsafe")):
            # An answer is a text: no template is rendered in it.
            self._default_alone(name, str(default), keyword, found)
            return
        text = self._text(_question(prompt.get("prompt")) or name, name, settings)
        self.questions[text], self._variables[text] = settings, name
        found.variables[name] = f"${{prompt:{text}}}"
        found.asks = True
        shown = not settings.get("private", True) and "encrypt" not in settings
        found.shown = found.shown and shown

    def _text(self, asked: str, name: str, settings: dict[str, Any]) -> str:
        """Return the text of a question: one question is asked once, and answers one variable."""
        texts = chain((asked, f"{asked} ({name})"), (f"{asked} ({name} {n})" for n in count(2)))
        return next(
            text
            for text in texts
            if self._variables.get(text, name) == name
            and self.questions.get(text, settings) == settings
        )

    def _default_alone(self, name: str, default: str, keyword: Keyword, found: Prompts) -> None:
        found.variables[name] = plain(default)
        self.report.changed(
            f"the prompt for `{name}` has a template as its default, and nobody is asked",
            keyword.mark,
            why="The variable has the default, as with `ansible-playbook` without a terminal.",
            todo=f"answer with `-e {name}=…`",
        )


def _settings(prompt: dict[str, Any]) -> dict[str, Any]:
    """Return what a document says of the question, without what is so by default."""
    found: dict[str, Any] = {}
    if str(prompt.get("private", True)).lower() in _FALSE:
        found["private"] = False
    if _is_true(prompt.get("confirm")):
        found["confirm"] = True
    if prompt.get("default") is not None:
        found["default"] = str(prompt["default"])
    if prompt.get("encrypt"):
        found["encrypt"] = str(prompt["encrypt"])
        size, salt = prompt.get("salt_size"), prompt.get("salt")
        found |= {"saltSize": int(str(size))} if str(size).isdigit() else {}
        found |= {"salt": str(salt)} if salt else {}
    return found


def _is_true(value: Any) -> bool:
    return str(value).lower() in _TRUE


def _question(text: Any) -> str:
    return re.sub(r"[{}\s]+", " ", str(text or "")).strip(" :")
