# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The warm connection to hosts over ssh.

It needs a shared connection (C(ControlPersist)) that forwards sockets: workers reach the server
through that without a process of ssh. The server lives as long as the connection.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import shlex
import stat

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.ssh import Connection as SshConnection
from ansible.utils.display import Display

from .client import ConnectionLost, NotStarted, Servers, send_request
from .connection import SWITCH, WarmConnection, warm_directory
from .forward import check, end_forwarded, forward, run_quietly, shared_connection
from .payload import Unrecognised

#: Bytes of a file at most that is sent to a server: requests are kept in memory.
_MAX_FILE = 2**24
#: Seconds for the servers of one host to end.
_RESET_SECONDS = 2
#: A command that Ansible prepares a host with.
_SHELL = re.compile(r"(/[A-Za-z0-9_./+-]+) -c ('.*)", re.DOTALL)
#: ssh's own exit code.
_SSH_FAILED = 255
#: Ways of files that leave on the host what C(put) does.
_TRANSFERS = ("smart", "sftp", "scp")
#: Options that say how files are sent, with what Ansible has for them.
_TRANSFER_DEFAULTS = {
    "sftp_executable": "sftp",
    "sftp_extra_args": "",
    "scp_executable": "scp",
    "scp_extra_args": "",
}

display = Display()


class Connection(WarmConnection, SshConnection):
    """Ansible's C(ssh), with a server that lives as long as the connection to the host."""

    def exec_command(self, cmd, in_data=None, sudoable=True):
        """Run a command; one that prepares files for a module, too, goes to the server."""
        if in_data is None and not sudoable:
            result = self._do_warm(_shell_request(cmd))
            if result is not None:
                return self._as_of_ssh(*result)
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)

    def put_file(self, in_path, out_path):
        """Copy a file to the host."""
        content, request = self._put_request(in_path, out_path)
        result = self._do_warm(request, content)
        if result is not None and result[0] == 0:
            return result
        return super().put_file(in_path, out_path)

    def reset(self):
        """End this host's servers and its connection."""
        with contextlib.suppress(OSError):
            if warm_directory().is_dir():
                servers = Servers(warm_directory())
                end_forwarded(servers, servers.of_host(self._warm_host()), _RESET_SECONDS)
                self._way_path().unlink(missing_ok=True)
        super().reset()

    # ---- servers -------------------------------------------------------------------------------

    def _run_warm(self, servers, cmd, in_data, sudoable):
        if int(self.get_option("reconnection_retries")):
            raise Unrecognised("retries")  # What has started is started again.
        controlled, _ = self._persistence_controls(self._control_command())
        if not controlled:
            raise Unrecognised("no-control-persist")
        if refused := self._way().get("refused"):
            raise NotStarted(refused)
        return self._as_of_ssh(*super()._run_warm(servers, cmd, in_data, sudoable))

    def _as_of_ssh(self, code, out, err):
        """Return a result as Ansible does: an end by a signal is to ssh a lost connection."""
        if not 0 <= code < _SSH_FAILED:
            raise AnsibleConnectionFailure(
                f'Data could not be sent to remote host "{self.host}". '
                f"Make sure this host can be reached over ssh: {err.decode(errors='replace')}"
            )
        return code, out, err

    def _warm_host(self):
        command = [os.fsdecode(word) for word in self._control_command()]
        return Servers(warm_directory()).digest("host", command)

    def _warm_surroundings(self):
        return []  # The command of ssh says all of it.

    def _warm_watch(self):
        return None  # The server finds it.

    def _reach(self, *, servers, name, call, answer):
        local = str(warm_directory() / f"{servers.digest('socket', name)[:16]}.s")
        forwarding = ("-L", f"{local}:{answer['socket']}")
        zip_data = base64.b64decode(call.zip_data)
        cancel = None
        try:
            shared = shared_connection(self._control_command("-G"))
            cancel = [*shared, "-O", "cancel", *forwarding, self.host]
            forward([*shared, "-O", "forward", *forwarding, self.host], cancel, local)
            check(local, servers.token(name), zip_data)
            self._keep_way(server=name, zip=hashlib.sha256(zip_data).hexdigest())
        except BaseException as error:  # A server that nobody knows would stay.
            if isinstance(error, NotStarted) and "server" not in self._way():
                self._keep_way(refused=str(error))
            SshConnection.exec_command(self, _end_command(answer), sudoable=False)
            if cancel is not None:
                run_quietly([cancel], _RESET_SECONDS)
            raise
        return {"socket": local, "cancel": cancel}

    def _control_command(self, *options):
        """Return a command of ssh with all settings, as those of Ansible for this host."""
        self.host = self.get_option("host") or self._play_context.remote_addr
        executable = self.get_option("ssh_executable")
        command = self._build_command(executable, "ssh", *options, self.host)
        if self.sshpass_pipe:  # In core 2.19. A connection that is open needs no password.
            for number in self.sshpass_pipe:
                os.close(number)
            self.sshpass_pipe = None
        return command[command.index(os.fsencode(executable)) :]

    # ---- around modules ------------------------------------------------------------------------

    def _do_warm(self, request, content=b""):
        """Have a server of this host do what C(request) says.

        Returns None when there is none, or nothing was done.
        """
        directory = warm_directory()
        if request is None or os.environ.get(SWITCH) == "0" or not directory.is_dir():
            return None
        try:
            servers = Servers(directory)
            way = self._way()
            path = servers.read(way["server"]).get("socket") if "server" in way else None
            if path is None:
                return None
            token = servers.token(way["server"])
            return send_request(path, token, {"zip": way["zip"], **request}, content)
        except (NotStarted, OSError):
            return None
        except ConnectionLost:
            raise AnsibleConnectionFailure("the connection to the host has ended") from None

    def _put_request(self, in_path, out_path):
        """Return the content of a file and the request that puts it, or None if none is sent."""
        method = self.get_option("ssh_transfer_method")
        settings = {option: self.get_option(option) for option in _TRANSFER_DEFAULTS}
        if method not in _TRANSFERS or not out_path.startswith("/"):
            return b"", None
        if any(value and value != _TRANSFER_DEFAULTS[option] for option, value in settings.items()):
            return b"", None  # Such as a server that writes as another user.
        try:
            with open(in_path, "rb") as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_FILE:
                    return b"", None
                return file.read(), {"put": out_path, "mode": found.st_mode & 0o777}
        except OSError:
            return b"", None  # Ansible says what is wrong with it.

    # ---- what is known of a host ---------------------------------------------------------------

    def _way(self):
        """Return what is known of this host: server and its zip, or refused (why there is none)."""
        try:
            return json.loads(self._way_path().read_bytes())
        except (OSError, ValueError):
            return {}

    def _keep_way(self, **way):
        part = self._way_path().with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(way))
        part.rename(self._way_path())

    def _way_path(self):
        return warm_directory() / f"{self._warm_host()}.way"


def _shell_request(command):
    """Return the request that executes a command; None if it is not exactly a shell's."""
    found = _SHELL.fullmatch(command) if isinstance(command, str) else None
    if found is None:
        return None
    try:
        words = shlex.split(found[2])
    except ValueError:
        return None
    if len(words) != 1 or shlex.quote(words[0]) != found[2]:
        return None
    return {"shell": found[1], "script": words[0]}


def _end_command(answer):
    """Return the command that ends a server which is not reached."""
    socket, pid = shlex.quote(answer["socket"]), int(answer["pid"])
    return f"/bin/sh -c {shlex.quote(f'test -S {socket} && kill {pid}')}"
