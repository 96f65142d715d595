"""Ends a play whose thread for results has ended: Ansible itself would wait for ever.

Used within ansible-playbook. A thread of the strategy takes what workers send. An error there, such
as a result of a host that `meta: refresh_inventory` is reading anew, ends the thread and nothing
else: results stay in the queue, and the strategy waits for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ansible import errors
from ansible.plugins import strategy as strategies

from worldtree.runner.inside.method_wrapping import wrap_method

#: Attributes of a strategy: whether it ends its thread by itself, and why the thread has ended.
_ENDS, _REASON = "_worldtree_ends", "_worldtree_results_lost"


def end_plays_without_results() -> None:
    """Have a play end with an error when nothing takes the results of its workers any more."""
    wrap_method(strategies, "results_thread_main", _take_results)
    wrap_method(strategies.StrategyBase, "_process_pending_results", _process_results)
    wrap_method(strategies.StrategyBase, "cleanup", _clean_up)


def _take_results(original: Callable[..., Any], strategy: Any) -> None:
    reason = ""
    try:
        original(strategy)
    except BaseException as error:  # whatever ends the thread, the play has to end, too
        reason = f" ({type(error).__name__}: {error})"
    if not getattr(strategy, _ENDS, False):
        setattr(strategy, _REASON, f"Ansible's thread that takes them ended{reason}")
        threading.Thread(target=_drop_results, args=(strategy,), daemon=True).start()


def _drop_results(strategy: Any) -> None:
    """Take and drop what workers send, so that they end: a pipe takes little that nobody reads."""
    with suppress(OSError, EOFError):  # The queue is closed.
        while True:
            found = strategy._final_q.get()
            if isinstance(found, strategies.PromptSend):
                unanswered = errors.AnsibleError("the play ends")
                strategy._workers[found.worker_id].worker_queue.put(unanswered)


def _process_results(original: Callable[..., Any], strategy: Any, *args: Any, **more: Any) -> Any:
    found = original(strategy, *args, **more)
    # Results that came before are processed: this is what the hosts did.
    if not found and (reason := getattr(strategy, _REASON, None)) is not None:
        message = f"the play ends, since the results of its tasks are lost: {reason}"
        raise errors.AnsibleError(message)
    return found


def _clean_up(original: Callable[..., Any], strategy: Any) -> Any:
    setattr(strategy, _ENDS, True)
    return original(strategy)
