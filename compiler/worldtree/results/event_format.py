"""The stored form of events: its versions, upgrades from older ones, refusal of newer ones.

Version 1 has no version key. Version 2: in NODE_REUSED a host's entry has ``reason``, a
``HostReason``, where code decides by it; before, only its message had it. Version 3: PLAY_STARTED
says whether a PLAY_ENDED follows, which was not there before, nor was HANDLERS_NOTIFIED. Version 4:
FACTS_SET has included variables and facts of modules beside what `set_fact` set, with values as
Ansible's cache has them. Version 5: ATTEMPT_FINISHED says that a run was cancelled; its hosts are
then `cancelled`, which were `failed` before, in NODE_FINISHED too. TASK_RESUMED says what was done
and runs again, which counted as done before until it ran.
"""

from __future__ import annotations

from typing import Any

from worldtree.core.format_versions import Format
from worldtree.results.events import Event, EventKind
from worldtree.results.host_reason import HostReason

#: How version 1 began the message of a node that check mode could not predict.
_UNKNOWN_IN_VERSION_1 = "unknown until run"


def _add_reasons(data: dict[str, Any]) -> dict[str, Any]:
    """Upgrade version 1 to 2."""
    if data.get("kind") == EventKind.NODE_REUSED:
        for host in data["result"]["hosts"].values():
            if (host.get("message") or "").startswith(_UNKNOWN_IN_VERSION_1):
                host["reason"] = HostReason.UNKNOWN_UNTIL_RUN.value
    return data


def _unchanged(data: dict[str, Any]) -> dict[str, Any]:
    """Upgrade version 2 to 3, 3 to 4, and 4 to 5: what it has means the same."""
    return data


EVENT_FORMAT = Format("an event", upgrades=(_add_reasons, _unchanged, _unchanged, _unchanged))


def event_of(data: dict[str, Any]) -> Event:
    """Return the event that ``data`` describes, of any version up to the current one.

    Raises ``UnreadableFormatError`` for a newer version, and for fields that are not known.
    """
    fields = EVENT_FORMAT.upgraded(data)
    EVENT_FORMAT.refuse_unknown(fields, Event.model_fields)
    return Event(**fields)
