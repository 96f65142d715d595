"""Saved logins: private, whole, and never shown."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest

from worldtree.core.errors import WorldTreeError
from worldtree.remote.login_store import LoginStore, SavedLogin, login_directory


def test_a_login_is_kept_for_its_service_alone(tmp_path: Path) -> None:
    store = LoginStore(tmp_path / "new" / "worldtree")
    assert store.get("https://a") is None
    store.save("https://a", SavedLogin("wtp_secret", user="ann", ca_file="/ca.pem"))
    store.save("https://b", SavedLogin("wtp_other"))
    assert store.get("https://a") == SavedLogin("wtp_secret", user="ann", ca_file="/ca.pem")
    assert store.remove("https://a")
    assert not store.remove("https://a")
    assert list(store.all()) == ["https://b"]


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    store = LoginStore(tmp_path / "worldtree")
    store.save("https://a", SavedLogin("wtp_secret"))
    assert stat.S_IMODE(store.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.file.parent.stat().st_mode) == 0o700
    store.file.chmod(0o640)
    with pytest.raises(WorldTreeError, match="others can read") as found:
        store.get("https://a")
    assert found.value.code == "logins-unusable"


def test_a_token_is_not_in_texts_of_a_login() -> None:
    assert "wtp_secret" not in repr(SavedLogin("wtp_secret"))


@pytest.mark.parametrize(
    "body", ["", "no", "[]", '{"servers": []}', '{"servers": {"a": 1}}', '{"servers": {"a": {}}}']
)
def test_a_damaged_file_is_reported(tmp_path: Path, body: str) -> None:
    store = LoginStore(tmp_path)
    store.file.write_text(body, "utf-8")
    store.file.chmod(0o600)
    with pytest.raises(WorldTreeError) as found:
        store.save("https://a", SavedLogin("wtp_secret"))
    assert found.value.code == "logins-unusable"
    assert store.file.read_text("utf-8") == body


def test_keys_of_later_versions_are_ignored(tmp_path: Path) -> None:
    store = LoginStore(tmp_path)
    store.file.write_text(json.dumps({"servers": {"a": {"token": "t", "colour": "red"}}}), "utf-8")
    store.file.chmod(0o600)
    assert store.get("a") == SavedLogin("t")


def test_logins_at_the_same_time_are_both_kept(tmp_path: Path) -> None:
    names = [f"https://{number}" for number in range(12)]
    threads = [
        threading.Thread(target=LoginStore(tmp_path).save, args=(name, SavedLogin("t")))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(LoginStore(tmp_path).all()) == sorted(names)


def test_the_directory_follows_the_specification() -> None:
    assert login_directory({"XDG_CONFIG_HOME": "/etc/xdg"}) == Path("/etc/xdg/worldtree")
    assert login_directory({"XDG_CONFIG_HOME": "relative"}) == login_directory({})
