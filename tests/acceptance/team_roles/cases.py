"""Test cases: documents with roles as teams write them, and the ways to run each.

A case is a directory of ``cases/`` with

- ``cluster.yaml``: the document; ``@OUT@`` stands for the directory that hosts write to;
- ``reference.yml``: the playbook that a user would write by hand for the same roles;
- ``reference-hosts.yml`` (optional): its inventory, else built from the hosts of the document;
- ``shared/``: copied to ``@OUT@/shared`` before the first run, ``second/`` before a second one;
- ``expected.yml``, ``expected-second.yml``: path below ``@OUT@`` → expected text.
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

from acceptance import forked_cli
from acceptance.workspace import COMMAND
from proven_runs import ProvenRun, digest_of, digest_of_bundle
from worldtree.ansible.content.yaml_files import read_yaml

CASES = Path(__file__).parent / "cases"
_OUT = "@OUT@"
_TEXTS = {".yaml", ".yml", ".ini"}
_LOCAL = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
}


@dataclass(frozen=True)
class Case:
    """A copy of a case in a separate directory."""

    name: str
    project: Path
    out: Path

    @classmethod
    def copy(cls, name: str, to: Path) -> Case:
        """Copy the case ``name`` below ``to`` and replace ``@OUT@``."""
        case = cls(name, to / "project", to / "out")
        shutil.copytree(CASES / name, case.project)
        for file in case.project.rglob("*"):
            if file.suffix in _TEXTS and file.is_file():
                text = file.read_text(encoding="utf-8")
                file.write_text(text.replace(_OUT, str(case.out)), encoding="utf-8")
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
        """Copy the files of ``source`` to the shared directory; return whether there are any."""
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
        """Return the expected files, as ``found`` returns them."""
        data: dict[str, str] = yaml.safe_load((self.project / file).read_text(encoding="utf-8"))
        return data

    # ---- the three ways to run a case ------------------------------------------------------------

    @property
    def proven_reference(self) -> ProvenRun:
        """The record of the reference run: what it leaves is as expected."""
        return ProvenRun(f"reference-{self.name}", self._digest)

    def proven_bundle(self, bundle: Path) -> ProvenRun:
        """The record of plain runs of this bundle: what they leave is as expected."""
        built = digest_of_bundle(bundle, self.project.parent)
        return ProvenRun(f"bundle-{self.name}", f"{self._digest}-{built}")

    @property
    def _digest(self) -> str:
        files = [*(CASES / self.name).rglob("*"), CASES.parent / "reference.cfg", Path(__file__)]
        return digest_of(CASES.parent, files, "ansible-core")

    def run_reference(self) -> None:
        """Run the reference playbook."""
        inventory = self.project / "reference-hosts.yml"
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
            "ANSIBLE_CONFIG": str(CASES.parent / "reference.cfg"),
        }
        self.ansible_playbook(*sources, "reference.yml", cwd=self.project, **settings)

    def compile(self) -> Path:
        """Compile the document and return the bundle's directory."""
        bundle = self.project / "build"
        self.wt("compile", "-f", "cluster.yaml", "--dir", str(bundle))
        return bundle

    def run_bundle(self, bundle: Path) -> None:
        """Run the bundle with plain Ansible."""
        self.ansible_playbook("site.yml", cwd=bundle)

    def run_apply(self) -> None:
        """Run the document with ``wt apply``."""
        self.wt("apply", "-f", "cluster.yaml", "--yes")

    def wt(self, *arguments: str) -> None:
        """Run ``wt`` in the project. Raises ``AssertionError`` with its output when it fails."""
        own = {"WORLDTREE_HOME": str(self.project.parent / "home")}
        if (self.project / "vault-password").exists():
            # Relative, as a person types it; the bundle runs in another directory.
            own |= {
                "ANSIBLE_VAULT_PASSWORD_FILE": "",
                "ANSIBLE_VAULT_IDENTITY_LIST": "dev@vault-password",
            }
        code, out, err = forked_cli.run(
            arguments, directory=self.project, environment={**self.environment, **own}, timeout=280
        )
        assert code == 0, (
            f"wt {' '.join(arguments)} exited with {code}\n{out[-6000:]}\n{err[-4000:]}"
        )

    def ansible_playbook(self, *arguments: str, cwd: Path, **more: str) -> None:
        """Run ``ansible-playbook``. Raises ``AssertionError`` with its output when it fails."""
        done = subprocess.run(
            [ansible("playbook"), *arguments],
            cwd=cwd,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        output = f"{done.stdout[-6000:]}\n{done.stderr[-4000:]}"
        assert done.returncode == 0, f"ansible-playbook exited with {done.returncode}\n{output}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command."""
        password = self.project / "vault-password"
        return {
            **forked_cli.environment(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            **({"ANSIBLE_VAULT_PASSWORD_FILE": str(password)} if password.exists() else {}),
        }


def ansible(tool: str) -> str:
    """Return the path of an Ansible program in the environment of this Python."""
    return str(Path(sys.executable).with_name(f"ansible-{tool}"))


def wt() -> tuple[str, ...]:
    """Return the command line that starts ``wt`` of this source tree."""
    return COMMAND
