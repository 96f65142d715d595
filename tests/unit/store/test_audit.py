"""The chain of the audit log, on a file and on a server: what was changed is found."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from unit.store.tasks import run_task
from worldtree.core.actor import Actor
from worldtree.store.audit_chain import ChainCheck, ChainReport, entry_digest, next_link
from worldtree.store.schema import audit, audit_head
from worldtree.store.store import Store

ANN = Actor("token", "ann", "192.0.2.7")
#: An entry of a program that knows no links.
OLD = {"time": 1.5, "who": "old", "what": "task-created", "detail": ""}


def change(store: Store, statement: Any, rows: Any = None) -> None:
    """Change the tables as nobody should."""
    with store._writer.begin() as connection:
        connection.execute(statement, rows)


def fill(store: Store, count: int = 4) -> list[int]:
    """Add entries; return their ids."""
    for number in range(count):
        store.audit("tried", cluster="shop", detail=f"number {number} é", who=ANN)
    return [one.id for one in reversed(store.audit_log())]


def test_an_empty_log_is_intact(any_store: Store) -> None:
    assert any_store.verify_audit() == ChainReport(0, 0, "")


def test_entries_say_who_from_where_in_which_project_and_what_became_of_it(
    any_store: Store,
) -> None:
    any_store.audit("tried", cluster="shop", who=ANN, result="refused")
    any_store.audit_installation("tried", "somebody", "with \0 and \udcff")
    second, first = any_store.audit_log()
    assert (first.who, first.address) == ("ann, 192.0.2.7", "192.0.2.7")
    assert (first.project, first.result) == ("default", "refused")
    assert (second.project, second.address, second.result) == (None, None, "done")
    assert any_store.verify_audit().is_intact


def test_a_log_that_nobody_changed_is_intact(any_store: Store) -> None:
    fill(any_store)
    run_task(any_store)
    any_store.create_user("zoe", ANN)
    found = any_store.verify_audit()
    newest = any_store.audit_log(limit=1)[0]
    assert found.is_intact
    assert (found.entries, found.uncovered, found.head) == (6, 0, newest.chain)


@pytest.mark.parametrize(
    "values",
    [
        {"who": "bob"},
        {"what": "other"},
        {"time": 1.0},
        {"detail": "number 1"},
        {"cluster": None},
        {"task": "t9"},
        {"project": "other"},
        {"address": "192.0.2.8"},
        {"result": "refused"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_changed_entry_is_found(any_store: Store, values: dict[str, Any]) -> None:
    ids = fill(any_store)
    change(any_store, update(audit).where(audit.c.id == ids[1]).values(values))
    assert any_store.verify_audit().misfit == ids[1]


def test_a_removed_entry_is_found_by_the_next_one(any_store: Store) -> None:
    ids = fill(any_store)
    change(any_store, delete(audit).where(audit.c.id == ids[1]))
    assert any_store.verify_audit().misfit == ids[2]
    change(any_store, delete(audit).where(audit.c.id <= ids[1]))
    assert any_store.verify_audit().misfit == ids[2]


def test_removed_newest_entries_are_found_by_the_head(any_store: Store) -> None:
    ids = fill(any_store)
    head = any_store.verify_audit().head
    change(any_store, delete(audit).where(audit.c.id >= ids[2]))
    found = any_store.verify_audit()
    assert (found.misfit, found.missing) == (None, (head,))
    change(any_store, delete(audit))
    assert any_store.verify_audit().missing == (head,)


def test_a_log_that_was_written_anew_is_found_by_a_kept_head(any_store: Store) -> None:
    ids = fill(any_store)
    kept = any_store.verify_audit().head
    fill(any_store, 2)
    assert any_store.verify_audit(kept).is_intact
    links = {one.id: one.chain for one in any_store.audit_log()}
    change(any_store, delete(audit).where(audit.c.id >= ids[3]))
    change(any_store, update(audit_head).values(chain=links[ids[2]]))
    assert any_store.verify_audit().is_intact
    fill(any_store, 3)
    assert any_store.verify_audit(kept).missing == (kept,)


def test_an_inserted_entry_and_an_exchanged_one_are_found(any_store: Store) -> None:
    ids = fill(any_store)
    change(any_store, update(audit).where(audit.c.id == ids[1]).values(id=1000))
    change(any_store, update(audit).where(audit.c.id == ids[2]).values(id=ids[1]))
    change(any_store, update(audit).where(audit.c.id == 1000).values(id=ids[2]))
    # The chain gives the order back.
    assert any_store.verify_audit().is_intact
    change(any_store, insert(audit), {**OLD, "id": 2000, "chain": "f" * 64})
    assert any_store.verify_audit().misfit == 2000


def test_a_link_that_was_taken_away_is_found(any_store: Store) -> None:
    ids = fill(any_store)
    change(any_store, update(audit).where(audit.c.id == ids[1]).values(chain=None))
    assert any_store.verify_audit().misfit == ids[2]


def test_entries_of_old_programs_are_covered_by_the_next_link(any_store: Store) -> None:
    change(any_store, insert(audit), [OLD, OLD])
    found = any_store.verify_audit()
    assert (found.is_intact, found.entries, found.uncovered) == (True, 2, 2)
    ids = fill(any_store, 2)
    change(any_store, insert(audit), [OLD, OLD, OLD])
    fill(any_store, 1)
    found = any_store.verify_audit()
    assert (found.is_intact, found.entries, found.uncovered) == (True, 8, 0)
    change(any_store, update(audit).where(audit.c.id == ids[0]).values(who="new"))
    assert any_store.verify_audit().misfit == ids[0]


def test_an_entry_that_an_old_program_commits_late_is_covered(any_store: Store) -> None:
    """Its id is lower than that of an entry that has a link already."""
    first, *_ = fill(any_store, 2)
    change(any_store, insert(audit), {**OLD, "id": first - 1})
    assert any_store.verify_audit().is_intact
    fill(any_store, 1)
    found = any_store.verify_audit()
    assert (found.is_intact, found.entries, found.uncovered) == (True, 4, 0)
    change(any_store, update(audit).where(audit.c.id == first - 1).values(who="new"))
    assert any_store.verify_audit().misfit == first - 1


def test_entries_of_many_at_once_are_one_chain(open_store: Callable[[], Store]) -> None:
    stores = [open_store() for _ in range(3)]
    failures: list[BaseException] = []

    def add(store: Store) -> None:
        try:
            fill(store, 10)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=add, args=[store]) for store in stores]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failures == []
    found = stores[0].verify_audit()
    assert (found.is_intact, found.entries) == (True, 30)


def test_a_project_has_its_entries_with_and_without_a_task(any_store: Store) -> None:
    team = any_store.create_project("team", ANN)
    ann = any_store.create_user("ann", ANN)
    any_store.grant_role(ann.id, team.id, "member", ANN)
    any_store.grant_role(ann.id, "*", "viewer", ANN)
    other = any_store.of_project(team.id)
    other.audit("document-stored", cluster="shop")
    task = run_task(any_store).id
    # An entry of an earlier version belongs to the project of its task.
    change(any_store, insert(audit), {**OLD, "task": task, "cluster": "shop"})
    mine = [one.what for one in any_store.audit_page(10)]
    assert mine == ["task-created", "task-created"]
    theirs = [one.what for one in other.audit_page(10)]
    assert theirs == ["document-stored", "role-granted", "project-created"]
    everything = any_store.audit_page(3, everywhere=True)
    rest = any_store.audit_page(10, before=everything[-1].id, everywhere=True)
    assert [one.id for one in everything + rest] == [one.id for one in any_store.audit_log()]
    assert [one.what for one in rest] == [
        "role-granted",
        "role-granted",
        "user-created",
        "project-created",
    ]


def test_a_long_broken_log_is_given_up_early() -> None:
    """What follows the first misfit is not held for ever."""
    check, link, taken = ChainCheck(), "", 0
    for number in range(10_000):
        digest = entry_digest(_Row(detail=str(number)))
        link = next_link(link, [digest])
        taken += 1
        if not check.add(number, link, b"other" if number == 3 else digest):
            break
    assert taken < 1000
    assert check.report().misfit == 3


def test_one_link_over_a_long_history_takes_one_pass() -> None:
    digests = [entry_digest(_Row(detail=str(number))) for number in range(20_000)]
    link, check = next_link("", digests), ChainCheck()
    assert all(check.add(number, link, digest) for number, digest in enumerate(digests))
    assert check.report() == ChainReport(20_000, 0, link)


class _Row:
    time, who, what = 1.0, "ann", "tried"
    cluster = task = project = address = result = None

    def __init__(self, detail: str) -> None:
        self.detail = detail
