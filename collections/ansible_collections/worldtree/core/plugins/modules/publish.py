#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Publishes values of declared types; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: publish
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Publish values for later plays
description:
  - Like M(ansible.builtin.set_stats), for values that must never be stored or shown, and for values
    of declared types.
  - In a run by C(wt) secret values go to the secrets broker of the task, and are gone when it ends.
    In a run by hand they stay in the memory of that run.
  - Runs on the control node.
options:
  data:
    description:
      - The values by name.
      - Without it nothing is published, and the types of what the play has published are checked.
    type: dict
  types:
    description:
      - Declared types of the values by name, each V(str), V(int), V(float), V(bool), V(list),
        V(dict) or V(any).
      - Strings are converted to numbers and booleans; any other type fails the task.
    type: dict
    default: {}
  shown:
    description: Whether the values may be stored and shown, as with M(ansible.builtin.set_stats).
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
