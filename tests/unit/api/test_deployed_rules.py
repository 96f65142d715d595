"""The alert rules and the dashboard: they can be parsed, and ask for metrics that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.api.promtool import run_promtool
from worldtree.api.metric_definitions import METRICS, PROCESS_METRICS

ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARD = json.loads((ROOT / "deploy/grafana/worldtree.json").read_text(encoding="utf-8"))
RULES = yaml.safe_load((PROMETHEUS / "rules.yml").read_text(encoding="utf-8"))
#: What Grafana puts in the place of its variables.
VARIABLES = {"$__rate_interval": "5m", "$job": "worldtree", "$instance": "one|two"}
#: Of Prometheus itself.
OF_PROMETHEUS = frozenset({"up"})
_STRING = re.compile(r'"[^"]*"')
#: A name before a selector, a range, or the end of an argument: no function, no label.
_METRIC = re.compile(r"\b(?:up|[a-z]+(?:_[a-z0-9]+)+)\b(?!\s*\()")
#: Lists of labels and clauses that have such names too.
_LABELS = re.compile(r"\{[^}]*\}|\b(?:by|on|without|ignoring)\s*\([^)]*\)")


def panels() -> Iterator[dict[str, Any]]:
    """Yield the panels that show something."""
    yield from (panel for panel in DASHBOARD["panels"] if panel["type"] != "row")


def dashboard_expressions() -> list[str]:
    """Return every expression of the dashboard, with values for its variables."""
    found = [target["expr"] for panel in panels() for target in panel["targets"]]
    for name, value in VARIABLES.items():
        found = [text.replace(name, value) for text in found]
    return found


def alerts() -> list[dict[str, Any]]:
    """Return every alert rule."""
    return [rule for group in RULES["groups"] for rule in group["rules"]]


def named_metrics(expression: str) -> set[str]:
    """Return the metrics that an expression asks for."""
    return set(_METRIC.findall(_LABELS.sub("", _STRING.sub('""', expression))))


def known_names() -> set[str]:
    """Return every name under which the service exposes a series."""
    names = {*METRICS, *PROCESS_METRICS, *OF_PROMETHEUS}
    for metric in METRICS.values():
        if metric.kind == "histogram":
            names |= {f"{metric.name}{suffix}" for suffix in ("_bucket", "_sum", "_count")}
    return names


def test_metrics_of_an_expression_are_found() -> None:
    """The check below is only as good as this."""
    text = 'histogram_quantile(0.9, sum by (le, the_label) (rate(a_b_bucket{x_y="c_d"}[5m]))) > e_f'
    assert named_metrics(text) == {"a_b_bucket", "e_f"}
    assert named_metrics('absent(up{job="x"})') == {"up"}


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: str(rule["alert"]))
def test_alert_asks_for_metrics_that_exist(rule: dict[str, Any]) -> None:
    """And says how severe it is, what happened and what to do."""
    assert named_metrics(rule["expr"])
    assert named_metrics(rule["expr"]) <= known_names()
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "description"}


def test_dashboard_asks_for_metrics_that_exist() -> None:
    asked = set().union(*map(named_metrics, dashboard_expressions()))
    assert asked <= known_names()
    shown = {re.sub("_(bucket|sum|count)$", "", name) for name in asked}
    hidden = set(METRICS) - shown - {"worldtree_build_info"}
    assert hidden == set()


def test_dashboard_has_no_variable_that_nobody_fills() -> None:
    defined = {"__rate_interval", *(one["name"] for one in DASHBOARD["templating"]["list"])}
    assert set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD))) <= defined
    assert all("$" not in text for text in dashboard_expressions())


def test_panels_of_the_dashboard_lie_beside_each_other() -> None:
    """Each has an id, a title and a description of its own, and no two overlap."""
    seen: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & seen
        assert place["x"] + place["w"] <= 24
        seen |= cells
    for name in ("id", "title"):
        values = [panel[name] for panel in DASHBOARD["panels"]]
        assert len(set(values)) == len(values)
    assert all(panel["description"] for panel in panels())


def test_prometheus_parses_every_expression(tmp_path: Path) -> None:
    """Those of the dashboard as rules, as promtool reads no dashboards."""
    records = [
        {"record": f"dashboard:{number}", "expr": text}
        for number, text in enumerate(dashboard_expressions())
    ]
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": records}]}))
    said = run_promtool("check", "rules", "--lint-fatal", str(file))
    assert f"{len(records)} rules found" in said
    said = run_promtool("check", "rules", "--lint-fatal", str(PROMETHEUS / "rules.yml"))
    assert f"{len(alerts())} rules found" in said


def test_rules_fire_when_they_should(tmp_path: Path) -> None:
    """Every alert is tested, both ways; an expression that never holds would be noticed."""
    run_promtool("test", "rules", str(PROMETHEUS / "rules_test.yml"))
    tests = yaml.safe_load((PROMETHEUS / "rules_test.yml").read_text(encoding="utf-8"))["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    for fires in (True, False):
        tested = {case["alertname"] for case in cases if bool(case.get("exp_alerts")) is fires}
        assert tested == {rule["alert"] for rule in alerts()}
    wrong = (PROMETHEUS / "rules.yml").read_text(encoding="utf-8").replace("> 900", "> 900000")
    (tmp_path / "rules.yml").write_text(wrong, encoding="utf-8")
    text = (PROMETHEUS / "rules_test.yml").read_text(encoding="utf-8")
    (tmp_path / "rules_test.yml").write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match="FAILED"):
        run_promtool("test", "rules", str(tmp_path / "rules_test.yml"))
