"""Resolves packages by ``apt-get`` with a root of its own, for any release and architecture.

The root has copies of repositories: signed lists, and indexes of packages. apt checks the signature
of each list with the keys of its repository only, its dates, and the sha256 of each index; then it
chooses packages for a machine that has none. Nothing of the configuration, the keys and the
packages of this machine is used, and apt reads files only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from worldtree.artifacts.sources.apt_suite import RELEASE_FILE, Suite
from worldtree.artifacts.sources.source_kind import SourceError
from worldtree.core.openpgp_keys import read_keys
from worldtree.plan.packages import LockedPackage, PackageSet

#: Seconds that a command may take; those of all of Debian take five.
_TIMEOUT_SECONDS = 300
#: Lines of apt that a message has.
_MAX_LINES = 4
#: Priority of a version that the lock file had: more than that of a newer one.
_KEPT_PRIORITY = 990
_URI = re.compile(r"'file:([^']+)' (\S+) [0-9]+ ", re.MULTILINE)
_PROBLEM = re.compile(r"^(?:E: |W: (?=GPG error))(.+)$", re.MULTILINE)
#: ``shop : Depends: libshop but it is not installable``, and what continues it.
_UNMET = re.compile(r"^ (\S+ : .+|  +.+)$", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_CONFIGURATION = """\
Dir "{root}/";
Dir::State "{root}/state/";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache/";
Dir::Cache::srcpkgcache "";
Dir::Etc "{root}/etc/";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::preferences "{root}/preferences";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::trusted "/dev/null";
Dir::Etc::trustedparts "/dev/null";
Dir::Etc::netrc "/dev/null";
Dir::Etc::netrcparts "/dev/null";
Dir::Log "{root}/log/";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
"""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A package that apt has chosen."""

    #: Index of its repository.
    repository: int
    #: Below the location of the repository.
    path: str
    name: str
    version: str


