"""Ansible's differences as unified diffs."""

from __future__ import annotations

from typing import Any

import pytest

from worldtree.app.views.file_diffs import diff_lines

FILE = {
    "before_header": "/etc/a",
    "after_header": "/tmp/new",
    "before": "one\ntwo\n",
    "after": "one\n2\n",
}
NEW = {"before": "", "after": "one\n", "after_header": "/dev/shm/wt-mem-x/run-y/tmpz/t.j2"}


@pytest.mark.parametrize(
    ("result", "lines"),
    [
        ({}, []),
        ({"diff": {"before": "x", "after": "x"}}, []),
        ({"diff": {"prepared": "+a\n-b"}}, ["+a", "-b"]),
        (
            {"diff": [FILE]},
            ["--- /etc/a", "+++ /etc/a", "@@ -1,2 +1,2 @@", " one", "-two", "+2"],
        ),
        (
            {"diff": {"before": {"mode": "0600"}, "after": {"mode": "0644"}}},
            ["--- before", "+++ after", "@@ -1 +1 @@", "-mode: 0600", "+mode: 0644"],
        ),
        (
            {"diff": {"before": {"path": "/a", "mode": 1}, "after": {"path": "/a", "mode": 2}}},
            ["--- /a", "+++ /a", "@@ -1,2 +1,2 @@", " path: /a", "-mode: 1", "+mode: 2"],
        ),
        ({"dest": "/b", "diff": [NEW]}, ["--- /b", "+++ /b", "@@ -0,0 +1 @@", "+one"]),
        ({"diff": [NEW]}, ["--- t.j2", "+++ t.j2", "@@ -0,0 +1 @@", "+one"]),
        ({"results": [{"diff": {"prepared": "+a"}}, "x"]}, ["+a"]),
        ({"diff": {"before": "", "after": "a\x1b[2Jb"}}, None),
    ],
)
def test_differences_are_shown(result: dict[str, Any], lines: list[str] | None) -> None:
    """Of files, of attributes, of loops; nothing in them reaches the terminal as a command."""
    shown = list(diff_lines(result))
    if lines is None:
        assert "\x1b" not in "".join(shown)
    else:
        assert shown == lines
