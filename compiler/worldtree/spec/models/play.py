"""Steps that are a whole play: several roles, Ansible tasks, handlers, and keywords of plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from worldtree.core.suggestions import did_you_mean
from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.models.base import DocModel, describe, refuse_dates, validation_problem
from worldtree.spec.models.role_names import RoleName
from worldtree.spec.models.types import Condition, Tags, Text, Texts, Vars
from worldtree.spec.models.vars_files import VarsFiles

_TEMPLATE = {"type": "string", "pattern": r"\{\{"}


def _or_template(kind: str, accepts: Callable[[Any], bool]) -> PlainValidator:
    """Return the validator of a keyword that Ansible also reads as a template.

    ``kind`` is the type of its error, which ``spec.pydantic_messages`` puts into words.
    """

    def read(value: Any) -> Any:
        if accepts(value) or is_template(value):
            return value
        raise PydanticCustomError(kind, "it has another type")

    return PlainValidator(read)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100


#: A boolean, or a template that Ansible evaluates.
FlagOrTemplate = Annotated[
    bool | str,
    _or_template("flag_or_template", lambda value: isinstance(value, bool)),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, _TEMPLATE]}),
]
_Count = Annotated[
    int | str,
    _or_template("count_or_template", _is_count),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, _TEMPLATE]}),
]
_Share = Annotated[
    int | float | str,
    _or_template("share_or_template", _is_share),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, _TEMPLATE]}),
]


def read_environment(value: Any) -> Any:
    """Return a mapping, a template, or a list of both."""
    items = value if isinstance(value, list) else [value]
    if all(isinstance(item, dict) or is_template(item) for item in items):
        return value
    raise validation_problem(
        "wrong-type", f"`environment` must be a mapping or a template, not {describe(value)}"
    )


#: A mapping, a template of one, or a list of both, as Ansible reads it.
PlayEnvironment = Annotated[
    dict[str, Any] | str | list[Any],
    PlainValidator(read_environment),
    WithJsonSchema({"type": ["object", "string", "array"]}),
]


def _defaults(value: Any) -> Any:
    items = value if isinstance(value, list) else [value]
    if all(isinstance(item, dict) for item in items):
        return value
    raise validation_problem(
        "wrong-type",
        f"`moduleDefaults` must map actions to their parameters, not be {describe(value)}",
        hint="write `moduleDefaults: {ansible.builtin.uri: {timeout: 5}}`",
    )


_ModuleDefaults = Annotated[
    dict[str, Any] | list[Any],
    PlainValidator(_defaults),
    WithJsonSchema({"type": ["object", "array"]}),
]


def _task_list(value: Any) -> str | tuple[dict[str, Any], ...]:
    if value is None:
        return ()
    if isinstance(value, str) and value.strip() and not is_template(value):
        return value
    if not isinstance(value, list):
        raise validation_problem(
            "wrong-type",
            f"expected a list of Ansible tasks or the path of a file of them, not "
            f"{describe(value)}",
            hint="write the tasks as in a playbook, or a path such as `tasks/site.yml`",
        )
    for number, item in enumerate(value, 1):
        if not isinstance(item, dict):
            raise validation_problem(
                "wrong-type",
                f"task {number} is {describe(item)}, not a mapping",
                "An Ansible task is a mapping with an action and keywords.",
                "write `- ansible.builtin.debug: {msg: hello}`",
            )
    refuse_dates(value)
    return tuple(value)


#: Ansible tasks as they are, or the path of a file of them.
TaskList = Annotated[
    str | tuple[dict[str, Any], ...],
    PlainValidator(_task_list),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "object"}},
            ]
        }
    ),
]


def _strategy(value: Any) -> str:
    if isinstance(value, str) and value.rpartition(".")[2] not in ("", "debug"):
        return value
    raise validation_problem(
        "wrong-value",
        f"`strategy` must be the name of a strategy, not {describe(value)}",
        "The strategy `debug` waits for a person at a terminal, which a run does not have.",
        "use `linear`, `free` or `host_pinned`; `wt apply --step` stops between steps",
    )


class SharedKeywords(DocModel):
    """Keywords that plays and the roles of a play have in common, but for those of all steps."""

    remote_user: Text | None = Field(
        default=None, description="Login user on the hosts.", examples=["deploy"]
    )
    connection: Text | None = Field(
        default=None, description="Connection plugin.", examples=["local"]
    )
    port: _Count | None = Field(default=None, description="Port of SSH.", examples=[2222])
    become_method: Text | None = Field(
        default=None, description="How to become another user.", examples=["su"]
    )
    become_flags: Text | None = Field(
        default=None, description="Flags of the program that does it.", examples=["-H -S"]
    )
    become_exe: Text | None = Field(
        default=None, description="Path of the program that does it.", examples=["/usr/bin/doas"]
    )
    any_errors_fatal: FlagOrTemplate | None = Field(
        default=None,
        description="Whether the failure of one host ends the play on all hosts.",
        examples=[True],
    )
    ignore_errors: FlagOrTemplate | None = Field(
        default=None, description="Whether hosts go on after a failed task.", examples=[True]
    )
    ignore_unreachable: FlagOrTemplate | None = Field(
        default=None,
        description="Whether to go on with hosts that a task could not reach.",
        examples=[True],
    )
    check_mode: FlagOrTemplate | None = Field(
        default=None,
        description="Check mode of its tasks, instead of that of the run.",
        examples=[True],
    )
    diff: FlagOrTemplate | None = Field(
        default=None, description="Whether its tasks show differences.", examples=[False]
    )
    throttle: _Count | None = Field(
        default=None,
        description="Number of hosts that run a task at the same time.",
        examples=[2],
    )
    timeout: _Count | None = Field(
        default=None, description="Seconds after which a task fails.", examples=[600]
    )
    run_once: FlagOrTemplate | None = Field(
        default=None, description="Whether each task runs on one host for all.", examples=[True]
    )
    module_defaults: _ModuleDefaults | None = Field(
        default=None,
        description="Default parameters of actions.",
        examples=[{"ansible.builtin.uri": {"timeout": 5}}],
    )
    collections: Texts | None = Field(
        default=None,
        description="Collections in which short names of actions are searched.",
        examples=[["community.general"]],
    )


class PlayRole(SharedKeywords):
    """A role of a play; a string is short for its name."""

    role: RoleName = Field(
        description="A role: its name in `rolesPath`, `namespace.collection.role`, or its "
        "directory relative to the document.",
        examples=["acme.shop"],
    )
    vars: Vars = Field(
        default={}, description="Ansible variables of this role.", examples=[{"shop_port": 80}]
    )
    when: Condition | None = Field(
        default=None,
        description="Condition of all tasks of the role, evaluated per host.",
        examples=["shop_enabled | bool"],
    )
    tags: Tags = Field(
        default=(), description="Tags of all tasks of the role.", examples=[["deploy"]]
    )
    become: FlagOrTemplate | None = Field(
        default=None, description="Whether to become another user.", examples=[True]
    )
    become_user: Text | None = Field(
        default=None, description="User to become.", examples=["postgres"]
    )
    environment: PlayEnvironment | None = Field(
        default=None,
        description="Environment variables of its processes on the host.",
        examples=[{"HTTP_PROXY": "http://proxy.example.com:3128"}],
    )
    no_log: FlagOrTemplate | None = Field(
        default=None, description="Whether to hide its output.", examples=[True]
    )
    delegate_to: Text | None = Field(
        default=None, description="Host that runs its tasks instead.", examples=["localhost"]
    )
    delegate_facts: FlagOrTemplate | None = Field(
        default=None, description="Whether facts are those of that host.", examples=[True]
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"role": data}
        if not isinstance(data, dict):
            raise validation_problem(
                "wrong-type",
                f"a role of a play must be its name or a mapping, not {describe(data)}",
                hint="write `- base`, or `- {role: app, vars: {app_port: 80}}`",
            )
        known = {to_camel(name) for name in cls.model_fields}
        for key in data:
            if key not in known:
                raise _unknown_role_key(str(key), known)
        return data


def _unknown_role_key(key: str, known: set[str]) -> Exception:
    camel = to_camel(key)
    if camel in known:
        hint = f"write `{camel}`"
    elif key == "name":
        hint = "write `role`"
    else:
        hint = did_you_mean(key, known) or f"write a variable of the role as `vars: {{{key}: …}}`"
    return validation_problem("unknown-key", f"unknown key `{key}`", hint=hint)


class PlayKeys(SharedKeywords):
    """Keys of a step that is a whole play."""

    roles: tuple[PlayRole, ...] = Field(
        default=(),
        description="Several roles in one play, in order: they share defaults, handlers and "
        "`serial`. The step is one node: it has one status, a resume runs it again as a whole, "
        "and a rollback undoes it as a whole or not at all.",
        examples=[["base", {"role": "app", "vars": {"app_port": 80}}]],
    )
    pre_tasks: TaskList = Field(
        default=(),
        description="Ansible tasks before the roles, or the path of a file of them.",
        examples=[[{"ansible.builtin.debug": {"msg": "begin"}}]],
    )
    tasks: TaskList = Field(
        default=(),
        description="Ansible tasks, or the path of a file of them, relative to the document.",
        examples=["tasks/site.yml", [{"ansible.builtin.debug": {"msg": "hello"}}]],
    )
    post_tasks: TaskList = Field(
        default=(),
        description="Ansible tasks after all others and their handlers, or a file of them.",
        examples=["tasks/smoke-test.yml"],
    )
    handlers: TaskList = Field(
        default=(),
        description="Handlers of the play, or the path of a file of them.",
        examples=[[{"name": "restart shop", "ansible.builtin.service": {"name": "shop"}}]],
    )
    vars_files: VarsFiles = Field(
        default=(),
        description="Files of variables, relative to the document; of a list in the list, the "
        "first that exists. Templates are allowed.",
        examples=[["vars/site.yml", "vars/{{ env }}.yml"]],
    )
    strategy: (
        Annotated[str, PlainValidator(_strategy), WithJsonSchema({"type": "string"})] | None
    ) = Field(
        default=None,
        description="Strategy of the play: `linear`, `free` or `host_pinned`.",
        examples=["free"],
    )
    max_fail_percentage: _Share | None = Field(
        default=None,
        description="Share of failed hosts, in percent, above which the play ends on all hosts.",
        examples=[30],
    )
    force_handlers: FlagOrTemplate | None = Field(
        default=None,
        description="Whether notified handlers run on hosts that failed, too.",
        examples=[True],
    )
    order: Text | None = Field(
        default=None, description="Order of the hosts in the play.", examples=["sorted"]
    )
    gather_facts: FlagOrTemplate | None = Field(
        default=None,
        description="Whether the play gathers facts itself; by default a node before it does.",
        examples=[True],
    )
    gather_subset: Texts | None = Field(
        default=None, description="Facts that the play gathers.", examples=[["network"]]
    )
    gather_timeout: _Count | None = Field(
        default=None, description="Seconds after which that fails.", examples=[20]
    )
    fact_path: Text | None = Field(
        default=None,
        description="Directory of local facts on the hosts.",
        examples=["/etc/ansible/facts.d"],
    )


#: Keys that give a play its work; a step with one of them is a play.
WORK_KEYS = ("roles", "preTasks", "tasks", "postTasks", "handlers")
#: Keys that only a step which is a play has.
PLAY_KEYS = frozenset(to_camel(name) for name in PlayKeys.model_fields)
#: Fields of ``PlayKeys`` and ``PlayRole`` that are no keywords of Ansible's play or role by
#: themselves.
NO_KEYWORDS = frozenset(
    {"role", "roles", "pre_tasks", "tasks", "post_tasks", "handlers", "vars", "vars_files"}
    | {"when", "tags"}
)


def keywords_of(model: DocModel, fields: type[DocModel]) -> dict[str, Any]:
    """Return the keywords of Ansible that ``model`` sets, of those that ``fields`` has."""
    return {
        name: value
        for name in fields.model_fields
        if name not in NO_KEYWORDS and (value := getattr(model, name)) is not None
    }
