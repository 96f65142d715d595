"""Starts servers of the warm connection, and makes the calls of modules that they run."""

from __future__ import annotations

import base64
import io
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

#: Prints where a module runs, and fails.
_LOOK = (
    "pwd; umask; grep Sig[BI] /proc/self/status; ls /proc/self/fd; env | sort; tty; cat; "
    "ulimit -a; ulimit -Ha"
)
#: Module -> arguments.
CALLS: dict[str, dict[str, Any]] = {
    "ping": {"data": "it's 'x'"},
    "command": {"_raw_params": f"{{ {_LOOK}; }} >&2; echo $WORD; exit 3", "_uses_shell": True},
}
_PACK = """
import json, pathlib, sys
import ansible.modules
from ansible.executor import module_common
from ansible.parsing.dataloader import DataLoader
from ansible.plugins import loader
from ansible.template import Templar
loader.init_plugin_loader()
place = pathlib.Path(ansible.modules.__file__).parent
print(json.dumps({
    name: module_common.modify_module(
        module_name=name,
        module_path=str(place / f"{name}.py"),
        module_args=args,
        templar=Templar(loader=DataLoader()),
        task_vars={"ansible_python_interpreter": sys.executable},
    ).b_module_data.decode()
    for name, args in json.load(sys.stdin).items()
}))
"""
TOKEN = "ab" * 32
#: Seconds in which a process ends that has no reason to wait.
_LONGEST_END = 600


@cache
def _programs() -> dict[str, str]:
    """Return the programs of modules, which a process packs that has Ansible's plugins set up."""
    packed = subprocess.run(
        [sys.executable, "-c", _PACK],
        input=json.dumps(CALLS),
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, str] = json.loads(packed.stdout)
    return found


def program_of(module: str) -> bytes:
    """Return what Ansible sends to a host to run a builtin module, as ``CALLS`` says."""
    return _programs()[module].encode()


def with_file(call: Any, name: str, change: Callable[[str], str]) -> Any:
    """Return a call whose zip has another text in a file."""
    source = zipfile.ZipFile(io.BytesIO(base64.b64decode(call.zip_data)))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for entry in dict.fromkeys(source.namelist()):
            text = source.read(entry)
            archive.writestr(entry, change(text.decode()) if entry == name else text)
    return replace(call, zip_data=base64.b64encode(target.getvalue()).decode())


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    socket: str
    pid: int
    #: The process that it must not outlive.
    watched: subprocess.Popen[bytes]

    @property
    def directory(self) -> Path:
        """The directory of its own."""
        return Path(self.socket).parent

    def has_ended(self) -> bool:
        """Wait for its end; return whether it ended."""
        try:
            process = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        ready, _, _ = select.select([process], [], [], _LONGEST_END)
        os.close(process)
        return bool(ready)

    def wait(self) -> bool:
        """Wait for its end and that of its forks; return whether they left no directory."""
        if not self.has_ended():
            return False
        latest = time.monotonic() + _LONGEST_END
        while self.directory.exists() and time.monotonic() < latest:
            time.sleep(0.01)
        return not self.directory.exists()


@dataclass(frozen=True)
class Waiting:
    """A module that has started and written a line, and waits."""

    #: Exit code, output and errors.
    result: Future[tuple[int, bytes, bytes]]
    _started: int
    _go: int

    def resume(self) -> bool:
        """Let it come to its end; return whether what it imports from is still there."""
        os.write(self._go, b"\n")
        return _read_soon(self._started) == b"1"


@contextmanager
def waiting(client: Any, server: Running, call: Any, directory: Path) -> Iterator[Waiting]:
    """Have a server run the module ``ping``, which waits; it has ended after the block."""
    pipes = []
    for name in ("started", "go"):
        os.mkfifo(directory / name)
        pipes.append(os.open(directory / name, os.O_RDWR))
    started, go = pipes
    text = (
        "import os, sys\n"
        "os.write(1, b'first\\n')\n"
        f"with open({str(directory / 'started')!r}, 'w') as file: file.write('x')\n"
        f"open({str(directory / 'go')!r}).readline()\n"
        f"with open({str(directory / 'started')!r}, 'w') as file:\n"
        "    file.write(str(int(os.path.exists(sys.path[0]))))\n"
        "print('done')\n"
    )
    module = with_file(call, "ansible/modules/ping.py", lambda _: text)
    data = base64.b64decode(module.zip_data)
    with ThreadPoolExecutor(1) as pool:
        try:
            result = pool.submit(client.request_module, server.socket, TOKEN, module, data, {})
            assert _read_soon(started) == b"x"
            yield Waiting(result, started, go)
        finally:
            os.write(go, b"\n")
    for pipe in pipes:
        os.close(pipe)


def _read_soon(pipe: int) -> bytes:
    assert select.select([pipe], [], [], _LONGEST_END)[0], "nothing was written"
    return os.read(pipe, 1)


@contextmanager
def running(
    client: Any,
    call: Any,
    *,
    environment: Mapping[str, str] | None = None,
    interpreter: str = sys.executable,
) -> Iterator[Running]:
    """A server; it has ended after the block."""
    watched = subprocess.Popen(["sleep", "600"])
    stat = Path(f"/proc/{watched.pid}/stat").read_text()
    program = client.start_program(
        TOKEN,
        call,
        watch=(watched.pid, int(stat.rpartition(")")[2].split()[19])),
        name="wt-test",
        interpreter=interpreter,
    )
    try:
        started = subprocess.run(
            [interpreter],
            input=program,
            stdout=subprocess.PIPE,
            check=True,
            env={**os.environ, **(environment or {})},
        )
        path = client.read_answer(started.stdout)["socket"]
        found = Running(path, _server_process(path), watched)
        yield found
    finally:
        watched.kill()
        watched.wait()
    assert found.wait()


def _server_process(path: str) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    pid: int = struct.unpack("3i", credentials)[0]
    return pid
