#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Brings a file of C(artifacts.lock) to a host, and unpacks, installs and links it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: artifact
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Bring an artifact to the host, and install it
description:
  - Brings a file from the cache of the control node over the connection of the host, checks its
    sha256 there, and then unpacks it or puts it in its place.
  - Nothing is sent where the result, or the file, is there already. A transfer that was cut
    continues where it ended.
  - The host contacts nobody. Which file it is, by name, version and architecture of the host, is
    the variable C(worldtree_artifacts), which WorldTree writes into a bundle.
  - The cache is the directory in the variable C(worldtree_artifact_cache), by default C(artifacts)
    in E(WORLDTREE_HOME), or in C(~/.worldtree).
options:
  name:
    description: Name of the artifact.
    type: str
    required: true
  version:
    description: Version of the artifact; needed where there are several.
    type: str
  unpack:
    description:
      - Directory that the archive becomes; nothing else is in it. It is made beside this path and
        renamed, so that it is whole or not there.
      - It is made again where a file in it was changed.
      - Entries that lead out of it, links too, and devices are refused. Nobody but the owner can
        write to its files, and none runs as another user.
      - O(owner) and O(group) are those of everything in it, and O(mode) is that of the directory
        itself, C(0755) by default; they are changed in place where they differ.
    type: path
  strip:
    description: Leading directories of the names in the archive that are dropped.
    type: int
    default: 0
  dest:
    description:
      - Path of the file itself, for what is no archive.
      - Without O(unpack) and O(dest) the file stays in O(store).
    type: path
  links:
    description: Links that are made, or changed at once, when everything else is there.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Path of the link.
        type: path
        required: true
      to:
        description: What it leads to; a relative path is one in O(unpack). By default O(dest).
        type: str
  store:
    description:
      - Directory on the host with the files that were sent, by their sha256.
      - The default is the variable C(worldtree_artifact_store), or C(artifacts) in
        C(worldtree_state_dir); without them C(/var/cache/worldtree/artifacts) for root, and
        C(~/.cache/worldtree/artifacts) for others.
      - It, and every directory above it, has to belong to root or to the user of the task, and to
        be one in which no other can write; else the task fails, and uses nothing of it.
    type: path
  offer:
    description:
      - Files by architecture, each with C(sha256), C(size) and C(kind). The action plugin fills
        this in.
    type: dict
    default: {}
  mirror:
    description:
      - URL of a web server with the layout of the artifact cache, from which the host gets the
        file by itself. Where it does not give the file, it is sent.
      - The default is what the document says.
    type: str
  seed:
    description: A host that gives the file over ssh. The action plugin fills this in.
    type: dict
  seed_key:
    description: The key for O(seed). The action plugin fills this in.
    type: str
  serve:
    description: Who may read the file on this host. The action plugin fills this in.
    type: dict
  received:
    description: The sha256 of a file that was sent. The action plugin fills this in.
    type: str
attributes:
  check_mode:
    description: Whether it reports in check mode what it would do; nothing is sent then.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: full
extends_documentation_fragment:
  - ansible.builtin.files
seealso:
  - module: worldtree.core.snapshot
"""

EXAMPLES = r"""
- name: Install etcd, and make it the version in use
  worldtree.core.artifact:
    name: etcd
    version: 3.6.6
    unpack: /opt/worldtree/etcd/3.6.6
    strip: 1
    links:
      - {path: /usr/local/bin/etcd, to: etcd}
      - {path: /usr/local/bin/etcdctl, to: etcdctl}

- name: Install a program that is one file
  worldtree.core.artifact:
    name: runc
    version: 1.3.3
    dest: /usr/local/bin/runc
    mode: "0755"
"""

RETURN = r"""
path:
  description: The directory, the file, or the file in the store.
  returned: always
  type: str
sha256:
  description: The sha256 of the artifact.
  returned: always
  type: str
sent:
  description: Bytes that were sent to the host.
  returned: always
  type: int
pulled:
  description: Bytes that the host got by itself from a mirror or a seed.
  returned: always
  type: int
not_served:
  description: Why the other hosts get no file from this host, which is their seed.
  returned: when the host is a seed and cannot give the file
  type: str
architecture:
  description: The architecture whose file it is, V(any) for one of all.
  returned: always
  type: str
"""

import errno

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils.artifact_archive import BadArchive
from ansible_collections.worldtree.core.plugins.module_utils.artifact_job import Artifact, bring
from ansible_collections.worldtree.core.plugins.module_utils.artifact_owners import NoSuchOwner
from ansible_collections.worldtree.core.plugins.module_utils.artifact_place import Occupied
from ansible_collections.worldtree.core.plugins.module_utils.artifact_store import (
    UnsafeStore,
    WrongBytes,
)

#: Errors of a disk that has no space for this user.
_FULL = (errno.ENOSPC, errno.EDQUOT)


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "version": {"type": "str"},
            "unpack": {"type": "path"},
            "strip": {"type": "int", "default": 0},
            "dest": {"type": "path"},
            "links": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "path": {"type": "path", "required": True},
                    "to": {"type": "str"},
                },
            },
            "store": {"type": "path"},
            "offer": {"type": "dict", "default": {}},
            "mirror": {"type": "str"},
            "seed": {"type": "dict"},
            # Apart from the rest, whose words may stand in results, which would be hidden there.
            "seed_key": {"type": "str", "no_log": True},
            "serve": {"type": "dict"},
            "received": {"type": "str"},
        },
        mutually_exclusive=[("unpack", "dest")],
        add_file_common_args=True,
        supports_check_mode=True,
    )
    one = Artifact(module)
    try:
        more = bring(one)
    except WrongBytes:
        module.fail_json(msg="what has arrived has another sha256", wrong=True, **one.result())
    except BadArchive as problem:
        module.fail_json(msg="{0} is not unpacked: {1}".format(one.path, problem), **one.result())
    except (NoSuchOwner, Occupied, UnsafeStore) as problem:
        module.fail_json(msg=str(problem), **one.result())
    except OSError as problem:
        name = problem.filename or one.path
        if problem.errno in _FULL:
            module.fail_json(msg="the disk of {0} is full".format(name), **one.result())
        module.fail_json(msg="{0}: {1}".format(name, problem.strerror or problem), **one.result())
    module.exit_json(**one.result(**more))


if __name__ == "__main__":
    main()
