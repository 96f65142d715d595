"""Tasks of a role as Ansible sees them: with the keywords of their blocks, in order."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from posixpath import dirname, normpath, splitext
from typing import Any, Literal

from worldtree.ansible.content.roles.collection_use import full_action_name
from worldtree.ansible.content.roles.role_patterns import possible_names
from worldtree.ansible.model.keywords import TASK_KEYWORDS, inherit_keywords
from worldtree.ansible.model.tag_choice import Tag, task_tags
from worldtree.spec.jinja_syntax import is_template

#: Actions that run the tasks of another file.
INCLUDES = frozenset(f"ansible.builtin.{name}" for name in ("include_tasks", "import_tasks"))
#: Actions that run the tasks of another role.
ROLE_INCLUDES = frozenset(f"ansible.builtin.{name}" for name in ("include_role", "import_role"))
#: Entry points with a conventional meaning.
CONVENTIONAL_ENTRIES = frozenset({"main", "precheck", "verify", "remove", "rollback"})
#: Keywords whose value is an expression without braces.
EXPRESSION_KEYWORDS = frozenset({"when", "until", "changed_when", "failed_when", "that"})

#: Files of one entry point that are followed, each counted once for each set of keywords.
_MOST_FILES = 500
_BLOCKS = ("block", "rescue", "always")


@dataclass(frozen=True, slots=True)
class RoleUse:
    """A role that another one brings in, by ``meta`` dependency, import or include."""

    name: str
    how: Literal["dependency", "import", "include"]
    entry: str = "main"
    #: File below the role's directory.
    file: str = ""

    #: Keywords of a dependency that its tasks inherit.
    keywords: Mapping[str, Any] = field(default_factory=dict, hash=False)
    #: The names that a loop gives a templated ``name``; empty where these are not known.
    loop_names: tuple[str, ...] = ()

    @property
    def is_dynamic(self) -> bool:
        """Whether the name is a template, known only when the play runs."""
        return is_template(self.name)

    @property
    def single(self) -> tuple[RoleUse, ...]:
        """One use for each name that it may have, as far as the names are known."""
        names = self.loop_names or (self.name,)
        return tuple(replace(self, name=name, loop_names=()) for name in names)


@dataclass(frozen=True, slots=True)
class RoleTask:
    """One task with its action's full name and arguments."""

    file: str
    #: Its keywords, those that it inherits among them.
    data: Mapping[str, Any]
    action: str
    args: Any
    in_handlers: bool = False
    #: The keywords of everything around it.
    around: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The task's name, or its action when it has none."""
        return str(self.data.get("name") or self.action)

    def arg(self, name: str) -> Any:
        """Return an argument, given as mapping, in ``args:`` or as ``name=value`` text."""
        if isinstance(self.args, Mapping) and name in self.args:
            return self.args[name]
        extra = self.data.get("args")
        if isinstance(extra, Mapping) and name in extra:
            return extra[name]
        return key_value_arguments(self.args).get(name) if isinstance(self.args, str) else None

    def within(self, parent: Mapping[str, Any]) -> RoleTask:
        """Return the task as it is below ``parent``, whose keywords it inherits."""
        if not parent:
            return self
        data, around = (inherit_keywords(one, parent) for one in (self.data, self.around))
        return replace(self, data=data, around=around)

    @property
    def tags(self) -> tuple[Tag, ...]:
        """Its tags, those that it inherits among them."""
        return task_tags(self.data.get("tags"))

    @property
    def role_use(self) -> RoleUse | None:
        """The role that the task brings in; None when it brings none."""
        name = self.arg("name") or self.arg("role") if self.action in ROLE_INCLUDES else None
        if not name:
            return None
        entry = str(self.arg("tasks_from") or "main").removesuffix(".yml").removesuffix(".yaml")
        how: Literal["import", "include"] = "import" if self.is_import else "include"
        names = possible_names(str(name), self.data)
        looped = names if names != (str(name),) else ()
        return RoleUse(str(name), how, entry, self.file, loop_names=looped)

    @property
    def is_import(self) -> bool:
        """Whether Ansible puts the tasks of a file or role in its place before the play starts."""
        return self.action.rpartition(".")[2].startswith("import_")

    @property
    def include_name(self) -> str:
        """The task file that an include or import names, a template as it is written."""
        name = self.arg("file") or self.arg("_raw_params") or self.args
        return name if isinstance(name, str) else ""

    @property
    def included_file(self) -> str | None:
        """The task file that an include or import names; None when it is a template."""
        name = self.include_name
        return name if name and not is_template(name) else None

    @property
    def passed_on(self) -> Mapping[str, Any]:
        """The keywords that the tasks of an included file or role inherit.

        An import passes on all, an include those of ``apply`` and of what is around it. The
        condition of an include is among them, since no task of the file runs without it.
        """
        if self.is_import:
            return self.data
        apply = self.arg("apply")
        when = {"when": self.data["when"]} if "when" in self.data else {}
        own = inherit_keywords(apply if isinstance(apply, Mapping) else {}, when)
        return inherit_keywords(own, self.around)


