# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The state of files, packages, services, users and kernel parameters as one record."""

from __future__ import annotations

import os

from ansible_collections.worldtree.core.plugins.module_utils import (
    before_files,
    unfinished_files,
)
from ansible_collections.worldtree.core.plugins.module_utils.before_system import SECTIONS


def look(module, subjects):
    """Return the state of C(subjects) (section -> names), without saving content."""
    state = {}
    for path in subjects.get("files") or ():
        state.setdefault("files", {})[path] = before_files.look(path)
    for path in subjects.get("trees") or ():
        state.setdefault("trees", {})[path] = before_files.look_at_tree(path)
    for section, (look_at, _restore) in SECTIONS.items():
        for name in subjects.get(section) or ():
            state.setdefault(section, {})[name] = look_at(module, name)
    return state


def keep(state, directory):
    """Save the content of the files and trees of C(state) in C(directory); returns C(state)."""
    number = 0
    for section in ("files", "trees"):
        for path, found in state.get(section, {}).items():
            before_files.keep(path, found, directory, number)
            number += 1
    return state


def subjects_of(state):
    """Return the subjects of C(state): section -> names."""
    return {section: list(items) for section, items in state.items()}


def sweep(subjects):
    """Remove what a killed process has left beside the files of C(subjects)."""
    for section in ("files", "trees"):
        for path in subjects.get(section) or ():
            unfinished_files.sweep(path)


def restore(module, was, now, directory):
    """Restore all of C(was) that differs from C(now); returns (what was done, remarks).

    Raises C(NotKept) for what was not saved, when everything else is restored.
    """
    done, remarks, lost = [], [], []

    def note(what, remark):
        done.append(what)
        if remark:
            remarks.append(remark)

    # In reverse order of their creation: users of something come before it.
    for section in ("services", "users", "packages"):
        for name, item in was.get(section, {}).items():
            if item != now[section][name]:
                note("{0} {1}".format(section, name), SECTIONS[section][1](module, name, item))
    for section in ("files", "trees"):
        # The deepest paths first, so that directories are empty when they are removed.
        for path in sorted(was.get(section, {}), key=lambda p: (-p.count(os.sep), p)):
            item = was[section][path]
            if _differs(item, now[section][path]):
                try:
                    remark = before_files.restore(module, path, item, directory)
                except before_files.NotKept as problem:
                    lost.append(str(problem))
                else:
                    note("{0} {1}".format(section, path), remark)
    for name, item in was.get("sysctl", {}).items():
        if item != now["sysctl"][name]:
            note("sysctl {0}".format(name), SECTIONS["sysctl"][1](module, name, item))
    if lost:
        raise before_files.NotKept("; ".join(lost))
    return done, remarks


def differences(was, now):
    """Return what C(restore) would do."""
    return [
        "{0} {1}".format(section, name)
        for section, items in was.items()
        for name, item in items.items()
        if _differs(item, now[section][name])
    ]


def _differs(was, now):
    silent = ("blob", "mtime")
    return {k: v for k, v in was.items() if k not in silent} != {
        k: v for k, v in now.items() if k not in silent
    }
