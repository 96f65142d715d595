"""Asks every host at once whether Ansible will be able to work on it, and says how to mend it.

The real ssh client is used, over the shared connections of the run: the check warms them, so that
Ansible finds them open.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from worldtree.ansible.content.argspec.types import is_late
from worldtree.plan.plan import Plan, PlanHost
from worldtree.runner.connect.connection_causes import Cause, cause_of
from worldtree.runner.connect.host_probes import Probes
from worldtree.runner.connect.login_passwords import asking, value_of
from worldtree.runner.connect.login_secrets import (
    BECOME,
    LOGIN,
    become_secret,
    login_secret,
)
from worldtree.runner.connect.ssh_command import (
    ADDRESS,
    ARGUMENTS,
    KEY_FILE,
    PORT,
    USER,
    SshOptions,
    as_reached,
    reaching_variables,
    ssh_command,
)

#: Answers are read from lines that begin with this, whatever a login script prints.
_MARK = "worldtree-check"
#: Seconds that a host which answered gets for the questions.
_PATIENCE = 15.0
_CONCURRENCY = 64
#: Variables that say how ssh reaches a host.
_REACHING = (*ADDRESS, *PORT, *USER, *KEY_FILE, *ARGUMENTS)
_SSH = (None, "ssh", "ansible.builtin.ssh", "smart")

#: Newest first, as Ansible itself looks for an interpreter.
_PYTHONS = " ".join(
    [*(f"python3.{minor}" for minor in range(14, 7, -1)), "/usr/bin/python3", "python3"]
)
_QUESTIONS = """
echo '{mark} login'
for p in {pythons}; do
  v=$("$p" -c 'import sys; print("%d %d" % sys.version_info[:2])' 2>/dev/null) || continue
  echo "{mark} python $v"; break
