"""Names that a variable must not have, because Ansible overwrites or shadows them.

Kept as data: compiling must not need Ansible for it. ``tests/unit/spec/test_reserved.py`` compares
with the ansible-core in use.
"""

from __future__ import annotations

#: Set by Ansible for every host or play; a value given elsewhere is lost without a word.
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

#: Functions that templates call; a variable of the name takes their place.
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

#: Words of the template language that Ansible refuses as names.
TEMPLATE_KEYWORDS = frozenset({"true", "false", "none", "True", "False", "None", "not"})

#: What variables begin with that WorldTree sets in plays itself.
OWN_PREFIX = "worldtree_"


def reserved_reason(name: str) -> str | None:
    """Return why a variable cannot be called ``name``, or None when it can."""
    if name in MAGIC_VARIABLES:
        return "Ansible sets it itself, so that this value would be lost without a word."
    if name in TEMPLATE_FUNCTIONS:
        return "Templates call a function of that name; this value would hide it."
    if name in TEMPLATE_KEYWORDS:
        return "It is a word of the template language, so that no expression could read it."
    if name.startswith(OWN_PREFIX):
        return f"Names that begin with `{OWN_PREFIX}` are set by WorldTree itself."
    return None
