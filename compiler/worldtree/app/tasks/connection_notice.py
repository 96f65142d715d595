"""Keeps the results of a check of connections with its task."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from worldtree.engine.notices import Notices
from worldtree.secrets.live_redactor import LiveRedactor

if TYPE_CHECKING:
    from worldtree.runner.connect.connection_check import HostConnection


def keep_connections(
    notices: Notices, found: Sequence[HostConnection], broker_environment: Mapping[str, str]
) -> None:
    """Keep what was found of each host; what a host answered may contain a secret of the broker."""
    if not found:
        return
    redact = LiveRedactor.of(broker_environment)

    def clean(text: str) -> Any:
        return json.loads(redact(json.dumps({"text": text}).encode()))["text"]

    hosts = [
        {**asdict(one), "message": clean(one.message), "hint": clean(one.hint)} for one in found
    ]
    failed = sum(one.state == "failed" for one in found)
    words = f"connection check: {len(found) - failed} of {len(found)} hosts can be used"
    notices.keep(words, "error" if failed else "info", {"connections": hosts})
