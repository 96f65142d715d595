# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Says what may be done to a cluster of etcd now: pure arithmetic over members and their health.

A change needs a majority of the voting members twice: now, since it is itself written by the
cluster, and afterwards, when the majority may be another number. Learners have no vote.
"""

from __future__ import annotations

from typing import NamedTuple


class Member(NamedTuple):
    """A member as the cluster itself lists it, with what it answered when it was asked."""

    #: Hexadecimal, as etcdctl takes it.
    id: str
    #: Empty for a member that was added and never started.
    name: str
    healthy: bool
    learner: bool = False
    leader: bool = False

    @property
    def title(self):
        """How a message calls it."""
        return self.name or "the member {0} that never started".format(self.id)


class Verdict(NamedTuple):
    """Whether a change may be made; if not, why, and what would work."""

    allowed: bool
    why: str = ""
    instead: str = ""

    @property
    def text(self):
        """The reason and the advice, as sentences."""
        return "{0}. {1}.".format(self.why, self.instead) if self.instead else self.why + "."


ALLOWED = Verdict(True)


def quorum(voters):
    """Return how many of ``voters`` members are a majority."""
    return voters // 2 + 1


def voters_of(members):
    """Return the members that have a vote."""
    return [member for member in members if not member.learner]


def healthy_of(members):
    """Return the healthy members that have a vote."""
    return [member for member in voters_of(members) if member.healthy]


def has_quorum(members):
    """Tell whether a majority is healthy, so that the cluster can write."""
    return len(healthy_of(members)) >= quorum(len(voters_of(members)))


def counted(members):
    """Return the state in words: healthy members, all members, and what a majority is."""
    voters = voters_of(members)
    broken = [member.title for member in voters if not member.healthy]
    text = "{0} of {1} members are healthy and {2} are needed".format(
        len(healthy_of(members)), len(voters), quorum(len(voters))
    )
    return text + (" (not healthy: {0})".format(", ".join(broken)) if broken else "")


def may_stop(members, member):
    """Return whether ``member`` may be stopped for a moment, as a restart does.

    Clusters of one or two members tolerate no failure: they are interrupted by every restart, which
    is allowed while all are healthy.
    """
    if member.learner or not member.healthy:
        return ALLOWED
    healthy, voters = len(healthy_of(members)), len(voters_of(members))
    if healthy - 1 >= quorum(voters) or (voters <= 2 and healthy == voters):
        return ALLOWED
    return Verdict(
        False,
        "without {0} the cluster could not write: {1}".format(member.title, counted(members)),
        _repair(members, member),
    )


def may_add(members):
    """Return whether a learner may be added now, to be promoted later."""
    if not has_quorum(members):
        return _without_quorum(members)
    learners = [member for member in members if member.learner]
    if learners:
        return Verdict(
            False,
            "{0} is a learner still, and etcd takes one at a time".format(learners[0].title),
            "Wait until it is promoted, or remove it",
        )
    healthy, voters = len(healthy_of(members)), len(voters_of(members))
    # The new one has a vote before anybody knows whether it is reliable.
    if healthy == voters or healthy >= quorum(voters + 1):
        return ALLOWED
    return Verdict(
        False,
        "with one more member {0} have to be healthy, and {1}".format(
            quorum(voters + 1), counted(members)
        ),
        _repair(members, None),
    )


def may_promote(members, member):
    """Return whether the learner ``member`` may get its vote."""
    if not member.learner:
        return ALLOWED
    if not has_quorum(members):
        return _without_quorum(members)
    if not member.healthy:
        return Verdict(
            False, "{0} does not answer".format(member.title), "Start it, or remove it again"
        )
    return ALLOWED


def may_remove(members, member):
    """Return whether ``member`` may be removed for good."""
    if not has_quorum(members):
        return _without_quorum(members)
    if member.learner:
        return ALLOWED
    left = [one for one in members if one.id != member.id]
    if not voters_of(left):
        return Verdict(
            False,
            "{0} is the only member".format(member.title),
            "`wt destroy` takes the whole cluster away",
        )
    if has_quorum(left):
        return ALLOWED
    return Verdict(
        False,
        "without {0} the cluster could not write any more: {1}".format(member.title, counted(left)),
        _repair(members, member),
    )


def _without_quorum(members):
    return Verdict(
        False,
        "the cluster has no majority and takes no change: {0}".format(counted(members)),
        "Start the members that do not answer; where their data are lost, restore a backup "
        "(pipeline `restore`)",
    )


def _repair(members, spared):
    """Return what makes the change possible: repair or remove what is not healthy."""
    broken = [one for one in voters_of(members) if not one.healthy and one is not spared]
    if not broken:
        return "Add a member first"
    return "Start {0}, or remove it first (pipeline `remove-member`)".format(
        ", ".join(one.title for one in broken)
    )
