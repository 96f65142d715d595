"""Plays and tasks turn into data with keys in the order people write them."""

from __future__ import annotations

import pytest

from worldtree.ansible.model.plays import Block, Play, PlayRole, PlayTask


def test_keys_of_a_play_come_in_the_usual_order() -> None:
    play = Play(
        name="p",
        hosts=("h1", "h2"),
        tags=("t",),
        tasks=(PlayTask("T", "a.b.c"),),
        roles=(PlayRole("r", "x"),),
        vars={"v": 1},
        environment={"E": "1"},
        keywords={
            "any_errors_fatal": True,
            "no_log": True,
            "become": False,
            "throttle": None,
            "serial": ("1", "50%"),
        },
    )
    data = play.data()
    assert list(data) == [
        *("name", "hosts", "gather_facts", "become", "serial", "any_errors_fatal", "no_log"),
        *("vars", "environment", "tags", "roles", "tasks"),
    ]
    assert data["hosts"] == ["h1", "h2"]
    assert data["serial"] == ["1", "50%"]
    assert data["roles"] == [{"role": "r", "when": "x"}]


def test_an_unknown_keyword_of_a_play_is_an_error() -> None:
    with pytest.raises(ValueError, match="play 'p' has unknown keywords: strateggy"):
        Play("p", "all", {"strateggy": "free"}).data()


def test_keywords_of_a_task_follow_its_action() -> None:
    task = PlayTask("T", "a.b.c", {"x": 1}, {"when": "w", "register": "r", "delegate_to": "l"})
    assert list(task.data()) == ["name", "a.b.c", "delegate_to", "register", "when"]
    assert task.with_keywords(when="other", no_log=True).keywords["when"] == "w"


def test_a_misspelt_keyword_is_refused() -> None:
    with pytest.raises(ValueError, match="wehn"):
        PlayTask("T", "a.b.c", {}, {"wehn": "x"}).data()


def test_all_tasks_includes_those_in_blocks() -> None:
    one, two = PlayTask("One", "a.b.c"), PlayTask("Two", "a.b.c")
    play = Play("p", "all", pre_tasks=(one,), tasks=(Block("B", (two,), "x"),))
    assert play.all_tasks() == (one, two)
