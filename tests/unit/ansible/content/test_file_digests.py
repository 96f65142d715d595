"""A role's digest changes exactly when its meaning may."""

from __future__ import annotations

from pathlib import Path

from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.content.file_digests import content_digest, content_files

FILES = {"tasks/main.yml": "a", "files/x.sh": "b"}


def test_equal_roles_have_equal_digests_wherever_they_lie(tmp_path: Path) -> None:
    one = write_tree(tmp_path / "one", FILES)
    two = write_tree(tmp_path / "deeper/two", dict(reversed(FILES.items())))
    assert content_digest(one) == content_digest(two)


def test_bytes_names_and_the_executable_bit_count(tmp_path: Path) -> None:
    role = write_tree(tmp_path, FILES)
    seen = {content_digest(role)}
    (role / "files/x.sh").chmod(0o755)
    seen.add(content_digest(role))
    (role / "files/x.sh").rename(role / "files/y.sh")
    seen.add(content_digest(role))
    (role / "files/y.sh").write_text("c")
    seen.add(content_digest(role))
    assert len(seen) == 4


def test_modes_count_and_the_umask_of_a_checkout_does_not(tmp_path: Path) -> None:
    """For usual modes the digest is the one of versions that knew the executable bit only."""
    role = write_tree(tmp_path, FILES)
    script = role / "files/x.sh"
    found = {}
    for mode in (0o644, 0o664, 0o600, 0o440, 0o755, 0o775, 0o750):
        script.chmod(mode)
        found[mode] = content_digest(role)
        assert (content_digest(role, shipped=True) == found[0o644]) == (not mode & 0o100)
    assert (
        found[0o644]
        == found[0o664]
        == "4a7966d55e6900913dea67b72625737729f59777f2c16d0b8855a6f72accd885"
    )
    assert found[0o755] == found[0o775]
    assert len(set(found.values())) == 5


def test_traces_of_tools_do_not_count(tmp_path: Path) -> None:
    role = write_tree(tmp_path, FILES)
    before = content_digest(role)
    write_tree(role, {".git/HEAD": "x", "library/__pycache__/a.pyc": "x", "library/b.pyc": "x"})
    assert content_digest(role) == before


def test_linked_directories_are_followed_and_circles_end(tmp_path: Path) -> None:
    role = write_tree(tmp_path / "role", FILES)
    write_tree(tmp_path / "shared", {"a.j2": "t"})
    (role / "templates").symlink_to("../shared")
    (role / "again").symlink_to(".")
    names = [file.relative for file in content_files(role)]
    assert names == ["files/x.sh", "tasks/main.yml", "templates/a.j2"]
