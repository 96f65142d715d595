#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Pushes an image from an OCI image layout to a registry."""

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_image
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Push an image to a registry
description:
  - Uploads what the registry lacks of an image, by the HTTP API. Neither a daemon nor another
    program is needed.
  - Nothing is sent where the tag has the image already.
  - Of an image for several platforms those are pushed that are in the layout.
options:
  path:
    description: An OCI image layout on the host, as a directory or a tar file.
    type: path
    required: true
  image:
    description: Name of the image in the layout, where it has several.
    type: str
  repository:
    description: Repository in the registry, such as C(registry.k8s.io/pause).
    type: str
    required: true
  tag:
    description: The tag that the image gets.
    type: str
    required: true
  timeout:
    description: Seconds without an answer after which it is given up.
    type: int
    default: 60
attributes:
  check_mode:
    description: Whether it reports in check mode what it would do.
extends_documentation_fragment:
  - worldtree.core.registry
  - worldtree.core.attributes
"""

EXAMPLES = r"""
- name: Push the image of a pod's pause container
  worldtree.core.registry_image:
    path: /var/cache/images/pause.tar
    repository: registry.k8s.io/pause
    tag: "3.10.1"
    url: https://10.0.0.5:5000
    ca_path: /etc/registry/pki/ca.crt
    username: pusher
    password: "{{ registry_password }}"
"""

RETURN = r"""
digest:
  description: The digest that the image has in the registry.
  returned: always
  type: str
sent:
  description: Bytes of the blobs that were sent.
  returned: always
  type: int
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils.oci_layout import (
    INDEXES,
    BadLayout,
    Layout,
    digest_of,
    parsed,
)
from ansible_collections.worldtree.core.plugins.module_utils.registry_client import (
    Registry,
    RegistryError,
)


class Push:
    """Pushes one image from a layout into one repository."""

    def __init__(self, layout, registry, repository):
        self._layout = layout
        self._registry = registry
        self._repository = repository
        #: Bytes of the blobs that were sent.
        self.sent = 0

    def top(self, descriptor):
        """Return (media type, bytes) of what the tag will refer to."""
        media_type = descriptor.get("mediaType", "")
        if "manifests" in descriptor:
            return media_type, self._index({"schemaVersion": 2, **descriptor})
        data = self._layout.manifest(descriptor)
        if media_type not in INDEXES:
            return media_type or parsed(data).get("mediaType", ""), data
        index = parsed(data)
        present = self._present(index)
        if not present:
            raise BadLayout("it has no platform of {0}".format(descriptor["digest"]))
        # An index has to have all that it lists; one that lists fewer has another digest.
        if len(present) == len(index["manifests"]):
            return media_type, data
        return media_type, self._index({**index, "manifests": present})

    def _present(self, index):
        return [one for one in index.get("manifests", []) if self._layout.has(one["digest"])]

    def _index(self, index):
        return json.dumps({**index, "manifests": self._present(index)}, sort_keys=True).encode()

    def content(self, media_type, data):
        """Push all that a manifest refers to."""
        manifest = parsed(data)
        if media_type in INDEXES:
            for child in manifest["manifests"]:
                below = self._layout.manifest(child)
                self.content(child["mediaType"], below)
                self._registry.put_manifest(
                    self._repository, child["digest"], child["mediaType"], below
                )
            return
        for part in [manifest.get("config"), *manifest.get("layers", [])]:
            # A foreign layer is never in a registry; it has its own address.
            if part is None or part.get("urls"):
                continue
            self._blob(part["digest"])

    def _blob(self, digest):
        if self._registry.has_blob(self._repository, digest):
            return
        with self._layout.blob(digest) as (stream, size):
            self._registry.put_blob(self._repository, digest, stream, size)
        self.sent += size


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "image": {"type": "str"},
            "repository": {"type": "str", "required": True},
            "tag": {"type": "str", "required": True},
            "url": {"type": "str", "required": True},
            "ca_path": {"type": "path"},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "timeout": {"type": "int", "default": 60},
        },
        required_together=[("username", "password")],
        supports_check_mode=True,
    )
    given = module.params
    words = "{repository}:{tag}".format(**given)
    try:
        with (
            Layout(given["path"]) as layout,
            Registry(
                given["url"],
                given["ca_path"],
                given["username"],
                given["password"],
                given["timeout"],
            ) as registry,
        ):
            push = Push(layout, registry, given["repository"])
            media_type, data = push.top(layout.image(given["image"]))
            digest = digest_of(data)
            changed = registry.manifest_digest(given["repository"], given["tag"]) != digest
            if changed and not module.check_mode:
                push.content(media_type, data)
                registry.put_manifest(given["repository"], given["tag"], media_type, data)
    except BadLayout as problem:
        module.fail_json(msg="{0}: the image {1}: {2}".format(given["path"], words, problem))
    except RegistryError as problem:
        module.fail_json(msg="{0} was not pushed: {1}".format(words, problem))
    except (KeyError, TypeError, AttributeError) as problem:
        module.fail_json(
            msg="{0}: a manifest of {1} lacks {2}".format(given["path"], words, problem)
        )
    module.exit_json(changed=changed, digest=digest, sent=push.sent)


if __name__ == "__main__":
    main()
