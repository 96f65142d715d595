# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""How modules run that show no differences; what one says itself of an attribute counts."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of modules."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Whether it works in check mode.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
"""
