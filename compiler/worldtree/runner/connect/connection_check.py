"""Checks all hosts at once for what Ansible needs of them, and says how to fix what is missing.

It uses the real ssh client and opens the shared connections of the run, which Ansible then reuses.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from worldtree.ansible.content.argspec.types import is_runtime_value
from worldtree.ansible.model.inventory import PLAYBOOK_PYTHON
from worldtree.plan.plan import Plan, PlanHost
from worldtree.runner.connect.connection_causes import ConnectionCause, connection_cause
from worldtree.runner.connect.host_probes import HostProbes
from worldtree.runner.connect.login_passwords import askpass_environment, fetch_password
from worldtree.runner.connect.login_secrets import (
    BECOME_PASSWORD_VARS,
    LOGIN_PASSWORD_VARS,
    become_secret,
    login_secret,
)
from worldtree.runner.connect.ssh_command import (
    ADDRESS_VARS,
    KEY_FILE_VARS,
    PORT_VARS,
    SSH_ARGS_VARS,
    USER_VARS,
    SshOptions,
    effective_connection_vars,
    ssh_command,
    with_connection_vars,
)
from worldtree.spec.jinja_syntax import is_template

#: Prefix of the lines that hold answers; a login script may print others.
_ANSWER_PREFIX = "worldtree-check"
#: Seconds for the script itself, after the connection is made.
_ANSWER_SECONDS = 15.0
_CONCURRENCY = 64
#: Exit code of ssh where the connection was not made, or was lost.
_SSH_FAILED = 255
_SUDO_ANSWERS = frozenset({"become", "no-become"})
#: Variables that define how ssh reaches a host.
_CONNECTION_VARS = (*ADDRESS_VARS, *PORT_VARS, *USER_VARS, *KEY_FILE_VARS, *SSH_ARGS_VARS)
_SSH_PLUGINS = (None, "ssh", "ansible.builtin.ssh", "smart")

#: Newest first, in the order in which Ansible looks for an interpreter.
_PYTHONS = " ".join(
    [*(f"python3.{minor}" for minor in range(14, 7, -1)), "/usr/bin/python3", "python3"]
)
_PROBE_SCRIPT = """
echo '{mark} login'
for p in {pythons}; do
  v=$("$p" -c 'import sys; print("%d %d" % sys.version_info[:2])' 2>/dev/null) || continue
  echo "{mark} python $v"; break
