"""Steps: an entry point of a role, a built-in kind or a play, with the keys of all steps."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from worldtree.core.suggestions import did_you_mean, nearest
from worldtree.spec.models.base import DocModel, describe, validation_problem
from worldtree.spec.models.output import Outputs
from worldtree.spec.models.play import (
    PLAY_KEYS,
    WORK_KEYS,
    FlagOrTemplate,
    PlayKeys,
    read_environment,
)
from worldtree.spec.models.policy import Policy, PolicyModel
from worldtree.spec.models.role_names import RoleName
from worldtree.spec.models.types import (
    Condition,
    Flag,
    HostSelector,
    PartName,
    Tags,
    Text,
    Vars,
    none_as_mapping,
)

#: Keywords of Ansible tasks that a step does not support -> what to use instead.
_UNSUPPORTED_KEYWORDS = {
    "loop": "move the loop to a role, or write one step per item",
    "register": "publish what later steps need with `outputs: {name: '{{ result.stdout }}'}`",
    "notify": "move the task and its handler to a role",
    "delegate_to": "set `hosts` of the step to the hosts that it runs on",
    "run_once": "set `hosts` of the step to one host, or move the task to a role",
    "ignore_errors": "use `policy: {allowedFailures: 100%}`",
    "until": "use `policy: {retries: 5}`",
    "retries": "use `policy: {retries: 5}`",
    "delay": "use `policy: {backoff: 5s}`",
    "changed_when": "set it in the parameters of `command`, or move the task to a role",
    "failed_when": "set it in the parameters of `command`, or move the task to a role",
    "async": "use `policy: {timeout: 10m}`",
    "block": "write the steps one after the other, or move them to a role",
}


def _entry_name(value: Any) -> str:
    if (
        not isinstance(value, str)
        or not value
        or any(not (c.isalnum() or c in "_-.") for c in value)
    ):
        raise validation_problem(
            "bad-name",
            f"{describe(value)} is not a valid entry point",
            "An entry point is the name of a file in the role's `tasks/`.",
        )
    return value.removesuffix(".yml").removesuffix(".yaml")


def _environment(value: Any, info: ValidationInfo) -> Any:
    value = read_environment(none_as_mapping(value))
    # A play has what Ansible takes. Without data, a value is read by itself.
    if (info.data or {}).get("kind") == "play":
        return value
    for part in value if isinstance(value, list) else [value]:
        for key, item in part.items() if isinstance(part, dict) else ():
            if not isinstance(item, str):
                raise validation_problem(
                    "wrong-type",
                    f"the environment variable `{key}` must be a string, not {describe(item)}",
                    hint="put the value in quotes",
                )
    return value


class StepKeys(DocModel):
    """Keys of all steps."""

    kind: Text = Field(
        description="`role`, `play`, or the name of a built-in kind; in the document it is the key "
        "itself.",
        examples=["role", "command"],
        exclude=True,
    )
    params: Any = Field(
        default=None,
        description="Parameters of the kind, named as in the `ansible.builtin` action of the same "
        "purpose; in the document the value of that key.",
        examples=[{"argv": ["systemctl", "daemon-reload"]}],
        exclude=True,
    )
    role: RoleName | None = Field(
        default=None,
        description="A role: its name in `rolesPath`, `namespace.collection.role`, or its "
        "directory relative to the document, such as `./vendor/nginx`.",
        examples=["acme.shop"],
    )
    entry: Annotated[str, PlainValidator(_entry_name), WithJsonSchema({"type": "string"})] = Field(
        default="main",
        description="Entry point of the role: the name of a file in its `tasks/`.",
        examples=["main", "install"],
    )
    name: PartName | None = Field(
        default=None,
        description="Name of the step, part of its id; by default the name of the kind or role.",
        examples=["install"],
    )
    vars: Vars = Field(
        default={},
        description="Ansible variables of this step.",
        examples=[{"shop_port": 8080}],
    )
    when: Condition | None = Field(
        default=None,
        description="Condition, evaluated per host as in Ansible; all items of a list must hold.",
        examples=["ansible_facts['os_family'] == 'Debian'"],
    )
    tags: Tags = Field(
        default=(),
        description="Tags for `--tags` of `wt` and Ansible, in addition to those of its task and "
        "module. `always` is selected by any tag.",
        examples=[["deploy"]],
    )
    become: FlagOrTemplate | None = Field(
        default=None, description="Whether to become another user.", examples=[True]
    )
    become_user: Text | None = Field(
        default=None, description="User to become.", examples=["postgres"]
    )
    environment: Annotated[
        dict[str, Any] | str | list[Any],
        PlainValidator(_environment),
        WithJsonSchema({"type": ["object", "string", "array"]}),
    ] = Field(
        default={},
        description="Environment variables of the processes on the host: a mapping, a template of "
        "one, or a list of both.",
        examples=[{"HTTP_PROXY": "http://proxy.example.com:3128"}],
    )
    no_log: FlagOrTemplate | None = Field(
        default=None,
        description="Whether to hide the output; by default only if the step gets a secret.",
        examples=[True],
    )
    always: Flag = Field(
        default=False,
        description="Whether to run this step even if earlier steps of the task failed, provided "
        "that one has started: to end a drain, to remove a lock. A cancelled task ends without it; "
        "`wt resume` runs it.",
        examples=[True],
    )
    outputs: Outputs = Field(
        default={},
        description="Values that the step publishes. Later steps read them as "
        "`{{ outputs['step'].name }}`, where the step is `module/task/step`, or its name if that "
        "is unique.",
        examples=[{"token": "{{ result.stdout | trim }}"}],
    )
    hosts: HostSelector | None = Field(
        default=None,
        description="Hosts, if fewer than those of the task.",
        examples=["web1", "role=web,rack=a"],
    )
    policy: Policy = Field(
        default=PolicyModel(),
        description="Policy of this step; unset keys are inherited from the task.",
        examples=[{"retries": 2}],
    )


class Step(PlayKeys, StepKeys):
    """The smallest unit of work: `role`, one built-in kind, or a play of `roles` and `tasks`."""

    @model_validator(mode="before")
    @classmethod
    def _find_kind(cls, data: Any) -> Any:
        """Convert the one key that is not a common key to ``kind`` and ``params``."""
        if not isinstance(data, dict):
            return data
        rest = [key for key in data if key not in COMMON_KEYS and key not in PLAY_KEYS]
        if any(key in PLAY_KEYS for key in data):
            _check_play(data, rest)
            return {**data, "kind": "play"}
        kinds = [*(["role"] if "role" in data else []), *rest]
        if len(kinds) != 1:
            raise _kind_count(kinds)
        kind = kinds[0]
        if kind in ("kind", "params"):
            raise validation_problem(
                "step-kind",
                f"a step has no key `{kind}`",
                hint="write the kind itself as the key: `command: {…}`",
            )
        if kind != "role" and "entry" in data:
            raise validation_problem(
                "step-kind",
                f"`entry` is only valid with `role`, not with `{kind}`",
                hint="remove `entry`",
            )
        known = {key: value for key, value in data.items() if key in COMMON_KEYS}
        return {**known, "kind": kind, "params": None if kind == "role" else data[kind]}


#: Keys of all steps besides the kind, and those of plays.
COMMON_KEYS = frozenset(
    field.alias or name
    for name, field in StepKeys.model_fields.items()
    if name not in ("kind", "params")
)
#: Keywords of Ansible plays that a step does not have -> what to write instead.
_REPLACED_KEYWORDS = {
    "serial": "write `policy: {serial: 1}`",
    "max_fail_percentage": "write `maxFailPercentage`",
    "vars_prompt": "write a variable whose value is `${prompt:question}`",
    "debugger": "use `wt apply --step`, which stops between steps",
}


def _check_play(data: dict[str, Any], rest: list[str]) -> None:
    """Raise for a play that is also something else, has unknown keys, or has no work."""
    if not any(key in data for key in WORK_KEYS):
        first = next(key for key in data if key in PLAY_KEYS)
        whole = f"`roles: [{data['role']}]` instead of `role`" if "role" in data else "`roles`"
        raise validation_problem(
            "step-kind",
            f"`{first}` is only valid in a step with `roles` or `tasks`",
            "It is a keyword of an Ansible play; such a step is a play of its own.",
            f"write {whole}, or remove `{first}`",
        )
    for key in rest:
        camel = to_camel(str(key))
        known = {*COMMON_KEYS, *PLAY_KEYS} - {"role", "entry"}
        if key in _REPLACED_KEYWORDS:
            hint = _REPLACED_KEYWORDS[key]
        elif camel in known:
            hint = f"write `{camel}`"
        else:
            hint = did_you_mean(str(key), known)
        if hint:
            raise validation_problem("unknown-key", f"unknown key `{key}`", hint=hint)
    others = [key for key in ("role", "entry") if key in data] + rest
    if others:
        own = next(key for key in WORK_KEYS if key in data)
        raise validation_problem(
            "step-kind",
            f"the step has `{own}` and `{others[0]}`",
            f"A step with `{own}` is an Ansible play, which has roles and tasks only.",
            "write the role as an item of `roles`"
            if others[0] in ("role", "entry")
            else f"write a step of its own for `{others[0]}`, or an Ansible task in `tasks`",
        )
    if not any(data.get(key) for key in WORK_KEYS if key != "handlers"):
        raise validation_problem(
            "step-kind",
            "the step has neither roles nor tasks",
            hint="add an item to `roles` or `tasks`",
        )


def _kind_count(kinds: list[str]) -> PydanticCustomError:
    if not kinds:
        return validation_problem(
            "step-kind",
            "the step has no kind",
            "A step has exactly one of `role` or a built-in kind such as `command`.",
            "add one, for example `role: name` or `command: {argv: [uptime]}`",
        )
    for kind in kinds:
        if kind in _UNSUPPORTED_KEYWORDS:
            return validation_problem(
                "step-kind",
                f"a step does not support `{kind}`",
                "A step is a role or one built-in action; Ansible's task keywords work "
                "inside roles only.",
                _UNSUPPORTED_KEYWORDS[kind],
            )
    for kind in kinds:
        if kind != "role" and to_camel(kind) in PLAY_KEYS:
            return validation_problem(
                "unknown-key",
                f"unknown key `{kind}`",
                "It is a keyword of an Ansible play.",
                f"in a step with `roles` or `tasks`, write `{to_camel(kind)}`",
            )
    for kind in kinds:
        meant = nearest(kind, COMMON_KEYS)
        if meant and kind != "role":
            return validation_problem(
                "unknown-key", f"unknown key `{kind}`", hint=f"did you mean `{meant}`?"
            )
    named = " and ".join(f"`{kind}`" for kind in kinds)
    return validation_problem(
        "step-kind",
        f"the step has {len(kinds)} kinds: {named}",
        "A step has exactly one kind, so that it can be ordered, retried and undone.",
        "write one step per kind; the steps of a task run in order",
    )
