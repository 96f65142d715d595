#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Installs packages of the distribution, from the lock file where it has them for the host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: os_packages
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Install packages of the distribution
description:
  - Where C(spec.packages) of a document has the distribution of the host, the packages come from
    the control node, in the versions of C(artifacts.lock), with all that they depend on. The host
    contacts nobody, and its own repositories are neither used nor changed.
  - Elsewhere they come from the repositories of the host, by M(ansible.builtin.apt).
  - A package that is newer than the locked one is left as it is, with a warning; where the document
    says its version, that is an error. Packages are never removed or made older.
options:
  names:
    description: Names of packages, each with C(=VERSION) behind it where it must be this one.
    type: list
    elements: str
    required: true
  recommends:
    description: Whether recommended packages are installed, from the repositories of the host only.
    type: bool
    default: false
  cache_valid_time:
    description: Seconds for which the lists of the repositories of the host are not read again.
    type: int
    default: 3600
  lock_timeout:
    description: Seconds that the lock of another run of apt is waited for.
    type: int
    default: 300
  policy_rc_d:
    description: With V(101), packages do not start their services.
    type: int
  sets:
    description: Locked versions by distribution and architecture. The action plugin fills this in.
    type: dict
  file:
    description: The set on the host. The action plugin fills this in.
    type: path
attributes:
  check_mode:
    description: Whether it reports in check mode what it would do; nothing is sent then.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: full
seealso:
  - module: worldtree.core.artifact
  - module: ansible.builtin.apt
"""

EXAMPLES = r"""
- name: Install haproxy and keepalived
  worldtree.core.os_packages:
    names: [haproxy, keepalived]

- name: Install containerd, which is started later
  worldtree.core.os_packages:
    names: ["containerd={{ containerd_version }}", runc]
    policy_rc_d: 101
"""

RETURN = r"""
sent:
  description: Bytes that were sent to the host.
  returned: where packages of the lock file were missing
  type: int
versions:
  description: The locked versions by name.
  returned: where the lock file has packages for the host
  type: dict
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import package_set
from ansible_collections.worldtree.core.plugins.module_utils.artifact_store import Store


def wanted_versions(module, place):
    """Return name -> locked version and whether it is exact; fails for what the set lacks."""
    sets = module.params["sets"] or {}
    if place not in sets:
        module.fail_json(
            msg="this host is {0}; `spec.packages` of the document has packages for: {1}. Leave the"
            " host out of its `hosts`, or add its distribution and architecture".format(
                place, ", ".join(sorted(sets)) or "none"
            )
        )
    found = {}
    for text in module.params["names"]:
        name, _equals, version = text.partition("=")
        one = sets[place].get(name)
        if one is None:
            module.fail_json(
                msg="the packages that are locked for {0} lack {1}: add it to `install` of"
                " `spec.packages`, and run `wt artifacts lock`".format(place, name)
            )
        if version and version != one["version"]:
            module.fail_json(
                msg="{0} shall have the version {1}, and {2} is locked: write it into `versions` of"
                " `spec.packages`, and run `wt artifacts lock`".format(
                    name, version, one["version"]
                )
            )
        found[name] = dict(one, exact=one["exact"] or bool(version))
    return found


def lacking(module, wanted):
    """Return name -> (version that is there or None, locked version) of what has to change."""
    there = package_set.installed(sorted(wanted))
    found = {}
    for name, one in sorted(wanted.items()):
        version, is_held = there.get(name, (None, False))
        locked = one["version"]
        if version == locked:
            continue
        if version is not None and not package_set.is_older(version, locked):
            words = "{0} {1} is installed, which is newer than the locked version {2}".format(
                name, version, locked
            )
            if one["exact"]:
                module.fail_json(
                    msg=words + "; packages are not made older: lock the newer version, or remove"
                    " the package first"
                )
            module.warn(words + "; it is left as it is")
            continue
        if is_held:
            module.fail_json(
                msg="{0} is held at {1}, and {2} is locked: run `apt-mark unhold {0}` on the host,"
                " or lock the version that it has".format(name, version, locked)
            )
        found[name] = (version, locked)
    return found


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "recommends": {"type": "bool", "default": False},
            "cache_valid_time": {"type": "int", "default": 3600},
            "lock_timeout": {"type": "int", "default": 300},
            "policy_rc_d": {"type": "int"},
            "sets": {"type": "dict"},
            "file": {"type": "path"},
        },
        supports_check_mode=True,
    )
    try:
        place = package_set.place_of_host()
        wanted = wanted_versions(module, place)
        found = lacking(module, wanted)
        file = module.params["file"]
        if found and file and not module.check_mode:
            store = Store(os.path.dirname(os.path.dirname(file)))
            with store.locked("packages"):
                package_set.install(
                    file,
                    {name: locked for name, (_before, locked) in found.items()},
                    module.params["lock_timeout"],
                    module.params["policy_rc_d"],
                )
    except package_set.NotInstalled as problem:
        module.fail_json(msg="the packages are not installed: {0}".format(problem))
    except OSError as problem:
        module.fail_json(
            msg="{0}: {1}".format(problem.filename or "apt", problem.strerror or problem)
        )
    before = ["{0} {1}\n".format(name, one) for name, (one, _locked) in found.items() if one]
    after = ["{0} {1}\n".format(name, locked) for name, (_before, locked) in found.items()]
    module.exit_json(
        changed=bool(found),
        missing=sorted(found),
        place=place,
        versions={name: one["version"] for name, one in wanted.items()},
        diff={"before": "".join(before), "after": "".join(after)},
    )


if __name__ == "__main__":
    main()
