#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Pushes a tiny image to a registry, pulls it back and deletes it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_probe
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Check a registry by pushing and pulling
description:
  - Pushes an image of some bytes, reads it back, compares it, and deletes it.
  - Without the deletion, where the registry does not allow it, each probe has the same image.
  - With a user it also checks that nobody gets in without one.
options:
  repository:
    description: Where the image is pushed.
    type: str
    default: worldtree/probe
  timeout:
    description: Seconds without an answer after which it is given up.
    type: int
    default: 30
attributes:
  check_mode:
    description: Whether it runs in check mode; it changes nothing that stays.
extends_documentation_fragment:
  - worldtree.core.registry
  - worldtree.core.attributes
"""

EXAMPLES = r"""
- name: Check the registry
  worldtree.core.registry_probe:
    url: https://10.0.0.5:5000
    ca_path: /etc/registry/pki/ca.crt
    username: pusher
    password: "{{ registry_password }}"
"""

RETURN = r"""
digest:
  description: The digest of the image.
  returned: always
  type: str
"""

import io
import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils.oci_layout import digest_of
from ansible_collections.worldtree.core.plugins.module_utils.registry_client import (
    MANIFESTS,
    Registry,
    RegistryError,
)

#: What is pushed: any bytes are a blob.
_LAYER = b"worldtree probe\n"


def probe(registry, repository):
    """Push, pull and delete; return the digest. Raises ``RegistryError``."""
    config = json.dumps({"architecture": "amd64", "os": "linux"}).encode()
    parts = {}
    for name, data in (("config", config), ("layer", _LAYER)):
        digest = digest_of(data)
        if not registry.has_blob(repository, digest):
            registry.put_blob(repository, digest, io.BytesIO(data), len(data))
        if registry.get_blob(repository, digest) != data:
            raise RegistryError("a blob comes back with other bytes")
        parts[name] = {"digest": digest, "size": len(data)}
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFESTS[0],
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                **parts["config"],
            },
            "layers": [
                {"mediaType": "application/vnd.oci.image.layer.v1.tar", **parts["layer"]},
            ],
        },
        sort_keys=True,
    ).encode()
    digest = digest_of(manifest)
    registry.put_manifest(repository, "probe", MANIFESTS[0], manifest)
    if registry.get_manifest(repository, "probe") != (MANIFESTS[0], manifest):
        raise RegistryError("the manifest comes back with other bytes")
    registry.delete_manifest(repository, digest)
    return digest


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "repository": {"type": "str", "default": "worldtree/probe"},
            "ca_path": {"type": "path"},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "timeout": {"type": "int", "default": 30},
        },
        required_together=[("username", "password")],
        supports_check_mode=True,
    )
    given = module.params
    where, user = (given["url"], given["ca_path"]), (given["username"], given["password"])
    try:
        if given["username"] is not None:
            with Registry(*where, timeout=given["timeout"]) as stranger:
                status = stranger.request("GET", "/v2/", (200, 401))[0]
            if status == 200:
                module.fail_json(msg="{0} answers without a user".format(given["url"]))
        with Registry(*where, *user, timeout=given["timeout"]) as registry:
            digest = probe(registry, given["repository"])
    except RegistryError as problem:
        module.fail_json(msg="the registry does not work: {0}".format(problem))
    module.exit_json(changed=False, digest=digest)


if __name__ == "__main__":
    main()
