"""Which settings of a team's ``ansible.cfg`` a bundle takes over, and what replaces others."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Settings that change what plays do on hosts.
RESULT_KEYS: dict[str, frozenset[str]] = {
    "defaults": _words(
        "allow_broken_conditionals allow_embedded_templates allow_unsafe_lookups "
        "allow_world_readable_tmpfiles ansible_managed any_errors_fatal "
        "duplicate_dict_key error_on_missing_handler error_on_undefined_vars executable "
        "facts_modules force_handlers force_valid_group_names gathering hash_behaviour "
        "inject_facts_as_vars interpreter_python invalid_task_attribute_failed "
        "inventory_ignore_extensions inventory_ignore_patterns jinja2_extensions "
        "jinja2_native module_strict_utf8_response network_group_modules no_log "
        "null_representation playbook_vars_root precedence private_role_vars remote_tmp "
        "run_vars_plugins strategy task_timeout vars_plugins_enabled "
        "yaml_valid_extensions"
    ),
    "inventory": frozenset(("enable_plugins", "ignore_extensions", "ignore_patterns")),
    "jinja2": frozenset(("dont_type_filters",)),
    "privilege_escalation": _words(
        "agnostic_become_prompt become become_allow_same_user become_exe become_flags "
        "become_method become_user"
    ),
    "selinux": frozenset(("libvirt_lxc_noseclabel", "special_context_filesystems")),
}
#: Settings that only decide how hosts and encrypted files are reached.
CONNECTION_KEYS: dict[str, frozenset[str]] = {
    "connection": frozenset(("pipelining",)),
    "defaults": _words(
        "module_compression pipelining private_key_file remote_port remote_user timeout "
        "transport use_persistent_connections vault_id_match vault_identity "
        "vault_identity_list vault_password_file win_async_startup_timeout"
    ),
    "persistent_connection": frozenset(
        ("command_timeout", "connect_retry_timeout", "connect_timeout")
    ),
    "ssh_connection": _words(
        "pipelining pkcs11_provider scp_executable scp_extra_args scp_if_ssh "
        "sftp_batch_mode sftp_executable sftp_extra_args ssh_args ssh_common_args "
        "ssh_executable ssh_extra_args timeout transfer_method usetty"
    ),
}
#: Directories of plugins (``defaults``), which are copied into the bundle.
PLUGIN_KEYS = _words(
    "action_plugins become_plugins cliconf_plugins connection_plugins "
    "doc_fragment_plugins filter_plugins httpapi_plugins inventory_plugins library "
    "lookup_plugins module_utils netconf_plugins terminal_plugins test_plugins "
    "vars_plugins"
)
#: Directories in which roles and collections are looked up while compiling (``defaults``).
ROLE_KEYS = frozenset(("roles_path", "collections_path", "collections_paths"))
#: Settings that stand for keys of the document which are not written (``defaults``).
DOCUMENT_KEYS = frozenset(("forks", "gather_subset"))
#: Settings that an import of playbooks reads, whatever becomes of them in a bundle (``defaults``).
IMPORT_KEYS = frozenset(("gathering", "inventory"))
#: Whose values may name a plugin of a collection, which then goes into the bundle.
PLUGIN_NAME_KEYS = frozenset(
    ("become_method", "enable_plugins", "facts_modules", "transport", "vars_plugins_enabled")
)
#: A single path; relative ones begin at the directory of the configuration.
PATH_KEYS = frozenset(("private_key_file", "vault_password_file"))
#: Sections of become plugins, such as ``sudo_become_plugin``.
BECOME_SECTION = "_become_plugin"
#: The value of `gathering` with which a play does not gather again what its hosts have: plays of a
#: bundle say whether they gather, not whether they do so again.
SMART = "smart"
STRATEGIES = frozenset(("linear", "free", "host_pinned"))

_ASKED = "nobody can be asked while Ansible runs"
_HOST_KEYS = "host keys are always checked; set `spec.ssh.hostKeyChecking` or `knownHostsFile`"
_RECORDED = "WorldTree records and shows runs itself; see `wt tasks logs`"
_FACTS = "`spec.facts`, and `gatherFacts` of steps, say when facts are gathered and what is kept"
_EACH_PLAY = "`spec.facts`, and `gatherFacts` of steps, say which plays gather facts"
_UNREAD = "an inventory that cannot be read is always an error"
_SOCKETS = "each task has its own directory of connections"

#: (Section, key) -> why it has no effect, for settings that would change what a run does.
REPLACED_KEYS: dict[tuple[str, str], str] = {
    ("defaults", "inventory"): "the document says which hosts there are",
    ("defaults", "host_key_checking"): _HOST_KEYS,
    ("ssh_connection", "host_key_checking"): _HOST_KEYS,
    ("paramiko_connection", "host_key_auto_add"): _HOST_KEYS,
    ("defaults", "gathering"): _EACH_PLAY,
    ("defaults", "gather_timeout"): _FACTS,
    ("defaults", "fact_caching"): _FACTS,
    ("defaults", "fact_caching_connection"): _FACTS,
    ("defaults", "fact_caching_timeout"): _FACTS,
    ("defaults", "fact_caching_prefix"): _FACTS,
    ("defaults", "cache_plugins"): _FACTS,
    ("defaults", "callback_plugins"): _RECORDED,
    ("defaults", "callback_whitelist"): _RECORDED,
    ("defaults", "callbacks_enabled"): _RECORDED,
    ("defaults", "stdout_callback"): _RECORDED,
    ("defaults", "log_path"): _RECORDED,
    ("defaults", "ask_pass"): f"{_ASKED}; set `spec.ssh.password`",
    ("defaults", "ask_vault_pass"): f"{_ASKED}; set `vault_password_file`",
    ("defaults", "connection_password_file"): "set `spec.ssh.password: ${file:PATH}`",
    ("defaults", "become_password_file"): "set `spec.ssh.becomePassword: ${file:PATH}`",
    ("privilege_escalation", "become_ask_pass"): f"{_ASKED}; set `spec.ssh.becomePassword`",
    ("defaults", "strategy_plugins"): "only Ansible's own strategies are supported",
    ("defaults", "no_target_syslog"): "modules never write their arguments to hosts' logs",
    ("defaults", "syslog_facility"): "modules never write their arguments to hosts' logs",
    ("defaults", "keep_remote_files"): "files on hosts may contain secrets",
    ("ssh_connection", "retries"): "a task is not repeated unseen; set `policy.retries`",
    ("connection", "retries"): "a task is not repeated unseen; set `policy.retries`",
    ("ssh_connection", "control_path"): _SOCKETS,
    ("ssh_connection", "control_path_dir"): _SOCKETS,
    ("inventory", "any_unparsed_is_failed"): _UNREAD,
    ("inventory", "unparsed_is_failed"): _UNREAD,
    ("tags", "run"): "select with `--tags`",
    ("tags", "skip"): "select with `--skip-tags`",
}
#: Options of ssh that the bundle sets itself -> why.
REPLACED_SSH_OPTIONS = {
    "stricthostkeychecking": _HOST_KEYS,
    "userknownhostsfile": _HOST_KEYS,
    "globalknownhostsfile": _HOST_KEYS,
    "checkhostip": _HOST_KEYS,
    "controlpath": _SOCKETS,
}
