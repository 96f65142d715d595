# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""What modules for registries have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Parameters of ``registry_client.Registry``."""

    DOCUMENTATION = r"""
options:
  url:
    description: The registry.
    type: str
    required: true
  ca_path:
    description: File with the authorities that the registry's certificate is checked with.
    type: path
  username:
    description: User of HTTP basic authentication.
    type: str
  password:
    description: Password of this user.
    type: str
"""
