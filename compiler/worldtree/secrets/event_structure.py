"""What in the result of a journal's event is structure, and what is text that may hold a secret.

Structure is never redacted: names of hosts, variables and groups, the words for ends, and the marks
by which other code decides. A secret that equals such a word would otherwise change what is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from worldtree.core.check_mode_rules import LEFT_OUT_MARK, QUIETLY_LEFT_OUT_MARK
from worldtree.core.journal_events import (
    FACTS_SET_EVENT,
    HANDLERS_NOTIFIED_EVENT,
    HIDDEN_REASON,
    PLAY_ENDED_EVENT,
    PRECHECK_DONE_FACT,
)
from worldtree.secrets.redact import MASK

Clean = Callable[[Any], Any]
#: The layers of a host's memory in which each name has a value.
_SET = "values"
_OTHER_LAYERS = ("vars", "facts")
_MARKS = (LEFT_OUT_MARK, QUIETLY_LEFT_OUT_MARK)
#: The reason of ours that has nothing but a number.
_RETURN_CODE = re.compile(r"return code -?\d{1,3}")
#: What a precheck says, as Ansible may give it.
_ANSWERS = frozenset({"true", "false"})


def clean_result(event: str, result: Any, clean: Clean, mask: Callable[[str], str]) -> Any:
    """Return the ``result`` of an event without secrets, with its structure as it was.

    ``clean`` removes what may be secret from data, ``mask`` the known values from a name.
    """
    if not isinstance(result, dict) or event == PLAY_ENDED_EVENT:
        return result if event == PLAY_ENDED_EVENT else clean(result)
    if event == HANDLERS_NOTIFIED_EVENT:
        return {**result, "handlers": [_clean_name(name, mask) for name in result["handlers"]]}
    if event == FACTS_SET_EVENT:
        return _clean_memory(result, clean)
    return _clean_task_result(result, clean)


def _clean_name(name: str, mask: Callable[[str], str]) -> str:
    """Return the name of a handler; one that is a value as a whole is a word like any other."""
    found = mask(name)
    return name if found == MASK else found


def _clean_memory(result: Mapping[str, Any], clean: Clean) -> dict[str, Any]:
    """Return what a play learnt of a host; a value that may be secret is named as hidden.

    A text in place of the value would be passed on to later plays as if it were the value.
    """
    found = dict(result)
    if isinstance(result.get(_SET), dict):
        found[_SET], hidden = _apart(result[_SET], clean)
        found["hidden"] = sorted({*result.get("hidden", ()), *hidden})
    for layer in _OTHER_LAYERS:
        if isinstance(result.get(layer), dict):
            found[layer], hidden = _apart(result[layer], clean)
            if hidden:
                before = found.get("hidden_in", {})
                names = sorted({*before.get(layer, ()), *hidden})
                found["hidden_in"] = {**before, layer: names}
    if "inventory" in result:
        found["inventory"] = [_clean_entry(entry, clean) for entry in result["inventory"]]
    return found


def _clean_entry(entry: Mapping[str, Any], clean: Clean) -> dict[str, Any]:
    """Return what a task added to the inventory; a variable that may be secret is missing."""
    if not isinstance(entry.get("vars"), dict):
        return dict(entry)
    shown, missing = _apart(entry["vars"], clean)
    missing = [*entry.get("missing", ()), *missing]
    return {**entry, "vars": shown, **({"missing": missing} if missing else {})}


def _apart(values: Mapping[str, Any], clean: Clean) -> tuple[dict[str, Any], list[str]]:
    """Return the values without secrets, and the names of the others."""
    shown = {name: value for name, value in values.items() if clean(value) == value}
    return shown, [name for name in values if name not in shown]


def _clean_task_result(result: Mapping[str, Any], clean: Clean) -> dict[str, Any]:
    found: dict[str, Any] = clean(result)
    for key in ("false_condition", HIDDEN_REASON):
        if isinstance(text := result.get(key), str):
            found[key] = _clean_marked(text, clean)
    facts = result.get("ansible_facts")
    if isinstance(facts, dict) and str(facts.get(PRECHECK_DONE_FACT)).lower() in _ANSWERS:
        answer = {PRECHECK_DONE_FACT: facts[PRECHECK_DONE_FACT]}
        found["ansible_facts"] = {**found["ansible_facts"], **answer}
    items = result.get("results")
    if isinstance(items, list) and any(isinstance(item, dict) for item in items):
        found["results"] = [
            _clean_task_result(item, clean) if isinstance(item, dict) else one
            for item, one in zip(items, found["results"], strict=True)
        ]
    return found


def _clean_marked(text: str, clean: Clean) -> Any:
    """Return a text whose beginning may be a mark of ours, or which is ours as a whole."""
    if _RETURN_CODE.fullmatch(text):
        return text
    mark = next((one for one in _MARKS if text.startswith(one)), "")
    return f"{mark}{clean(text[len(mark) :])}" if mark else clean(text)
