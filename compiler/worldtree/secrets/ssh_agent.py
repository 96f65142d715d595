"""An ssh-agent of the task's own, for keys that come as text: they never touch a disk."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from worldtree.secrets.errors import SecretError


class SshAgent:
    """An ssh-agent below us: it ends when we do, however that comes about."""

    def __init__(self, socket_path: Path) -> None:
        self.socket_path = socket_path
        # It ends when the command that it was started with does, whose pipe we hold.
        try:
            self._process = subprocess.Popen(
                ["ssh-agent", "-a", socket_path, "sh", "-c", 'echo "$SSH_AGENT_PID"; exec cat'],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", os.defpath)},
                start_new_session=True,
            )
        except OSError:
            raise _missing("ssh-agent") from None
        assert self._process.stdout is not None
        said = self._process.stdout.readline().strip()
        if not said.isdigit():
            self.close()
            raise SecretError(
                "ssh-agent-failed",
                "ssh-agent does not start",
                "",
                "run `ssh-agent -a /tmp/agent.sock true` by hand to see why",
            )
        self._pid = int(said)

    def add(self, keys: Iterable[str]) -> None:
        """Load private keys; raises ``SecretError`` for what is none."""
        for key in keys:
            # ssh-add takes a key only when its last line is whole.
            text = key.replace("\r\n", "\n").strip() + "\n"
            try:
                done = subprocess.run(
                    ["ssh-add", "-q", "-"],
                    input=text.encode(),
                    env={
                        "PATH": os.environ.get("PATH", os.defpath),
                        "SSH_AUTH_SOCK": str(self.socket_path),
                        # A key with a passphrase must fail rather than ask.
                        "SSH_ASKPASS_REQUIRE": "force",
                        "SSH_ASKPASS": "false",
                    },
                    capture_output=True,
                    check=False,
                    start_new_session=True,
                )
            except OSError:
                raise _missing("ssh-add") from None
            if done.returncode:
                raise SecretError(
                    "ssh-key-unusable",
                    "what it gives is no private key that ssh can use",
                    "It is not a private key in OpenSSH or PEM form, or has a passphrase.",
                    "store the whole text of a private key without a passphrase",
                )

    def close(self) -> None:
        """End it."""
        with suppress(AttributeError, ProcessLookupError):
            os.kill(self._pid, signal.SIGTERM)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()
        with suppress(AttributeError, ChildProcessError):
            os.waitpid(self._pid, 0)  # Ours, where orphans come to us.
        self.socket_path.unlink(missing_ok=True)


def _missing(program: str) -> SecretError:
    return SecretError(
        "ssh-agent-failed",
        f"there is no `{program}` on this machine",
        "A private key that comes as text is given to ssh through an agent.",
        "install the OpenSSH client",
    )
