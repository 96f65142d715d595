#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Publishes values that must stay in memory; the action plugin of the same name does it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: publish
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Publish secret values for later plays
description:
  - As M(ansible.builtin.set_stats), for values that must never be stored or shown.
  - In a run by C(wt) they go to the process that holds the secrets of the task, and are gone with
    it. In a run by hand they stay in the memory of that run.
  - Runs on the control side.
options:
  data:
    description: The values by name.
    type: dict
    required: true
attributes:
  check_mode:
    description: Whether it works in check mode; nothing is published then.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
notes:
  - Mark its tasks with C(no_log).
"""

EXAMPLES = r"""
- name: Publish the token
  worldtree.core.publish:
    data:
      token: "{{ shop_made.stdout }}"
  no_log: true
"""

RETURN = r""" # """
