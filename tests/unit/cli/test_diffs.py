"""Ansible's differences as unified diffs."""

from __future__ import annotations

from typing import Any

import click
import pytest

from worldtree.cli.diffs import diff_lines

FILE = {
    "before_header": "/etc/a",
    "after_header": "/tmp/new",
    "before": "one\ntwo\n",
    "after": "one\n2\n",
}


@pytest.mark.parametrize(
    ("result", "lines"),
    [
        ({}, []),
        ({"diff": {"before": "x", "after": "x"}}, []),
        ({"diff": {"prepared": "+a\n-b"}}, ["+a", "-b"]),
        (
            {"diff": [FILE]},
            ["--- /etc/a", "+++ /tmp/new", "@@ -1,2 +1,2 @@", " one", "-two", "+2"],
        ),
        (
            {"diff": {"before": {"mode": "0600"}, "after": {"mode": "0644"}}},
            ["--- before", "+++ after", "@@ -1 +1 @@", "-mode: 0600", "+mode: 0644"],
        ),
        ({"results": [{"diff": {"prepared": "+a"}}, "x"]}, ["+a"]),
        ({"diff": {"before": "", "after": "a\x1b[2Jb"}}, None),
    ],
)
def test_differences_are_shown(result: dict[str, Any], lines: list[str] | None) -> None:
    """Of files, of attributes, of loops; nothing in them reaches the terminal as a command."""
    shown = [click.unstyle(line) for line in diff_lines(result)]
    if lines is None:
        assert "\x1b" not in "".join(shown)
    else:
        assert shown == lines
