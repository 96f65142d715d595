"""Ends the processes that an attempt left on hosts.

They are found in /proc: by ``WORLDTREE_ATTEMPT`` in the environment, and servers of warm
connections by their name, as only root reads their environment.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress

from worldtree.core.environment_allowlist import allowed_environment
from worldtree.runner.connect.host_access import HostAccess
from worldtree.runner.connect.login_passwords import askpass_environment, fetch_password
from worldtree.runner.connect.process_names import process_name

#: Connections at once.
_MAX_CONNECTIONS = 64

#: Ends every process with the attempt's id in its environment, or with its name: SIGTERM first,
#: then SIGKILL; prints those that are left. It looks twice, as a process that is being executed has
#: no environment for a moment. One that has ended and is not reaped yet has a name, and no command
#: line. Directories of servers that were killed go at the end. Works with dash and busybox; `sleep`
#: takes fractions in both.
_KILL_SCRIPT = """
mark='WORLDTREE_ATTEMPT={attempt}'
found() {{
  {{
    grep -slF "$mark" /proc/[0-9]*/environ
    for c in $(grep -slxF {name} /proc/[0-9]*/comm); do grep -sl '' "${{c%comm}}cmdline"; done
  }} 2>/dev/null | cut -d/ -f3
}}
none() {{ [ -z "$(found)" ] && sleep 0.05 && [ -z "$(found)" ]; }}
gone() {{ for i in 1 2 3 4 5 6 7 8; do none && return 0; sleep 0.1; done; return 1; }}
end() {{ rm -rf /tmp/.{name}-* /var/tmp/.{name}-* /run/.{name}-* 2>/dev/null; exit 0; }}
p=$(found); [ -z "$p" ] && end
kill -TERM $p 2>/dev/null; gone && end
p=$(found); kill -KILL $p 2>/dev/null; gone && end
for p in $(found | sort -u); do
  echo "process $p ($(tr '\\0' ' ' < /proc/$p/cmdline | cut -c1-120))"
done
"""


#: Only root sees other users' processes; sudo's password is the first line of input.
_AS_ROOT_SCRIPT = """
if [ "$(id -u)" = 0 ]; then sh -c "$s"
elif sudo -n true 2>/dev/null; then sudo -n sh -c "$s"
elif IFS= read -r p && [ -n "$p" ]; then printf '%s\\n' "$p" | sudo -S -p '' sh -c "$s"
else sh -c "$s"; {otherwise}
fi
"""
_NOT_INSPECTED = "echo 'processes of other users were not checked: sudo needs a password'"


def cleanup_script(attempt: str, *, needs_root: bool = False) -> str:
    """Return the shell script for one host, which runs as root where sudo allows it.

    With ``needs_root`` it reports when it could not check other users' processes.
    """
    script = _KILL_SCRIPT.format(attempt=attempt, name=process_name(attempt)).strip()
    quoted = script.replace("'", "'\\''")
    return f"s='{quoted}'" + _AS_ROOT_SCRIPT.format(otherwise=_NOT_INSPECTED if needs_root else ":")


def clean_up_hosts(
    attempt: str,
    access: Mapping[str, HostAccess],
    seconds: float,
    broker_environment: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Run the script on every host; return one readable line per process left or host unknown.

    ``access`` is by host name; ``broker_environment`` are the variables by which programs find the
    secrets broker. Takes ``seconds`` at most.
    """
    end = time.monotonic() + seconds
    waiting = list(access.items())
    running: dict[str, subprocess.Popen[str]] = {}
    left: list[str] = []
    while waiting or running:
        while waiting and len(running) < _MAX_CONNECTIONS:
            host, one = waiting.pop(0)
            running[host] = _start(attempt, one, broker_environment or {})
        time.sleep(0.02)
        for host, process in list(running.items()):
            if process.poll() is not None:
                del running[host]
                left.extend(_read(host, process))
        if time.monotonic() >= end:
            break
    for process in running.values():
        process.kill()
        process.communicate()
    unknown = [*running, *(host for host, _ in waiting)]
    left.extend(f"{host}: no answer in time; processes may still run there" for host in unknown)
    return tuple(left)


def _start(
    attempt: str, access: HostAccess, broker_environment: Mapping[str, str]
) -> subprocess.Popen[str]:
    password = fetch_password(access.become_password, broker_environment)
    script = cleanup_script(attempt, needs_root=access.become_password is not None)
    process = subprocess.Popen(
        [*access.ssh, script],
        stdin=subprocess.PIPE if password else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={
            **allowed_environment(os.environ),
            **(askpass_environment(access.password, broker_environment) or broker_environment),
        },
        # Without a terminal ssh prompts nobody for a missing password.
        start_new_session=True,
    )
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.write(f"{password}\n")
            process.stdin.close()
        process.stdin = None  # ``communicate`` must not write to it again.
    return process


def _read(host: str, process: subprocess.Popen[str]) -> list[str]:
    out, error = process.communicate()
    if process.returncode == 0:
        return [f"{host}: {line}" for line in out.splitlines()]
    why = (error.strip().splitlines() or [f"ssh ended with {process.returncode}"])[-1]
    return [f"{host}: not checked: {why}"]
