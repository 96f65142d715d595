"""Which versions of etcd may follow which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

_VERSIONS = st.tuples(st.just(3), st.integers(3, 7), st.integers(0, 40))


@pytest.mark.parametrize(
    ("running", "target", "refusal"),
    [
        (["3.4.23", "3.4.23"], "3.5.30", ""),
        (["3.4.23", "3.5.30"], "3.5.30", ""),
        (["3.5.26"], "3.6.5", ""),
        (["3.6.5", "3.5.26"], "3.6.5", ""),
        (["3.5.30"], "1:3.5.26-2", ""),
        (["3.5.30"], "0f2d1a", ""),
        ([""], "3.5.30", ""),
        (["3.4.23"], "3.6.5", "Upgrade to 3.5 first"),
        (["3.5.30", "3.5.25"], "3.6.5", "Upgrade to 3.5.26 or later first"),
        (["3.6.5"], "3.5.30", "Restore a backup that 3.5 made"),
        (["3.6.5"], "4.0.0", "skips a minor version"),
    ],
)
def test_a_refusal_says_what_would_work(
    plugins: Callable[[str], Any], running: list[str], target: str, refusal: str
) -> None:
    verdict = plugins("module_utils.etcd_versions").may_upgrade(running, target)
    assert verdict.allowed is not bool(refusal)
    assert verdict.allowed or refusal in verdict.text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(running=st.lists(_VERSIONS, min_size=1, max_size=5), target=_VERSIONS)
def test_what_is_allowed_neither_skips_nor_goes_back(
    plugins: Callable[[str], Any], running: list[tuple[int, ...]], target: tuple[int, ...]
) -> None:
    versions = plugins("module_utils.etcd_versions")
    texts = [versions.written(one) for one in running]
    if versions.may_upgrade(texts, versions.written(target)).allowed:
        minors = [minor for _major, minor, _patch in running]
        assert max(minors) <= target[1] <= min(minors) + 1
        if target[1] == 6:
            assert all(one >= (3, 5, 26) for one in running)