class AptRoot:
    """A root of apt in an empty directory, which the caller removes."""

    def __init__(self, root: Path, architecture: str) -> None:
        """``architecture`` is that of Debian. Raises ``SourceError`` where there is no apt."""
        self._program, self._show = (shutil.which(name) for name in ("apt-get", "apt-cache"))
        if self._program is None or self._show is None:
            raise SourceError(
                "this machine has no `apt-get`, which resolves packages: run `wt artifacts lock` on"
                " a machine, or in a container, of Debian or Ubuntu; everything else needs only the"
                " lock file"
            )
        self._root, self._shown = root, dict[str, str]()
        for name in ("state/lists/partial", "cache/archives/partial", "etc", "log", "keys"):
            (root / name).mkdir(parents=True)
        for name in ("status", "preferences", "sources.list"):
            (root / name).touch()
        (root / "apt.conf").write_text(
            _CONFIGURATION.format(root=root, architecture=architecture), encoding="utf-8"
        )

    def add(
        self,
        number: int,
        shown: str,
        keys: Sequence[str],
        suites: Iterable[tuple[str, Suite, dict[str, Path]]],
        components: Sequence[str],
    ) -> None:
        """Add a repository: its suites by name, with the files of their indexes.

        ``shown`` is its location for people, ``keys`` are paths. Raises ``InputError`` for keys
        that cannot be used.
        """
        copy = self._root / f"repository{number}"
        self._shown[f"file:{copy}"] = shown
        signed_by = [self._key(Path(key), f"{number}-{place}") for place, key in enumerate(keys)]
        options = f"[signed-by={','.join(map(str, signed_by))} by-hash=no]"
        lines = []
        for name, suite, indexes in suites:
            directory = copy / suite.directory
            directory.mkdir(parents=True, exist_ok=True)
            (directory / RELEASE_FILE).write_bytes(suite.release)
            for index, file in indexes.items():
                target = directory / index
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(file.absolute())
            parts = " ".join(components) if suite.directory else ""
            lines.append(f"deb {options} file:{copy} {name} {parts}".rstrip() + "\n")
        with (self._root / "sources.list").open("a", encoding="utf-8") as stream:
            stream.writelines(lines)

    def resolve(
        self, packages: PackageSet, kept: Iterable[LockedPackage]
    ) -> tuple[LockedPackage, ...]:
        """Return the packages and all that they depend on, sorted by name.

        Versions of ``kept`` are taken where there still are such. Raises ``SourceError`` with what
        apt says.
        """
        preferences = [
            f"Package: {one.name}\nPin: version {one.version}\nPin-Priority: {_KEPT_PRIORITY}\n\n"
            for one in kept
        ]
        (self._root / "preferences").write_text("".join(preferences), encoding="utf-8")
        self._run(self._program, "update", "-q")
        present = self._closure(packages.present) if packages.present else []
        wanted = [
            f"{name}={packages.versions[name]}" if name in packages.versions else name
            for name in packages.names
        ]
        # What is asked for is never left out.
        there = {one.path for one in present if one.name not in packages.names}
        chosen = [one for one in self._closure(wanted) if one.path not in there]
        return self._described(chosen)

    def _key(self, file: Path, name: str) -> Path:
        content, is_armored = read_keys(file)
        key = self._root / "keys" / (name + (".asc" if is_armored else ".gpg"))
        key.write_bytes(content)
        return key

    def _closure(self, names: Sequence[str]) -> list[_Chosen]:
        # With one `-q` it says on stdout which dependencies are not met.
        said = self._run(
            self._program, "install", "-q", "--yes", "--print-uris", "--no-remove", "--", *names
        )
        found = []
        for place, file in _URI.findall(said):
            directory, _, path = unquote(place).removeprefix(f"{self._root}/").partition("/")
            name, version, _ = unquote(file).split("_", 2)
            number = int(directory.removeprefix("repository"))
            found.append(_Chosen(number, path.removeprefix("./"), name, version))
        return found

    def _described(self, chosen: Sequence[_Chosen]) -> tuple[LockedPackage, ...]:
        """Return packages with what the indexes say of them."""
        wanted = {(one.name, one.version, one.path): one for one in chosen}
        names = [f"{one.name}={one.version}" for one in chosen]
        found: dict[str, LockedPackage] = {}
        for text in self._run(self._show, "show", "--", *names).split("\n\n"):
            fields = dict(re.findall(r"^(\S+): (.*)$", text, re.MULTILINE))
            path = fields.get("Filename", "").removeprefix("./")
            one = wanted.get((fields.get("Package", ""), fields.get("Version", ""), path))
            if one is None or one.path in found:
                continue
            shown = self._shown[f"file:{self._root}/repository{one.repository}"]
            try:
                found[one.path] = LockedPackage(
                    name=one.name,
                    version=one.version,
                    architecture=fields["Architecture"],
                    path=path,
                    sha256=fields["SHA256"],
                    size=int(fields["Size"]),
                    repository=shown,
                )
            except (KeyError, ValueError):
                raise SourceError(
                    f"{shown}: the index says of {one.name} {one.version} what cannot be used, or"
                    " has no sha256 of it"
                ) from None
        if lost := [one.name for one in chosen if one.path not in found]:
            raise SourceError(f"the indexes have no `{lost[0]}` that can be downloaded")
        return tuple(sorted(found.values(), key=lambda one: (one.name, one.version)))

    def _run(self, program: str | None, *arguments: str) -> str:
        assert program is not None, "checked when the root was made"
        environ = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "APT_CONFIG": str(self._root / "apt.conf"),
            "HOME": str(self._root),
            "TMPDIR": str(self._root),
        }
        try:
            done = subprocess.run(
                [program, *arguments],
                env=environ,
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SourceError(f"apt has not ended after {_TIMEOUT_SECONDS} s") from None
        except OSError as error:
            raise SourceError(f"{program}: {error.strerror}") from None
        if done.returncode:
            raise SourceError(self._reason(done))
        return done.stdout

    def _reason(self, done: subprocess.CompletedProcess[str]) -> str:
        """Return what apt says in one line, with the locations of repositories for their copies."""
        unmet = [" ".join(line.split()) for line in _UNMET.findall(done.stdout)]
        lines = unmet or list(dict.fromkeys(_PROBLEM.findall(done.stderr)))
        text = "; ".join(lines[:_MAX_LINES]) or f"apt ended with the code {done.returncode}"
        for copy, shown in self._shown.items():
            text = text.replace(copy, shown)
        return "apt: " + _CONTROL.sub(" ", text)
