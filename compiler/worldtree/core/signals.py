"""The signals that ask a process to end."""

from __future__ import annotations

import signal


def ignores_interrupts() -> bool:
    """Whether SIGINT is ignored, as in processes started by `nohup` or a shell's `&`.

    A Ctrl-C is then meant for another process, so it stays ignored.
    """
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that ask this process to end."""
    if ignores_interrupts():
        return (signal.SIGTERM,)
    return signal.SIGINT, signal.SIGTERM
