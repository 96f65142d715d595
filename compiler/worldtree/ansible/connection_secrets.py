"""The passwords of a host's login, for the check of connections: asked of the broker of secrets.

ssh gets its own from a program that asks the broker; the one for sudo goes through ssh's standard
input. Neither is ever in an argument, an environment or a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from worldtree.plan.plan import PlanHost
from worldtree.secrets.askpass import REFERENCE_VARIABLE
from worldtree.secrets.client import SOCKET_VARIABLE, BrokerGoneError, SecretsClient
from worldtree.spec.secrets import SecretRef, split

#: Under which names Ansible looks for a host's passwords.
LOGIN = ("ansible_password", "ansible_ssh_pass", "ansible_ssh_password")
BECOME = ("ansible_become_password", "ansible_become_pass")


def login_secret(host: PlanHost) -> SecretRef | None:
    """Return the one reference that the login's password is; None where it is anything else."""
    return _reference(host, LOGIN, host.ssh.password)


def become_secret(host: PlanHost) -> SecretRef | None:
    """Return the one reference that sudo's password is; None where it is anything else."""
    return _reference(host, BECOME, host.ssh.become_password)


def asking(
    reference: SecretRef | str | None, environment: Mapping[str, str]
) -> dict[str, str] | None:
    """Return the environment in which ssh gets the password; None where nobody knows it.

    ``environment`` is what the broker tells runs.
    """
    broker = environment.get(SOCKET_VARIABLE)
    if broker is None or reference is None:
        return None
    program = str(Path(broker).parent / "askpass")
    how = {"SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":"}
    return {**environment, **how, REFERENCE_VARIABLE: str(reference)}


def value_of(reference: SecretRef | str | None, environment: Mapping[str, str]) -> str | None:
    """Return the value itself; None where nobody knows it."""
    broker = environment.get(SOCKET_VARIABLE)
    if broker is None or reference is None:
        return None
    client = SecretsClient(broker)
    try:
        return client.get(str(reference)).get("value")
    except BrokerGoneError:
        return None
    finally:
        client.close()


def _reference(host: PlanHost, names: Iterable[str], setting: str | None) -> SecretRef | None:
    """Return what stands nearest to the host, from its plan: Ansible's variables have lookups."""
    names = tuple(names)
    scopes = (host.vars, {names[0]: setting}, host.inherited)
    text = next((scope[n] for scope in scopes for n in names if scope.get(n)), None)
    parts = split(text) if isinstance(text, str) else []
    return parts[0] if len(parts) == 1 and isinstance(parts[0], SecretRef) else None
