"""The findings of ``wt roles check``: what to look at before a role is used."""

from __future__ import annotations

from worldtree.ansible.content.places import key_mark, word_mark
from worldtree.ansible.content.roles.index import RoleIndex
from worldtree.ansible.content.roles.missing import (
    missing_collections,
    missing_role,
    unmatched_names,
)
from worldtree.ansible.content.roles.model import RoleInfo
from worldtree.ansible.content.roles.tasks import as_names
from worldtree.ansible.content.roles.undeclared import place_of_use, undeclared_names
from worldtree.core.errors import Diagnostic, Mark, Severity
from worldtree.spec.jinja_syntax import is_template

#: Slug of the finding that a role declares no variables.
WITHOUT_SPECS = "role-without-argument-specs"


def check_role(index: RoleIndex, role: RoleInfo) -> list[Diagnostic]:
    """Return the problems of ``role`` that reading it shows; nothing in it is run."""
    closure = index.closure_of(role)
    found = list(role.diagnostics)
    found += _missing(index, role)
    if not role.has_specs:
        found.append(
            _warning(
                WITHOUT_SPECS,
                f"role `{role.name}` does not declare which variables it takes",
                "Its variables are not checked; a wrong value shows only when the role runs.",
                "describe them in meta/argument_specs.yml if the role is yours to change",
            )
        )
    found += _spec_only_defaults(role)
    handlers = {name for member in closure.roles for name in member.handlers}
    for name in sorted(role.tasks.notifies - handlers):
        if not is_template(name):
            found.append(
                _warning(
                    "unknown-handler",
                    f"role `{role.name}` notifies `{name}`, and no handler of that name is known",
                    "Neither the role nor its dependencies have it; it may be in another role of"
                    " the same play.",
                    "put both roles into one play, or add the handler",
                    _place_of_notify(role, name),
                )
            )
    others = [member for member in closure.roles if member.path != role.path]
    for name, file in undeclared_names(role, others).items():
        found.append(
            _warning(
                "undeclared-role-variable",
                f"`{name}` is read in {file}, and nothing in role `{role.name}` sets it",
                "It must come from the step's vars, the inventory, or a role that ran before.",
                "add it to meta/argument_specs.yml or to the defaults",
                place_of_use(role, file, name),
            )
        )
    return found


def _spec_only_defaults(role: RoleInfo) -> list[Diagnostic]:
    """Return a warning per default that only the specification has, which Ansible ignores."""
    if role.vaulted_files:
        return []
    known = {*role.defaults, *role.vars, *role.other_vars, *role.tasks.set_facts}
    names = {
        option.name: _place_of_option(role, entry, option.name)
        for entry, spec in role.specs.items()
        for option in spec.options.values()
        if option.has_default and option.default is not None and option.name not in known
    }
    return [
        _warning(
            "default-only-in-spec",
            f"`{name}` has a default only in the argument specification of role `{role.name}`",
            "Ansible does not set variables from there: it is undefined unless it is passed.",
            "give it the same default in defaults/main.yml",
            mark,
        )
        for name, mark in names.items()
    ]


def _place_of_notify(role: RoleInfo, name: str) -> Mark | None:
    files = (
        task.file
        for tasks in role.tasks.files.values()
        for task in tasks
        if name == task.data.get("notify") or name in as_names(task.data.get("notify"))
    )
    file = next(files, None)
    return None if file is None else word_mark(role.path / file, name)


def _place_of_option(role: RoleInfo, entry: str, name: str) -> Mark | None:
    for file in ("argument_specs.yml", "argument_specs.yaml", "main.yml", "main.yaml"):
        path = role.path / "meta" / file
        if path.is_file():
            return key_mark(path, ("argument_specs", entry, "options", name))
    return None


def _missing(index: RoleIndex, role: RoleInfo) -> list[Diagnostic]:
    closure = index.closure_of(role)
    found = [
        missing_role(missing, index).located(
            word_mark(missing.by.path / missing.use.file, missing.use.name)
        )
        for missing in closure.missing
    ]
    found += [
        finding.located(word_mark(one.by.path / one.use.file, one.use.name))
        for one, finding in unmatched_names(closure, index)
    ]
    return [*found, *(finding for _, finding in missing_collections(closure, index))]


def _warning(
    slug: str, summary: str, detail: str, hint: str, mark: Mark | None = None
) -> Diagnostic:
    return Diagnostic(slug, summary, detail, hint, Severity.WARNING, mark=mark)
