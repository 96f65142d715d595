"""Arguments of ssh in a team's ``ansible.cfg``, without options that a bundle sets itself."""

from __future__ import annotations

import shlex

from worldtree.ansible.content.config_keys import REPLACED_SSH_OPTIONS


def reduced_ssh_arguments(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the arguments to keep, and (option, reason) of those that are left out.

    Text that the shell's rules cannot split is kept: Ansible reports it.
    """
    try:
        words = shlex.split(text)
    except ValueError:
        return text, []
    kept: list[str] = []
    left_out: list[tuple[str, str]] = []
    waiting = iter(words)
    for word in waiting:
        option = next(waiting, "") if word == "-o" else word.removeprefix("-o")
        is_option = word.startswith("-o")
        name = option.replace("=", " ", 1).split(maxsplit=1)[0] if option.strip() else ""
        reason = REPLACED_SSH_OPTIONS.get(name.lower()) if is_option else None
        if reason:
            left_out.append((f"-o {name}", reason))
        elif is_option:
            kept += ["-o", option]
        else:
            kept.append(word)
    return (shlex.join(kept), left_out) if left_out else (text, [])
