# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Looks up what other nodes have published."""

from __future__ import annotations

DOCUMENTATION = r"""
name: outputs
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Look up what other plays have published
description:
  - Returns the values that earlier plays published with M(ansible.builtin.set_stats), or that C(wt)
    passed on. A host gets its own values, or those of the only host that publishes if it publishes
    none itself.
options:
  _terms:
    description:
      - One mapping; each key is the template's name for a play, each value has C(node), the name of
        that play, and C(names), the values that must exist. Those of C(names) that are in C(secret)
        are read from memory, as published by one of C(hosts).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Join the cluster
  ansible.builtin.command:
    argv: [join, "{{ outputs['init'].token }}"]
  vars:
    outputs: "{{ lookup('worldtree.core.outputs', {'init': {'node': 'p/m/t/init', 'names': []}}) }}"
  changed_when: true
"""

RETURN = r"""
_raw:
  description: One mapping, from the same keys to mappings of names to values.
  type: list
  elements: dict
"""

import json
import os

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.worldtree.core.plugins.plugin_utils import outputs, secret_broker
from ansible_collections.worldtree.core.plugins.plugin_utils.secret_error import CannotResolve


class LookupModule(LookupBase):
    """The lookup C(worldtree.core.outputs)."""

    def run(self, terms, variables=None, **kwargs):
        """Return the values that the only term requests; they are data, never templates."""
        self.set_options(var_options=variables, direct=kwargs)
        host = (variables or {}).get("inventory_hostname", "")
        found = {}
        for written, wanted in terms[0].items():
            values = outputs.find(wanted["node"], host)
            for name in wanted.get("secret", ()):
                values.update(_secret(wanted, name, host, variables or {}))
            for name in wanted["names"]:
                if name not in values:
                    msg = (
                        f"{wanted['node'].partition('/')[2]} has published no `{name}` for {host}: "
                        "it did not run, or it had nothing to do and never published it before"
                    )
                    raise AnsibleLookupError(msg)
            found[written] = values
        return [found]


def _secret(wanted, name, host, variables):
    """Return C({name: value}) for C(host); empty where no host published it."""
    node = wanted["node"]
    broker = os.environ.get(secret_broker.VARIABLE)
    publishers = [host] if host in wanted["hosts"] else wanted["hosts"]
    for publisher in publishers:
        if broker:
            try:
                text = secret_broker.ask(broker, outputs.reference(node, publisher, name))
            except CannotResolve:
                continue
            return {name: json.loads(text)}
        kept = variables["hostvars"][publisher].get(outputs.FACT, {}).get(node, {})
        if name in kept:
            return {name: kept[name]}
    return {}
