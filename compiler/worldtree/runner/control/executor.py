"""The executor: runs a bundle's plays with ansible-runner, each under a supervisor of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from worldtree.core.environment_allowlist import allowed_environment
from worldtree.core.scratch import ScratchDirectory, remove_unused, socket_base_directory
from worldtree.plan.plan import Plan, PlanHost
from worldtree.results.events import Event
from worldtree.results.run import RunOutcome, RunRequest
from worldtree.runner.connect.host_access import HostAccess
from worldtree.runner.connect.login_secrets import become_secret, login_secret
from worldtree.runner.connect.shared_connections import close_connections
from worldtree.runner.connect.ssh_command import (
    SshOptions,
    effective_connection_vars,
    ssh_command,
    ssh_hosts,
)
from worldtree.runner.control.launcher_client import Launcher
from worldtree.runner.control.playbook_environment import (
    attempt_environment,
    caller_environment,
    proxy_environment,
    secret_variables,
    task_environment,
)
from worldtree.runner.control.run_files import (
    input_file_variables,
    playbook_arguments,
    write_run_files,
)
from worldtree.runner.control.run_handle import (
    RunnerRunHandle,
    prevent_start,
    supervisor_process,
)
from worldtree.runner.process.private_apis import CHECKED_FILE, was_checked
from worldtree.runner.process.protocol import Job
from worldtree.secrets.broker_process import BrokerProcess

#: The node that gathers facts for all others.
_FACTS_NODE = "/facts/gather/setup"
#: Prefix of the directories of ssh's control sockets.
_SOCKET_DIR_PREFIX = "wt-ssh-"
#: Bytes of a socket's name: a digest, and what ssh adds while it creates the socket.
_SOCKET_NAME_BYTES = 64


class RunnerExecutor:
    """An ``Executor`` for one task; close it after the task (it is a context manager).

    ``directory`` is the task's own; ``known_hosts`` is the cluster's file, or None for the user's;
    ``broker`` holds the task's secrets, if there are any. ``checked_file`` has the versions whose
    private APIs are checked; by default each task checks them. ``inventory_ignores`` are names in
    the directory of the inventory that Ansible must not read as inventories. Without ``warm`` hosts
    start Python for every module, whatever the bundle says.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        directory: Path,
        known_hosts: Path | None = None,
        environ: Mapping[str, str] | None = None,
        broker: BrokerProcess | None = None,
        checked_file: Path | None = None,
        inventory_ignores: Sequence[str] = (),
        warm: bool = True,
    ) -> None:
        self._inventory_ignores = tuple(inventory_ignores)
        self._warm = warm
        environ = os.environ if environ is None else environ
        self._directory = directory
        self._checked_file = checked_file or directory / CHECKED_FILE
        self._base_environment = allowed_environment(environ)
        self._secret_names = secret_variables(plan, environ)
        passed = caller_environment(plan, environ)
        self._passed = {k: v for k, v in passed.items() if k not in self._secret_names}
        hidden = {k: v for k, v in passed.items() if k not in self._passed}
        self._secret_environment = {**hidden, **proxy_environment(environ)}
        self._broker = broker
        #: Environment variables by which programs find the broker; none of them is secret.
        self.broker_environment = {} if broker is None else broker.environment()
        self._socket_dir = ScratchDirectory(_SOCKET_DIR_PREFIX, _socket_base())
        self.ssh = SshOptions(self._socket_dir.path, known_hosts)
        by_name = {host.name: host for host in plan.hosts}
        self._host_access = {
            host.name: _host_access(host, by_name, self.ssh) for host in ssh_hosts(plan)
        }
        self._unlisted = frozenset(plan.unlisted)
        self._launcher: Launcher | None = None
        self._launcher_log = directory / "launcher.log"

    def prepare(self, bundle: Path) -> None:
        """Start the launcher, which loads what all runs from ``bundle`` need in the background."""
        if self._launcher is None:
            facts_dir = self._directory / "facts"
            facts_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._launcher = Launcher(
                lambda memory_dir: task_environment(
                    {**self._base_environment, **self.broker_environment},
                    bundle=bundle,
                    ssh=self.ssh,
                    facts_dir=facts_dir,
                    local_dir=memory_dir,
                    secrets=self._secret_names,
                    passed=self._passed,
                    inventory_ignores=self._inventory_ignores,
                    warm=self._warm,
                ),
                kept=[
                    self._socket_dir.descriptor,
                    *([] if self._broker is None else [self._broker.lifeline]),
                ],
                control_dir=self.ssh.control_dir,
                log=self._launcher_log,
                checked_file=self._checked_file,
            )

    def ensure_supported(self) -> None:
        """Raise ``RefusedError`` when this release of Ansible is not one to work with.

        Waits for the launcher unless these versions have been checked before.
        """
        if self._launcher is not None and not was_checked(self._checked_file):
            self._launcher.ensure_supported()

    def start(
        self,
        request: RunRequest,
        on_event: Callable[[Event], None],
        on_end: Callable[[RunOutcome], None],
    ) -> RunnerRunHandle:
        """Start ansible-playbook on the request's plays (see ``engine.executor.Executor``)."""
        self.prepare(request.bundle)
        assert self._launcher is not None
        job = self._job(request, *write_run_files(request, self._unlisted))
        return RunnerRunHandle(
            self._launcher.start_supervisor(),
            job,
            on_event,
            on_end,
            launcher_log=self._launcher_log,
        )

    def _job(self, request: RunRequest, playbook: str, limit_file: Path | None) -> Job:
        # A run's tasks may be delegated to hosts that are not its own.
        names = dict.fromkeys([*request.hosts, *self._host_access])
        return Job(
            attempt=request.attempt,
            directory=str(request.directory),
            bundle=str(request.bundle),
            playbook=playbook,
            limit_file=str(limit_file or ""),
            environment={
                **attempt_environment(
                    request.attempt,
                    gathers_facts=any(n.endswith(_FACTS_NODE) for n in request.nodes),
                ),
                **input_file_variables(request),
            },
            secret_environment=self._secret_environment,
            caller_environment=self._passed,
            arguments=playbook_arguments(request),
            timeout=request.timeout,
            hosts=request.hosts,
            host_access={
                name: self._host_access[name] for name in names if name in self._host_access
            },
            broker_environment=self.broker_environment,
        )

    def adopt(
        self,
        request: RunRequest,
        after: int,
        on_event: Callable[[Event], None],
        on_end: Callable[[RunOutcome], None],
    ) -> RunnerRunHandle:
        """Follow a run that another process started, from the journal's line ``after`` on.

        The run continues while its supervisor lives. Otherwise what is left of it is ended first,
        on this machine and on the hosts, and the outcome says so.
        """
        job = self._job(request, "", request.directory / "hosts")
        return RunnerRunHandle(
            None, job, on_event, on_end, launcher_log=self._launcher_log, after=after
        )

    def is_alive(self, request: RunRequest) -> bool:
        """Whether a run of another process continues; one that has not started never will."""
        prevent_start(request.directory)
        supervisor = supervisor_process(request.directory)
        return supervisor is not None and supervisor.alive

    def close(self) -> None:
        """Close the shared connections, end the launcher, remove the sockets' directory."""
        if self._launcher is not None:
            self._launcher.close()
            self._launcher = None
        close_connections(self.ssh.control_dir)
        self._socket_dir.remove()
        remove_unused(_SOCKET_DIR_PREFIX, _socket_base(), close_connections)

    def __enter__(self) -> RunnerExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _host_access(host: PlanHost, hosts: Mapping[str, PlanHost], ssh: SshOptions) -> HostAccess:
    """Return how the clean-up reaches ``host``, over the shared connection of its runs if open."""
    variables = effective_connection_vars(host, hosts)
    extra = ["-o", "ConnectTimeout=2", "-o", "ControlMaster=no"]
    login, become = login_secret(host), become_secret(host)
    if login is not None:
        extra += ["-o", "BatchMode=no", "-o", "NumberOfPasswordPrompts=1"]
    return HostAccess(
        list(ssh_command(host, variables, ssh, extra)),
        None if login is None else str(login),
        None if become is None else str(become),
    )


def _socket_base() -> str:
    return socket_base_directory(len(f"/{_SOCKET_DIR_PREFIX}12345678/") + _SOCKET_NAME_BYTES)
