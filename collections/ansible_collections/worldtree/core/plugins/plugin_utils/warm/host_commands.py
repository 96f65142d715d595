# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""What Ansible does on a host around a module, in a fork. The host gets this text, too."""

from __future__ import annotations

import os
import signal


def run_host_command(job):
    """Return a job that has a module to run; do another one, and do not return.

    C(shell) with C(script) is executed. C(put) is the path of a file that gets the request's
    parameters as content; one that is new gets the mode C(mode), less the umask.
    """
    request = job.request
    if "put" not in request and "shell" not in request:
        return job
    code = 1
    try:
        job.server.surroundings.restore({}, job.descriptors, 0)
        if "shell" in request:
            _leave_python()
            os.execv(request["shell"], [request["shell"], "-c", request["script"]])
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with open(os.open(request["put"], flags, request["mode"]), "wb") as file:
            file.write(job.parameters)
        code = 0
    except Exception as error:  # The other side then does it in its ordinary way, which reports it.
        os.write(2, f"{error}\n".encode())
    finally:
        os._exit(code)


def _leave_python():
    """Undo what Python itself changed when it started, and passes on."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    with open("/proc/self/environ", "rb") as file:
        if not any(entry.startswith(b"LC_CTYPE=") for entry in file.read().split(b"\0")):
            os.environ.pop("LC_CTYPE", None)  # Python sets it where the locale is C (PEP 538).
