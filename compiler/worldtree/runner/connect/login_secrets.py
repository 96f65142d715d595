"""Which secrets open a host: those of its login, and of sudo there."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.plan.plan import PlanHost
from worldtree.spec.secret_references import SecretRef, split_references

#: Under which names Ansible looks for a host's passwords.
LOGIN_PASSWORD_VARS = ("ansible_password", "ansible_ssh_pass", "ansible_ssh_password")
BECOME_PASSWORD_VARS = ("ansible_become_password", "ansible_become_pass")


def login_secret(host: PlanHost) -> SecretRef | None:
    """Return the one reference that the login's password is; None where it is anything else."""
    return _reference(host, LOGIN_PASSWORD_VARS, host.ssh.password)


def become_secret(host: PlanHost) -> SecretRef | None:
    """Return the one reference that sudo's password is; None where it is anything else."""
    return _reference(host, BECOME_PASSWORD_VARS, host.ssh.become_password)


def _reference(host: PlanHost, names: Iterable[str], setting: str | None) -> SecretRef | None:
    """Return what stands nearest to the host, from its plan: Ansible's variables have lookups."""
    names = tuple(names)
    scopes = (host.vars, {names[0]: setting}, host.inherited)
    text = next((scope[n] for scope in scopes for n in names if scope.get(n)), None)
    parts = split_references(text) if isinstance(text, str) else []
    return parts[0] if len(parts) == 1 and isinstance(parts[0], SecretRef) else None