def clears_host_errors(task: RoleTask) -> bool:
    """Whether the task is ``meta: clear_host_errors``."""
    named = task.args if isinstance(task.args, str) else task.arg("_raw_params")
    return task.action == "ansible.builtin.meta" and str(named).strip() == "clear_host_errors"


def key_value_arguments(text: str) -> dict[str, str]:
    """Return the arguments of the form ``name=value text="a b"``."""
    try:
        parts = shlex.split(text)
    except ValueError:
        parts = text.split()
    return dict(part.split("=", 1) for part in parts if "=" in part)


def _action(data: Mapping[str, Any]) -> tuple[str, Any] | None:
    for key in ("action", "local_action"):
        value = data.get(key)
        if isinstance(value, str):
            name, _, rest = value.partition(" ")
            return name, rest
        if isinstance(value, Mapping) and "module" in value:
            return str(value["module"]), value
    for key, value in data.items():
        if isinstance(key, str) and key not in TASK_KEYWORDS and not key.startswith("with_"):
            return key, value
    return None


def iter_tasks(
    data: object,
    file: str,
    *,
    in_handlers: bool = False,
    parent: Mapping[str, Any] | None = None,
) -> Iterator[RoleTask]:
    """Yield every task of a task list, those in blocks, rescues and always-sections too.

    Each has the keywords of the blocks around it and of ``parent``.
    """
    if not isinstance(data, list):
        return
    for item in data:
        if not isinstance(item, Mapping):
            continue
        merged = inherit_keywords(item, parent or {})
        inner = [item[key] for key in _BLOCKS if key in item]
        for part in inner:
            yield from iter_tasks(part, file, in_handlers=in_handlers, parent=merged)
        if inner:
            continue
        found = _action(item)
        if found is not None:
            action = full_action_name(found[0])
            yield RoleTask(file, merged, action, found[1], in_handlers, parent or {})


def tasks_of_entry(files: Mapping[str, Sequence[RoleTask]], entry: str) -> Iterator[RoleTask]:
    """Yield the tasks that an entry point can run, in order, with all keywords they inherit.

    ``files`` has the tasks of each file of the role. Where an include's file is a template, the
    tasks of all files may run but those of other entry points. Handlers are not among them.
    """
    main = f"tasks/{entry}.yml"
    yield from tasks_of_file(
        files,
        main if main in files else f"tasks/{entry}.yaml",
        lambda task: included_files(task, files, entry),
    )


def tasks_of_file(
    files: Mapping[str, Sequence[RoleTask]],
    file: str,
    included: Callable[[RoleTask], Iterable[str]],
) -> Iterator[RoleTask]:
    """Yield the tasks of ``file``, each include followed by those of the files that it means.

    ``included`` returns these files for a task that includes or imports one.
    """
    yield from _tasks_of_file(files, file, included, {}, [])


def _tasks_of_file(
    files: Mapping[str, Sequence[RoleTask]],
    file: str,
    included: Callable[[RoleTask], Iterable[str]],
    parent: Mapping[str, Any],
    seen: list[tuple[str, Mapping[str, Any]]],
) -> Iterator[RoleTask]:
    context = inherit_keywords({}, parent)
    if (file, context) in seen or len(seen) >= _MOST_FILES:
        return
    seen.append((file, context))
    for task in files.get(file, ()):
        merged = task.within(context)
        yield merged
        if task.action in INCLUDES:
            for inner in included(task):
                yield from _tasks_of_file(files, inner, included, merged.passed_on, seen)


def included_files(
    task: RoleTask, files: Mapping[str, Sequence[RoleTask]], entry: str
) -> tuple[str, ...]:
    """Return the files of the role that an include may mean; all when its name is a template."""
    name = task.included_file
    if name is None:
        others = {f"tasks/{other}" for other in CONVENTIONAL_ENTRIES - {entry}}
        return tuple(
            file for file in files if file.startswith("tasks/") and splitext(file)[0] not in others
        )
    near = normpath(f"{dirname(task.file)}/{name}")
    return tuple(path for path in dict.fromkeys((near, normpath(f"tasks/{name}"))) if path in files)


def expressions(value: object, *, bare: bool = False) -> Iterator[str]:
    """Yield the templates in a task, conditions in braces; ``bare``: any text is a condition."""
    if isinstance(value, str):
        if is_template(value):
            yield value
        elif bare:
            yield "{{ " + value + " }}"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from expressions(item, bare=key in EXPRESSION_KEYWORDS)
    elif isinstance(value, list):
        for item in value:
            yield from expressions(item, bare=bare)
