"""Secrets are resolved at the moment of use; errors name the reference and never a value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleLookupError


@pytest.fixture
def lookup(plugins: Callable[[str], Any]) -> Any:
    """The lookup plugin."""
    plugin = plugins("lookup.secret").LookupModule()
    # Options come from its documentation, which only the plugin loader reads.
    plugin.set_options = lambda **_: None
    return plugin


def test_environment_and_files_give_their_text(
    lookup: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "{{ pä$$ }}")
    (tmp_path / "key").write_text("line\nline\n\n")
    terms = ["env:SHOP_PASSWORD", f"file:{tmp_path}/key"]
    assert lookup.run(terms) == ["{{ pä$$ }}", "line\nline\n"]


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("env:NOT_SET", "is not set on the control side"),
        ("env:EMPTY", "is empty on the control side"),
        ("file:/no/such/file", "No such file"),
        ("vault:kv/x", "one of the providers env, file"),
        ("env:", "provider:rest"),
        ("nothing", "provider:rest"),
    ],
)
def test_a_reference_without_a_value_is_told(
    lookup: Any, reference: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "")
    with pytest.raises(AnsibleLookupError) as caught:
        lookup.run([reference])
    assert why in str(caught.value)
    assert f"'{reference}'" in str(caught.value)


def test_what_is_no_text_is_told_without_its_bytes(lookup: Any, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"s3cret\xff")
    with pytest.raises(AnsibleLookupError) as caught:
        lookup.run([f"file:{tmp_path}/binary"])
    assert "not UTF-8" in str(caught.value)
    assert "s3cret" not in str(caught.value)
