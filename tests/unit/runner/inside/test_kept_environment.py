"""Variables that runs get in memory alone are not among the facts that are kept on disk."""

from __future__ import annotations

import pytest

from worldtree.runner.inside.plugins.cache import worldtree_facts


def test_facts_are_kept_without_variables_that_are_passed_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORLDTREE_SECRET_NAMES", "SHOP_TOKEN")
    monkeypatch.setenv("WORLDTREE_PASSED_NAMES", "CI_COMMIT_SHA,AWS_REGION")
    names = ("HOME", "SHOP_TOKEN", "CI_COMMIT_SHA", "AWS_REGION")
    kept = worldtree_facts._without_secrets({"ansible_env": dict.fromkeys(names, "x")})
    assert kept == {"ansible_env": {"HOME": "x"}}
