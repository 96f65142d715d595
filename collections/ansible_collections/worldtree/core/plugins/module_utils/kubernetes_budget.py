# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Says whether a member of a cluster of Kubernetes may be away now: pure, over what the API says.

A member is away while it is not ready, and a worker also while it takes no new pods. How many of a
group may be away at once is decided when the work is planned; what is away already is known only
now.
"""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.worldtree.core.plugins.module_utils.etcd_quorum import ALLOWED, Verdict


class ClusterMember(NamedTuple):
    """A member as its Node object shows it."""

    name: str
    ready: bool
    #: Whether it takes no new pods, by a person, too.
    cordoned: bool = False
    #: Why this program cordoned it; empty where a person did, or nobody.
    cordon_reason: str = ""
    kubelet: str = ""
    runtime: str = ""
    system: str = ""
    #: Whether it has the label of control planes.
    control_plane: bool = False

    @property
    def title(self):
        """How a message calls it."""
        if not self.ready:
            return "{0} (not ready)".format(self.name)
        return "{0} (cordoned)".format(self.name) if self.cordoned else self.name


def is_away(member):
    """Tell whether a member does no work; a cordon alone stops no API server and no etcd."""
    return not member.ready or (member.cordoned and not member.control_plane)


def may_leave(members, name, group, most_away):
    """Return whether the member ``name`` may be taken out of service now.

    ``group`` has the names of the members that stand in for each other, ``most_away`` says how many
    of them may be away at once, this one included. One that is away already changes nothing.
    """
    known = {member.name: member for member in members}
    own = known.get(name)
    if own is None or is_away(own):
        return ALLOWED
    others = [known[one] for one in group if one in known and one != name]
    gone = [member for member in others if is_away(member)]
    if len(gone) + 1 <= most_away:
        return ALLOWED
    return Verdict(
        False,
        "of {0} members that stand in for each other {1} may be away at once, and {2} away "
        "already".format(
            len(others) + 1,
            most_away,
            "{0} {1}".format(
                ", ".join(member.title for member in gone) or "none",
                "are" if len(gone) > 1 else "is",
            ),
        ),
        "Repair or uncordon them first" if gone else "Allow one at least",
    )


def may_remove_control_planes(members, removed, stacked):
    """Return whether the control planes ``removed`` may be taken out for good.

    ``members`` are all of the cluster; with ``stacked`` each control plane has a member of etcd,
    whose own majority is checked when it is removed. What is left has to have a control plane that
    is ready, as the work is done by it.
    """
    planes = [member for member in members if member.control_plane]
    gone = [member for member in planes if member.name in removed]
    if not gone:
        return ALLOWED
    left = [member for member in planes if member.name not in removed]
    ready = [member for member in left if member.ready]
    if not ready:
        return Verdict(
            False,
            "no control plane that is ready would be left ({0})".format(
                ", ".join(member.title for member in left) or "none at all"
            ),
            "Add or repair a control plane first; `wt destroy` takes the whole cluster away",
        )
    healthy = sum(member.ready for member in planes)
    if stacked and 2 * healthy <= len(planes):
        return Verdict(
            False,
            "{0} of {1} control planes are ready: their etcd has no majority and takes no "
            "change".format(healthy, len(planes)),
            "Start the others; where their data are lost, restore a backup",
        )
    if stacked and 2 * len(ready) <= len(left):
        return Verdict(
            False,
            "{0} of {1} control planes that would be left are ready, which is no majority of their "
            "etcd".format(len(ready), len(left)),
            "Repair {0} first, or remove them, too".format(
                ", ".join(member.name for member in left if not member.ready)
            ),
        )
    return ALLOWED
