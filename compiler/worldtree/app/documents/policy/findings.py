"""Collects what a document may not do, each with its place in the document."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from worldtree.core.errors import Diagnostic, DocPath, Mark

if TYPE_CHECKING:
    from worldtree.app.documents.document_policy import DocumentPolicy

#: Diagnostics of one document: more help nobody, and take memory.
MAX_FINDINGS = 200


@dataclass
class PolicyFindings:
    """The policy that is checked, and what violates it."""

    policy: DocumentPolicy
    items: list[Diagnostic] = field(default_factory=list)
    #: Place in the document of what has none of its own.
    place: DocPath | None = None
    #: Whether all files have to be below the document's directory, also those of roles.
    confined: bool = False

    def add(self, found: Diagnostic) -> None:
        """Keep ``found`` unless it is known, or there are many already."""
        if found.path is None and found.mark is None and self.place is not None:
            found = replace(found, path=self.place)
        if len(self.items) < MAX_FINDINGS and found not in self.items:
            self.items.append(found)

    def local_work(
        self, what: str, path: DocPath | None, *, at_key: bool = False, mark: Mark | None = None
    ) -> None:
        """Report work on the machine that runs Ansible."""
        self.add(
            Diagnostic(
                "policy-local-work",
                f"{what} is work on the machine of the service",
                "The policy allows documents to work on their hosts only.",
                "let a host of the document do it, or ask the operator for `local_work` in the"
                " policy",
                path=path,
                at_key=at_key,
                mark=mark,
            )
        )

    def local_file(self, written: str, path: DocPath | None, *, mark: Mark | None = None) -> None:
        """Report a file outside of the directory of the document."""
        self.add(
            Diagnostic(
                "policy-local-file",
                f"`{_short(written)}` is not a file below the document's directory",
                "The policy allows documents to read files beside them only, by plain relative"
                " paths.",
                "put the file beside the document and write its path without `..`, `~` and"
                " templates",
                path=path,
                mark=mark,
            )
        )

    def own_content(
        self, what: str, path: DocPath | None, *, at_key: bool = False, mark: Mark | None = None
    ) -> None:
        """Report roles, plays, plugins or collections that the document brings along."""
        self.add(
            Diagnostic(
                "policy-own-content",
                f"{what} is Ansible content of the document's own",
                "Roles, task files, plugins and collections can run code on the machine of the"
                " service.",
                "use components, built-in steps and Ansible tasks in the document, or send it as"
                " `content` of a request where the policy of the project allows that",
                path=path,
                at_key=at_key,
                mark=mark,
            )
        )

    def template_code(self, what: str, path: DocPath | None, *, mark: Mark | None = None) -> None:
        """Report a template that could run code on the control side."""
        self.add(
            Diagnostic(
                "policy-template-code",
                f"the template uses {what}, which the policy does not allow",
                "Templates are evaluated on the machine of the service, where lookups and some"
                " filters and tests read files, run programs or read the environment.",
                "write the value itself, or ask the operator to add the name to the policy",
                path=path,
                mark=mark,
            )
        )

    def not_judged(
        self, what: str, path: DocPath | None, *, at_key: bool = False, mark: Mark | None = None
    ) -> None:
        """Report something that is known only when it runs."""
        self.add(
            Diagnostic(
                "policy-not-judged",
                f"{what} cannot be judged before it runs",
                "The policy refuses what it cannot judge by reading the document.",
                "write it as plain text or a mapping without templates",
                path=path,
                at_key=at_key,
                mark=mark,
            )
        )

    def connection(self, name: str, path: DocPath | None, *, mark: Mark | None = None) -> None:
        """Report a setting of the connection that could start programs or read files here."""
        self.add(
            Diagnostic(
                "policy-connection-variable",
                f"the policy does not allow to set `{_short(name)}` here",
                "Settings of connections and variables of the shipped roles can start programs or"
                " name files on the machine of the service.",
                "use `spec.ssh` and the keys of hosts and components; interpreters and directories"
                " of a host belong to its own `vars`",
                path=path,
                at_key=True,
                mark=mark,
            )
        )

    def action(self, name: str, path: DocPath | None, *, mark: Mark | None = None) -> None:
        """Report an action or step kind that is not known to work on hosts only."""
        self.add(
            Diagnostic(
                "policy-action",
                f"the policy does not allow `{_short(name)}`",
                "Only actions that are known to work on hosts alone are allowed.",
                "use an action of `ansible.builtin` or a built-in step, or ask the operator to add"
                " it to the policy",
                path=path,
                at_key=True,
                mark=mark,
            )
        )

    def secret(self, what: str, path: DocPath | None, *, mark: Mark | None = None) -> None:
        """Report a secret that the policy does not give to the document."""
        self.add(
            Diagnostic(
                "policy-secret",
                f"the policy does not allow {what}",
                "Secrets are read with the rights of the service, so the operator lists the"
                " providers and paths of each project.",
                "use a secret that the policy lists under `[policy.secrets]`",
                path=path,
                mark=mark,
            )
        )

    def ansible_settings(self, what: str, path: DocPath | None) -> None:
        """Report settings of Ansible, or variables of the environment, of the control side."""
        self.add(
            Diagnostic(
                "policy-ansible-settings",
                f"the policy does not allow {what}",
                "They change how Ansible itself runs on the machine of the service, or show its"
                " environment.",
                "remove it, or ask the operator to allow it in the policy",
                path=path,
            )
        )

    def inventory(self, path: DocPath | None) -> None:
        """Report an inventory, which Ansible reads with plugins and scripts."""
        self.add(
            Diagnostic(
                "policy-inventory",
                "the policy does not allow an inventory of the document's own",
                "Ansible reads inventories with plugins and scripts, which run on the machine of"
                " the service.",
                "list the hosts in `spec.hosts`",
                path=path,
            )
        )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}…"
