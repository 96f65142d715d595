# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Sends an artifact to a host that lacks it, and has it installed there."""

from __future__ import annotations

import tempfile

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.worldtree.core.plugins.plugin_utils import (
    artifact_cache,
    artifact_transfer,
)

_MODULE = "worldtree.core.artifact"
#: Variables that say where the host keeps files.
_STORES = (artifact_cache.STORE, artifact_cache.STATE)
#: What only this plugin gives to the module.
_OWN = frozenset(("offer", "received"))
#: Times that a file is sent from its beginning, as its bytes on the host were wrong.
_TRIES = 2


class ActionModule(ActionBase):
    """The action C(worldtree.core.artifact)."""

    TRANSFERS_FILES = True
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        """Ask the host what it lacks, send that, and return what the module says then."""
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = self._arguments()
        if not arguments.get("store"):
            named = {name: self._templar.template(variables.get(name)) for name in _STORES}
            if store := artifact_cache.host_store(named):
                arguments["store"] = store
        listed = self._templar.template(variables.get(artifact_cache.LIST) or {})
        cache = artifact_cache.cache_directory(
            {artifact_cache.CACHE: self._templar.template(variables.get(artifact_cache.CACHE))}
        )
        try:
            arguments["version"], offer = artifact_cache.offered(
                listed, arguments["name"], arguments.get("version")
            )
        except artifact_cache.Unknown as problem:
            raise AnsibleActionFail(
                f"{problem}. A bundle has what its components and `spec.artifacts` need."
            ) from None
        arguments["offer"] = {
            name: {**file, "size": self._size(cache, file)} for name, file in offer.items()
        }
        try:
            answer = self._bring(arguments, cache, variables)
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        answer.pop("missing", None)
        result.update(answer)
        return result

    def _arguments(self):
        arguments = dict(self._task.args)
        if arguments.get("name") in (None, ""):
            raise AnsibleActionFail("`name` is required")
        if arguments.get("version") in (None, ""):
            arguments.pop("version", None)
        arguments.update({k: str(arguments[k]) for k in ("name", "version") if k in arguments})
        if given := sorted(_OWN.intersection(arguments)):
            raise AnsibleActionFail(f"`{given[0]}` is not for tasks")
        return arguments

    @staticmethod
    def _size(cache, file):
        """Return the bytes of a file, where they are known."""
        try:
            return artifact_cache.cached_file(cache, file["sha256"]).stat().st_size
        except OSError:
            return file.get("size")

    def _bring(self, arguments, cache, variables):
        answer = self._module(arguments, variables)
        if "missing" not in answer:
            return answer
        words = f"{arguments['name']} {arguments['version']} ({answer['architecture']})"
        file = artifact_cache.cached_file(cache, answer["sha256"])
        if not file.is_file():
            raise AnsibleActionFail(
                f"{words} is not in the cache {cache} of the control node; run `wt artifacts fetch`"
            )
        sent = 0
        host = self._get_remote_addr(variables)
        with artifact_transfer.one_sender(cache, answer["sha256"], host) as waited:
            for number in range(_TRIES):
                if waited or number:
                    answer = self._module(arguments, variables)
                if "missing" not in answer:
                    break
                try:
                    sent += artifact_transfer.send(file, answer["missing"], self._run_with)
                except artifact_transfer.NotSent as problem:
                    raise AnsibleActionFail(f"{words} was not sent: {problem}") from None
                except OSError as problem:
                    raise AnsibleActionFail(f"{file}: {problem.strerror}") from None
                answer = self._module({**arguments, "received": answer["sha256"]}, variables)
                if not answer.get("wrong"):
                    break
            else:
                raise AnsibleActionFail(
                    f"{words} arrives with another sha256 each time; run `wt artifacts verify`"
                )
        answer["sent"] = sent
        return answer

    def _module(self, arguments, variables):
        return self._execute_module(module_name=_MODULE, module_args=arguments, task_vars=variables)

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
