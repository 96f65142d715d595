"""Where Ansible found the error of a task: file, line and column.

Imported by ansible-playbook. The place is in the error that a result carries; where another release
keeps it elsewhere, nothing is added.
"""

from __future__ import annotations

import re
from typing import Any

from worldtree.core.shown_results import ERROR_ORIGIN_KEY

#: The first line of the context that Ansible shows; the lines after it quote the file.
_ORIGIN = re.compile(r"^Origin: (/[^\n]+)$", re.MULTILINE)
#: Most causes of an error that are looked at.
_MAX_CAUSES = 20


def add_origin(said: dict[str, Any], result: Any) -> None:
    """Add to ``said``, the visible part of ``result``, the place of the innermost cause."""
    event = getattr(getattr(result, "exception", None), "event", None)
    found = None
    for _ in range(_MAX_CAUSES):
        if event is None:
            break
        context = getattr(event, "formatted_source_context", None)
        match = _ORIGIN.search(context) if isinstance(context, str) else None
        found = match[1] if match else found
        event = getattr(getattr(event, "chain", None), "event", None)
    if found is not None:
        said[ERROR_ORIGIN_KEY] = found
