# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""What the module C(artifact) does with one artifact on a host."""

from __future__ import annotations

import os
import platform
import sys

from ansible_collections.worldtree.core.plugins.module_utils import (
    artifact_owners,
    artifact_pull,
    artifact_serve,
)
from ansible_collections.worldtree.core.plugins.module_utils import (
    artifact_place as place,
)
from ansible_collections.worldtree.core.plugins.module_utils.artifact_archive import unpack
from ansible_collections.worldtree.core.plugins.module_utils.artifact_store import (
    Store,
    WrongBytes,
    file_digest,
)
from ansible_collections.worldtree.core.plugins.module_utils.unfinished_files import (
    beside,
    remove,
    sweep,
)

#: Name of a machine in the kernel -> that of an artifact's architecture.
ARCHITECTURES = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "armv7l": "arm",
    "armv8l": "arm",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}


def choose(offer, machine):
    """Return (architecture, file) of C(offer) for this machine, or None."""
    for name in (ARCHITECTURES.get(machine, machine), "any"):
        if name in offer:
            return name, offer[name]
    return None


class Artifact:
    """One artifact on this host."""

    def __init__(self, module):
        self.module, self.params = module, module.params
        chosen = choose(self.params["offer"], platform.machine())
        if chosen is None:
            module.fail_json(
                msg="{0} {1} has no file for this host, whose machine is {2}; it has: {3}".format(
                    self.params["name"],
                    self.params["version"],
                    platform.machine(),
                    ", ".join(sorted(self.params["offer"])) or "none",
                )
            )
        self.architecture, file = chosen
        self.digest, self.size = file["sha256"], file.get("size")
        self.kind = file.get("kind")
        self.store = Store(self.params["store"])
        self.before, self.after = [], []
        self.changed = False
        self.pulled = 0

    @property
    def path(self):
        """Where it is in the end."""
        return self.params["unpack"] or self.params["dest"] or self.store.path(self.digest)

    def result(self, **more):
        """Return what every answer has."""
        diff = {"before": "".join(self.before), "after": "".join(self.after)}
        return dict(
            changed=self.changed,
            path=self.path,
            sha256=self.digest,
            architecture=self.architecture,
            sent=0,
            pulled=self.pulled,
            diff=diff,
            **more,
        )

    def differs(self, before, after):
        """Note a change."""
        self.changed = True
        self.before.extend([before + "\n"] if before else [])
        self.after.extend([after + "\n"] if after else [])

    # ---- the present state -----------------------------------------------------------------------

    def is_there(self):
        """Whether the result is there, so that the file itself is not needed."""
        if self.params["unpack"]:
            return place.is_unpacked(self.path, self.digest, self.params["strip"])
        if self.params["dest"]:
            return os.path.isfile(self.path) and file_digest(self.path) == self.digest
        return self.store.find(self.digest) is not None

    def check(self):
        """Raise C(Occupied) for what is in the way, before anything is sent."""
        if self.params["unpack"]:
            place.check_free(self.path)
        elif self.params["dest"] and os.path.isdir(self.path):
            raise place.Occupied("{0} is a directory".format(self.path))
        for link in self.params["links"]:
            place.check_link(link["path"])

    def missing(self):
        """Return what has to be sent. Fails where the disk has no space for it."""
        have = self.store.arrived(self.digest)
        if self.size is not None and have > self.size:
            self.store.discard(self.digest)
            have = 0
        free = os.statvfs(self.store.directory)
        free = free.f_bavail * free.f_frsize
        if self.size is not None and self.size - have > free:
            self.module.fail_json(
                msg="the disk of {0} is full: {1} {2} needs {3} bytes there, and {4} are"
                " free".format(
                    self.store.directory,
                    self.params["name"],
                    self.params["version"],
                    self.size - have,
                    free,
                ),
                **self.result(),
            )
        return {
            "partial": self.store.partial(self.digest),
            "have": have,
            "python": sys.executable,
        }

    def arrived(self):
        """Return the path of the file if all of it has arrived before; None where it has not."""
        if self.size is None or self.store.arrived(self.digest) != self.size:
            return None
        try:
            return self.store.adopt(self.digest)
        except WrongBytes:  # It is removed, and comes anew.
            return None

    def pull(self):
        """Get the file from a seed or the mirror; return its path, None where neither gives it."""
        part = self.store.partial(self.digest)
        mirror, seed = self.params["mirror"], self.params["seed"]
        key = self.params["seed_key"]
        ways = [lambda: artifact_pull.from_seed(seed, key, part)] if seed else []
        if mirror:
            url = artifact_pull.mirror_url(mirror, self.digest)
            ways.append(lambda: artifact_pull.from_mirror(url, part, self.size))
        if not ways:
            return None
        with self.store.locked("pull " + self.digest):
            if self.store.find(self.digest) is not None:
                return self.store.path(self.digest)
            self.missing()
            for way in ways:
                try:
                    self.pulled += way()
                    return self.store.adopt(self.digest)
                except artifact_pull.NotPulled as problem:
                    self.module.warn("{0}; the file is sent instead".format(problem))
                except WrongBytes:
                    self.module.warn("a mirror or seed gave a file with another sha256")
        return None

    def serve(self):
        """Let other hosts read the file; return how (C(served)), or why not (C(not_served))."""
        wanted = self.params["serve"]
        if not wanted:
            return {}
        if self.store.find(self.digest) is None:
            return {"not_served": "{0} has the file no more".format(self.store.directory)}
        try:
            served = artifact_serve.serve(
                self.store, self.digest, wanted["public_key"], wanted["user"], wanted["seconds"]
            )
        except (artifact_serve.NotServed, OSError) as problem:
            self.module.warn("other hosts get no file from here: {0}".format(problem))
            return {"not_served": str(problem)}
        return {"served": served}

    # ---- what is made ----------------------------------------------------------------------------

    def tell(self):
        """Note what C(make) does."""
        words = "{0} {1} ({2}) sha256 {3}".format(
            self.params["name"], self.params["version"], self.architecture, self.digest
        )
        old = "{0}: another content".format(self.path) if os.path.lexists(self.path) else ""
        self.differs(old, "{0}: {1}".format(self.path, words))

    def make(self, source):
        """Make the result from the file C(source)."""
        if self.params["unpack"]:
            self.unpack(source)
        elif self.params["dest"]:
            mode = 0o755 if self.kind == "binary" else 0o644
            if os.path.isfile(self.path):
                mode = os.stat(self.path).st_mode & 0o7777
            new = place.copy_beside(source, self.path, mode)
            # Before it is in its place, so that nobody sees it with another owner.
            arguments = dict(self.module.load_file_common_arguments(self.params), path=new)
            self.module.set_fs_attributes_if_different(arguments, True)
            place.put_file(new, self.path)

    def unpack(self, source):
        """Unpack the archive beside its place, and put it there."""
        new = beside(self.path)
        try:
            unpack(source, new, self.params["strip"])
            place.mark(new, self.digest, self.params["strip"])
            # Until then nobody else can enter it.
            artifact_owners.give(new, *self.owners())
            os.chmod(new, 0o755)
            self.module.set_mode_if_different(new, self.params["mode"], False)
            place.put_directory(new, self.path)
        except BaseException:  # An interrupt too: nothing incomplete stays.
            remove(new)
            raise

    def owners(self):
        """Return the owner and group as numbers. Raises C(NoSuchOwner)."""
        return artifact_owners.numbers(self.params["owner"], self.params["group"])

    def attributes(self):
        """Give the result its mode, owner and group where they differ."""
        is_checked = self.module.check_mode
        if self.params["unpack"] and os.path.isdir(self.path):
            differs = artifact_owners.give(self.path, *self.owners(), is_checked)
            differs |= self.module.set_mode_if_different(self.path, self.params["mode"], False)
        elif self.params["dest"] and os.path.exists(self.path):
            arguments = self.module.load_file_common_arguments(self.params)
            differs = self.module.set_fs_attributes_if_different(arguments, False)
        else:
            return
        if differs and not self.changed:
            self.differs("", "{0}: another owner, group or mode".format(self.path))

    def links(self):
        """Make the links. Raises C(Occupied) for one that would lead nowhere."""
        for link in self.params["links"]:
            path = link["path"]
            target = os.path.join(self.params["unpack"] or "/", link["to"] or self.path)
            if place.has_link(path, target):
                if not self.module.check_mode:
                    # A run that was killed right after the change has left its own directory.
                    with self.store.locked("link " + path):
                        sweep(path)
                continue
            old = ""
            if os.path.lexists(path):
                old = os.readlink(path) if os.path.islink(path) else "a file"
            self.differs(old and path + " -> " + old, path + " -> " + target)
            if self.module.check_mode:
                continue
            if not os.path.exists(target):
                raise place.Occupied(
                    "the link {0} would lead to {1}, which is not there".format(path, target)
                )
            with self.store.locked("link " + path):
                place.put_link(path, target)


def bring(one):
    """Bring about the state, as far as it needs nothing sent; return more for the answer."""
    module, store = one.module, one.store
    one.check()
    one.owners()
    store.check()
    if module.check_mode:
        if not one.is_there():
            one.tell()
        one.attributes()
        one.links()
        return {}
    store.create()
    if module.params["received"]:
        store.adopt(module.params["received"])
    with store.locked("target " + one.path):
        sweep(one.path)
        if not one.is_there():
            # What has become of it since it was counted is counted again, before it is used.
            source = store.find(one.digest, read=module.params["received"] is None)
            source = source or one.arrived() or one.pull()
            if source is None:
                return {"missing": one.missing()}
            one.tell()
            one.make(source)
    store.tidy()
    one.attributes()
    one.links()
    return one.serve()
