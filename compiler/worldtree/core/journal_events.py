"""Names of the events in a journal whose results are structure: other code decides by them.

ansible-playbook imports it, so it needs the standard library only.
"""

from __future__ import annotations

#: Key of a journal's first line, which has the version.
HEADER_KEY = "journal_version"
#: The event with the end of each host of a play, or of one batch of its hosts.
PLAY_ENDED_EVENT = "worldtree_play_ended"
#: The event with what a play learnt of a host.
FACTS_SET_EVENT = "worldtree_facts_set"
#: The event with the handlers that a host has still to run.
HANDLERS_NOTIFIED_EVENT = "worldtree_handlers_notified"
#: Fact with which a precheck says whether there is nothing to do.
PRECHECK_DONE_FACT = "worldtree_done"
#: Key of a hidden result that holds what may be shown of it.
HIDDEN_REASON = "hidden_reason"
