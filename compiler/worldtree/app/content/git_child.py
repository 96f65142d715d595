"""The process of one git command: limits itself, keeps what git says in a file, becomes git.

It is started as ``python -I -m worldtree.app.content.git_child ARGUMENT…``.
"""

from __future__ import annotations

import os
import sys

from worldtree.app.documents.compile_limits import CompileLimits, apply_limits

#: Name of the file, in the working directory.
LOG_FILE = "git.log"
#: Exit code where there is no git.
NO_GIT_EXIT = 127
#: Bytes of one file: what is fetched comes as one.
MAX_PACK_BYTES = 100_000_000


def main() -> None:
    """Become git."""
    apply_limits(CompileLimits(cpu_seconds=60, file_bytes=MAX_PACK_BYTES))
    log = os.open(LOG_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 2)
    try:
        os.execvp("git", ["git", *sys.argv[1:]])  # noqa: TID251  # It is a program of its own.
    except OSError:
        os._exit(NO_GIT_EXIT)


if __name__ == "__main__":
    main()
