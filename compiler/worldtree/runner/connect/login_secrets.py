"""References to the secrets of a host's login, and of sudo on it."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.plan.plan import PlanHost
from worldtree.spec.secret_references import SecretRef, split_references

#: Variables in which Ansible looks for a host's passwords.
LOGIN_PASSWORD_VARS = ("ansible_password", "ansible_ssh_pass", "ansible_ssh_password")
BECOME_PASSWORD_VARS = ("ansible_become_password", "ansible_become_pass")


def login_secret(host: PlanHost) -> SecretRef | None:
    """Return the reference of the login's password; None unless it is a single reference."""
    return _reference(host, LOGIN_PASSWORD_VARS, host.ssh.password)


def become_secret(host: PlanHost) -> SecretRef | None:
    """Return the reference of sudo's password; None unless it is a single reference."""
    return _reference(host, BECOME_PASSWORD_VARS, host.ssh.become_password)


def _reference(host: PlanHost, names: Iterable[str], setting: str | None) -> SecretRef | None:
    """Return the reference that takes precedence, from the plan: the inventory has lookups."""
    names = tuple(names)
    scopes = (host.vars, {names[0]: setting}, host.inherited)
    text = next((scope[n] for scope in scopes for n in names if scope.get(n)), None)
    parts = split_references(text) if isinstance(text, str) else []
    return parts[0] if len(parts) == 1 and isinstance(parts[0], SecretRef) else None
