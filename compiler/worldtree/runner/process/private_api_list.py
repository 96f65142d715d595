"""The list of private APIs, each with why it is relied upon and a check of it."""

from __future__ import annotations

from worldtree.runner.process.private_api_checks import (
    PrivateApi,
    accepts,
    cached_facts,
    display_callback,
    encoded_values,
    full_results,
    mentions,
    present,
    redirects,
)

_ITERATOR = "ansible.executor.play_iterator"
_VARIABLES = "ansible.vars.manager"
_MANAGER = "ansible.executor.task_queue_manager"
_STRATEGY = "ansible.plugins.strategy"
_RUNNER = "ansible_runner.runner"

PRIVATE_APIS: tuple[PrivateApi, ...] = (
    PrivateApi(
        "ansible.inventory.host.Host._uuid",
        "is what hosts are compared by; kept when the inventory is read again",
        mentions("ansible.inventory.host", "Host.__eq__", "self._uuid == other._uuid"),
    ),
    PrivateApi(
        "ansible.inventory.manager.InventoryManager.refresh_inventory",
        "wrapped, so that hosts keep their ids",
        accepts("ansible.inventory.manager", "InventoryManager.refresh_inventory", "self"),
    ),
    PrivateApi(
        f"{_ITERATOR}.PlayIterator.__init__",
        "wrapped, to get hold of the running play",
        accepts(_ITERATOR, "PlayIterator.__init__", "self", "play", "variable_manager"),
    ),
    PrivateApi(
        f"{_ITERATOR}.PlayIterator.get_host_state",
        "gives a copy of a host's place in the play",
        mentions(_ITERATOR, "PlayIterator.get_host_state", ".copy()"),
    ),
    PrivateApi(
        f"{_ITERATOR}.PlayIterator._get_next_task_from_state",
        "says whether a host has tasks left in the play",
        accepts(_ITERATOR, "PlayIterator._get_next_task_from_state", "state", "host"),
    ),
    PrivateApi(
        f"{_ITERATOR}.PlayIterator._check_failed_state",
        "says whether a host failed for good",
        accepts(_ITERATOR, "PlayIterator._check_failed_state", "state"),
    ),
    PrivateApi(
        f"{_ITERATOR}.HostState",
        "has the host's place in the play, its failure and its notified handlers",
        mentions(
            _ITERATOR,
            "HostState",
            *("self._blocks", "self.cur_block", "self.run_state", "self.fail_state"),
            *("self.did_rescue", "self.tasks_child_state", "self.rescue_child_state"),
            *("self.always_child_state", "self.handler_notifications"),
        ),
    ),
    PrivateApi(
        f"{_ITERATOR}.PlayIterator.host_states",
        "has the hosts of a batch",
        present(_ITERATOR, "PlayIterator.host_states"),
    ),
    PrivateApi(
        f"{_ITERATOR}.PlayIterator.get_state_for_host",
        "has a host's place in the play, itself and not a copy",
        accepts(_ITERATOR, "PlayIterator.get_state_for_host", "hostname"),
    ),
    PrivateApi(
        f"{_ITERATOR}.PlayIterator.end_host",
        "is wrapped, to know which hosts `meta` tasks ended",
        accepts(_ITERATOR, "PlayIterator.end_host", "hostname"),
    ),
    PrivateApi(
        f"{_ITERATOR}.FailedStates.NONE",
        "marks a host that has not failed",
        present(_ITERATOR, "FailedStates.NONE"),
    ),
    PrivateApi(
        f"{_MANAGER}.TaskQueueManager.run",
        "is wrapped, to report where hosts are at the end of a play or of a batch",
        mentions(
            _MANAGER,
            "TaskQueueManager",
            *("def run(self, play)", "self._failed_hosts", "self._unreachable_hosts"),
            *("self._terminated", "self._inventory", "strategy.run(iterator, play_context)"),
        ),
    ),
    PrivateApi(
        f"{_MANAGER}.AnsibleEndPlay",
        "ends a play that a `meta` task ended",
        mentions(_MANAGER, "TaskQueueManager.run", "raise AnsibleEndPlay"),
    ),
    PrivateApi(
        "ansible._internal._datatag._tags.Origin",
        "says which file of variables cannot be read",
        mentions(
            "ansible._internal._datatag._tags", "Origin", "path: str | None", "line_num: int | None"
        ),
    ),
    PrivateApi(
        "ansible.vars.plugins.get_vars_from_path",
        "is wrapped, since a plugin's error does not say which file is wrong",
        accepts(
            *("ansible.vars.plugins", "get_vars_from_path"),
            *("loader", "path", "entities", "stage"),
        ),
    ),
    PrivateApi(
        "ansible.vars.manager.get_vars_from_path",
        "is wrapped where it is used, too",
        present("ansible.vars.manager", "get_vars_from_path"),
    ),
    PrivateApi(
        f"{_STRATEGY}.StrategyBase.run",
        "is wrapped, since it moves hosts on by a task that nobody runs",
        mentions(_STRATEGY, "StrategyBase.run", "get_next_task_for_host"),
    ),
    PrivateApi(
        f"{_STRATEGY}.results_thread_main",
        "is wrapped, to know when the thread that takes results has ended",
        mentions(_STRATEGY, "StrategyBase.__init__", "target=results_thread_main, args=(self,)"),
    ),
    PrivateApi(
        f"{_STRATEGY}.StrategyBase._process_pending_results",
        "is wrapped, to end a play whose results are lost",
        mentions(_STRATEGY, "StrategyBase._wait_on_pending_results", "_process_pending_results("),
    ),
    PrivateApi(
        f"{_STRATEGY}.StrategyBase.cleanup",
        "is wrapped, since it ends the thread that takes results",
        mentions(_STRATEGY, "StrategyBase.cleanup", "self._final_q.put(_sentinel)"),
    ),
    PrivateApi(
        f"{_ITERATOR}.IteratingStates.COMPLETE",
        "marks the end of a host's play",
        present(_ITERATOR, "IteratingStates.COMPLETE"),
    ),
    PrivateApi(
        f"{_ITERATOR}.PlayIterator.handlers",
        "lists the handlers that may still be notified",
        mentions(_ITERATOR, "PlayIterator.__init__", "self.handlers"),
    ),
    PrivateApi(
        "ansible.playbook.handler.Handler.is_host_notified",
        "says whether a handler will run on a host",
        accepts("ansible.playbook.handler", "Handler.is_host_notified", "host"),
    ),
    PrivateApi(
        "ansible.playbook.task.Task._get_meta",
        "distinguishes internal meta tasks from other tasks",
        present("ansible.playbook.task", "Task._get_meta"),
    ),
    PrivateApi(
        f"{_VARIABLES}.VariableManager._nonpersistent_fact_cache",
        "with its like, holds what plays learnt of hosts, which later runs of the task get",
        mentions(
            _VARIABLES,
            "VariableManager.__init__",
            *("self._nonpersistent_fact_cache", "self._vars_cache", "self._fact_cache"),
        ),
    ),
    PrivateApi(
        f"{_VARIABLES}.VariableManager.set_nonpersistent_facts",
        "is wrapped, to know what plays set; takes what earlier runs set",
        accepts(_VARIABLES, "VariableManager.set_nonpersistent_facts", "host", "facts"),
    ),
    PrivateApi(
        f"{_VARIABLES}.VariableManager.set_host_variable",
        "is wrapped, to know what plays included; takes what earlier runs included",
        accepts(_VARIABLES, "VariableManager.set_host_variable", "host", "varname", "value"),
    ),
    PrivateApi(
        f"{_VARIABLES}.VariableManager.set_host_facts",
        "is wrapped, to know what modules found; takes what they found in earlier runs",
        accepts(_VARIABLES, "VariableManager.set_host_facts", "host", "facts"),
    ),
    PrivateApi(
        f"{_VARIABLES}.VariableManager.clear_facts",
        "is wrapped, to know that facts are gone",
        accepts(_VARIABLES, "VariableManager.clear_facts", "hostname"),
    ),
    PrivateApi(
        f"{_VARIABLES}.VariableManager._inventory",
        "is the inventory, which gets what earlier runs added",
        mentions(_VARIABLES, "VariableManager.__init__", "self._inventory"),
    ),
    PrivateApi(
        "ansible.inventory.manager.InventoryManager._cached_dynamic_hosts",
        "with its like for groups, has what tasks added to the inventory",
        mentions(
            "ansible.inventory.manager",
            "InventoryManager",
            *("self._cached_dynamic_hosts.append(", "self._cached_dynamic_grouping.append(("),
            *("def add_dynamic_host(self, host_info", "def add_dynamic_group(self, host"),
        ),
    ),
    PrivateApi(
        "ansible._internal._json._profiles._cache_persistence",
        "encodes values for later runs",
        encoded_values,
    ),
    PrivateApi(
        "ansible.executor.task_executor.TaskExecutor._get_loop_items",
        "wrapped, to leave tasks out of a check before their loop and conditions are read",
        mentions("ansible.executor.task_executor", "TaskExecutor.run", "self._get_loop_items()"),
    ),
    PrivateApi(
        "ansible.executor.task_executor.TaskExecutor._get_connection",
        "is wrapped, as the first step of a task after which it is known to have `no_log`",
        mentions(
            "ansible.executor.task_executor",
            "TaskExecutor",
            *("self._task.post_validate(templar=", "self._get_connection(cvars, "),
        ),
    ),
    PrivateApi(
        "ansible.playbook.task.Task._resolve_conditional",
        "is replaced on a task that is left out of a check",
        mentions(
            "ansible.executor.task_executor",
            "TaskExecutor._execute_internal",
            "self._task._resolve_conditional",
        ),
    ),
    PrivateApi(
        "ansible.executor.task_result.CallbackTaskResult",
        "has a result before it is censored, of which the reason of a failure is taken",
        full_results,
    ),
    PrivateApi(
        "ansible.executor.task_result.CallbackTaskResult._result",
        "is the result that callbacks see",
        present("ansible.executor.task_result", "CallbackTaskResult._result"),
    ),
    PrivateApi(
        "ansible.plugins.cache.jsonfile.CacheModule",
        "keeps facts in memory beside its files",
        mentions("ansible.plugins.cache", "BaseFileCacheModule", "self._cache", "_cache_dir"),
    ),
    PrivateApi(
        "ansible._internal._plugins._cache.PluginInterposer._PAYLOAD_KEY",
        "is the key of a cached host's facts, in files that WorldTree reads and writes",
        cached_facts,
    ),
    PrivateApi(
        "ansible.constants.DEFAULT_LOCAL_TMP",
        "is set to a directory of each run's own",
        present("ansible.constants", "DEFAULT_LOCAL_TMP"),
    ),
    PrivateApi(
        "ansible.executor.module_common: ansiballz_cache",
        "holds packed modules, which the runs of a task share",
        mentions(
            "ansible.executor.module_common",
            "",
            "os.path.join(C.DEFAULT_LOCAL_TMP, 'ansiballz_cache')",
        ),
    ),
    PrivateApi(
        "ansible.playbook.block.Block.filter_tagged_tasks",
        "is wrapped, so that a state is saved by the module that changes it, not by a task",
        mentions(_ITERATOR, "PlayIterator.__init__", "block.filter_tagged_tasks(all_vars)"),
    ),
    PrivateApi(
        "ansible.playbook.task.Task._uuid",
        "says for which task that is, in copies of it, too",
        mentions("ansible.playbook.task", "Task.copy", "new_me._uuid = self._uuid"),
    ),
    PrivateApi(
        "ansible.plugins.action.ActionBase._execute_module",
        "is wrapped, to know which module of that task is the first",
        accepts(
            "ansible.plugins.action",
            "ActionBase._execute_module",
            *("self", "module_name", "module_args", "task_vars"),
        ),
    ),
    PrivateApi(
        "ansible.executor.module_common._find_module_utils",
        "is wrapped, to add to that module what saves the state",
        accepts(
            "ansible.executor.module_common",
            "_find_module_utils",
            *("b_module_data", "module_args", "module_path"),
        ),
    ),
    PrivateApi(
        "ansible.executor.module_common.NEW_STYLE_PYTHON_MODULE_RE",
        "tells modules to which something can be added",
        present("ansible.executor.module_common", "NEW_STYLE_PYTHON_MODULE_RE"),
    ),
    PrivateApi(
        "ansible.module_utils.basic._ANSIBLE_ARGS",
        "has the parameters of a module, of which the collection takes what to save",
        mentions(
            *("ansible.module_utils.basic", "_load_params"),
            *("buffer = _ANSIBLE_ARGS", "'ANSIBLE_MODULE_ARGS'"),
        ),
    ),
    PrivateApi(
        "ansible.cli.playbook.PlaybookCLI.cli_executor",
        "runs a playbook in a process that has Ansible loaded already",
        accepts("ansible.cli.playbook", "PlaybookCLI.cli_executor", "args"),
    ),
    PrivateApi(
        "ansible.parsing.vault.VaultLib.decrypt_and_get_vault_id",
        "is wrapped, to know what is decrypted and must be redacted",
        mentions(
            "ansible.parsing.vault", "VaultLib.decrypt", "self.decrypt_and_get_vault_id(vaulttext)"
        ),
    ),
    PrivateApi(
        "ansible.plugins.loader.PluginLoader.all",
        "loads the classes of plugins ahead of a run",
        mentions("ansible.plugins.loader", "PluginLoader.all", "class_only"),
    ),
    PrivateApi(
        "ansible/config/ansible_builtin_runtime.yml",
        "says which collection a short action name stands for",
        redirects,
    ),
    PrivateApi(
        "ansible.utils.collection_loader._collection_meta._meta_yml_to_dict",
        "is replaced, to read that file faster",
        accepts(
            "ansible.utils.collection_loader._collection_meta",
            "_meta_yml_to_dict",
            *("yaml_string_data", "content_id"),
        ),
    ),
    PrivateApi(
        "ansible.vars.plugins.get_vars_from_inventory_sources",
        "reads the variables beside a team's inventory",
        accepts(
            "ansible.vars.plugins",
            "get_vars_from_inventory_sources",
            *("loader", "sources", "entities", "stage"),
        ),
    ),
    PrivateApi(
        f"{_RUNNER}.pexpect.spawn",
        "is replaced by a fork of a process that has Ansible loaded",
        mentions(_RUNNER, "Runner.run", "pexpect.spawn("),
    ),
    PrivateApi(
        "pexpect.spawn._spawnpty",
        "is overridden by that fork",
        mentions("pexpect", "spawn._spawn", "self._spawnpty(", "preexec_fn", "cwd", "echo"),
    ),
    PrivateApi(
        f"{_RUNNER}.Runner.handle_termination",
        "is replaced, so that a run ends with all its processes",
        mentions(_RUNNER, "Runner.run", "Runner.handle_termination(child.pid)"),
    ),
    PrivateApi(
        "ansible.plugins.loader.PluginLoader.get_with_context",
        "is wrapped for connections, so that modules run in forks of a server on the host",
        mentions(
            "ansible.plugins.loader",
            "PluginLoader.get_with_context",
            "return get_with_context_result(obj, plugin_load_context)",
        ),
    ),
    PrivateApi(
        f"{_RUNNER}.Runner.canceled",
        "distinguishes a cancelled run from one with an exit code",
        mentions(_RUNNER, "Runner.run", "self.canceled", "self.rc = child.exitstatus"),
    ),
    PrivateApi(
        "ansible_runner.config.runner.RunnerConfig.pexpect_timeout",
        "is set to how often a run is asked to stop",
        mentions(
            "ansible_runner.config._base",
            "BaseConfig",
            *("self.pexpect_timeout", "self.idle_timeout", "self.job_timeout"),
        ),
    ),
    PrivateApi(
        "ansible_runner.display_callback: event_context.add_local",
        "is wrapped, so that results are written to the journal alone",
        display_callback,
    ),
)
