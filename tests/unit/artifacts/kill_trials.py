"""Downloads in processes that are killed at random; run as a program, by ``test_kills.py``.

Each download is a fork, in which an alarm without a handler ends the process at any instruction,
as `kill -9` does. Prints how many were killed and how many files were whole; ends with 1 and a
sentence where something wrong was in the cache.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from unit.artifacts.artifacts_of_tests import Fetching, artifact, sha256
from worldtree.core.errors import WorldTreeError
from worldtree.plan.artifact import Artifact


def main(directory: str, url: str, digest: str, trials: int, seed: int) -> None:
    """Kill ``trials`` downloads of one file."""
    fetching, chance = Fetching(Path(directory)), random.Random(seed)
    wanted = artifact(f"{url}/shop", sha256=digest)
    unknown = artifact(f"{url}/shop")
    began = time.monotonic()
    _in_fork(fetching, wanted, 0.0)
    _in_fork(fetching, unknown, 0.0)
    seconds = (time.monotonic() - began) / 2
    _forget(fetching, digest)
    killed = whole = 0
    while killed < trials:
        one = chance.choice([wanted, unknown])
        killed += _in_fork(fetching, one, chance.uniform(0.001, seconds))
        for entry in fetching.cache.entries():
            found = sha256(fetching.cache.path(entry.digest).read_bytes())
            if found != entry.digest or found != digest:
                sys.exit(f"the cache has {found} as {entry.digest}")
            whole += 1
            _forget(fetching, digest)
    if sha256(fetching.fetch(wanted)) != digest:
        sys.exit("after the kills, the download is wrong")
    if any(name.startswith(digest) for name in fetching.leftovers()):
        sys.exit(f"after the kills, {fetching.leftovers()} are left")
    print(f"killed={killed} whole={whole}")


def _in_fork(fetching: Fetching, wanted: Artifact, seconds: float) -> bool:
    """Download in a fork that lives for ``seconds`` (0: no limit); return whether it was killed."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            fetching.fetch(wanted)
        except WorldTreeError:
            os._exit(3)
        finally:
            os._exit(0)
    status = os.waitpid(child, 0)[1]
    return os.WIFSIGNALED(status)


def _forget(fetching: Fetching, digest: str) -> None:
    fetching.cache.path(digest).unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
