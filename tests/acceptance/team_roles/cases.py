"""The cases: a document and roles with habits of roles in the wild, and how each is run.

A case is a directory of ``cases/`` with

- ``cluster.yaml``: the document; ``@OUT@`` stands for the directory that hosts write to;
- ``hand.yml``: the playbook that a person would write for the same roles, with ``hand-hosts.yml``
  as its inventory where hosts and groups matter (else it is made from the document's hosts);
- ``shared/`` copied to ``@OUT@/shared`` before the first run, ``second/`` before a second one;
- ``expected.yml``, ``expected-second.yml``: path below ``@OUT@`` → text that must be found there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from worldtree.ansible.content.yaml_files import read_yaml

CASES = Path(__file__).parent / "cases"
_TEXTS = {".yaml", ".yml", ".ini"}
_LOCAL = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
}


@dataclass(frozen=True)
class Case:
    """A copy of a case in a directory of its own."""

    name: str
    project: Path
    out: Path

    @classmethod
    def copy(cls, name: str, to: Path) -> Case:
        """Copy the case ``name`` below ``to`` with its places filled in."""
        case = cls(name, to / "project", to / "out")
        shutil.copytree(CASES / name, case.project)
        for file in case.project.rglob("*"):
            if file.suffix in _TEXTS and file.is_file():
                text = file.read_text(encoding="utf-8")
                file.write_text(text.replace("@OUT@", str(case.out)), encoding="utf-8")
        case.shared("shared")
        for host in case.hosts:
            (case.out / host).mkdir(parents=True)
        return case

    @property
    def hosts(self) -> list[str]:
        """Names of the hosts that write something."""
        expected = yaml.safe_load((CASES / self.name / "expected.yml").read_text(encoding="utf-8"))
        document = self.document["spec"].get("hosts", [])
        names = {path.partition("/")[0] for path in expected} - {"shared"}
        return sorted(names | {host["name"] for host in document})

    @property
    def document(self) -> dict[str, Any]:
        """The document's data."""
        found: dict[str, Any] = read_yaml(self.project / "cluster.yaml")
        return found

    def shared(self, source: str) -> bool:
        """Put the files of ``source`` where all hosts see them; whether there are any."""
        there = self.project / source
        (self.out / "shared").mkdir(parents=True, exist_ok=True)
        if there.is_dir():
            shutil.copytree(there, self.out / "shared", dirs_exist_ok=True)
        return there.is_dir()

    def found(self) -> dict[str, str]:
        """Return path below the out directory → text of every file there."""
        return {
            path.relative_to(self.out).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(self.out.rglob("*"))
            if path.is_file()
        }

    def expected(self, file: str = "expected.yml") -> dict[str, str]:
        """Return what must be found."""
        data: dict[str, str] = yaml.safe_load((self.project / file).read_text(encoding="utf-8"))
        return data

    # ---- the three ways to run a case ------------------------------------------------------------

    def by_hand(self) -> None:
        """Run the playbook that a person would write."""
        inventory = self.project / "hand-hosts.yml"
        written = self.document["spec"].get("inventory")
        sources = ["-i", str(inventory)] if inventory.exists() or not written else []
        if written:
            sources += ["-i", str(self.project / written)]
        elif not inventory.exists():
            hosts = {
                host["name"]: {**_LOCAL, **host.get("vars", {})}
                for host in self.document["spec"]["hosts"]
            }
            data = {"all": {"hosts": hosts, "vars": self.document["spec"].get("vars", {})}}
            inventory.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
        settings = {
            "ANSIBLE_ROLES_PATH": "roles",
            "ANSIBLE_COLLECTIONS_PATH": "collections",
            "ANSIBLE_CONFIG": str(CASES.parent / "hand.cfg"),
        }
        self.run(ansible("playbook"), *sources, "hand.yml", cwd=self.project, **settings)

    def compile(self) -> Path:
        """Compile the document and return the bundle's directory."""
        bundle = self.project / "build"
        self.run(*wt(), "compile", "-f", "cluster.yaml", "--dir", str(bundle), cwd=self.project)
        return bundle

    def by_bundle(self, bundle: Path) -> None:
        """Run the bundle with nothing but Ansible."""
        self.run(ansible("playbook"), "site.yml", cwd=bundle)

    def by_apply(self) -> None:
        """Run the document with ``wt apply``."""
        home = str(self.project.parent / "home")
        self.run(
            *wt(), "apply", "-f", "cluster.yaml", "--yes", cwd=self.project, WORLDTREE_HOME=home
        )

    def run(self, *command: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a person would; what it printed is in the error when it fails."""
        password = self.project / "vault-password"
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "WORLDTREE_"))},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            **({"ANSIBLE_VAULT_PASSWORD_FILE": str(password)} if password.exists() else {}),
            **more,
        }
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            told = f"{done.stdout[-6000:]}\n{done.stderr[-4000:]}"
            raise AssertionError(f"{' '.join(command)} ended with {done.returncode}\n{told}")
        return done


def ansible(tool: str) -> str:
    """Return the path of a program of Ansible that belongs to this Python."""
    return str(Path(sys.executable).with_name(f"ansible-{tool}"))


def wt() -> tuple[str, ...]:
    """Return how to call ``wt`` of this source tree."""
    return (sys.executable, "-m", "worldtree.cli.entry")
