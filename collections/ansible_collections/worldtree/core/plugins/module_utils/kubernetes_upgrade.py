# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Says whether a running cluster of Kubernetes may be brought to a release: pure, over its members.

The rules come with the plan, as it knows which versions work together; here they are held against
what runs. Sources: Kubernetes' version skew policy, and the checks of kubeadm.
"""

from __future__ import annotations

import re

from ansible_collections.worldtree.core.plugins.module_utils.etcd_quorum import ALLOWED, Verdict

#: A kubelet may be this many minors older than the API servers.
_KUBELET_MINORS = 3


def release(text):
    """Return the first three numbers of ``v1.34.9`` and of ``containerd://2.1.9``, or None."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(number) for number in found.groups()) if found else None


def written(version):
    """Return a version as text."""
    return ".".join(str(number) for number in version)


def may_upgrade(members, api_servers, rules):
    """Return whether the cluster may go through the releases of ``rules``.

    ``members`` are ``ClusterMember``; ``api_servers`` maps the name of a control plane to the
    version of its API server. ``rules`` has ``path``, the releases in order; ``containerd``, a
    list with ``minimum`` and ``below`` for each of them; ``systems``, with ``distribution`` and
    ``release``.
    """
    path = [release(text) for text in rules["path"]]
    planes = [member for member in members if member.control_plane]
    # In this order: what is compared later has to be known.
    checks = (
        lambda: _all_ready(planes),
        lambda: _api_servers(planes, api_servers, path),
        lambda: _kubelets(members, api_servers, path),
        lambda: _runtimes(members, rules),
        lambda: _systems(members, rules),
    )
    return next((found for found in (check() for check in checks) if not found.allowed), ALLOWED)


def behind(members, api_servers, names, wanted):
    """Return what runs an older release than ``wanted``, as texts, or is not ready.

    ``names`` are the members whose kubelets have to run it; the API servers have to in any case.
    What is past it already is not behind: an upgrade that is begun again finds its end done.
    """
    found = [
        "API server of {0}: {1}".format(name, version)
        for name, version in sorted(api_servers.items())
        if _older(version, wanted)
    ]
    known = {member.name: member for member in members}
    for name in names:
        member = known.get(name)
        if member is None:
            found.append("{0}: no member".format(name))
        elif _older(member.kubelet, wanted):
            found.append("kubelet of {0}: {1}".format(name, member.kubelet))
        elif not member.ready:
            found.append("{0}: not ready".format(name))
    return found


def _older(text, wanted):
    own = release(text)
    return own is None or own < release(wanted)


def _all_ready(planes):
    lost = [member.name for member in planes if not member.ready]
    if not planes:
        return Verdict(False, "the cluster lists no control plane", "Look at its Node objects")
    if not lost:
        return ALLOWED
    return Verdict(
        False,
        "control planes are not ready: {0}; kubeadm upgrades only where all are".format(
            ", ".join(lost)
        ),
        "Repair them, or take them out with the pipeline `remove-hosts`",
    )


def _api_servers(planes, api_servers, path):
    lacking = [member.name for member in planes if not release(api_servers.get(member.name, ""))]
    if lacking:
        return Verdict(
            False,
            "it is not known which API server {0} runs".format(", ".join(lacking)),
            "Wait a moment, or start the kubelet there",
        )
    found = sorted(set(filter(None, map(release, api_servers.values()))))
    lowest, highest = found[0], found[-1]
    if highest > path[-1]:
        return Verdict(
            False,
            "an API server runs {0}, and {1} is older: what it stored may not be readable".format(
                written(highest), written(path[-1])
            ),
            "Set a version of {0} or newer".format(written(highest)),
        )
    if highest[1] - lowest[1] > 1:
        return Verdict(
            False,
            "API servers run {0} and {1}, more than one minor apart".format(
                written(lowest), written(highest)
            ),
            "Bring those of {0} on first".format(written(lowest)),
        )
    if path[0][1] - lowest[1] > 1:
        return Verdict(
            False,
            "an API server runs {0}, and {1} would skip a minor version".format(
                written(lowest), written(path[0])
            ),
            "Set `upgradeFrom: {0}`, so that the plan goes through every minor".format(
                written(lowest)
            ),
        )
    return ALLOWED


def _kubelets(members, api_servers, path):
    lowest = min(filter(None, map(release, api_servers.values())))
    for member in members:
        own = release(member.kubelet)
        if own is None:
            return Verdict(
                False, "the kubelet of {0} has told no version".format(member.name), "Start it"
            )
        if own[:2] > lowest[:2]:
            return Verdict(
                False,
                "the kubelet of {0} runs {1}, newer than an API server ({2})".format(
                    member.name, written(own), written(lowest)
                ),
                "Bring it back to {0}.{1}".format(*lowest),
            )
        if own[1] < path[0][1] - _KUBELET_MINORS:
            return Verdict(
                False,
                "the kubelet of {0} runs {1}, more than {2} minors older than {3}".format(
                    member.name, written(own), _KUBELET_MINORS, written(path[0])
                ),
                "Bring it to the release of the API servers first",
            )
    return ALLOWED


def _runtimes(members, rules):
    for member in members:
        name, _, text = member.runtime.partition("://")
        own = release(text)
        if name != "containerd" or own is None:
            continue
        for place, taken in zip(rules["path"], rules.get("containerd", ()), strict=False):
            if not release(taken["minimum"]) <= own < release(taken["below"]):
                return Verdict(
                    False,
                    "{0} runs containerd {1}, and Kubernetes {2} takes {3} or newer, before "
                    "{4}".format(
                        member.name, written(own), place, taken["minimum"], taken["below"]
                    ),
                    "Bring containerd there to such a version first",
                )
    return ALLOWED


def _systems(members, rules):
    systems = rules.get("systems", ())
    for member in members if systems else ():
        known = any(
            member.system.startswith(one["distribution"])
            and re.search(r"(?<![\d.]){0}(?![\d])".format(re.escape(one["release"])), member.system)
            for one in systems
        )
        if not known:
            return Verdict(
                False,
                "{0} runs {1}, which is not supported for Kubernetes {2}".format(
                    member.name, member.system or "an unknown system", rules["path"][-1]
                ),
                "Use {0}".format(
                    ", ".join("{0} {1}".format(x["distribution"], x["release"]) for x in systems)
                ),
            )
    return ALLOWED
