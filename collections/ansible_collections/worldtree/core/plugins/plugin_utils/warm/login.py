# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The login over ssh that a server belongs to. The host gets this text, too."""

from __future__ import annotations

import os

from .start_files import StartFiles, stamps_of_files

#: Names of the process that serves an ssh connection, in OpenSSH before and since 9.8.
_SSHD = (b"sshd", b"sshd-session")
#: What sshd, PAM and shells read at a login, whose modules then start with what that says.
_READ_AT_LOGIN = (
    *("/etc/environment", "/etc/default/locale", "/etc/locale.conf", "/etc/login.defs"),
    *("/etc/security", "/etc/security/limits.d", "/etc/pam.d"),
    *("/etc/bash.bashrc", "/etc/bashrc", "/etc/profile.d", "/etc/zshenv", "/etc/zsh/zshenv"),
    *("/etc/csh.cshrc", "/etc/ssh/sshrc"),
    *("/etc/fish", "/etc/fish/conf.d"),
    *("~/.bashrc", "~/.bashrc.d", "~/.zshenv", "~/.cshrc", "~/.tcshrc"),
    *("~/.config/fish", "~/.config/fish/conf.d"),
    *("~/.pam_environment", "~/.ssh/environment", "~/.ssh/rc"),
)
_ACCOUNTS = ("/etc/passwd", "/etc/group")


def login_process():
    """Return id and start time of the process that serves this login; None without one.

    It ends with its connection, which is that of all sessions of a C(ControlMaster). A login with
    X11 has none: its display is of no use after the session.
    """
    if "DISPLAY" in os.environ:
        return None
    pid = os.getppid()
    while pid > 1:
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                start, _, rest = file.read().rpartition(b")")
        except OSError:
            return None
        fields = rest.split()
        if start.partition(b"(")[2] in _SSHD:
            return pid, int(fields[19])
        pid = int(fields[1])
    return None


class LoginFiles(StartFiles):
    """What a login and a new Python would read.

    Of the files of accounts, only the lines of this user count: others come and go.
    """

    def __init__(self, directory, interpreter):
        paths = []
        for path in map(os.path.expanduser, _READ_AT_LOGIN):
            paths.append(path)
            if os.path.isdir(path):
                paths.extend(entry.path for entry in os.scandir(path))
        super().__init__(directory, interpreter, paths)
        self._accounts = stamps_of_files(_ACCOUNTS)
        self._account = _own_lines()

    def have_changed(self):
        """Whether one of them is another file, or has another content, than at first."""
        if super().have_changed():
            return True
        accounts = stamps_of_files(_ACCOUNTS)
        if accounts != self._accounts:
            if _own_lines() != self._account:
                return True
            self._accounts = accounts
        return False


def _own_lines():
    """Return the lines that say who this user is and in which groups."""
    user = str(os.geteuid())
    own = [line for line in _lines(_ACCOUNTS[0]) if line.split(":")[2:3] == [user]]
    names = {line.partition(":")[0] for line in own}
    groups = _lines(_ACCOUNTS[1])
    return own, [line for line in groups if names & set(line.rpartition(":")[2].split(","))]


def _lines(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []
