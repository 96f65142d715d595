"""Advice for people who know the options of `ansible-playbook`."""

from __future__ import annotations

import re

import pytest

from worldtree.app.documents.reference import ReferenceService
from worldtree.cli.ansible_options import _ADVICE
from worldtree.cli.commands.apply import apply


@pytest.mark.parametrize(("ours", "advice"), _ADVICE.values())
def test_advice_names_options_and_fields_that_exist(ours: str, advice: str) -> None:
    known = {name for option in apply.params for name in option.opts}
    assert not ours or ours in known
    assert set(re.findall(r"`(--[a-z-]+)", advice)) <= known
    for path in re.findall(r"`(spec\.[A-Za-z.]+)`", advice):
        ReferenceService().explain(path)
