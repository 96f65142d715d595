# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""What a warm connection adds to one of Ansible's: modules run in forks of a server.

A call that is not known to give the same result there takes the ordinary path, and is counted with
the reason.
"""

from __future__ import annotations

import base64
import contextlib
import multiprocessing
import os
import re
from pathlib import Path

from ansible import constants
from ansible.errors import AnsibleConnectionFailure
from ansible.utils.display import Display

from .client import (
    MAX_SERVERS,
    MAX_STARTS,
    ConnectionLost,
    NotStarted,
    Servers,
    read_answer,
    request_module,
    start_program,
)
from .forward import end_forwarded
from .payload import Unrecognised, parse_command, parse_module, startup_variables

#: Switches warm connections off with C(0).
SWITCH = "WORLDTREE_WARM"
#: Names the run that modules belong to; a server belongs to it, too.
ATTEMPT = "WORLDTREE_ATTEMPT"
#: Name of the process of a server that belongs to no run.
_PROCESS_NAME = "wt-warm"
#: In the command of a module that was copied to the host.
_COPIED = re.compile(r"/AnsiballZ_[^/]+")

display = Display()


class WarmConnection:
    """A mixin before a connection of Ansible; subclasses say where a server is."""

    def exec_command(self, cmd, in_data=None, sudoable=True):
        """Run a command: on the host's server if it is a module that the server can run."""
        ordinary = super().exec_command
        # Without ``sudoable`` it only prepares files.
        is_copied = sudoable and isinstance(cmd, str) and _COPIED.search(cmd)
        is_module = in_data is not None or is_copied
        if not is_module or os.environ.get(SWITCH) == "0":
            return ordinary(cmd, in_data=in_data, sudoable=sudoable)
        servers = None
        try:
            servers = Servers(warm_directory())
            result = self._run_warm(servers, cmd, in_data, sudoable)
        except (Unrecognised, NotStarted) as error:
            reason = str(error)
        except OSError as error:
            reason = f"error: {type(error).__name__}"
        else:
            servers.count("warm")
            return result
        display.vvv(f"the ordinary path: {reason}", host=self._play_context.remote_addr)
        if servers is not None:
            servers.count(reason)
        return ordinary(cmd, in_data=in_data, sudoable=sudoable)

    def reset(self):
        """End this host's servers, so that what follows sees a new process."""
        directory = warm_directory()
        # A server that cannot be ended ends when files change that a new process would read.
        with contextlib.suppress(OSError):
            if directory.is_dir():
                servers = Servers(directory)
                for name in servers.of_host(self._warm_host()):
                    servers.replace(name, servers.read(name).get("socket"))
        super().reset()

    # ---- what differs between connections ------------------------------------------------------

    def _warm_host(self):
        """Return a text that identifies the host and the way to it."""
        raise NotImplementedError

    def _warm_surroundings(self):
        """Return texts that define in what surroundings a command runs, besides its own text."""
        raise NotImplementedError

    def _warm_watch(self):
        """Return the process that a server must not outlive (see C(start_program))."""
        raise NotImplementedError

    def _reach(self, *, servers, name, call, answer):
        """Return what is to be known of a server that started, its C(socket) here among it.

        Raises C(NotStarted).
        """
        raise NotImplementedError

    # ---- modules -------------------------------------------------------------------------------

    def _run_warm(self, servers, cmd, in_data, sudoable):
        if in_data is None:
            raise Unrecognised("copied")  # Asynchronous, of another kind, or without pipelining.
        if not (sudoable and isinstance(cmd, str) and isinstance(in_data, bytes)):
            raise Unrecognised("unknown-command")
        call = parse_module(in_data)
        if self.become and self.become.success and self.become.success in cmd:
            # A login differs in more than a fork restores: directories that only its parent may
            # enter, profiles of shells, and accounts that are in use as long as a server rests.
            raise Unrecognised("become")
        command = parse_command(cmd)
        if startup_variables(command.environment):
            raise Unrecognised("environment")
        self._connect()
        attempt = command.environment.get(ATTEMPT)
        start = command.with_environment({} if attempt is None else {ATTEMPT: attempt})
        host = self._warm_host()
        name = servers.name(host, start, self._warm_surroundings())
        zip_data = base64.b64decode(call.zip_data)
        for _ in range(2):
            path = self._server(servers, name, host, start, call, command)
            display.vvv(f"WARM {cmd}", host=self._play_context.remote_addr)
            try:
                code, out, err = request_module(
                    path, servers.token(name), call, zip_data, command.environment
                )
            except NotStarted as error:
                reason = str(error)
                servers.replace(name, path)
                continue
            except ConnectionLost:
                raise AnsibleConnectionFailure(
                    "the process that ran the module ended without its result"
                ) from None
            if code < 0 and command.sleeps:
                # The shell that goes on after a module has its own code for an end by a signal.
                code = 128 - code
            return code, out, err
        raise NotStarted(reason)

    def _server(self, servers, name, host, start, call, command):
        """Return the socket of a server, which is started if there is none."""
        state = servers.read(name)
        if state.get("socket"):
            return state["socket"]
        with servers.locked(name):
            state = servers.read(name)
            if state.get("socket"):
                return state["socket"]
            if state.get("refused"):
                raise NotStarted(state["refused"])
            starts = state.get("starts", 0) + 1
            if len(servers.of_host(host)) >= MAX_SERVERS:
                raise NotStarted("too-many-servers")
            if starts > MAX_STARTS:
                raise NotStarted("too-many-starts")
            program = start_program(
                servers.token(name),
                call,
                watch=self._warm_watch(),
                name=process_name(command.environment.get(ATTEMPT)),
                interpreter=command.interpreter,
            )
            # Before it starts: on a full disk none would be known.
            servers.write(name, {"starts": starts})
            _, out, _ = super().exec_command(start, in_data=program, sudoable=True)
            try:
                reached = self._reach(
                    servers=servers, name=name, call=call, answer=read_answer(out)
                )
            except NotStarted as error:
                servers.write(name, {"starts": starts, "refused": str(error)})
                raise
            servers.write(name, {"starts": starts, **reached})
            return reached["socket"]


def warm_directory():
    """Return the directory that the workers of this ansible-playbook share."""
    return Path(constants.DEFAULT_LOCAL_TMP) / "warm"


def end_servers(seconds):
    """End all servers of this ansible-playbook; wait for it up to C(seconds) in all.

    Those on other hosts have more time: their answers take it.
    """
    directory = warm_directory()
    if directory.is_dir():
        servers = Servers(directory)
        end_forwarded(servers, servers.names())
        servers.end(seconds)


def playbook_process():
    """Return id and start time of the ansible-playbook that this process belongs to."""
    parent = multiprocessing.parent_process()
    pid = os.getpid() if parent is None else parent.pid
    stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    return pid, int(stat.rpartition(")")[2].split()[19])


def process_name(attempt):
    """Return the name of a server's process; WorldTree finds the processes of a run by it."""
    from hashlib import sha256

    return f"wt-{sha256(attempt.encode()).hexdigest()[:12]}" if attempt else _PROCESS_NAME
