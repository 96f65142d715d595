# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Talks to a cluster of etcd by etcdctl 3.4 or newer: members, their health, changes.

The cluster's own list of members is the truth; addresses that the caller knows are only where it
is asked for.
"""

from __future__ import annotations

import json
import os
import socket
import time
from urllib.parse import urlsplit

from ansible_collections.worldtree.core.plugins.module_utils.etcd_quorum import Member

#: Seconds that a member may take to answer; one that is frozen costs as much.
_ANSWER = "3s"


class EtcdError(Exception):
    """A command failed, or nobody answered; the message is for users."""


class Look:
    """What the cluster said at one moment."""

    def __init__(self, listed, answers):
        """Combine the list of members with the answers by address."""
        #: Raw entries of `member list`, by hexadecimal id.
        self.listed = {format(one["ID"], "x"): one for one in listed}
        #: Status of each member that answered, by hexadecimal id.
        self.status = {format(one["header"]["member_id"], "x"): one for one in answers}
        leaders = {format(one["leader"], "x") for one in answers if one.get("leader")}
        self.members = [
            Member(
                identity,
                one.get("name", ""),
                bool(self.status.get(identity, {}).get("leader")),
                bool(one.get("isLearner")),
                identity in leaders,
            )
            for identity, one in self.listed.items()
        ]

    def named(self, name):
        """Return the member of that name, or None."""
        return next((one for one in self.members if one.name == name), None)

    def at(self, peer_url):
        """Return the member that has the address for peers, or None."""
        return next(
            (one for one in self.members if peer_url in self.listed[one.id].get("peerURLs", ())),
            None,
        )

    def called(self, text):
        """Return the member of that name or hexadecimal id, or None."""
        return self.named(text) or next((one for one in self.members if one.id == text), None)

    def initial_cluster(self, new_name):
        """Return all members as ``NAME=URL``, joined by commas; the one without a name is new."""
        return ",".join(
            "{0}={1}".format(one.name or new_name, url)
            for one in self.members
            for url in self.listed[one.id].get("peerURLs", ())
        )

    def address(self, member):
        """Return an address for clients of a member; empty for one that never started."""
        return (self.listed[member.id].get("clientURLs") or [""])[0]

    def described(self):
        """Return the members as plain data."""
        return [
            {
                "id": one.id,
                "name": one.name,
                "healthy": one.healthy,
                "learner": one.learner,
                "leader": one.leader,
                "version": self.status.get(one.id, {}).get("version", ""),
                "revision": self.status.get(one.id, {}).get("header", {}).get("revision", 0),
                "size": self.status.get(one.id, {}).get("dbSize", 0),
                "peer_urls": self.listed[one.id].get("peerURLs", []),
            }
            for one in self.members
        ]


class Client:
    """etcdctl with the certificates of this host's member."""

    def __init__(self, module, ctl, endpoints):
        """``ctl`` is etcdctl with its options for TLS; ``endpoints`` are where members may be."""
        self._module = module
        self._ctl = [installed(ctl[0]), *ctl[1:]]
        self._endpoints = list(endpoints)

    def run(self, endpoints, *words, timeout=_ANSWER):
        """Run etcdctl; return exit code, output and what it complained of."""
        argv = [
            *self._ctl,
            "--endpoints=" + ",".join(endpoints),
            "--dial-timeout=2s",
            "--command-timeout=" + timeout,
            *words,
        ]
        try:
            code, out, err = self._module.run_command(
                argv, environ_update={"ETCDCTL_API": "3"}, handle_exceptions=False
            )
        except OSError as problem:
            return 127, "", "{0}: {1}".format(argv[0], problem.strerror)
        return code, out, short(err or out)

    def look(self):
        """Return a ``Look``; raises ``EtcdError`` where no member gives the list.

        Members are asked one after the other, as one that is cut off would hold up etcdctl.
        """
        listed, problems = None, []
        for endpoint in self._endpoints:
            if not listens(endpoint):
                problems.append("{0}: no connection".format(endpoint))
                continue
            code, out, why = self.run([endpoint], "member", "list", "--write-out=json")
            if code == 0:
                listed = json.loads(out)["members"]
                break
            problems.append("{0}: {1}".format(endpoint, why))
        if listed is None:
            raise EtcdError("no member answers: " + "; ".join(problems))
        addresses = [url for one in listed for url in (one.get("clientURLs") or [])[:1]]
        return Look(listed, self._answers(addresses))

    def _answers(self, addresses):
        """Return the status of each member that answers."""
        if not addresses:
            return []
        _code, out, _why = self.run(addresses, "endpoint", "status", "--write-out=json")
        try:
            found = json.loads(out or "[]") or []
        except ValueError:
            return []
        return [one["Status"] for one in found]

    def change(self, look, *words, timeout="10s"):
        """Have a healthy member make a change; raises ``EtcdError`` with its answer.

        A change is sent once: a second member could make it a second time.
        """
        healthy = [one for one in look.members if one.healthy and not one.learner]
        # The leader itself first: what another passes on may be lost in between.
        healthy.sort(key=lambda one: not one.leader)
        if not healthy:
            raise EtcdError("no member is healthy")
        code, out, why = self.run([look.address(healthy[0])], *words, timeout=timeout)
        if code != 0:
            raise EtcdError("etcdctl {0}: {1}".format(" ".join(words), why))
        return out

    def give_up_leadership(self, look, member):
        """Move the leadership from ``member`` to a healthy voter; return its name, or empty."""
        if not member.leader:
            return ""
        others = [
            one for one in look.members if one.healthy and not one.learner and one.id != member.id
        ]
        if not others:
            return ""
        # The one that has received most needs least time to take over.
        others.sort(key=lambda one: look.status[one.id].get("raftIndex", 0), reverse=True)
        code, _out, why = self.run(
            [look.address(member)], "move-leader", others[0].id, timeout="10s"
        )
        if code != 0:
            raise EtcdError("the leadership of {0} cannot be moved: {1}".format(member.title, why))
        return others[0].name

    def wait(self, seconds, condition):
        """Look until ``condition`` returns something true; return it, or None in the end."""
        end = time.monotonic() + seconds
        while True:
            try:
                found = condition(self.look())
            except EtcdError:
                found = None
            if found or time.monotonic() >= end:
                return found or None
            time.sleep(0.5)


def installed(program):
    """Return the program, or the one that is in use until a new version is installed."""
    places = (program, "/usr/local/bin/etcdctl", "/usr/bin/etcdctl")
    return next((place for place in places if os.access(place, os.X_OK)), program)


def listens(endpoint):
    """Tell whether something takes connections: etcdctl would wait seconds for one that is off."""
    address = urlsplit(endpoint)
    try:
        with socket.create_connection((address.hostname, address.port), timeout=1):
            return True
    except OSError:
        return False


def short(text):
    """Return the last line of a message, at most 300 characters: etcdctl logs before it."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return (lines[-1] if lines else "no answer")[:300]
