# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Resolves references to secrets."""

from __future__ import annotations

DOCUMENTATION = r"""
name: secret
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Resolve a reference to a secret
description:
  - Returns the secret that a reference names, at the moment of use and on the control node.
  - An error names the reference, never a value.
  - In a run by C(wt) all of them, and those of further providers, come from the secrets broker of
    the task, whose socket C(WORLDTREE_SECRETS) names.
options:
  _terms:
    description:
      - References, each C(provider:rest).
      - C(env:NAME) is an environment variable, which must not be empty.
      - C(file:/path) is the text of a file, without the newline at its end.
      - C(ansible-vault:path#key) is a value of a vaulted YAML file, or its text without a key.
      - C(prompt:Text) is the environment variable C(WORLDTREE_PROMPT_TEXT).
      - C(vault:mount/path#key) is a secret in HashiCorp Vault or OpenBao, for which the Python
        package hvac is needed; the address and the credentials are C(VAULT_ADDR), C(VAULT_TOKEN),
        C(VAULT_ROLE_ID) and C(VAULT_SECRET_ID), or in the variable C(worldtree_secrets).
    type: list
    elements: str
    required: true
notes:
  - Mark tasks that get a secret with C(no_log).
"""

EXAMPLES = r"""
- name: Pass a password on
  ansible.builtin.uri:
    url: https://example.org/login
    url_password: "{{ lookup('worldtree.core.secret', 'env:SHOP_PASSWORD') }}"
  no_log: true
"""

RETURN = r"""
_raw:
  description: The secrets, in the order of the references.
  type: list
  elements: str
"""

import os

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.worldtree.core.plugins.plugin_utils import secret_broker
from ansible_collections.worldtree.core.plugins.plugin_utils.secret_error import CannotResolve
from ansible_collections.worldtree.core.plugins.plugin_utils.secret_sources import Sources


class LookupModule(LookupBase):
    """The lookup C(worldtree.core.secret)."""

    def run(self, terms, variables=None, **kwargs):
        """Return the secrets that C(terms) name.

        They are plain strings, which Ansible treats as data: it renders no template in them.
        """
        self.set_options(var_options=variables, direct=kwargs)
        broker = os.environ.get(secret_broker.VARIABLE)
        known = variables or {}
        sources = Sources(
            self._loader,
            known.get("worldtree_secrets") or {},
            known.get("playbook_dir") or os.getcwd(),
        )
        found = []
        for term in terms:
            reference = str(term)
            try:
                if broker:
                    found.append(secret_broker.ask(broker, reference))
                else:
                    found.append(sources.resolve(reference))
            except CannotResolve as problem:
                # Not chained: the context of the original error may hold more than its text.
                raise AnsibleLookupError(
                    "cannot resolve the secret '{0}': {1}".format(reference, problem)
                ) from None
        return found
