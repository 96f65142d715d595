"""References are found in a document at their line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.app.documents.secret_locations import secret_locator
from worldtree.spec.secret_references import SecretRef

TEXT = """\
metadata: {name: other}
spec: {vars: {a: '${env:TWO}'}}
---
metadata: {name: shop}
spec:
  vars: {a: "$${env:ONE}", b: !unsafe '${env:ONE}'}  # ${env:ONE}
  ssh: {password: '${vault:kv/a b#c}'}
  modules:
    - steps:
        - command: 'x ${env:ONE} ${env:TWO}'
        - script: |
            one
            two ${file:/three}
        - escaped: "${env:\\x46OUR}"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # As `load_file` opens the path that messages show.
    (tmp_path / "c.yaml").write_text(TEXT)
    return tmp_path / "c.yaml"


@pytest.mark.parametrize(
    ("reference", "place", "length"),
    [
        # Not where it is escaped, data, or a comment.
        (SecretRef("env", "ONE"), "c.yaml:10:23", 10),
        # Not in the document of another cluster.
        (SecretRef("env", "TWO"), "c.yaml:10:34", 10),
        (SecretRef("vault", "kv/a b#c"), "c.yaml:7:20", 17),
        (SecretRef("file", "/three"), "c.yaml:13:17", 14),
        # It is written otherwise, so the whole value is shown.
        (SecretRef("env", "FOUR"), "c.yaml:14:20", 16),
    ],
    ids=str,
)
def test_the_very_place_is_named(file: Path, reference: SecretRef, place: str, length: int) -> None:
    mark = secret_locator(file, "shop", file.parent)(reference)
    assert mark is not None
    assert str(mark) == place
    assert (mark.end_column or 0) - mark.column == length


def test_where_there_is_nothing_to_find_nothing_fails(file: Path) -> None:
    assert secret_locator(file, "shop", file.parent)(SecretRef("env", "NOPE")) is None
    assert secret_locator(file, "none", file.parent)(SecretRef("env", "ONE")) is None
    file.write_text("a: [")
    assert secret_locator(file, "shop", file.parent)(SecretRef("env", "ONE")) is None
    file.unlink()
    assert secret_locator(file, "shop", file.parent)(SecretRef("env", "ONE")) is None
