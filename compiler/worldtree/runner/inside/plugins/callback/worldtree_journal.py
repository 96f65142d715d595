"""Writes what happens on hosts to the attempt's journal, from inside ansible-playbook.

One JSON line per event, appended before Ansible continues, so that it survives the death of every
process. Fields of a line:

- ``n``: number of the event, from 1 without gaps; messages of Ansible have none.
- ``event``: name as ansible-runner calls it; ``created``: UTC epoch seconds.
- ``play`` (the node's id), ``host``, ``task``, ``action``, ``role``, ``path``.
- ``start``, ``end``: of the task on the host; ``res``: its result, hidden where ``no_log`` says so.
- ``last``: true where the host has no tasks left in the play, has not failed, and all that the play
  learnt of it is in the lines before.
- ``reports_end``: true of a play's start, where ``worldtree_play_ended`` follows at the play's end,
  and at the end of each batch of its hosts; the ``res`` of that is as ``PlayEndReporter`` says.
- ``worldtree_handlers_notified`` comes before the end of a task after which the host has other
  handlers to run than before; ``res`` has the names of all of them as ``handlers``.

The line of ``playbook_on_stats`` closes the journal: it is the last one. Its ``module_calls`` say
how many modules ran in forks of a server on the host, ``warm``, and how many did not, ``ordinary``,
by reason; it is missing without any, and in journals of programs that did not count.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

from worldtree.core.journal_events import (
    FACTS_SET_EVENT,
    HANDLERS_NOTIFIED_EVENT,
    PLAY_ENDED_EVENT,
)
from worldtree.core.signals import ending_signals
from worldtree.runner.inside import (
    ansible_patches,
    censored_results,
    check_mode,
    error_origins,
    run_deadline,
    warm_connections,
)
from worldtree.runner.inside.host_memory import HostMemory
from worldtree.runner.inside.journal import (
    HOST_MEMORY_VARIABLE,
    JOURNAL_VARIABLE,
    JournalWriter,
    kept_result,
)
from worldtree.runner.inside.kept_host_ids import keep_host_ids
from worldtree.runner.inside.kept_values import KeptValues
from worldtree.runner.inside.notified_handlers import NOTIFIED_VARIABLE, NotifiedHandlers
from worldtree.runner.inside.play_end_reporter import PlayEndReporter
from worldtree.runner.inside.play_progress import PlayProgress
from worldtree.runner.inside.results_thread import end_plays_without_results
from worldtree.runner.inside.silent_tasks import silence_hidden_tasks
from worldtree.secrets.broker_client import SOCKET_VARIABLE
from worldtree.secrets.live_redactor import LiveRedactor

DOCUMENTATION = r"""
name: worldtree_journal
type: notification
short_description: Journal of one WorldTree attempt
description: Appends one JSON line per event to the file named by WORLDTREE_JOURNAL.
"""


#: Exit code of a run that goes on after its deadline.
_DEADLINE_EXIT = 75


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible has no types
    """The journal's writer; its methods are Ansible's, called in the main process only."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "worldtree_journal"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        path = os.environ.get(JOURNAL_VARIABLE)
        if path is None:
            self.disabled = True
            return
        names = filter(None, os.environ.get("WORLDTREE_SECRET_NAMES", "").split(","))
        values = [os.environ[name] for name in names if name in os.environ]
        redact = LiveRedactor.of(os.environ, values)
        self._directory = Path(path).parent
        self._journal = JournalWriter(path, redact)
        ansible_patches.omit_results_from_display()
        ansible_patches.omit_line_lists_from_callbacks()
        ansible_patches.attach_full_results()
        check_mode.leave_out_unknown_tasks()
        silence_hidden_tasks()
        end_plays_without_results()
        keep_host_ids()
        self._memory = HostMemory(
            os.environ.get(HOST_MEMORY_VARIABLE),
            redact.hides,
            KeptValues(os.environ.get(SOCKET_VARIABLE)),
            with_facts=not os.environ.get("WORLDTREE_FACTS_KEEP"),
        )
        self._progress = PlayProgress()
        self._handlers = NotifiedHandlers(
            os.environ.get(NOTIFIED_VARIABLE),
            self._progress,
            lambda host, names: self._write(
                HANDLERS_NOTIFIED_EVENT, host=host, res={"handlers": names}
            ),
            redact.mask,
        )
        PlayEndReporter(self._progress, self._end_batch, self._handlers.keeps)
        self._number = 0
        self._play: str | None = None
        self._started: dict[str, float] = {}

    # ---- plays ---------------------------------------------------------------------------------

    def v2_playbook_on_start(self, playbook: Any) -> None:
        plays = playbook.get_plays()
        if plays:
            # Ansible has no public way to its inventory; the private one is in ``private_apis``.
            self._memory.add_to_inventory(plays[0].get_variable_manager()._inventory)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._write_memory()
        self._play = play.get_name().strip()
        self._memory.begin(play.get_variable_manager(), self._play)
        self._handlers.begin(self._play)
        self._write("playbook_on_play_start", reports_end=True)

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        self._write("playbook_on_no_hosts_remaining")

    def v2_playbook_on_no_hosts_matched(self) -> None:
        self._write("playbook_on_no_hosts_matched")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._write_memory()
        names = ("ok", "changed", "failures", "dark", "skipped", "rescued", "ignored", "processed")
        self._play = None
        counts = {name: dict(getattr(stats, name)) for name in names}
        calls = warm_connections.module_calls()
        self._write("playbook_on_stats", stats=counts, **({"module_calls": calls} if calls else {}))

    # ---- tasks on hosts ------------------------------------------------------------------------

    def v2_playbook_on_task_start(self, _task: Any, is_conditional: bool) -> None:
        del is_conditional
        # The supervisor looks as well; a machine that was stopped begins here sooner.
        if run_deadline.is_over(self._directory):
            os._exit(_DEADLINE_EXIT)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        name = host.get_name()
        self._started[name] = time.time()
        self._write("runner_on_start", host=name, **_task_fields(task))

    def v2_runner_on_ok(self, result: Any) -> None:
        self._ended("runner_on_ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._ended("runner_on_failed", result, ignored=bool(ignore_errors))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        # As Ansible's strategies decide: by the keyword as it is written.
        ignored = bool(getattr(result._task, "ignore_unreachable", False))
        self._ended("runner_on_unreachable", result, ignored=ignored)

    def v2_runner_on_skipped(self, result: Any) -> None:
        check_mode.note_unknown_facts(self._memory.manager, result)
        self._ended("runner_on_skipped", result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._item("runner_item_on_ok", result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._item("runner_item_on_failed", result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        self._item("runner_item_on_skipped", result)

    def v2_runner_retry(self, result: Any) -> None:
        self._item("runner_retry", result)

    # ---- writing -------------------------------------------------------------------------------

    def _ended(self, event: str, result: Any, **more: Any) -> None:
        # On first access Ansible converts the whole result, which is a copy for this callback.
        ansible_patches.drop_line_lists(getattr(result, "_return_data", {}))
        host = result._host.get_name()
        self._memory.note(result)
        # Before the task's own line: after a cut between the two, the task runs again.
        self._handlers.note(result, event, ignored=bool(more.get("ignored")))
        times = {"start": self._started.pop(host, None), "end": time.time()}
        # A result that is registered is not known yet: such a host is done at the play's end.
        registers = getattr(result._task, "register", None)
        if not registers and self._progress.is_last_task(result, event):
            # The host now counts as done, whatever happens to the others.
            self._write_memory(host)
            more["last"] = True
        fields = _result_fields(result)
        res = _result_data(result)
        check_mode.mark_unchecked(res, result, fields["action"], fields.get("delegate_to"))
        error_origins.add_origin(res, result)
        censored_results.add_reasons(res, result, event, fields["action"])
        self._write(event, host=host, **fields, **times, **more, res=res)

    def _item(self, event: str, result: Any) -> None:
        # The end of the task brings the whole result, once.
        kept = ("_ansible_item_label", "item", "attempts", "msg", "changed")
        res = {name: result._result[name] for name in kept if name in result._result}
        self._write(event, host=result._host.get_name(), **_result_fields(result), res=res)

    def _end_batch(self, ends: Mapping[str, Any]) -> None:
        """Write what the play learnt of hosts, and only then that it came to its end there."""
        self._write_memory()
        self._write(PLAY_ENDED_EVENT, res=ends)

    def _write_memory(self, only: str | None = None) -> None:
        for host, res in self._memory.changes(only):
            self._write(FACTS_SET_EVENT, host=host, res=res)

    def _write(self, event: str, **fields: Any) -> None:
        self._number += 1
        line = {"n": self._number, "event": event, "created": time.time(), "play": self._play}
        try:
            self._journal.append({**line, **fields})
        except OSError as error:
            # Ansible only warns of errors in a callback, and no work may go unrecorded.
            self._display.error(f"the run stops, since its journal cannot be written: {error}")
            os.kill(os.getpid(), ending_signals()[0])


def _result_data(result: Any) -> dict[str, Any]:
    """Return a result without the call's arguments and without repeated output."""
    found = kept_result(result._result)
    ansible_patches.drop_line_lists(found)
    return found


def _task_fields(task: Any) -> dict[str, Any]:
    fields = {
        "task": task.name or task.action,
        "action": getattr(task, "resolved_action", None) or task.action,
        "path": task.get_path(),
    }
    role = getattr(task, "_role", None)
    if role is not None:
        fields["role"] = role.get_name()
    return fields


def _result_fields(result: Any) -> dict[str, Any]:
    fields = _task_fields(result._task)
    final = getattr(result, "_task_fields", None) or getattr(result, "task_fields", None) or {}
    delegate = final.get("delegate_to")
    if delegate:
        fields["delegate_to"] = str(delegate)
    return fields
