"""The data of ``wt roles list`` and ``wt roles show``."""

from __future__ import annotations

from typing import Any, Literal

from worldtree.ansible.content.argspec.model import OptionSpec
from worldtree.ansible.content.roles.index import RoleIndex
from worldtree.ansible.content.roles.model import CheckMode, CheckModeNote, Origin, RoleInfo
from worldtree.ansible.content.roles.repeatable import unguarded
from worldtree.ansible.content.roles.review import WITHOUT_SPECS, check_role
from worldtree.core.errors import Diagnostic
from worldtree.core.written_paths import home_path
from worldtree.plan.base_model import PlanModel
from worldtree.spec.yaml_tags import encode_tags

_WORST_FIRST: tuple[CheckMode, ...] = ("unsafe", "partial", "safe")


class RoleVariable(PlanModel):
    """One variable, as the role describes it."""

    name: str
    #: Such as ``int`` or ``list of dict``; empty when the role does not say.
    type: str = ""
    required: bool = False
    default: Any = None
    has_default: bool = False
    choices: tuple[Any, ...] = ()
    description: str = ""
    #: Nested options.
    options: tuple[RoleVariable, ...] = ()


class RoleEntry(PlanModel):
    """One entry point."""

    name: str
    #: File below the role's directory.
    file: str
    description: str = ""
    #: Whether the role declares which variables it takes.
    declared: bool = False
    variables: tuple[RoleVariable, ...] = ()


class RoleSummary(PlanModel):
    """A line of ``wt roles list``."""

    name: str
    origin: Origin
    path: str
    summary: str
    entries: tuple[str, ...]
    has_specs: bool
    #: Whether it can undo its work (it has an entry ``rollback``).
    reversible: bool
    check_mode: CheckMode


class CheckModeRemark(PlanModel):
    """A task that does not work in check mode."""

    #: The role that has it: the one asked for, or one that it brings in.
    role: str
    file: str
    task: str
    action: str
    reason: str


class UnguardedRemark(PlanModel):
    """A task that is not idempotent."""

    file: str
    task: str
    action: str


class RoleProblem(PlanModel):
    """A diagnostic as data."""

    slug: str
    severity: Literal["error", "warning"]
    summary: str
    detail: str = ""
    hint: str = ""
    #: ``file:line:column``, empty when it concerns the role as a whole.
    where: str = ""


class RoleReport(PlanModel):
    """All of ``wt roles show``."""

    role: RoleSummary
    entries: tuple[RoleEntry, ...]
    #: Variables of the defaults that no entry point declares.
    other_variables: tuple[RoleVariable, ...]
    check_mode_remarks: tuple[CheckModeRemark, ...]
    #: Tasks because of which the role is not run again by itself after an interruption.
    unguarded: tuple[UnguardedRemark, ...]
    has_precheck: bool
    has_verify: bool
    has_remove: bool
    handlers: tuple[str, ...]
    #: Roles that it depends on, transitively.
    brings: tuple[str, ...]
    #: Collections whose plugins the role, or one that it brings in, uses.
    collections: tuple[str, ...]
    #: Further collections that only those declare as dependencies.
    collection_dependencies: tuple[str, ...]
    plugin_dirs: tuple[str, ...]
    platforms: tuple[str, ...]
    min_ansible_version: str
    digest: str
    problems: tuple[RoleProblem, ...]


def role_named(index: RoleIndex, text: str) -> RoleInfo | None:
    """Return the role that a person means by ``text``: a name, an FQCN, or a directory."""
    found = index.find(text)
    if found is None and (index.base / home_path(text)).is_dir():
        found = index.find(f"./{text}" if not text.startswith((".", "/", "~")) else text)
    return found


def list_roles(index: RoleIndex) -> tuple[RoleSummary, ...]:
    """Return every role that ``index`` knows, the team's first, by name within their origin."""
    names = (*index.names(), *index.collection_roles())
    roles = [role for name in names if (role := index.find(name)) is not None]
    order = {"team": 0, "collection": 1, "builtin": 2}
    return tuple(
        summarise(index, r) for r in sorted(roles, key=lambda r: (order[r.origin], r.name))
    )


def list_roles_below(index: RoleIndex) -> tuple[RoleSummary, ...]:
    """Return every role in the directories of ``index``, without those of components, by name."""
    names = index.collection_roles()
    found = [role for name in names if (role := index.find(name)) is not None]
    roles = sorted((*index.roles_on_path(), *found), key=lambda r: (r.name, str(r.path)))
    return tuple(summarise(index, role) for role in roles)