done
{become}
"""
#: What sudo says last is why; it may be a lecture before. Its password comes as the first line.
_BECOME = """
if [ "$(id -u)" = 0 ] || why=$(sudo {options} -u {user} true 2>&1); then echo '{mark} become'
else echo "{mark} no-become $(printf '%s' "$why" | tail -n 1)"; fi
"""
_BY_ITSELF, _BY_PASSWORD = "-n", "-S -p ''"


@dataclass(frozen=True, slots=True)
class HostConnection:
    """What the check found on one host."""

    host: str
    #: ``ok``; ``failed``; ``unchecked``: only Ansible can try, as the host logs in by password, is
    #: reached otherwise than by ssh, or by settings that are templates.
    state: Literal["ok", "unchecked", "failed"]
    #: Slug of the problem (see docs/diagnostics.md), None when there is none.
    slug: str | None = None
    #: What is wrong, and how to mend it: one sentence each.
    message: str = ""
    hint: str = ""
    #: Version of the Python that was found.
    python: tuple[int, int] | None = None
    seconds: float = 0.0


def check_connections(
    plan: Plan,
    ssh: SshOptions,
    *,
    timeout: float | None = None,
    hosts: Iterable[str] | None = None,
    minimum_python: tuple[int, int] = (3, 8),
    environment: Mapping[str, str] | None = None,
    probes: Probes | None = None,
) -> tuple[HostConnection, ...]:
    """Check ``hosts`` of the plan (those that its nodes use, unless given), in document order.

    ``timeout`` is the seconds to wait for a connection; None takes each host's own. A host is asked
    for ``sudo`` only when something is to be done as another user there. ``environment`` is what
    the broker of secrets tells runs: with it, keys of its agent and passwords are used too.
    When ``probes`` are stopped this returns at once, and hosts that had not answered have failed.
    """
    nodes = plan.graph.nodes.values()
    wanted = {host for node in nodes for host in node.hosts} if hosts is None else set(hosts)
    elevated = {host for node in nodes if node.become for host in node.hosts}
    by_name = {host.name: host for host in plan.hosts}
    checks = [
        _Check(
            host,
            reaching_variables(host, by_name),
            ssh,
            timeout or host.ssh.timeout,
            host.ssh.become or host.name in elevated,
            minimum_python,
            environment or {},
            probes or Probes(),
        )
        for host in plan.hosts
        if host.name in wanted
    ]
    if not checks:
        return ()
    with ThreadPoolExecutor(min(_CONCURRENCY, len(checks))) as pool:
        return tuple(pool.map(_Check.run, checks))


@dataclass(frozen=True, slots=True)
class _Check:
    host: PlanHost
    variables: Mapping[str, object]
    ssh: SshOptions
    timeout: float
    become: bool
    minimum_python: tuple[int, int]
    environment: Mapping[str, str]
    probes: Probes

    def run(self) -> HostConnection:
        """Ask the host and judge the answer."""
        environment = self._environment()
        if environment is None:
            return HostConnection(self.host.name, "unchecked")
        began = time.monotonic()
        password = self._become_password()
        command, seconds = self._command(password), self.timeout + _PATIENCE
        answer = self.probes.ask(command, seconds, environment, password)
        answers = [
            line.removeprefix(_MARK).split(maxsplit=1)
            for line in answer.out.splitlines()
            if line.startswith(_MARK)
        ]
        cause, python = self._judge(answer.code, {a[0]: a[1:] for a in answers if a}, answer.error)
        seconds = round(time.monotonic() - began, 3)
        name = self.host.name
        if cause is None:
            return HostConnection(name, "ok", python=python, seconds=seconds)
        return HostConnection(
            name, "failed", cause.slug, cause.message, cause.hint, python, seconds
        )

    def _is_checkable(self) -> bool:
        """Whether ssh by itself can reach the host as Ansible will."""
        late = any(is_late(self.variables.get(name)) for name in _REACHING)
        return not late and self.variables.get("ansible_connection") in _SSH

    def _by_password(self) -> bool:
        return any(self.variables.get(name) for name in LOGIN)

    def _become_password(self) -> str | None:
        return value_of(become_secret(self.host), self.environment) if self.become else None

    def _environment(self) -> Mapping[str, str] | None:
        """Return what ssh needs besides; None when only Ansible can reach the host."""
        if self.host.connection != "ssh":
            return self.environment
        if not self._is_checkable():
            return None
        if not self._by_password():
            return self.environment
        return asking(login_secret(self.host), self.environment)

    def _command(self, password: str | None) -> Sequence[str]:
        """Return what asks; sudo's ``password`` is not in it."""
        become = self._become_question(_BY_ITSELF if password is None else _BY_PASSWORD)
        script = _QUESTIONS.format(mark=_MARK, pythons=self._pythons(), become=become)
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

    def _pythons(self) -> str:
        given = self.variables.get("ansible_python_interpreter")
        plain = isinstance(given, str) and "{{" not in given and not given.startswith("auto")
        return f"'{given}'" if plain else _PYTHONS

    def _become_question(self, options: str) -> str:
        method = self.variables.get("ansible_become_method", "sudo")
        unknown = options == _BY_ITSELF and any(self.variables.get(name) for name in BECOME)
        if not self.become or method != "sudo" or unknown:
            return ""
        return _BECOME.format(mark=_MARK, user=self.host.ssh.become_user, options=options)

    def _judge(
        self, code: int | None, answers: Mapping[str, Sequence[str]], error: str
    ) -> tuple[Cause | None, tuple[int, int] | None]:
        if "login" not in answers:
            return self._no_login(code, error), None
        if "python" not in answers:
            return Cause.no_python(self.host), None
        major, minor = answers["python"][0].split()[:2]
        python = (int(major), int(minor))
        if python < self.minimum_python:
            return Cause.old_python(self.host, python, self.minimum_python), python
        if "no-become" in answers:
            why = " ".join(answers["no-become"])
            by_password = any(self.variables.get(name) for name in BECOME)
            return Cause.no_become(self._reached(), why, by_password=by_password), python
        return None, python

    def _no_login(self, code: int | None, error: str) -> Cause:
        return cause_of(
            self._reached(),
            code,
            error,
            self.timeout,
            self.ssh.known_hosts,
            by_password=self._by_password(),
        )

    def _reached(self) -> PlanHost:
        return as_reached(self.host, self.variables)
