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
short_description: Publish values for later plays
description:
  - As M(ansible.builtin.set_stats), for values that must never be stored or shown, and for those
    that are promised to be of a type.
  - In a run by C(wt) secret values go to the process that holds the secrets of the task, and are
    gone with it. In a run by hand they stay in the memory of that run.
  - Runs on the control side.
options:
  data:
    description:
      - The values by name.
      - Without it, what the same play has published before is looked at, and nothing is published.
    type: dict
  types:
    description:
      - What values are promised to be by their names, each V(str), V(int), V(float), V(bool),
        V(list), V(dict) or V(any).
      - Texts of numbers and of truth values become these; what is anything else fails the task.
    type: dict
    default: {}
  shown:
    description: Whether the values may be stored and shown, as by M(ansible.builtin.set_stats).
    type: bool
    default: false
attributes:
  check_mode:
    description: Whether it works in check mode; secret values are not published then.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
notes:
  - Mark its tasks with C(no_log) where the values are secret.
"""

EXAMPLES = r"""
- name: Publish the token
  worldtree.core.publish:
    data:
      token: "{{ shop_made.stdout }}"
  no_log: true

- name: Publish the port, which is a number
  worldtree.core.publish:
    data:
      port: "{{ shop_asked.stdout }}"
    types:
      port: int
    shown: true
"""

RETURN = r""" # """
