# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Installs packages from the set that C(artifacts.lock) has for the host, else as the host does."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.worldtree.core.plugins.action import artifact

_MODULE = "worldtree.core.os_packages"
#: Name and version of the artifact with the packages of a distribution.
_NAME, _VERSION = "os-packages", "locked"
#: What only this plugin gives to the module.
_OWN = frozenset(("sets", "file"))
#: Options of the module -> those of C(ansible.builtin.apt).
_APT = {
    "names": "name",
    "recommends": "install_recommends",
    "cache_valid_time": "cache_valid_time",
    "lock_timeout": "lock_timeout",
    "policy_rc_d": "policy_rc_d",
}
_DEFAULTS = {"recommends": False, "cache_valid_time": 3600, "lock_timeout": 300}


class ActionModule(artifact.ActionModule):
    """The action C(worldtree.core.os_packages)."""

    def run(self, tmp=None, task_vars=None):
        """Ask the host what it lacks, send the set if it lacks something, and have it installed."""
        result = ActionBase.run(self, tmp, task_vars)
        listed = self._prepare(task_vars)
        arguments = dict(self._task.args)
        if given := sorted(_OWN.intersection(arguments)):
            raise AnsibleActionFail(f"`{given[0]}` is not for tasks")
        files = {
            place: file
            for place, file in listed.get(_NAME, {}).get(_VERSION, {}).items()
            if self._host in file.get("hosts", ())
        }
        try:
            result.update(self._from_set(arguments, files) if files else self._by_apt(arguments))
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _by_apt(self, arguments):
        """Install from the repositories of the host."""
        chosen = {**_DEFAULTS, **{name: arguments[name] for name in _APT if name in arguments}}
        options = {_APT[name]: value for name, value in chosen.items()}
        options.update(state="present", update_cache=True)
        return self._execute_module(
            module_name="ansible.builtin.apt", module_args=options, task_vars=self._variables
        )

    def _from_set(self, arguments, files):
        sets = {place: file["packages"] for place, file in files.items()}
        arguments = {**arguments, "sets": sets}
        answer = self._packages(arguments)
        missing, place = answer.pop("missing", None), answer.pop("place", None)
        if answer.get("failed") or not missing or self._task.check_mode:
            return answer
        file = files[place]
        brought = self._bring(
            self._with_places(
                {
                    "name": _NAME,
                    "version": _VERSION,
                    # The host has said which one is for it.
                    "offer": {"any": {**file, "size": self._size(file)}},
                }
            )
        )
        if brought.get("failed"):
            return brought
        installed = self._packages({**arguments, "file": brought["path"]})
        for name in ("missing", "place"):
            installed.pop(name, None)
        installed["sent"] = brought["sent"]
        return installed

    def _packages(self, arguments):
        return self._execute_module(
            module_name=_MODULE, module_args=arguments, task_vars=self._variables
        )
