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
  - Returns the secret that a reference names, at the moment of use and on the control side.
  - An error names the reference, never a value.
options:
  _terms:
    description:
      - References, each C(provider:rest).
      - C(env:NAME) is an environment variable, which must not be empty.
      - C(file:/path) is the text of a file, without the newline at its end.
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


class CannotResolve(Exception):
    """Why a reference has no value; must not hold one."""


def from_env(rest):
    """Return the environment variable C(rest)."""
    value = os.environ.get(rest, "")
    if not value:
        state = "empty" if rest in os.environ else "not set"
        raise CannotResolve(
            "the environment variable {0} is {1} on the control side; set it before the run".format(
                rest, state
            )
        )
    return value


def from_file(rest):
    """Return the text of the file C(rest), without one newline at its end."""
    try:
        with open(os.path.expanduser(rest), encoding="utf-8") as stream:
            text = stream.read()
    except UnicodeDecodeError:
        raise CannotResolve("the file {0} is not UTF-8 text".format(rest)) from None
    except OSError as problem:
        raise CannotResolve(
            "the file {0} cannot be read on the control side: {1}".format(rest, problem.strerror)
        ) from None
    return text[:-1] if text.endswith("\n") else text


#: Who is asked, by the word before the colon.
PROVIDERS = {"env": from_env, "file": from_file}


def resolve(reference):
    """Return the secret that C(reference) names; raises C(CannotResolve)."""
    provider, colon, rest = reference.partition(":")
    ask = PROVIDERS.get(provider)
    if ask is None or not colon or not rest:
        raise CannotResolve(
            "a reference is provider:rest, with one of the providers {0}".format(
                ", ".join(sorted(PROVIDERS))
            )
        )
    return ask(rest)


class LookupModule(LookupBase):
    """The lookup C(worldtree.core.secret)."""

    def run(self, terms, variables=None, **kwargs):
        """Return the secrets that C(terms) name."""
        self.set_options(var_options=variables, direct=kwargs)
        found = []
        for reference in terms:
            try:
                found.append(resolve(str(reference)))
            except CannotResolve as problem:
                # Not from the original: its context might hold more than its text.
                raise AnsibleLookupError(
                    "cannot resolve the secret '{0}': {1}".format(reference, problem)
                ) from None
        return found
