"""A package brings a kind of channel; a broken one is named once and stops nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import homes
from unit.cli.conftest import Wt
from unit.plugins.packages import installed, write_package
from unit.store.tasks import run_task
from worldtree.app.notifications.notifier import Notifier
from worldtree.core.errors import ExitCode
from worldtree.core.network_guard import NetworkGuard

_FILE_CHANNEL = '''
from pathlib import Path

from worldtree.app.notifications.channel_kind import ChannelKind

WORLDTREE_PLUGIN_API = 1


class FileChannel(ChannelKind):
    """Writes messages into a file."""

    name = "file"

    def check(self, settings):
        if not isinstance(settings.get("path"), str):
            raise ValueError("`path` is missing")
        if settings["path"] == "/boom":
            raise RuntimeError("a mistake of the package")
        return dict(settings)

    def send(self, message, settings, guard):
        Path(settings["path"]).write_text(message.subject)
        return "written"


KIND = FileChannel()
'''
_GROUP = "worldtree.notification_channels"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """A package with a kind that works, and two with kinds that do not."""
    homes.prepare(tmp_path / "state")
    found = tmp_path / "site"
    files = {"acme_file.py": _FILE_CHANNEL}
    write_package(found, "acme-file", files, {_GROUP: {"file": "acme_file:KIND"}})
    files = {"acme_pager.py": "raise OSError('no pager')\n", "acme_text.py": "KIND = 'text'\n"}
    entries = {"pager": "acme_pager:KIND", "text": "acme_text:KIND"}
    write_package(found, "acme-pager", files, {_GROUP: entries})
    with installed(found):
        yield found


@pytest.mark.usefixtures("site")
def test_a_kind_of_a_package_is_created_and_delivers(
    wt: Wt, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The broken kinds are named in one warning each, by the commands and in the log."""
    target = tmp_path / "message"
    create = ("notify", "channel", "create", "team", "--kind")
    unknown = wt(*create, "pager")
    assert unknown.code == ExitCode.INPUT
    assert "`pager` of the package acme-pager 1.0 cannot be imported" in unknown.err
    assert "unknown kind of channel `pager`" in unknown.err
    assert "`path` is missing" in wt(*create, "file").err
    boom = wt(*create, "file", "--set", "path=/boom").err
    assert "Their check ends with RuntimeError: a mistake of the package." in boom
    made = wt(*create, "file", "--set", f"path={target}")
    assert made.code == ExitCode.OK, made.err
    assert made.err.count("acme-pager") == 4  # Two warnings, each with its package twice.
    with homes.open_store(tmp_path / "state") as store:
        run_task(store, "failed")
        notifier = Notifier(lambda: store, {}, NetworkGuard())
        notifier.run_once()
        notifier.run_once()
        (delivery,) = store.deliveries(5)
    assert (delivery.status, delivery.message) == ("delivered", "written")
    assert "failed" in target.read_text()
    named = [one.getMessage() for one in caplog.records if "acme-pager" in one.getMessage()]
    assert [("`pager`" in one, "`text`" in one) for one in named] == [(True, False), (False, True)]
