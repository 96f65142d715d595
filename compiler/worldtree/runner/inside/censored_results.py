"""Why a task that ``no_log`` hides failed, where the reason is no secret.

Imported by ansible-playbook; it reads private attributes of results, and adds nothing in a release
that has others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldtree.core.check_mode_rules import is_left_out
from worldtree.core.journal_events import HIDDEN_REASON
from worldtree.runner.inside.ansible_patches import FULL_RESULT

#: What Ansible puts in place of a result.
_CENSORED = "censored"
#: The action whose messages never contain a secret.
PUBLISH_ACTION = "worldtree.core.publish"


def add_reasons(said: dict[str, Any], result: Any, event: str, action: str) -> None:
    """Add to ``said``, the visible part of ``result``, why it or its items failed or skipped.

    ``event`` says how the task ended, such as ``runner_on_failed``: not every release has that in
    results.
    """
    items = said.get("results")
    items = items if isinstance(items, list) else []
    if not any(isinstance(one, dict) and _CENSORED in one for one in (said, *items)):
        return
    outcome = event.rpartition("_")[2]
    if outcome == "ok":
        return
    whole, whole_items = _full_result(result)
    if is_left_out(whole):  # The condition is a text of ours.
        said["false_condition"] = whole["false_condition"]
    if _CENSORED in said and (reason := _visible_reason(whole, outcome, action)):
        said[HIDDEN_REASON] = reason
    for one, data in zip(items, whole_items, strict=False):
        lost = data.get("failed") or "exception" in data
        if isinstance(one, dict) and _CENSORED in one and lost:
            reason = _visible_reason(data, "failed", action)
            one.update({HIDDEN_REASON: reason} if reason else {})


def _full_result(result: Any) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """Return the full results of a task and its items; empty where they cannot be read."""
    data = getattr(result, FULL_RESULT, None)
    if isinstance(data, Mapping):
        items = data.get("results")
        return data, list(items) if isinstance(items, list | tuple) else []
    unified = getattr(result, "_CallbackTaskResult__utr", None)
    as_dict = getattr(unified, "as_result_dict", None)
    if as_dict is None:
        return {}, []
    loop = getattr(unified, "loop_results", None) or ()
    return as_dict(for_callback=True), [one.as_result_dict(for_callback=True) for one in loop]


def _visible_reason(data: Mapping[str, Any], outcome: str, action: str) -> str | None:
    if outcome == "skipped" and is_left_out(data):
        return str(data["false_condition"])
    if outcome == "skipped":
        return "its condition does not hold" if "false_condition" in data else None
    message, code = data.get("msg"), data.get("rc")
    if outcome == "unreachable":
        return str(message).partition("\n")[0] if message else None
    if action == PUBLISH_ACTION:
        return str(message) if message else None
    if isinstance(data.get("assertion"), str):
        # A condition is text of a playbook or a variables file: Ansible evaluates no other.
        return f"does not hold: {data['assertion']}"
    if isinstance(code, int) and not isinstance(code, bool) and code != 0:
        return f"return code {code}"
    return None
