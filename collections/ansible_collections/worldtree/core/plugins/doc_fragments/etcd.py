# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""What modules for etcd have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Parameters of ``etcd_client.Client``."""

    DOCUMENTATION = r"""
options:
  ctl:
    description: The program etcdctl, with its options for TLS.
    type: list
    elements: str
    required: true
"""

    ENDPOINTS = r"""
options:
  endpoints:
    description: Addresses for clients where members may be found.
    type: list
    elements: str
    required: true
"""
