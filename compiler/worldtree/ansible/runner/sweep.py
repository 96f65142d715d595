"""Ends what an attempt left running on hosts, found by the mark in its environment."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence

from worldtree.ansible.runner.environment import passed_environment

#: Connections at once.
_AT_ONCE = 64

#: Ends every process whose environment holds the mark, asks politely first, prints what is left.
#: Everything but the mark's own processes is left alone; works with dash and busybox.
_SCRIPT = """
mark='WORLDTREE_ATTEMPT={attempt}'
found() {{ grep -slF "$mark" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }}
gone() {{ for i in 1 2 3 4 5 6 7 8; do [ -z "$(found)" ] && return 0; sleep 0.1; done; return 1; }}
p=$(found); [ -z "$p" ] && exit 0
kill -TERM $p 2>/dev/null; gone && exit 0
p=$(found); kill -KILL $p 2>/dev/null; gone && exit 0
for p in $(found); do echo "process $p ($(tr '\\0' ' ' < /proc/$p/cmdline | cut -c1-120))"; done
"""


def sweep_script(attempt: str) -> str:
    """Return the shell script for one host; as root where sudo allows it without asking."""
    script = _SCRIPT.format(attempt=attempt).strip()
    quoted = script.replace("'", "'\\''")
    return (
        f"s='{quoted}'\n"
        'if [ "$(id -u)" != 0 ] && sudo -n true 2>/dev/null; then sudo -n sh -c "$s"; '
        'else sh -c "$s"; fi'
    )


def sweep_hosts(
    attempt: str, commands: Mapping[str, Sequence[str]], seconds: float
) -> tuple[str, ...]:
    """Run the script over every host's ssh ``command``; return what is left or unknown, readable.

    ``commands`` maps host name to the ssh command line. Takes ``seconds`` at most.
    """
    end = time.monotonic() + seconds
    waiting = list(commands.items())
    running: dict[str, subprocess.Popen[str]] = {}
    left: list[str] = []
    while waiting or running:
        while waiting and len(running) < _AT_ONCE:
            host, command = waiting.pop(0)
            running[host] = _start([*command, sweep_script(attempt)])
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
    left.extend(
        f"{host}: gave no answer in time, so something may still run there" for host in unknown
    )
    return tuple(left)


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=passed_environment(os.environ),
    )


def _read(host: str, process: subprocess.Popen[str]) -> list[str]:
    out, error = process.communicate()
    if process.returncode == 0:
        return [f"{host}: {line}" for line in out.splitlines()]
    why = (error.strip().splitlines() or [f"ssh ended with {process.returncode}"])[-1]
    return [f"{host}: could not be looked at: {why}"]
