"""The list of reserved names matches the installed Ansible."""

from __future__ import annotations

from ansible import constants
from ansible._internal._templating._jinja_bits import JINJA_KEYWORDS

from worldtree.spec import reserved


def test_every_variable_that_ansible_sets_itself_is_reserved() -> None:
    """Those of the inventory's own variables are in Ansible's list too."""
    assert set(constants.INTERNAL_STATIC_VARS) <= reserved.MAGIC_VARIABLES


def test_every_word_of_the_template_language_is_reserved() -> None:
    """Ansible rejects them as variable names."""
    assert set(JINJA_KEYWORDS) == reserved.TEMPLATE_KEYWORDS


def test_ordinary_names_are_free() -> None:
    """Connection variables and harmless play keywords are allowed."""
    for name in ("ansible_user", "ansible_python_interpreter", "port", "name", "tags", "hosts"):
        assert reserved.reserved_reason(name) is None


def test_reasons_name_the_owner_of_the_name() -> None:
    """Three kinds of reasons, and WorldTree's own prefix."""
    assert "Ansible" in (reserved.reserved_reason("hostvars") or "")
    assert "function" in (reserved.reserved_reason("lookup") or "")
    assert "template language" in (reserved.reserved_reason("none") or "")
    assert "WorldTree" in (reserved.reserved_reason("worldtree_done") or "")
