"""Checks that a configuration template uses no variable but those that its component declares."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, TemplateSyntaxError, meta, nodes

from worldtree.catalog.component import Component
from worldtree.catalog.component_registry import role_directory
from worldtree.core.errors import Diagnostic, Mark

#: Names that Ansible itself puts into every template.
_ANSIBLE_NAMES = frozenset(
    {
        *("ansible_check_mode", "ansible_facts", "ansible_managed", "ansible_version"),
        *("ansible_play_hosts", "ansible_play_hosts_all", "group_names", "groups", "hostvars"),
        *("inventory_hostname", "inventory_hostname_short", "playbook_dir", "role_name"),
        *("role_path", "template_host", "vars", "omit"),
        *("lookup", "query", "q", "now", "undef"),
    }
)


def _unused(value: object) -> object:
    """Stand for a filter or a test of Ansible, which nothing calls."""
    return value


@cache
def _environment() -> Environment:
    """Return an environment that parses what Ansible's own does; nothing is rendered with it."""
    return Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])


def declared_variables(component: Component[Any]) -> frozenset[str]:
    """Return what the templates of ``component`` may use: its role's options and its context."""
    specs = role_directory(component) / "meta" / "argument_specs.yml"
    data = yaml.safe_load(specs.read_text(encoding="utf-8")) if specs.is_file() else {}
    entries: Iterable[Mapping[str, Any]] = data.get("argument_specs", {}).values()
    options = {name for entry in entries for name in entry.get("options") or {}}
    return frozenset(options) | frozenset(component.template_context)


def undeclared_template_variables(template: str, declared: Collection[str]) -> tuple[str, ...]:
    """Return the variables that the text ``template`` reads and that are not declared, sorted.

    Raises ``jinja2.TemplateSyntaxError`` for an invalid template.
    """
    environment = _environment()
    tree = environment.parse(template)
    # Ansible has many more filters and tests than Jinja2, to which unknown ones are errors.
    for one in tree.find_all(nodes.Filter):
        environment.filters.setdefault(one.name, _unused)
    for test in tree.find_all(nodes.Test):
        environment.tests.setdefault(test.name, _unused)
    used = meta.find_undeclared_variables(tree)
    return tuple(sorted(used - _ANSIBLE_NAMES - set(declared)))


def check_template(path: Path, component: Component[Any]) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the template at ``path``, which stands for one of ``component``.

    Usable for built-in templates and for a user's overlay; raises ``OSError`` and
    ``UnicodeDecodeError`` when the file cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    declared = declared_variables(component)
    try:
        unknown = undeclared_template_variables(text, declared)
    except TemplateSyntaxError as error:
        return (
            Diagnostic(
                slug="template-syntax",
                summary=f"the template is not valid Jinja2: {error.message}",
                hint="correct the Jinja2 syntax at this line",
                mark=Mark(str(path), error.lineno, 1),
            ),
        )
    return tuple(_unknown_variable(name, path, text, declared, component) for name in unknown)


def _unknown_variable(
    name: str, path: Path, text: str, declared: Collection[str], component: Component[Any]
) -> Diagnostic:
    close = get_close_matches(name, sorted(declared), n=1)
    return Diagnostic(
        slug="template-unknown-variable",
        summary=f"unknown variable `{name}` in a template of `{component.name}`",
        detail="the component does not set it, so rendering would fail on the hosts",
        hint=f"did you mean `{close[0]}`?"
        if close
        else f"use what role `{component.role_name}` declares, or set it inside the template",
        mark=_first_use(name, path, text),
    )


def _first_use(name: str, path: Path, text: str) -> Mark:
    """Return where ``name`` is first read."""
    tree = _environment().parse(text)
    lines = [node.lineno for node in tree.find_all(nodes.Name) if node.name == name]
    line = min(lines, default=1)
    column = text.splitlines()[line - 1].find(name) + 1 if text else 1
    return Mark(str(path), line, max(column, 1), line, max(column, 1) + len(name))
