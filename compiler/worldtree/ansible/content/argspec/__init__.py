"""Ansible's argument specifications as data, and values checked against them at compile time."""

from __future__ import annotations

from worldtree.ansible.content.argspec.check import (
    check_value,
    check_variables,
    missing_options,
    missing_variable,
)
from worldtree.ansible.content.argspec.model import EntrySpec, OptionSpec
from worldtree.ansible.content.argspec.parse import parse_argument_specs

__all__ = [
    "EntrySpec",
    "OptionSpec",
    "check_value",
    "check_variables",
    "missing_options",
    "missing_variable",
    "parse_argument_specs",
]
