"""The program's first lines: Ctrl-C has an answer before anything else is loaded."""

from __future__ import annotations

import os
import signal
import sys

#: As ``worldtree.errors.ExitCode.CANCELLED``, which is not loaded yet.
_CANCELLED = 130


def main() -> None:
    """Run the process."""
    signal.signal(signal.SIGINT, _leave)
    from worldtree.cli.main import run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    code = run(sys.argv[1:])
    # What is left is Python's own end, which has nothing to be asked.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _leave(*_: object) -> None:
    """End while modules are loaded: nothing was begun, and nobody could catch an exception."""
    os.write(2, b"cancelled\n")
    os._exit(_CANCELLED)


if __name__ == "__main__":
    main()
