"""An edit of a bundle shows, whatever was edited."""

from __future__ import annotations

import json
from difflib import ndiff
from pathlib import Path

import pytest

from unit.ansible.bundles import bundle, chain, node
from worldtree.ansible.bundle import (
    Bundle,
    check_stale,
    emit,
    read_manifest,
    read_plan,
    verify_bundle,
)
from worldtree.core.errors import InputError, RefusedError
from worldtree.plan.plan import Plan


@pytest.fixture
def made(shop_bundle: Bundle, tmp_path: Path) -> Path:
    """The bundle of ``shop`` on disk."""
    emit(shop_bundle, tmp_path / "b")
    return tmp_path / "b"


def test_every_kind_of_change_names_its_file(made: Path) -> None:
    (made / "site.yml").write_text("edited")
    (made / "files" / "motd.txt").unlink()
    (made / "files" / "tool.sh").chmod(0o644)
    (made / "plays" / "new.yml").write_text("new")
    (made / "plays" / "vars").unlink()
    (made / "plays" / "vars").symlink_to("/etc")
    (made / "ansible.cfg").rename(made / "moved.cfg")
    (made / "ansible.cfg").symlink_to("moved.cfg")
    assert [str(problem) for problem in verify_bundle(made)] == [
        "ansible.cfg: edited",
        "files/motd.txt: missing",
        "files/tool.sh: mode 0644 instead of 0700",
        "moved.cfg: extra",
        "plays/new.yml: extra",
        "plays/vars: edited",
        "site.yml: edited",
    ]


def test_a_changed_mode_is_named(made: Path, shop_bundle: Bundle) -> None:
    (made / "site.yml").chmod(0o600)
    (made / "files/tool.sh").chmod(0o755)
    (made / "ansible.cfg").chmod(0o664)
    wanted = [
        "files/tool.sh: mode 0755 instead of 0700",
        "site.yml: mode 0600 instead of 0644",
    ]
    assert [str(problem) for problem in verify_bundle(made)] == wanted
    assert [str(problem) for problem in check_stale(made, shop_bundle)] == wanted


@pytest.mark.parametrize("umask", [0o002, 0o022, 0o027, 0o077])
def test_a_checkout_with_another_umask_is_not_edited(
    shop: Plan, document: Path, tmp_path: Path, umask: int
) -> None:
    """Git keeps the executable bit; which other bits a checkout has depends on the umask."""
    (document / "files/tool.sh").chmod(0o755)
    fresh, _bag = bundle(shop, document)
    emit(fresh, tmp_path / "b")
    for path in (tmp_path / "b").rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod((0o777 if path.stat().st_mode & 0o100 else 0o666) & ~umask)
    assert verify_bundle(tmp_path / "b") == []
    assert check_stale(tmp_path / "b", fresh) == []


@pytest.mark.parametrize(
    ("name", "keys"),
    [("digests.json", ("files", "site.yml")), ("plan.json", ("plan", "cluster"))],
)
def test_the_manifest_guards_itself(made: Path, name: str, keys: tuple[str, str]) -> None:
    path = made / name
    data = json.loads(path.read_text())
    data[keys[0]][keys[1]] = "0" * 64
    path.write_text(json.dumps(data))
    with pytest.raises(RefusedError, match="edited"):
        verify_bundle(made)


@pytest.mark.parametrize("text", [None, "{", "[]", "{}"])
def test_a_plan_without_its_digests_is_refused(made: Path, text: str | None) -> None:
    path = made / "digests.json"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(RefusedError, match=r"digests\.json") as caught:
        verify_bundle(made)
    assert "wt compile" in caught.value.hint


def test_one_variable_is_one_line_of_the_plan_that_is_reviewed(document: Path) -> None:
    """All that follows from it is in the file that git does not show as text."""

    def files(value: int) -> dict[str, list[str]]:
        steps = [node(f"n{i}", role="shop", vars={"shop_port": i}) for i in range(5)]
        made, _ = bundle(chain(*steps, node("n", role="shop", vars={"a": value})), document)
        return {path: file.read().decode().splitlines() for path, file in made.files.items()}

    old, new = files(1), files(2)
    changed = {path for path in old if old[path] != new[path]}
    lines = [line for line in ndiff(old["plan.json"], new["plan.json"]) if line[0] in "+-"]
    assert [line.split() for line in lines] == [["-", '"a":', "1"], ["+", '"a":', "2"]]
    hidden = {line.split()[0] for line in old[".gitattributes"] if " -diff" in line}
    assert changed - hidden == {"plan.json", "plays/demo.app.main.n.yml"}


@pytest.mark.parametrize("text", [None, "[]", '{"kind": "other"}'])
def test_what_is_no_bundle_is_wrong_input(tmp_path: Path, text: str | None) -> None:
    """There is nothing that could have been edited, so it is no refusal."""
    if text is not None:
        (tmp_path / "plan.json").write_text(text)
    with pytest.raises(InputError, match="not a bundle") as caught:
        read_manifest(tmp_path)
    assert [d.slug for d in caught.value.diagnostics] == ["not-a-bundle"]


def test_a_broken_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{")
    with pytest.raises(RefusedError, match="cannot be read"):
        read_manifest(tmp_path)


def test_a_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"kind": "worldtree-bundle", "version": 99}')
    with pytest.raises(RefusedError, match="version 99"):
        read_manifest(tmp_path)


def test_the_plan_comes_back_from_the_manifest(made: Path, shop: Plan) -> None:
    assert read_plan(made) == shop


def test_a_stale_bundle_names_what_a_fresh_one_would_change(made: Path, document: Path) -> None:
    fresh, _bag = bundle(chain(node("motd", "copy", {"src": "motd.txt", "dest": "/x"})), document)
    problems = {problem.path: problem.what for problem in check_stale(made, fresh)}
    assert problems["plays/demo.app.main.motd.yml"] == "edited"
    assert problems["plays/demo.app.main.conf.yml"] == "extra"
    assert problems["plan.json"] == "edited"
    assert "ansible.cfg" not in problems


def test_without_a_bundle_everything_is_missing(tmp_path: Path, shop_bundle: Bundle) -> None:
    problems = check_stale(tmp_path / "none", shop_bundle)
    assert {problem.what for problem in problems} == {"missing"}
    assert len(problems) == len(shop_bundle.files)
