"""Why a host cannot be used, derived from ssh's messages, and how to fix it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from worldtree.plan.plan import PlanHost


@dataclass(frozen=True, slots=True)
class ConnectionCause:
    """One problem of one host's connection."""

    slug: str
    message: str
    hint: str

    @classmethod
    def no_python(cls, host: PlanHost) -> ConnectionCause:
        """No usable interpreter was found."""
        return cls(
            "connection-no-python",
            f"{host.name} has no Python that Ansible can use",
            "install python3 on it, or name the interpreter in the host's"
            " `vars: {ansible_python_interpreter: …}`",
        )

    @classmethod
    def old_python(
        cls, host: PlanHost, found: tuple[int, int], needed: tuple[int, int]
    ) -> ConnectionCause:
        """The interpreter is too old for this ansible-core."""
        return cls(
            "connection-old-python",
            f"{host.name} has Python {found[0]}.{found[1]}; Ansible needs"
            f" {needed[0]}.{needed[1]} or later",
            "install a newer Python on it, and name it in the host's"
            " `vars: {ansible_python_interpreter: …}`",
        )

    @classmethod
    def no_become(cls, host: PlanHost, why: str, *, by_password: bool = False) -> ConnectionCause:
        """Sudo asks for a password, or rejects the given one."""
        user = host.user or "the user"
        what = f"{user} may not become {host.ssh.become_user} on {host.name}"
        if by_password:
            what += " with the given password"
        return cls(
            "connection-no-become",
            what + (f": {why.strip()}" if why.strip() else ""),
            "check what `becomePassword` refers to, and the host's sudoers"
            if by_password
            else "allow it without a password in the host's sudoers, refer to the password with"
            " `becomePassword`, or log in as another user",
        )


#: (pattern of ssh's message, slug, message, hint); the first that matches counts.
_SSH_MESSAGES: tuple[tuple[str, str, str, str], ...] = (
    (
        r"could not resolve hostname|name or service not known",
        "connection-dns",
        "the name {address} of {name} cannot be resolved",
        "correct the host's `address`, or make the name known to this machine",
    ),
    (
        r"remote host identification has changed|host key for .* has changed",
        "connection-host-key-changed",
        "{name} presents another host key than before: it was reinstalled, or another machine"
        " answers",
        "if it was reinstalled, remove the old key:\n  ssh-keygen -R '{key_name}'{key_file}",
    ),
    (
        r"host key verification failed|host key is known|authenticity of host",
        "connection-host-key-unknown",
        "the host key of {name} is not known, and only known keys are accepted",
        "compare and add it:\n  ssh-keyscan -p {port} {address} >> {known_hosts}",
    ),
    (
        r"unprotected private key|bad permissions",
        "connection-auth",
        "other users can read the private key for {name}, so ssh does not use it",
        "restrict its permissions:\n  chmod 600 {key}",
    ),
    (
        r"permission denied|too many authentication failures|no such identity",
        "connection-auth",
        "{name} rejects the login of {user} with {offered}",
        "check `user` and {setting}, and that {needed}",
    ),
    (
        r"connection refused",
        "connection-refused",
        "{address} answers, but nothing listens on port {port}",
        "start sshd on {name}, or correct the host's `port`",
    ),
    (
        r"no route to host|network is unreachable",
        "connection-unreachable",
        "this machine has no route to {address}",
        "check the network, the host's `address` and that {name} is switched on",
    ),
    (
        r"timed out|timeout",
        "connection-timeout",
        "{name} did not answer within {timeout:g} s",
        "check that it is up and that no firewall drops port {port}, or raise `ssh.timeout`",
    ),
)


def connection_cause(
    host: PlanHost,
    code: int | None,
    error: str,
    timeout: float,
    known_hosts: Path | None = None,
    *,
    by_password: bool = False,
) -> ConnectionCause:
    """Return the cause of a failed login; ``code`` None means that there was no answer.

    ``known_hosts`` is the file in use where the host names none itself; ``by_password`` says that
    the login was by password.
    """
    said = error if code is not None else "timed out"
    for pattern, slug, message, hint in _SSH_MESSAGES:
        if re.search(pattern, said, re.IGNORECASE):
            fields = {
                **_host_fields(host, timeout, known_hosts),
                **_login_fields(host, by_password),
            }
            text = message.format(**fields)
            if host.bastion:
                text += f" (through {host.bastion})"
            return ConnectionCause(slug, text, hint.format(**fields))
    last = (error.strip().splitlines() or [f"ssh ended with exit code {code}"])[-1]
    return ConnectionCause(
        "connection-failed",
        f"no connection to {host.name}: {last.strip()}",
        "try it with -v, which shows each step:\n  ssh -v "
        + (f"{host.user}@" if host.user else "")
        + f"{host.address} -p {host.port}",
    )


def _login_fields(host: PlanHost, by_password: bool) -> dict[str, str]:
    """Return the offered credentials, the setting they come from, and what the host must have."""
    if by_password:
        return {
            "offered": "the given password",
            "setting": "what `password` refers to",
            "needed": "its sshd allows passwords (PasswordAuthentication)",
        }
    known = "the public key is in the user's authorized_keys"
    if host.ssh.private_key:
        setting = "what `privateKey` refers to"
        return {"offered": "the given key", "setting": setting, "needed": known}
    offered = "the offered keys"
    return {"offered": offered, "setting": "`privateKeyFile`", "needed": known}


def _host_fields(host: PlanHost, timeout: float, known_hosts: Path | None) -> dict[str, object]:
    known = host.ssh.known_hosts_file or known_hosts
    return {
        "name": host.name,
        "address": host.address,
        "port": host.port,
        "user": host.user or "the user",
        "timeout": timeout,
        "key": host.ssh.private_key_file or "the key's file",
        "key_name": host.address if host.port == 22 else f"[{host.address}]:{host.port}",
        "key_file": f" -f {known}" if known else "",
        "known_hosts": known or "~/.ssh/known_hosts",
    }
