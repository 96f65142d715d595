"""The entry point of the process: handles Ctrl-C before other modules are loaded."""

from __future__ import annotations

# The C module: `signal` loads `enum` first, and a Ctrl-C meanwhile would end in a traceback.
import _signal as signal  # type: ignore[import-not-found]
import os
import sys

#: As in ``worldtree.core.errors.ExitCode``, which is not loaded yet.
_CANCELLED = 130
_FAILED = 1
#: New objects after which this process looks for garbage; Python's own 700 make it look 150 times
#: while a command is imported, which leaves none. A service keeps some megabytes longer by it.
_GC_OBJECTS = 20_000


def main() -> None:
    """Run the process."""
    # `nohup` and a shell's `&` start their work with SIGINT ignored, and it stays so.
    is_heeded = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    if is_heeded:
        signal.signal(signal.SIGINT, _exit_cancelled)
    import gc

    gc.set_threshold(_GC_OBJECTS, *gc.get_threshold()[1:])
    from worldtree.cli.main import run
    from worldtree.cli.signal_handling import raise_interrupt
    from worldtree.cli.terminal import make_stderr_lossy

    make_stderr_lossy()
    if is_heeded:
        signal.signal(signal.SIGINT, raise_interrupt)
    code = run(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for stream in filter(None, (sys.stdout, sys.stderr)):  # Closed ones are None.
        try:
            stream.flush()
        except OSError:
            code = code or _FAILED
    # Not by `sys.exit`: Python remembers a Ctrl-C that came while a dataclass was made, caught or
    # not, and would end `python -m worldtree.cli.entry` by the signal instead of by this code.
    os._exit(code)


def _exit_cancelled(*_: object) -> None:
    """Exit while modules are loaded: no work has started, and an exception could get lost."""
    os.write(2, b"cancelled\n")
    os._exit(_CANCELLED)


if __name__ == "__main__":
    main()
