"""What ``wt roles check`` tells a team about a role before they use it."""

from __future__ import annotations

from worldtree.ansible.content.roles.index import RoleIndex
from worldtree.ansible.content.roles.model import RoleInfo
from worldtree.ansible.content.roles.undeclared import undeclared_names
from worldtree.core.errors import Diagnostic, Mark, Severity


def check_role(index: RoleIndex, role: RoleInfo) -> list[Diagnostic]:
    """Return what a team should look at before they use ``role``; nothing in it is run."""
    closure = index.closure_of(role)
    found = list(role.diagnostics)
    found += _missing(index, role)
    if not role.has_specs:
        found.append(
            _warning(
                role,
                "role-without-argument-specs",
                f"role `{role.name}` does not say which variables it takes",
                "Its variables are passed on unchecked; a wrong value shows only when it runs.",
                "describe them in meta/argument_specs.yml",
            )
        )
    found += _spec_only_defaults(role)
    handlers = {name for member in closure.roles for name in member.handlers}
    for name in sorted(role.tasks.notifies - handlers):
        if "{{" not in name:
            found.append(
                _warning(
                    role,
                    "unknown-handler",
                    f"role `{role.name}` notifies `{name}`, and no handler of that name is known",
                    "Neither the role nor those that it brings in have it; it may live in another"
                    " role of the same play.",
                    "put both roles into one play, or add the handler",
                )
            )
    others = [member for member in closure.roles if member.path != role.path]
    for name, file in undeclared_names(role, others).items():
        found.append(
            _warning(
                role,
                "undeclared-role-variable",
                f"`{name}` is read in {file}, and nothing in role `{role.name}` gives it a value",
                "It must come from the step's vars, the inventory, or a role that ran before.",
                "add it to meta/argument_specs.yml or to the defaults",
                file,
            )
        )
    return found


def _spec_only_defaults(role: RoleInfo) -> list[Diagnostic]:
    """Return a warning for each default that only the specification has: Ansible never sets it."""
    if role.vaulted_files:
        return []
    known = {*role.defaults, *role.vars, *role.other_vars, *role.tasks.set_facts}
    names = {
        option.name: None
        for spec in role.specs.values()
        for option in spec.options.values()
        if option.has_default and option.default is not None and option.name not in known
    }
    return [
        _warning(
            role,
            "default-only-in-spec",
            f"`{name}` has a default in the argument specification of role `{role.name}` alone",
            "Ansible does not set variables from there: it is undefined unless somebody passes it.",
            "give it the same default in defaults/main.yml",
        )
        for name in names
    ]


def _missing(index: RoleIndex, role: RoleInfo) -> list[Diagnostic]:
    closure = index.closure_of(role)
    found = [
        Diagnostic(
            "missing-role-dependency",
            f"role `{missing.by.name}` brings in the role `{missing.use.name}`, which is not there",
            hint=index.unknown(missing.use.name).hint,
            severity=Severity.ERROR if missing.use.how == "dependency" else Severity.WARNING,
            mark=Mark(str(missing.by.path / missing.use.file), 1, 1),
        )
        for missing in closure.missing
    ]
    found += [
        _warning(
            role,
            "missing-collection",
            f"role `{role.name}` uses the collection `{name}`, which is not there",
            "Tasks that need it will fail.",
            "install it beside the document and name that directory in `spec.collectionsPath`",
        )
        for name in closure.collections
        if index.collection(name) is None
    ]
    return found


def _warning(
    role: RoleInfo, slug: str, summary: str, detail: str, hint: str, file: str = ""
) -> Diagnostic:
    mark = Mark(str(role.path / file), 1, 1) if file else None
    return Diagnostic(slug, summary, detail, hint, Severity.WARNING, mark=mark)
