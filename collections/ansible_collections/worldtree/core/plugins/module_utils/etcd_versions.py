# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Says whether a cluster of etcd may be brought to a version: pure, from etcd's upgrade guides."""

from __future__ import annotations

import re

from ansible_collections.worldtree.core.plugins.module_utils.etcd_quorum import ALLOWED, Verdict

#: Before a series, members have to run at least this release: earlier ones of 3.5 may hand members
#: that were removed over to the new store.
LEAST_BEFORE = {(3, 6): (3, 5, 26)}


def parsed(text):
    """Return the first three numbers of a version, such as ``1:3.5.30-2``; None without them."""
    found = re.match(r"(?:\d+:)?v?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(number) for number in found.groups()) if found else None


def written(version):
    """Return a version as text."""
    return ".".join(str(number) for number in version)


def may_upgrade(running, target):
    """Return whether members of the versions ``running`` may be brought to ``target``.

    One minor version at a time and never back to an older one, as the data would not be read.
    Texts that are no versions are left to etcd itself.
    """
    wanted = parsed(target)
    known = sorted({version for version in map(parsed, running) if version})
    if wanted is None or not known:
        return ALLOWED
    lowest, highest = known[0], known[-1]
    if wanted[:2] < highest[:2]:
        return Verdict(
            False,
            "members run {0}, whose data {1} does not read".format(
                written(highest), written(wanted)
            ),
            "Restore a backup that {0}.{1} made, with its programs".format(*wanted),
        )
    if wanted[0] != lowest[0] or wanted[1] > lowest[1] + 1:
        return Verdict(
            False,
            "members run {0}, and {1} skips a minor version".format(
                written(lowest), written(wanted)
            ),
            "Upgrade to {0}.{1} first".format(lowest[0], lowest[1] + 1),
        )
    least = LEAST_BEFORE.get(wanted[:2])
    if least and lowest[:2] != wanted[:2] and lowest < least:
        return Verdict(
            False,
            "members run {0}, and {1} takes over removed members from it".format(
                written(lowest), written(wanted)
            ),
            "Upgrade to {0} or later first".format(written(least)),
        )
    return ALLOWED
