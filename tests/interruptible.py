"""Tests send SIGINT to themselves and to what they start, however they were started themselves."""

from __future__ import annotations

import signal


def heed_interrupts() -> None:
    """Give SIGINT its usual meaning where `nohup` or a shell's `&` has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
