"""`hosts:` may be a template of variables that are known when compiling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from worldtree.compile.compiler import plan_document
from worldtree.core.errors import Diagnostic, InputError
from worldtree.spec.load import load_text


def _hosts(written: Any, /, **extra_vars: Any) -> Any:
    task = {"name": "a", "hosts": written, "steps": [{"command": "true"}]}
    return _pattern({"name": "m", "vars": {"mine": "db"}, "tasks": [task]}, **extra_vars)


def _pattern(module: dict[str, Any], /, **extra_vars: Any) -> Any:
    head = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "c"}}
    spec = {
        "vars": {"env": "w", "both": ["web1", "db1"], "sel": "{{ env }}eb", "number": 7},
        "hosts": [
            *({"name": name, "roles": ["web"]} for name in ("web1", "web2")),
            {"name": "db1", "roles": ["db"]},
        ],
        "modules": [module],
    }
    (document,) = load_text(yaml.safe_dump({**head, "spec": spec}))
    nodes = plan_document(replace(document, extra_vars=extra_vars)).plan.graph.nodes.values()
    (pattern,) = {node.host_pattern for node in nodes if node.module == "m"}
    return pattern


@pytest.mark.parametrize(
    ("written", "extra_vars", "pattern"),
    [
        ("{{ target }}", {"target": "web"}, "web"),
        ("{{ target | default('db') }}", {}, "db"),
        ("{{ sel }}:!web1", {}, "web:!web1"),
        ("{{ sel }}", {"sel": "role=db"}, "db"),
        ("{{ mine }}", {}, "db"),
        ("{{ both }}", {}, ("web1", "db1")),
        (["{{ both }}", "!db1"], {}, ("web1", "db1", "!db1")),
        ("{% if env == 'w' %}web{% else %}db{% endif %}", {}, "web"),
    ],
)
def test_templates_have_their_values(
    written: Any, extra_vars: dict[str, Any], pattern: Any
) -> None:
    """Extra variables win; a list in a variable is a list of hosts."""
    assert _hosts(written, **extra_vars) == pattern


@pytest.mark.parametrize(
    ("written", "extra_vars", "slug", "words"),
    [
        ("{{ target }}", {}, "undefined-in-hosts", "add `-e target=…`"),
        ("{{ bot }}", {}, "undefined-in-hosts", "did you mean `both`?"),
        ("{{ sel.x }}", {}, "undefined-in-hosts", "has no attribute"),
        ("{{ sel", {}, "jinja-syntax", "is not a valid template"),
        ("{{ number }}", {}, "bad-selector", "must be a string"),
        ("{{ sel }}", {"sel": "{{ sel }}"}, "bad-selector", "in a circle"),
        ("{{ sel | nosuch }}", {}, "bad-selector", "No filter named"),
        ("{{ sel }}", {"sel": "wep"}, "unknown-host", "did you mean `web`?"),
        ("{{ sel }}", {"sel": "${env:X}"}, "bad-selector", "cannot be a secret"),
        ("{{ 1 / 0 }}", {}, "bad-selector", "division by zero"),
        ("{{ [].pop() }}", {}, "bad-selector", "pop from empty list"),
        ("x{{ sel }}${env:X}", {}, "secret-in-name", "cannot be a secret"),
    ],
)
def test_what_has_no_value_is_said(
    written: Any, extra_vars: dict[str, Any], slug: str, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        _hosts(written, **extra_vars)
    found: Diagnostic = caught.value.diagnostics[0]
    assert found.slug == slug
    assert words in f"{found.summary} {found.hint}"
    assert found.mark is not None
    assert found.mark.line > 1


def test_a_play_gives_its_own_variables() -> None:
    """As in Ansible, where `hosts` of a play sees the `vars` of the play."""
    step = {"gatherFacts": False, "vars": {"group": "db"}, "tasks": [{"ping": {}}]}
    task = {"name": "a", "hosts": "{{ group }}", "steps": [step]}
    assert _pattern({"name": "m", "vars": {"group": "web"}, "tasks": [task]}) == "db"
    assert _pattern({"name": "m", "tasks": [task]}, group="web") == "web"
