# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The records of saved states: where they are stored and which one is used."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile

#: Increased with every change of the format of a record.
VERSION = 1
#: Records kept for one id.
MOST = 5
#: Environment variable with the attempt, C(<task>.<number>). A task's record is of its first try.
ATTEMPT = "WORLDTREE_ATTEMPT"
#: Beginning of the names of records that are not whole yet, or any more.
_NEW, _OLD = ".new-", ".old-"
#: Longest name of a file that every file system has.
MAX_NAME = 255


def this_task():
    """Return the id of the WorldTree task, empty in a run by hand."""
    return os.environ.get(ATTEMPT, "").rpartition(".")[0]


def default_state_dir():
    """Return the directory of records: the system's for root, the user's for others."""
    if os.geteuid() == 0:
        return "/var/lib/worldtree"
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(base, "worldtree")


class Store:
    """The records of one id, oldest first; each is a directory with C(record.json) in it."""

    def __init__(self, state_dir, ident):
        state_dir = os.path.expanduser(state_dir or default_state_dir())
        name = re.sub(r"[^A-Za-z0-9_-]", ".", ident)
        if re.search(r"[^A-Za-z0-9_/-]", ident):
            # Other characters than those of a node id: keep different ids apart.
            name += "-" + hashlib.sha256(ident.encode()).hexdigest()[:8]
        if len(name) > MAX_NAME:
            name = name[:200] + "-" + hashlib.sha256(ident.encode()).hexdigest()[:16]
        self.directory = os.path.join(state_dir, "before", name)

    @contextlib.contextmanager
    def alone(self):
        """Lock these records against other hosts of the same machine and other tasks."""
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        descriptor = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # What a killed process has not finished, or not removed as a whole.
            for name in os.listdir(self.directory):
                if name.startswith((_NEW, _OLD)):
                    shutil.rmtree(os.path.join(self.directory, name), ignore_errors=True)
            yield
        finally:
            os.close(descriptor)

    def is_there(self):
        """Whether there are records, or have been."""
        return os.path.isdir(self.directory)

    def names(self):
        """Return the names of the records."""
        try:
            return sorted(n for n in os.listdir(self.directory) if n.isdigit())
        except FileNotFoundError:
            return []

    def path(self, name):
        """Return the directory of a record."""
        return os.path.join(self.directory, name)

    def read(self, name):
        """Return a record, or None for one of another version, or that is not whole."""
        try:
            with open(os.path.join(self.path(name), "record.json"), encoding="utf-8") as stream:
                record = json.load(stream)
        except (FileNotFoundError, ValueError):
            return None
        return record if record.get("version") == VERSION else None

    def is_kept(self, state):
        """Return whether the latest record equals C(state), or is of this task."""
        names = self.names()
        latest = self.read(names[-1]) if names else None
        if latest is None:
            return False
        generation = this_task()
        if generation and latest["generation"] == generation:
            return same_subjects(latest["state"], state)
        return signature(latest["state"]) == signature(state)

    def add(self, fill):
        """Add a record; C(fill(directory)) saves content there and returns the state."""
        work = tempfile.mkdtemp(prefix=_NEW, dir=self.directory)
        try:
            record = {
                "version": VERSION,
                "generation": this_task(),
                "state": fill(work),
            }
            with open(os.path.join(work, "record.json"), "w", encoding="utf-8") as stream:
                json.dump(record, stream, sort_keys=True)
            names = self.names()
            name = "{0:06d}".format(int(names[-1]) + 1 if names else 1)
            os.rename(work, self.path(name))
        except BaseException:  # An interrupt too: an incomplete record must not stay.
            shutil.rmtree(work, ignore_errors=True)
            raise
        for old in self.names()[:-MOST]:
            self._drop(old)
        return name

    def take_over(self):
        """Assign the latest record, which equals the present state, to this task."""
        task, name = this_task(), self.names()[-1]
        record = self.read(name)
        if not task or record["generation"] == task:
            return
        new = os.path.join(self.path(name), ".record.json")
        with open(new, "w", encoding="utf-8") as stream:
            json.dump(dict(record, generation=task), stream, sort_keys=True)
        os.replace(new, os.path.join(self.path(name), "record.json"))

    def of_task(self, task):
        """Return the name of the first record of a task, or None."""
        for name in self.names():
            record = self.read(name)
            if record is not None and record["generation"] == task:
                return name
        return None

    def drop_from(self, name):
        """Remove a record and all later ones."""
        # The latest first: of those that a killed process leaves, none is of a later state.
        for other in reversed(self.names()):
            if other >= name:
                self._drop(other)

    def _drop(self, name):
        """Remove a record: at once for those that look for it."""
        work = tempfile.mkdtemp(prefix=_OLD, dir=self.directory)
        os.rename(self.path(name), os.path.join(work, name))
        shutil.rmtree(work)


def signature(state):
    """Return what must be equal for two states to be the same: not times and file names."""
    return json.dumps(
        {
            section: {
                name: {k: v for k, v in item.items() if k not in ("blob", "mtime")}
                for name, item in items.items()
            }
            for section, items in state.items()
        },
        sort_keys=True,
    )


def same_subjects(one, other):
    """Return whether two states have the same files, packages and so on."""
    return {k: sorted(v) for k, v in one.items()} == {k: sorted(v) for k, v in other.items()}
