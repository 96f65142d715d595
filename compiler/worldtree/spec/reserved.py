"""Variable names that are not allowed, because Ansible overwrites or shadows them.

Kept as data, since compiling must not import Ansible. ``tests/unit/spec/test_reserved.py`` compares
it with the installed ansible-core.
"""

from __future__ import annotations

#: Set by Ansible for every host or play; other values are silently lost.
MAGIC_VARIABLES = frozenset(
    {
        "ansible_async_path",
        "ansible_check_mode",
        "ansible_collection_name",
        "ansible_config_file",
        "ansible_dependent_role_names",
        "ansible_diff_mode",
        "ansible_facts",
        "ansible_forks",
        "ansible_inventory_sources",
        "ansible_limit",
        "ansible_local",
        "ansible_loop",
        "ansible_loop_var",
        "ansible_parent_role_names",
        "ansible_parent_role_paths",
        "ansible_play_batch",
        "ansible_play_hosts",
        "ansible_play_hosts_all",
        "ansible_play_name",
        "ansible_play_role_names",
        "ansible_playbook_python",
        "ansible_role_name",
        "ansible_role_names",
        "ansible_run_tags",
        "ansible_search_path",
        "ansible_skip_tags",
        "ansible_verbosity",
        "ansible_version",
        "environment",
        "group_names",
        "groups",
        "hostvars",
        "inventory_dir",
        "inventory_file",
        "inventory_hostname",
        "inventory_hostname_short",
        "omit",
        "play_hosts",
        "playbook_dir",
        "role_name",
        "role_names",
        "role_path",
        "role_uuid",
        "vars",
    }
)

#: Functions of templates; a variable of the same name hides them.
TEMPLATE_FUNCTIONS = frozenset(
    {
        "cycler",
        "dict",
        "joiner",
        "lipsum",
        "lookup",
        "namespace",
        "now",
        "q",
        "query",
        "range",
        "undef",
    }
)

#: Keywords of the template language that Ansible rejects as names.
TEMPLATE_KEYWORDS = frozenset({"true", "false", "none", "True", "False", "None", "not"})

#: Prefix of variables that WorldTree sets in plays.
OWN_PREFIX = "worldtree_"


def reserved_reason(name: str) -> str | None:
    """Return why ``name`` is reserved, or None if it is not."""
    if name in MAGIC_VARIABLES:
        return "Ansible sets this variable itself and would silently overwrite the value."
    if name in TEMPLATE_FUNCTIONS:
        return "The variable would hide the template function of the same name."
    if name in TEMPLATE_KEYWORDS:
        return "It is a keyword of the template language, so no expression could read it."
    if name.startswith(OWN_PREFIX):
        return f"WorldTree sets variables that start with `{OWN_PREFIX}` itself."
    return None