def summarise(index: RoleIndex, role: RoleInfo) -> RoleSummary:
    """Return the line of ``wt roles list`` for ``role``."""
    return RoleSummary(
        name=role.name,
        origin=role.origin,
        path=str(role.path),
        summary=_first_description(role) or role.summary,
        entries=role.public_entries,
        has_specs=role.has_specs,
        reversible=role.has_rollback,
        check_mode=_check_mode(index, role),
    )


def _first_description(role: RoleInfo) -> str:
    main = role.specs.get("main")
    return main.short_description if main else ""


def show_role(index: RoleIndex, role: RoleInfo) -> RoleReport:
    """Return the whole report on ``role``, problems included."""
    closure = index.closure_of(role)
    declared = {name for spec in role.specs.values() for name in spec.names}
    return RoleReport(
        role=summarise(index, role),
        entries=tuple(_entry(role, name) for name in role.public_entries),
        other_variables=tuple(
            RoleVariable(name=name, default=encode_tags(value), has_default=True)
            for name, value in role.defaults.items()
            if name not in declared
        ),
        check_mode_remarks=tuple(
            CheckModeRemark(
                role=of.name, file=note.file, task=note.task, action=note.action, reason=note.reason
            )
            for of, note in _check_notes(index, role)
        ),
        unguarded=tuple(
            UnguardedRemark(file=task.file, task=task.task, action=task.action)
            for task in dict.fromkeys(t for n in _judged(role) for t in unguarded(role, n))
        ),
        has_precheck=role.has_precheck,
        has_verify=role.has_verify,
        has_remove=role.has_remove,
        handlers=role.handlers,
        brings=tuple(member.name for member in closure.roles if member.path != role.path),
        collections=closure.used_collections,
        collection_dependencies=tuple(
            name for name in closure.collections if name not in closure.used_collections
        ),
        plugin_dirs=role.plugin_dirs,
        platforms=role.platforms,
        min_ansible_version=role.min_ansible_version,
        digest=role.digest,
        problems=tuple(
            # The report says in its head that nothing is declared.
            _problem(d)
            for d in check_role(index, role)
            if d.slug != WITHOUT_SPECS
        ),
    )


def _judged(role: RoleInfo) -> tuple[str, ...]:
    """Return the entry points that are judged: the main one, and those that the role declares.

    Without a main one all files that may be called.
    """
    if role.has_entry("main"):
        return tuple(
            dict.fromkeys(("main", *(name for name in role.specs if role.has_entry(name))))
        )
    return role.public_entries or ("main",)


def _check_mode(index: RoleIndex, role: RoleInfo) -> CheckMode:
    found = {index.check_mode(role, name).verdict for name in _judged(role)}
    return next((one for one in _WORST_FIRST if one in found), "safe")


def _check_notes(index: RoleIndex, role: RoleInfo) -> list[tuple[RoleInfo, CheckModeNote]]:
    found = {
        (of.path, note): (of, note)
        for name in _judged(role)
        for of, note in index.check_mode(role, name).notes
    }
    return list(found.values())


def _entry(role: RoleInfo, name: str) -> RoleEntry:
    spec = role.specs.get(name)
    return RoleEntry(
        name=name,
        file=role.entries[name].relative_to(role.path).as_posix(),
        description=(spec.short_description or spec.description) if spec else "",
        declared=spec is not None,
        variables=tuple(_variable(o, role.defaults) for o in spec.options.values()) if spec else (),
    )


def _variable(option: OptionSpec, defaults: Any) -> RoleVariable:
    # The role's defaults take effect; those of the specification are documentation only.
    effective = option.name in defaults
    return RoleVariable(
        name=option.name,
        type=option.type_text,
        required=option.required,
        default=encode_tags(defaults[option.name]) if effective else option.default,
        has_default=effective or option.has_default,
        choices=option.choices or (),
        description=option.description,
        options=tuple(_variable(inner, {}) for inner in (option.options or {}).values()),
    )


def _problem(found: Diagnostic) -> RoleProblem:
    return RoleProblem(
        slug=found.slug,
        severity="error" if found.is_error else "warning",
        summary=found.summary,
        detail=found.detail,
        hint=found.hint,
        where=str(found.mark) if found.mark else "",
    )
