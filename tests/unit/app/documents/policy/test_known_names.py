"""The lists of names know every filter, test and action of the installed ansible-core."""

from __future__ import annotations

from pathlib import Path

import ansible.modules
import ansible.plugins.filter as filter_plugins
import ansible.plugins.test as test_plugins
from ansible._internal._templating._jinja_bits import AnsibleEnvironment
from jinja2.defaults import DEFAULT_FILTERS, DEFAULT_TESTS
from jinja2.sandbox import SandboxedEnvironment

from worldtree.ansible import steps
from worldtree.app.documents.policy import known_names


def _documented(package: object) -> set[str]:
    (directory,) = package.__path__  # type: ignore[attr-defined]
    return {one.stem for one in Path(directory).glob("*.yml")}


def test_every_filter_is_judged() -> None:
    """A filter that is new in Ansible or Jinja fails this test, and is refused until then."""
    known = known_names.FILTERS | known_names.DENIED_FILTERS
    assert not (_documented(filter_plugins) | set(DEFAULT_FILTERS)) - known
    assert not known_names.FILTERS & known_names.DENIED_FILTERS


def test_every_test_is_judged() -> None:
    """A test that is new in Ansible or Jinja fails this test, and is refused until then."""
    known = known_names.TESTS | known_names.DENIED_TESTS
    assert not (_documented(test_plugins) | set(DEFAULT_TESTS)) - known
    assert not known_names.TESTS & known_names.DENIED_TESTS


def test_every_action_is_judged() -> None:
    """A module that is new in ansible-core fails this test, and is refused until then."""
    (directory,) = ansible.modules.__path__
    names = {one.stem for one in Path(directory).glob("[a-z]*.py")} - {"async_wrapper"}
    assert not names - known_names.ACTIONS - known_names.DENIED_ACTIONS
    assert not known_names.ACTIONS & known_names.DENIED_ACTIONS


def test_every_built_in_step_kind_is_judged() -> None:
    """A new step kind is refused until it is in the list."""
    names = {name for name, kind in steps.kinds().items() if not kind.internal}
    assert names >= known_names.STEP_KINDS
    assert "local" not in known_names.STEP_KINDS


def test_templates_of_ansible_run_in_a_sandbox() -> None:
    """Attributes that are computed are refused by Ansible itself, which the policy relies on."""
    assert issubclass(AnsibleEnvironment, SandboxedEnvironment)
