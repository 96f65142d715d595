# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Sends an artifact to a host that lacks it, and has it installed there."""

from __future__ import annotations

import contextlib
import getpass
import os
import tempfile
import time
from types import SimpleNamespace

from ansible.errors import (
    AnsibleActionFail,
    AnsibleAuthenticationFailure,
    AnsibleConnectionFailure,
)
from ansible.plugins.action import ActionBase
from ansible_collections.worldtree.core.plugins.plugin_utils import (
    artifact_cache,
    artifact_limits,
    artifact_seeds,
    artifact_transfer,
)

_MODULE = "worldtree.core.artifact"
#: Variables that say where the host keeps files.
_STORES = (artifact_cache.STORE, artifact_cache.STATE)
#: What only this plugin gives to the module.
_OWN = frozenset(("offer", "received", "seed", "seed_key", "serve"))
#: Options of a connection that differ while it sends a file.
_CHANGED_OPTIONS = ("ssh_args", "reconnection_retries")
#: Times that a file is sent from its beginning, as its bytes on the host were wrong.
_TRIES = 2
#: Times that a transfer is begun again after it was cut, without a byte more than before.
_RETRIES = 3


class ActionModule(ActionBase):
    """The action C(worldtree.core.artifact)."""

    TRANSFERS_FILES = True
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        """Ask the host what it lacks, send that, and return what the module says then."""
        result = super().run(tmp, task_vars)
        self._variables = task_vars or {}
        self._host = self._variables.get("inventory_hostname")
        #: The host that is worked on, and its variables.
        self._contacted = self._task.delegate_to or self._host
        delegated = self._variables.get("ansible_delegated_vars") or {}
        self._of_contacted = delegated.get(self._contacted) or self._variables
        listed = self._value(artifact_cache.LIST) or {}
        self._cache = artifact_cache.cache_directory(
            {artifact_cache.CACHE: self._value(artifact_cache.CACHE)}
        )
        self._how = self._value(artifact_cache.DISTRIBUTION) or {}
        arguments = self._arguments()
        try:
            arguments["version"], offer = artifact_cache.offered(
                listed, arguments["name"], arguments.get("version")
            )
        except artifact_cache.Unknown as problem:
            raise AnsibleActionFail(
                f"{problem}. A bundle has what its components and `spec.artifacts` need."
            ) from None
        arguments["offer"] = {
            name: {**file, "size": self._size(file)} for name, file in offer.items()
        }
        try:
            answer = self._bring(arguments)
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        for name in ("missing", "served"):
            answer.pop(name, None)
        result.update(answer)
        return result

    def _value(self, name, variables=None):
        return self._templar.template((variables or self._variables).get(name))

    def _arguments(self):
        arguments = dict(self._task.args)
        if arguments.get("name") in (None, ""):
            raise AnsibleActionFail("`name` is required")
        if arguments.get("version") in (None, ""):
            arguments.pop("version", None)
        arguments.update({k: str(arguments[k]) for k in ("name", "version") if k in arguments})
        if given := sorted(_OWN.intersection(arguments)):
            raise AnsibleActionFail(f"`{given[0]}` is not for tasks")
        if not arguments.get("store"):
            found = {name: self._value(name, self._of_contacted) for name in _STORES}
            store = artifact_cache.host_store(found)
            if store:
                arguments["store"] = store
        if not arguments.get("mirror") and self._how.get("mirror"):
            arguments["mirror"] = self._how["mirror"]
        return arguments

    def _size(self, file):
        """Return the bytes of a file, where they are known."""
        try:
            return artifact_cache.cached_file(self._cache, file["sha256"]).stat().st_size
        except OSError:
            return file.get("size")

    def _bring(self, arguments):
        seed = self._seed()
        if seed == self._host:
            return self._bring_to_seed(arguments)
        answer = self._module(arguments)
        if "missing" in answer and seed is not None:
            state = artifact_seeds.SeedState(self._cache, answer["sha256"], seed).read()
            if state is not None:
                key = state.pop("key")
                answer = self._module({**arguments, "seed": state, "seed_key": key})
        return self._send(arguments, answer) if "missing" in answer else answer

    # ---- seeds -----------------------------------------------------------------------------------

    def _seed(self):
        """Return the host that gives files to this one, None without one."""
        if self._task.check_mode or self._contacted != self._host:
            # Another host than that of the task is neither its seed nor in its group.
            return None
        hosts = self._variables.get("ansible_play_hosts_all") or []
        return artifact_seeds.seed_of(self._host, self._how.get("seeds") or {}, hosts)

    def _bring_to_seed(self, arguments):
        """Bring the file to this host, which gives it to others then, and what it has already.

        Without what that needs here, it goes on as any other host.
        """
        digests = sorted({file["sha256"] for file in arguments["offer"].values()})
        user = self._get_remote_user() or getpass.getuser()
        with contextlib.ExitStack() as stack:
            try:
                seeding = artifact_seeds.Seeding(self._cache, digests, self._host)
                stack.enter_context(seeding.preparing())
            except (artifact_seeds.NoKey, OSError) as problem:
                return self._without_seed(self._bring_plainly(arguments), problem)
            serve = {"public_key": seeding.public_key, "user": user}
            serve["seconds"] = artifact_seeds.SECONDS
            answer = self._bring_plainly({**arguments, "serve": serve})
            how = {**self._how["seeds"][self._host], "user": user}
            try:
                seeding.tell(answer.get("sha256"), answer.get("served"), how)
            except OSError as problem:
                return self._without_seed(answer, problem)
        return answer

    def _without_seed(self, answer, problem):
        reason = f"the control node cannot prepare it: {problem}"
        self._display.warning(f"other hosts get no file from {self._host}: {reason}")
        return {**answer, "not_served": reason}

    def _bring_plainly(self, arguments):
        answer = self._module(arguments)
        return self._send(arguments, answer) if "missing" in answer else answer

    # ---- sending ---------------------------------------------------------------------------------

    def _send(self, arguments, answer):
        """Send what the module has said that is missing, and return what it says then."""
        words = f"{arguments['name']} {arguments['version']} ({answer['architecture']})"
        file = artifact_cache.cached_file(self._cache, answer["sha256"])
        if not file.is_file():
            raise AnsibleActionFail(
                f"{words} is not in the cache {self._cache} of the control node;"
                " run `wt artifacts fetch`"
            )
        host = self._get_remote_addr(self._variables)
        with artifact_transfer.one_sender(self._cache, answer["sha256"], host) as waited:
            # Another process may have sent it meanwhile.
            return self._send_all(arguments, None if waited else answer, file, words)

    def _send_all(self, arguments, answer, file, words):
        """Send the file until it is there; go on after a cut from what has arrived."""
        tries, wrong = artifact_transfer.Tries(self._retries() + 1), 0
        size = file.stat().st_size
        while True:
            try:
                answer = answer or self._module(arguments)
                if "missing" not in answer:
                    if not answer.get("failed"):
                        # After a cut right at the end.
                        tries.end(size)
                    break
                tries.begin(answer["missing"]["have"])
                self._send_once(file, answer["missing"])
                answer = self._module({**arguments, "received": answer["sha256"]})
            except AnsibleAuthenticationFailure:
                raise
            except (artifact_transfer.NotSent, AnsibleConnectionFailure) as problem:
                if not tries.again():
                    if isinstance(problem, AnsibleConnectionFailure):
                        raise
                    raise AnsibleActionFail(f"{words} was not sent: {problem}") from None
                self._display.warning(f"{words} is sent again to {self._contacted}: {problem}")
                answer = None
                continue
            except OSError as problem:
                message = f"{problem.filename or file}: {problem.strerror}"
                raise AnsibleActionFail(message) from None
            tries.end(size)
            if not answer.get("wrong"):
                break
            wrong, answer = wrong + 1, None
            if wrong == _TRIES:
                raise AnsibleActionFail(
                    f"{words} arrives with another sha256 each time; run `wt artifacts verify`"
                )
        answer["sent"] = tries.sent
        return answer

    def _send_once(self, file, missing):
        transfers = self._cache / "transfers"
        bandwidth = artifact_limits.Bandwidth(transfers / "bandwidth", self._how.get("bandwidth"))
        with artifact_limits.slot(transfers, self._how.get("transfers"), os.getpid()):
            artifact_transfer.send(file, missing, self._channel(), bandwidth)

    def _retries(self):
        """Return how often a connection is tried again by the settings of Ansible."""
        try:
            return max(_RETRIES, int(self._connection.get_option("reconnection_retries")))
        except KeyError:  # Connections of other kinds have no such setting.
            return _RETRIES

    def _module(self, arguments):
        return self._execute_module(
            module_name=_MODULE, module_args=arguments, task_vars=self._variables
        )

    def _channel(self):
        """Return how the input of a command reaches the host."""
        become = self._connection.become
        is_piped = self._connection.has_pipelining and (become is None or become.pipelining)
        # Private: without it, pieces are sent as with other connections.
        is_streamed = is_piped and hasattr(self._connection, "_send_initial_data")
        return SimpleNamespace(run=self._run_with, stream=self._stream if is_streamed else None)

    def _stream(self, command, write):
        """Run a command on the host with what C(write) writes as its input."""
        connection = self._connection

        def send(target, _data, process):
            try:
                write(target)
                target.close()
            except OSError as problem:
                # As the original does: an ssh that has ended says why.
                time.sleep(0.001)
                if process.poll() is None:
                    message = f"the data could not be sent: {problem.strerror}"
                    raise AnsibleConnectionFailure(message) from problem

        connection._send_initial_data = send
        before = {name: connection.get_option(name) for name in _CHANGED_OPTIONS}
        try:
            shared = before["ssh_args"] or ""
            connection.set_option("ssh_args", artifact_transfer.bulk_arguments(shared))
            # It would send everything again; the caller goes on from what has arrived.
            connection.set_option("reconnection_retries", 0)
            # The connection asks for passwords before, and writes its data by `send`.
            return self._low_level_execute_command(command, in_data=b"\0")
        finally:
            for name, value in before.items():
                connection.set_option(name, value)
            del connection._send_initial_data

    def _run_with(self, command, data):
        """Run a command on the host with C(data) as its input."""
        become = self._connection.become
        if self._connection.has_pipelining and (become is None or become.pipelining):
            return self._low_level_execute_command(command, in_data=data)
        # Input by a pipe is not possible: by a file.
        if self._connection._shell.tmpdir is None:
            self._make_tmp_path()
        target = self._connection._shell.join_path(self._connection._shell.tmpdir, "piece")
        with tempfile.NamedTemporaryFile() as piece:
            piece.write(data)
            piece.flush()
            self._transfer_file(piece.name, target)
        self._fixup_perms2((self._connection._shell.tmpdir, target))
        quoted = self._connection._shell.quote(target)
        return self._low_level_execute_command(f"{command} < {quoted}")
