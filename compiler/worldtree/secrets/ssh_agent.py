"""An ssh-agent for one task, for keys that come as text and are never written to disk."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from worldtree.secrets.errors import SecretError


class SshAgent:
    """An ssh-agent that ends with this process, even if the process is killed."""

    def __init__(self, socket_path: Path) -> None:
        self.socket_path = socket_path
        # The agent ends with its command, a `cat` that reads from our pipe.
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
                "run `ssh-agent -a /tmp/agent.sock true` to see the error",
            )
        self._pid = int(said)

    def add(self, keys: Iterable[str]) -> None:
        """Load private keys; raises ``SecretError`` if one is not usable."""
        for key in keys:
            # ssh-add requires a newline at the end of the key.
            text = key.replace("\r\n", "\n").strip() + "\n"
            try:
                done = subprocess.run(
                    ["ssh-add", "-q", "-"],
                    input=text.encode(),
                    env={
                        "PATH": os.environ.get("PATH", os.defpath),
                        "SSH_AUTH_SOCK": str(self.socket_path),
                        # A key with a passphrase must fail instead of prompting.
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
                    "the value is not a private key that ssh can use",
                    "It is not a private key in OpenSSH or PEM format, or it has a passphrase.",
                    "store the whole text of a private key without a passphrase",
                )

    def close(self) -> None:
        """Stop the agent."""
        with suppress(AttributeError, ProcessLookupError):
            os.kill(self._pid, signal.SIGTERM)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()
        with suppress(AttributeError, ChildProcessError):
            os.waitpid(self._pid, 0)  # Our child if this process adopts orphans.
        self.socket_path.unlink(missing_ok=True)


def _missing(program: str) -> SecretError:
    return SecretError(
        "ssh-agent-failed",
        f"`{program}` is not installed on this machine",
        "A private key that comes as text is passed to ssh through an agent.",
        "install the OpenSSH client",
    )
