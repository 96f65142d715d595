"""What to use in place of an option of `ansible-playbook`."""

from __future__ import annotations

from collections.abc import Collection

#: Options of `ansible-playbook` -> the option of ours that takes its place, and the advice.
_ADVICE: dict[tuple[str, ...], tuple[str, str]] = {
    ("--limit", "-l"): ("--host", "select hosts with `--host HOST`"),
    ("-t",): ("--tags", "select tasks with `--tags TAG`"),
    ("--start-at-task",): ("--since", "start at a node with `--since PATTERN`"),
    ("-C",): ("--check", "use `--check`"),
    ("-D",): ("--diff", "use `--diff`"),
    ("--extra-vars", "-e"): (
        "",
        "a task keeps the extra variables that it was started with, and a bundle has its own",
    ),
    ("--inventory", "--inventory-file", "-i"): (
        "",
        "a task keeps the inventory that it was started with, and a bundle has its own",
    ),
    ("--become", "-b"): ("", "set `become` in the document: in `spec.ssh` or on a step"),
    ("--become-user", "--become-method"): (
        "",
        "set `becomeUser` on a step, or the variable `ansible_become_method`",
    ),
    ("--ask-become-pass", "-K", "--become-password-file"): (
        "",
        "set `spec.ssh.becomePassword` to a secret, such as `${prompt:sudo}`",
    ),
    ("--ask-pass", "-k", "--connection-password-file"): (
        "",
        "set `spec.ssh.password` to a secret, such as `${prompt:ssh}`",
    ),
    ("--private-key", "--key-file"): ("", "set `spec.ssh.privateKeyFile`"),
    ("--user", "-u"): ("", "set `spec.ssh.user`, or `user` of a host"),
    ("--connection", "-c"): ("", "set `connection` of a host"),
    ("--timeout", "-T"): ("--connect-timeout", "use `--connect-timeout SECONDS`"),
    ("--vault-password-file", "--vault-pass-file", "--vault-id"): (
        "",
        "set `spec.secrets.ansibleVault.passwordFile`, or ANSIBLE_VAULT_PASSWORD_FILE",
    ),
    ("--ask-vault-password", "--ask-vault-pass", "-J"): (
        "",
        "set `spec.secrets.ansibleVault.passwordFile`, or ANSIBLE_VAULT_PASSWORD_FILE",
    ),
    ("--list-tasks", "--list-hosts", "--list-tags"): ("", "run `wt plan`"),
    ("--syntax-check",): ("", "run `wt validate`"),
    ("--verbose", "-v"): (
        "",
        "set WORLDTREE_VERBOSITY; `wt tasks logs` shows the messages",
    ),
    ("--flush-cache",): ("", "set `spec.facts.ttl`; `wt facts` shows what is stored"),
    ("--roles-path",): ("", "set `spec.rolesPath`"),
}


def ansible_option_hint(option: str, known: Collection[str]) -> str:
    """Return what to write instead of ``option``; empty for an unknown one.

    ``known`` are the options of the command: none that it lacks is recommended.
    """
    for names, (ours, advice) in _ADVICE.items():
        if option in names and (not ours or ours in known):
            return advice
    return ""
