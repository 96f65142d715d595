"""Downloads in processes that are killed at random; run as a program, by ``test_kills.py``.

Each download is a fork, in which an alarm without a handler ends the process at any instruction,
as `kill -9` does. Prints how many were killed and how many files were whole; ends with 1 and a
sentence where something wrong was in the cache, a download failed, or too few could be killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

from unit.artifacts.artifacts_of_tests import Fetching, artifact, sha256
from worldtree.plan.artifact import Artifact

#: Downloads per kill that is wanted; the others end before the alarm.
_MAX_DOWNLOADS = 50


def main(directory: str, url: str, digest: str, trials: int, seed: int) -> None:
    """Kill ``trials`` downloads of one file."""
    fetching, chance = Fetching(Path(directory)), random.Random(seed)
    wanted = artifact(f"{url}/shop", sha256=digest)
    unknown = artifact(f"{url}/shop")
    began = time.monotonic()
    _in_fork(fetching, wanted, 0.0)
    seconds = time.monotonic() - began
    _forget(fetching, digest)
    killed = whole = 0
    for _ in range(_MAX_DOWNLOADS * trials):
        one = chance.choice([wanted, unknown])
        is_killed = _in_fork(fetching, one, chance.uniform(0.001, max(0.002, seconds)))
        killed += is_killed
        # A machine is not always as busy: about every second download is to be hit.
        seconds *= 1.1 if is_killed else 0.9
        for entry in fetching.cache.entries():
            found = sha256(fetching.cache.path(entry.digest).read_bytes())
            if found != entry.digest or found != digest:
                sys.exit(f"the cache has {found} as {entry.digest}")
            whole += 1
            _forget(fetching, digest)
        if killed == trials:
            break
    else:
        sys.exit(f"only {killed} of {trials} downloads could be killed")
    if sha256(fetching.fetch(wanted)) != digest:
        sys.exit("after the kills, the download is wrong")
    if any(name.startswith(digest) for name in fetching.leftovers()):
        sys.exit(f"after the kills, {fetching.leftovers()} are left")
    print(f"killed={killed} whole={whole}")


def _in_fork(fetching: Fetching, wanted: Artifact, seconds: float) -> bool:
    """Download in a fork that lives for ``seconds`` (0: no limit); return whether it was killed.

    Ends this program where the download failed.
    """
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            fetching.fetch(wanted)
        except BaseException:  # Nothing of the parent's may run in the child.
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return True
    if status != 0:
        sys.exit(f"a download ended with {os.waitstatus_to_exitcode(status)}")
    return False


def _forget(fetching: Fetching, digest: str) -> None:
    fetching.cache.path(digest).unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
