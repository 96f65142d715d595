"""Facts on hosts with a local connection: kept, shown, used again while they are young."""

from __future__ import annotations

from pathlib import Path

from acceptance.workspace import Workspace


def test_facts_are_gathered_once_within_their_time(tmp_path: Path) -> None:
    """The second task reads what the first one gathered; a refresh gathers again."""
    place = Workspace(tmp_path)
    place.target.mkdir()
    text = "{{ ansible_facts['system'] }} {{ ansible_facts['date_time']['epoch'] }}"
    page = {"dest": f"{place.target}/page", "content": text, "mode": "0644"}
    place.write(
        {
            "hosts": [{"name": "a", "connection": "local"}],
            "facts": {"ttl": "1h", "gatherSubset": ["min", "date_time"]},
            "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [{"copy": page}]}]}],
        }
    )
    first = place.wt("apply", "--yes", "-o", "json")
    assert first.code == 0, first.err + first.out
    assert first.hosts("facts/gather/setup") == {"a": "ok"}
    written = (place.target / "page").read_text()
    assert written.startswith("Linux ")
    again = place.wt("apply", "--yes", "-o", "json")
    assert again.code == 0, again.err + again.out
    assert again.hosts("facts/gather/setup") == {"a": "skipped"}
    assert again.hosts("m/t/copy") == {"a": "ok"}
    assert (place.target / "page").read_text() == written
    [kept] = place.wt("facts", "a", "-o", "json").json["items"]
    assert written == f"Linux {kept['facts']['ansible_date_time']['epoch']}"
    fresh = place.wt("facts", "--refresh", "-o", "json")
    assert fresh.code == 0, fresh.err
    assert fresh.json["items"][0]["gathered"] > kept["gathered"]
