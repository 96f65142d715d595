"""Advice for people who know the options of `ansible-playbook`."""

from __future__ import annotations

import re

import pytest

from worldtree.app.documents.reference import ReferenceService
from worldtree.cli.ansible_options import _ADVICE
from worldtree.cli.commands.apply import apply
from worldtree.cli.commands.resume import retry


@pytest.mark.parametrize(("ours", "advice"), _ADVICE.values())
def test_advice_names_options_and_fields_that_exist(ours: str, advice: str) -> None:
    commands = (apply, retry)
    known = [{name for option in one.params for name in option.opts} for one in commands]
    named = {*filter(None, [ours]), *re.findall(r"`(--[a-z-]+)", advice)}
    assert any(named <= options for options in known)
    for path in re.findall(r"`(spec\.[A-Za-z.]+)`", advice):
        ReferenceService().explain(path)
