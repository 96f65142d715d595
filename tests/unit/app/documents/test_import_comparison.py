"""What Ansible lists of playbooks and of a bundle is read and compared play by play."""

from __future__ import annotations

from dataclasses import replace

from worldtree.ansible.content.playbooks.listing import ListedPlay, parse_listing
from worldtree.app.documents.playbook_import.comparison import compare_plays

LISTING = """
playbook: site.yml

  play #1 (web:!old): Web servers\tTAGS: [shop, web]
    pattern: ['web', '!old']
    hosts (2):
      web1
      web2
    tasks:
      base : Install\tTAGS: [shop, web]
      debug\tTAGS: [net, shop, web]
      TASK TAGS: [net, shop, web]

  play #2 (db): \tTAGS: []
    pattern: ['db']
    hosts (0):
    tasks:
      TASK TAGS: []
"""


def _bundle() -> list[ListedPlay]:
    plays = parse_listing(LISTING)
    return [replace(plays[0], name="create-cluster/web-servers/web-old/play")]


def test_a_listing_is_read() -> None:
    """Hosts, tasks with their tags, and the tags of tasks, of each play."""
    web, db = parse_listing(LISTING)
    assert (web.name, web.hosts, web.tags) == ("Web servers", ["web1", "web2"], {"shop", "web"})
    assert [task.name for task in web.tasks] == ["base : Install", "debug"]
    assert web.tasks[1].tags == web.task_tags == {"net", "shop", "web"}
    assert (db.name, db.hosts, db.tasks) == ("", [], [])


def test_equal_plays_have_no_differences() -> None:
    """A play without hosts need not be in the bundle."""
    assert compare_plays(["web-servers", "site-db"], parse_listing(LISTING), _bundle()) == []


def test_every_difference_is_said() -> None:
    """Hosts, tasks that are missing or added, order and tags, with the module and the play."""
    theirs = parse_listing(LISTING)
    changed = parse_listing(
        LISTING.replace("web2", "web3").replace("debug", "ping").replace("(0):", "(1):\n      db1")
    )
    bundle = [
        replace(play, name=name)
        for play, name in zip(
            changed,
            ("create-cluster/web-servers/web/play", "create-cluster/extra/db/play"),
            strict=True,
        )
    ]
    bundle[1].tasks = bundle[0].tasks
    found = compare_plays(["web-servers", "site-db"], theirs, bundle)
    assert [str(one) for one in found] == [
        "web-servers (Web servers): hosts: without web2",
        "web-servers (Web servers): hosts: with web3 in addition",
        "web-servers (Web servers): the task `debug` is missing",
        "web-servers (Web servers): the task `ping` is not in the play",
        "extra: the playbooks have no such play",
    ]


def test_order_and_tags_are_compared_where_the_tasks_are_the_same() -> None:
    """A task with other tags is named."""
    theirs = parse_listing(LISTING)[:1]
    other = _bundle()
    other[0].tasks = [theirs[0].tasks[1], theirs[0].tasks[0]]
    assert [one.text for one in compare_plays(["web-servers"], theirs, other)][:1] == [
        "the tasks have another order"
    ]
    tags = [
        replace(
            parse_listing(LISTING.replace("[net, ", "["))[0],
            name="create-cluster/web-servers/w/play",
        )
    ]
    found = compare_plays(["web-servers"], theirs, tags)
    assert [one.text for one in found] == ["tags of `debug`: without net"]


def test_hosts_that_only_a_run_knows_are_not_compared() -> None:
    """A play on a group that the playbook makes starts on more hosts."""
    theirs = parse_listing(LISTING)[:1]
    ours = parse_listing(LISTING.replace("web2", "web2\n      web3"))[:1]
    ours[0].name = "create-cluster/web-servers/all/play"
    assert compare_plays(["web-servers"], theirs, ours, {"web-servers"}) == []
    assert compare_plays(["web-servers"], theirs, ours) != []
