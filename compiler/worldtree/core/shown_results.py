"""What is shown of the result of an Ansible task; ansible-playbook imports it, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Key of a failed result with the place of the error: a file, with `:line:column` where known.
ERROR_ORIGIN_KEY = "worldtree_error_origin"
#: What Ansible puts in place of a traceback that it does not keep.
_NO_TRACEBACK = "(traceback unavailable)"


def shown_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result without what says nothing, or is shown in a field of its own."""
    found = {
        name: value
        for name, value in result.items()
        if name != ERROR_ORIGIN_KEY and not (name == "exception" and value == _NO_TRACEBACK)
    }
    if isinstance(items := found.get("results"), list):
        found["results"] = [shown_result(one) if isinstance(one, dict) else one for one in items]
    return found
