"""What a document may do to the machine that compiles and runs it, and the check of that.

``check_document`` judges a document as it was written, before anything is done with it.
``check_policy`` judges it once more together with what was made of it. Both say what the policy
does not allow, and what cannot be judged; nothing is run for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from worldtree.core.errors import Diagnostic
from worldtree.spec.document import Document

if TYPE_CHECKING:
    from worldtree.compile.compiler import CompileResult, PlanResult


@dataclass(frozen=True)
class DocumentPolicy:
    """What documents are allowed to do; nothing by default but work on their hosts."""

    #: Run commands and downloads on the control side: steps `local`, hosts with a local
    #: connection, `delegate_to`.
    local_work: bool = False
    #: Read and name any file of the control side that the service can read.
    local_files: bool = False
    #: Roles, task files, plugins and collections of the document's own: any code.
    own_content: bool = False
    #: Inventories and inventory scripts: any code.
    inventories: bool = False
    #: An ``ansible.cfg`` of the document's own: any code.
    ansible_config: bool = False
    #: Variables that say how ssh is started, and those of the shipped roles: any code.
    connection_variables: bool = False
    #: Settings of secret providers, such as the address that the service's token is sent to.
    secret_settings: bool = False
    #: Names of environment variables of the service that runs may get.
    environment: frozenset[str] = frozenset()
    #: Lookups in templates, by name.
    lookups: frozenset[str] = frozenset()
    #: Filters in templates besides those that only compute.
    filters: frozenset[str] = frozenset()
    #: Actions in Ansible tasks besides those that work on hosts.
    actions: frozenset[str] = frozenset()
    #: Step kinds of other packages.
    step_kinds: frozenset[str] = frozenset()
    #: Secret provider -> prefixes of paths; `*` is every secret of the provider.
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Roles, playbooks and files of archives that were uploaded to the project.
    archives: bool = False
    #: Prefixes of URLs of git repositories whose roles, playbooks and files documents may use.
    repositories: frozenset[str] = frozenset()
    #: A worker needs one of these tags to work on the project; None for every worker.
    worker_tags: frozenset[str] | None = None

    @property
    def stored_form(self) -> DocumentPolicy:
        """The policy of documents that are only stored: each request names its content."""
        return self.with_content() if self.archives or self.repositories else self

    def with_content(self) -> DocumentPolicy:
        """Return the policy for a document beside content that the policy allows."""
        return replace(self, own_content=True)

    @property
    def reads_files(self) -> bool:
        """Whether any file may be read: commands on the control side can do so, too."""
        return self.local_files or self.local_work


def policy_data(policy: DocumentPolicy) -> dict[str, Any]:
    """Return a policy as JSON data, for the database and for another process."""
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in asdict(policy).items()
    }


def read_policy_data(data: Mapping[str, Any]) -> DocumentPolicy:
    """Return the policy that ``policy_data`` gave.

    What is missing, or only another version of the program knows, is not allowed.
    """
    known = {one.name for one in fields(DocumentPolicy)}
    found: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, list) else value
        for name, value in data.items()
        if name in known
    }
    # A provider without prefixes allows nothing, as one that is not there.
    secrets = data.get("secrets", {})
    found["secrets"] = {name: tuple(value) for name, value in secrets.items() if value}
    return DocumentPolicy(**found)


def check_document(document: Document, policy: DocumentPolicy) -> list[Diagnostic]:
    """Return what ``document`` may not do, with places; also for one that is not valid."""
    from worldtree.app.documents.policy.findings import PolicyFindings
    from worldtree.app.documents.policy.spec_keys import SpecJudge

    findings = PolicyFindings(policy)
    SpecJudge(document, findings).judge()
    return _in_order(document, findings.items)


def check_policy(
    compiled: CompileResult | PlanResult, policy: DocumentPolicy, *, confined: bool = False
) -> list[Diagnostic]:
    """Return what a compiled document may not do, with places.

    ``confined`` is for content that came with a request: it may use no file of the machine, not
    even where the policy allows content of the machine.

    A plan is judged by its document and hosts; a compiled bundle by its plays and files as well,
    where nothing was found in the document.
    """
    from worldtree.app.documents.policy.bundle_files import judge_bundle, judge_plan
    from worldtree.app.documents.policy.findings import PolicyFindings
    from worldtree.app.documents.policy.spec_keys import SpecJudge
    from worldtree.compile.compiler import CompileResult

    planned = compiled.planned if isinstance(compiled, CompileResult) else compiled
    findings = PolicyFindings(policy, confined=confined)
    SpecJudge(planned.document, findings).judge()
    if not findings.items:
        judge_plan(planned, findings)
    if not findings.items and isinstance(compiled, CompileResult):
        judge_bundle(compiled, findings)
    return _in_order(planned.document, findings.items)


def _in_order(document: Document, found: list[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics with their places, in the order of the text."""
    located = document.locate(found)
    return sorted(located, key=lambda one: (one.mark.line, one.mark.column) if one.mark else (0, 0))
