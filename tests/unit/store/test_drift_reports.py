"""Reports of drift: the newest of each cluster, their history, and figures of all."""

from __future__ import annotations

from unit.engine.plans import plan
from unit.store.tasks import WANTED
from worldtree.store.drift_reports import ClusterDrift, DriftPosition, DriftStatus, DriftSummary
from worldtree.store.store import Store


def report(
    store: Store,
    time: float,
    status: DriftStatus = "clean",
    *,
    cluster: str = "shop",
    differing: int = 0,
) -> DriftSummary:
    """Store a report of a task of its own."""
    wanted = (
        WANTED if cluster == "shop" else plan({"a": ["h1"]}).model_copy(update={"cluster": cluster})
    )
    task = store.create_task(wanted, "drift").id
    found = DriftSummary(task, cluster, time, status, differing, checked=5, total=6)
    store.save_drift_report(found, {"differs": [status]})
    return found


def test_the_newest_report_of_a_cluster_is_found(any_store: Store) -> None:
    """Whichever was stored last; a report of the same task replaces the one before."""
    assert any_store.drift_report("shop") is None
    new = report(any_store, 20.0, "drifted", differing=2)
    old = report(any_store, 10.0)
    assert any_store.drift_report("shop") == (new, {"differs": ["drifted"]})
    any_store.save_drift_report(new, {"differs": ["again"]})
    assert any_store.drift_report("shop") == (new, {"differs": ["again"]})
    assert any_store.drift_page("shop", 9) == [new, old]


def test_pages_of_reports_follow_each_other(any_store: Store) -> None:
    """Also those of one moment."""
    for time in (10.0, 20.0, 20.0, 30.0):
        report(any_store, time)
    whole = any_store.drift_page("shop", 9)
    assert [one.time for one in whole] == [30.0, 20.0, 20.0, 10.0]
    seen = page = any_store.drift_page("shop", 1)
    while page:
        page = any_store.drift_page("shop", 1, DriftPosition(page[-1].time, page[-1].task))
        seen = [*seen, *page]
    assert seen == whole


def test_the_fleet_has_a_report_per_cluster(any_store: Store) -> None:
    """Of the project, by name; figures are of all projects."""
    other = any_store.of_project(any_store.create_project("other").id)
    report(any_store, 10.0)
    shop = report(any_store, 20.0, "drifted", differing=1)
    bar = report(any_store, 15.0, "incomplete", cluster="bar")
    theirs = report(other, 5.0)
    assert any_store.newest_drift_page(9) == [bar, shop]
    assert any_store.newest_drift_page(9, after="bar") == [shop]
    assert other.newest_drift_page(9) == [theirs]
    assert other.drift_report("bar") is None
    assert any_store.drift_of_all(9) == [
        ClusterDrift("default", "bar", 0, 1),
        ClusterDrift("default", "shop", 1, 1),
        ClusterDrift("other", "shop", 0, 1),
    ]
    figures = any_store.fleet_figures()
    assert (len(figures.drift), figures.is_cut) == (3, False)


def test_a_report_ends_with_its_task(any_store: Store) -> None:
    """Pruned tasks leave none."""
    report(any_store, 10.0)
    any_store.prune(before=4e9)
    assert any_store.drift_page("shop", 9) == []