done
{become}
"""
#: The last line of sudo's output is the reason; a lecture may precede it. Its password is the first
#: line of input.
_BECOME_SCRIPT = """
if [ "$(id -u)" = 0 ] || why=$(sudo {options} -u {user} true 2>&1); then echo '{mark} become'
else echo "{mark} no-become $(printf '%s' "$why" | tail -n 1)"; fi
"""
_SUDO_WITHOUT_PASSWORD, _SUDO_WITH_PASSWORD = "-n", "-S -p ''"


@dataclass(frozen=True, slots=True)
class HostConnection:
    """The result of the check for one host."""

    host: str
    #: ``ok``; ``failed``; ``unchecked``: only Ansible can try, since the login is by password, the
    #: connection is not ssh, or its settings are templates.
    state: Literal["ok", "unchecked", "failed"]
    #: Slug of the problem (see docs/diagnostics.md), None when there is none.
    slug: str | None = None
    #: What is wrong and how to fix it: one sentence each.
    message: str = ""
    hint: str = ""
    #: Version of the Python that was found.
    python: tuple[int, int] | None = None
    seconds: float = 0.0
    #: Whether the login succeeded, or may have.
    reached: bool = True


def check_connections(
    plan: Plan,
    ssh: SshOptions,
    *,
    timeout: float | None = None,
    hosts: Iterable[str] | None = None,
    minimum_python: tuple[int, int] = (3, 8),
    environment: Mapping[str, str] | None = None,
    probes: HostProbes | None = None,
) -> tuple[HostConnection, ...]:
    """Check ``hosts`` of the plan (those that its nodes use, unless given), in document order.

    ``timeout`` is the seconds to wait for a connection; None takes each host's own. ``sudo`` is
    checked only where something runs as another user. ``environment`` are the variables by which
    programs find the secrets broker: with them, its agent's keys and passwords are used too.
    Stopping ``probes`` makes this return at once; hosts without an answer have failed then.
    """
    nodes = plan.graph.nodes.values()
    wanted = {host for node in nodes for host in node.hosts} if hosts is None else set(hosts)
    elevated = {host for node in nodes if node.become for host in node.hosts}
    by_name = {host.name: host for host in plan.hosts}
    checks = [
        _HostCheck(
            host,
            effective_connection_vars(host, by_name),
            ssh,
            timeout or host.ssh.timeout,
            host.ssh.become or host.name in elevated,
            minimum_python,
            environment or {},
            probes or HostProbes(),
        )
        for host in plan.hosts
        if host.name in wanted
    ]
    if not checks:
        return ()
    with ThreadPoolExecutor(min(_CONCURRENCY, len(checks))) as pool:
        return tuple(pool.map(_HostCheck.run, checks))


@dataclass(frozen=True, slots=True)
class _HostCheck:
    host: PlanHost
    variables: Mapping[str, object]
    ssh: SshOptions
    timeout: float
    become: bool
    minimum_python: tuple[int, int]
    environment: Mapping[str, str]
    probes: HostProbes

    def run(self) -> HostConnection:
        """Run the script on the host and evaluate its output."""
        environment = self._environment()
        if environment is None:
            return HostConnection(self.host.name, "unchecked")
        began = time.monotonic()
        password = self._become_password()
        command, seconds = self._command(password), self.timeout + _ANSWER_SECONDS
        answer = self.probes.run(command, seconds, environment, password)
        answers = [
            line.removeprefix(_ANSWER_PREFIX).split(maxsplit=1)
            for line in answer.out.splitlines()
            if line.startswith(_ANSWER_PREFIX)
        ]
        cause, python = self._evaluate(
            answer.code, {a[0]: a[1:] for a in answers if a}, answer.error
        )
        seconds = round(time.monotonic() - began, 3)
        name = self.host.name
        if cause is None:
            return HostConnection(name, "ok", python=python, seconds=seconds)
        reached = ["login"] in answers
        return HostConnection(
            name, "failed", cause.slug, cause.message, cause.hint, python, seconds, reached
        )

    def _is_checkable(self) -> bool:
        """Whether ssh by itself can reach the host as Ansible will."""
        late = any(is_runtime_value(self.variables.get(name)) for name in _CONNECTION_VARS)
        return not late and self.variables.get("ansible_connection") in _SSH_PLUGINS

    def _by_password(self) -> bool:
        return any(self.variables.get(name) for name in LOGIN_PASSWORD_VARS)

    def _become_password(self) -> str | None:
        return fetch_password(become_secret(self.host), self.environment) if self.become else None

    def _environment(self) -> Mapping[str, str] | None:
        """Return ssh's further environment; None when only Ansible can reach the host."""
        if self.host.connection != "ssh":
            return self.environment
        if not self._is_checkable():
            return None
        if not self._by_password():
            return self.environment
        return askpass_environment(login_secret(self.host), self.environment)

    def _command(self, password: str | None) -> Sequence[str]:
        """Return the command that runs the script; sudo's ``password`` is not in it."""
        become = self._become_script(
            _SUDO_WITHOUT_PASSWORD if password is None else _SUDO_WITH_PASSWORD
        )
        script = _PROBE_SCRIPT.format(
            mark=_ANSWER_PREFIX, pythons=self._python_candidates(), become=become
        )
        if self.host.connection == "local":
            return ("sh", "-c", script)
        extra: tuple[str, ...] = (
            "-o",
            f"ConnectTimeout={max(1, round(self.timeout))}",
            "-o",
            "ControlMaster=auto",
            "-o",
            "ControlPersist=60s",
        )
        if self._by_password():
            extra += ("-o", "BatchMode=no", "-o", "NumberOfPasswordPrompts=1")
        return (*ssh_command(self.host, self.variables, self.ssh, extra), script)

    def _python_candidates(self) -> str:
        given = self.variables.get("ansible_python_interpreter")
        if given == PLAYBOOK_PYTHON:
            given = sys.executable
        plain = isinstance(given, str) and not is_template(given) and not given.startswith("auto")
        return f"'{given}'" if plain else _PYTHONS

    def _become_script(self, options: str) -> str:
        method = self.variables.get("ansible_become_method", "sudo")
        unknown = options == _SUDO_WITHOUT_PASSWORD and any(
            self.variables.get(name) for name in BECOME_PASSWORD_VARS
        )
        if not self.become or method != "sudo" or unknown:
            return ""
        return _BECOME_SCRIPT.format(
            mark=_ANSWER_PREFIX, user=self.host.ssh.become_user, options=options
        )

    def _evaluate(
        self, code: int | None, answers: Mapping[str, Sequence[str]], error: str
    ) -> tuple[ConnectionCause | None, tuple[int, int] | None]:
        # What was cut off has not said what it would have found.
        is_cut_off = code in (None, _SSH_FAILED) and not self._is_whole(answers)
        if "login" not in answers or is_cut_off:
            return self._login_cause(code, error), None
        if "python" not in answers:
            return ConnectionCause.no_python(self.host), None
        major, minor = answers["python"][0].split()[:2]
        python = (int(major), int(minor))
        if python < self.minimum_python:
            return ConnectionCause.old_python(self.host, python, self.minimum_python), python
        if "no-become" in answers:
            why = " ".join(answers["no-become"])
            by_password = any(self.variables.get(name) for name in BECOME_PASSWORD_VARS)
            return ConnectionCause.no_become(self._reached(), why, by_password=by_password), python
        return None, python

    def _is_whole(self, answers: Mapping[str, Sequence[str]]) -> bool:
        """Whether the script came to its end."""
        asks_sudo = bool(self._become_script(_SUDO_WITHOUT_PASSWORD))
        return "python" in answers and not (asks_sudo and answers.keys().isdisjoint(_SUDO_ANSWERS))

    def _login_cause(self, code: int | None, error: str) -> ConnectionCause:
        return connection_cause(
            self._reached(),
            code,
            error,
            self.timeout,
            self.ssh.known_hosts,
            by_password=self._by_password(),
        )

    def _reached(self) -> PlanHost:
        return with_connection_vars(self.host, self.variables)
