"""The place of an error is that of its innermost cause, as ansible-playbook shows it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from worldtree.core.shown_results import ERROR_ORIGIN_KEY
from worldtree.runner.inside.error_origins import add_origin


def failed(*contexts: str | None) -> SimpleNamespace:
    """Return a result whose error has causes with these contexts, the outermost first."""
    event = None
    for context in reversed(contexts):
        chain = None if event is None else SimpleNamespace(event=event)
        event = SimpleNamespace(formatted_source_context=context, chain=chain)
    return SimpleNamespace(exception=SimpleNamespace(event=event))


PLAY = "Origin: /b/plays/x.yml:4:7\n\n4     - name: A\n        ^ column 7"


@pytest.mark.parametrize(
    ("result", "place"),
    [
        (failed(PLAY), "/b/plays/x.yml:4:7"),
        (failed(PLAY, "Origin: /b/t.j2"), "/b/t.j2"),
        (failed(PLAY, None, "Origin: <unknown>"), "/b/plays/x.yml:4:7"),
        (failed(None), None),
        (SimpleNamespace(exception=None), None),
        (SimpleNamespace(), None),
    ],
)
def test_the_innermost_place_is_added(result: Any, place: str | None) -> None:
    said: dict[str, Any] = {}
    add_origin(said, result)
    assert said == ({} if place is None else {ERROR_ORIGIN_KEY: place})
