"""Names of Ansible that act on hosts and values only: what a document may use by default.

``tests/unit/app/documents/policy/test_known_names.py`` compares the lists with the installed
ansible-core: whatever a newer version adds is refused until it is judged.
"""

from __future__ import annotations

from worldtree.spec.reserved import TEMPLATE_FUNCTIONS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Functions that call a lookup plugin, which is code on the control side.
LOOKUP_FUNCTIONS = frozenset({"lookup", "query", "q"})
#: Filters that read files or variables of the environment, open vaults, or reach attributes.
DENIED_FILTERS = frozenset(
    {
        *(
            "attr",
            "expanduser",
            "expandvars",
            "fileglob",
            "realpath",
            "relpath",
            "unvault",
            "vault",
        ),
        # What a trusted text has is trusted too, and escapes in it hide templates from the judge.
        *("from_yaml", "from_yaml_all"),
    }
)
#: Tests that look at files of the control side.
DENIED_TESTS = _words(
    """directory exists file is_dir is_file is_link is_mount is_same_file link link_exists mount
    same_file vaulted_file"""
)
#: Filters of Jinja and of ansible-core that only compute.
FILTERS = _words(
    """abs b64decode b64encode basename batch bool capitalize center checksum combinations combine
    comment commonpath count d default dict2items dictsort difference dirname e escape extract
    filesizeformat first flatten float forceescape format from_json groupby
    hash human_readable human_to_bytes indent int intersect items items2dict join last length list
    log lower mandatory map max md5 min normpath password_hash path_join permutations pow pprint
    product quote random regex_escape regex_findall regex_replace regex_search reject rejectattr
    rekey_on_member replace reverse root round safe select selectattr sha1 shuffle slice sort split
    splitext strftime string striptags subelements sum symmetric_difference ternary title
    to_datetime to_json to_nice_json to_nice_yaml to_uuid to_yaml tojson trim truncate type_debug
    union unique upper urldecode urlencode urlize urlsplit win_basename win_dirname win_splitdrive
    wordcount wordwrap xmlattr zip zip_longest"""
)
#: Tests of Jinja and of ansible-core that only compare.
TESTS = _words(
    """!= < <= == > >= abs all any boolean callable change changed contains defined divisibleby eq
    equalto escaped even failed failure false falsy filter finished float ge greaterthan gt in
    integer is_abs isnan issubset issuperset iterable le lessthan lower lt mapping match nan ne none
    number odd reachable regex sameas search sequence skip skipped started string subset succeeded
    success successful superset test timedout true truthy undefined unreachable upper uri url urn
    vault_encrypted version version_compare"""
)
#: Filters whose argument is the name of another filter or of a test: name -> its place, and which.
NAMING_FILTERS = {
    "map": (0, "filter"),
    "select": (0, "test"),
    "reject": (0, "test"),
    "selectattr": (1, "test"),
    "rejectattr": (1, "test"),
}
#: Modules that work on the host which a task is for, and actions that only handle values.
ACTIONS = _words(
    """apt apt_key apt_repository assert async_status blockinfile command copy cron
    deb822_repository debconf debug dnf dnf5 dpkg_selections expect fail file find gather_facts
    get_url getent git group group_by hostname iptables known_hosts lineinfile meta mount_facts
    package package_facts pause ping pip raw reboot replace rpm_key script service service_facts
    set_fact set_stats setup shell slurp stat subversion systemd systemd_service sysvinit tempfile
    template unarchive uri user wait_for wait_for_connection yum_repository"""
)
#: Actions of ansible-core that load files or code, or run elsewhere.
DENIED_ACTIONS = _words(
    """add_host assemble fetch import_playbook import_role import_tasks include_role include_tasks
    include_vars validate_argument_spec"""
)
#: Actions whose text is a command for the host, or one of a few words.
FREE_FORM = frozenset({"command", "shell", "raw", "script", "expect", "meta"})
META = _words(
    """clear_facts clear_host_errors end_batch end_host end_play end_role flush_handlers noop
    reset_connection"""
)
#: Step kinds and actions that read a file of the control side -> the parameter that names it.
SOURCES = {"copy": "src", "template": "src", "unarchive": "src", "script": "cmd", "uri": "src"}
STEP_SOURCES = {
    "copy": "src",
    "fetch": "src",
    "render": "src",
    "script": "cmd",
    "unarchive": "src",
}
#: Built-in step kinds that work on hosts.
STEP_KINDS = _words(
    """assert command copy directory fetch file package pause render script service sysctl
    unarchive user wait"""
)
#: Parameters of `template` that change what is a template in its file.
MARKS = frozenset(
    f"{part}_{side}_string"
    for part in ("block", "comment", "variable")
    for side in ("start", "end")
)
BECOME_METHODS = frozenset({"doas", "runas", "su", "sudo"})
STRATEGIES = frozenset({"free", "host_pinned", "linear"})
CONNECTIONS = frozenset({"smart", "ssh"})
#: Directories beside a document that Ansible loads code or tasks from.
OWN_CONTENT = _words(
    """action_plugins ansible_plugins become_plugins cache_plugins callback_plugins collections
    connection_plugins filter_plugins handlers httpapi_plugins inventory_plugins library
    lookup_plugins module_utils roles shell_plugins strategy_plugins tasks test_plugins
    vars_plugins"""
)
#: Lookups behind `with_…` that only arrange values.
VALUE_LOOPS = _words(
    """with_dict with_flattened with_indexed_items with_items with_list with_nested
    with_random_choice with_sequence with_subelements with_together"""
)
#: Keywords of Ansible tasks that name neither code nor another machine.
TASK_KEYWORDS = _words(
    """any_errors_fatal args async become become_flags become_exe become_method become_user
    changed_when check_mode delay delegate_facts delegate_to diff environment failed_when
    ignore_errors ignore_unreachable listen loop loop_control name no_log notify poll port register
    remote_user retries run_once tags throttle timeout until vars when"""
)
BLOCK_KEYS = ("block", "rescue", "always")
#: Keys whose values Ansible evaluates as expressions, without braces.
EXPRESSION_KEYS = frozenset(
    {
        "break_when",
        "when",
        "changed_when",
        "changedWhen",
        "failed_when",
        "failedWhen",
        "until",
        "that",
        "var",
    }
)
#: Variables of connections that say who logs in where, not how ssh is started.
CONNECTION_VARIABLES = _words(
    """ansible_become ansible_become_flags ansible_become_method ansible_become_pass
    ansible_become_password ansible_become_user ansible_host ansible_password ansible_pipelining
    ansible_port ansible_ssh_host ansible_ssh_pass ansible_ssh_password ansible_ssh_pipelining
    ansible_ssh_port ansible_ssh_retries ansible_ssh_timeout ansible_ssh_user ansible_timeout
    ansible_user"""
)
#: Programs and directories of one host. As variables of all hosts they would count for work on the
#: control side as well, which the role of `pki` has.
HOST_VARIABLES = _words(
    """ansible_async_dir ansible_become_exe ansible_perl_interpreter ansible_python_interpreter
    ansible_remote_tmp ansible_ruby_interpreter ansible_shell_executable
    ansible_shell_type"""
)
#: Variables that must not be templates: their values decide which machine is meant.
STATIC_VARIABLES = frozenset(
    {"ansible_become_method", "ansible_host", "ansible_ssh_host", "ansible_ssh_user"}
    | {"ansible_user", "ansible_port", "ansible_ssh_port"}
)
#: Names that a registered variable or a loop must not have.
TEMPLATE_NAMES = TEMPLATE_FUNCTIONS


def short_name(name: str) -> str:
    """Return the name of a plugin without the collection of ansible-core."""
    return name.removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")
