"""The definition of a step kind: typed parameters, and functions from these to Ansible tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from worldtree.ansible.model.plays import PlayTask
from worldtree.plan.node import Reversibility


class StepParams(BaseModel):
    """Base of a kind's parameters; names are those of the Ansible action of the same purpose."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)

    def args(self, *without: str) -> dict[str, Any]:
        """Return the parameters that have a value, in the order of declaration."""
        return {
            name: _plain(value)
            for name in type(self).model_fields
            if name not in without and (value := getattr(self, name)) is not None
        }


def _plain(value: Any) -> Any:
    if isinstance(value, StepParams):
        return value.args()
    if isinstance(value, tuple):
        return list(value)
    return value


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a kind knows of the node that it builds tasks for."""

    #: Node id.
    node: str
    #: Name of the cluster; clusters may share hosts and have equal node ids.
    cluster: str
    #: Whether it runs under a condition, which may differ between hosts.
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Asset:
    """A file or directory of the document that a step reads on the control node."""

    #: As written in the document; relative to the document's directory.
    path: str
    #: Directory of the bundle in which Ansible looks for it.
    place: Literal["files", "templates"] = "files"


ParamsT = TypeVar("ParamsT", bound=StepParams)
#: Builds tasks from parameters; pure.
TaskBuilder = Callable[[ParamsT, StepContext], Sequence[PlayTask]]


def _no_assets(_params: Any) -> tuple[Asset, ...]:
    return ()


@dataclass(frozen=True)
class StepKind(Generic[ParamsT]):
    """One kind of built-in step. Entry points of the group ``worldtree.steps`` load to one."""

    name: str
    #: One sentence, which ``wt explain spec.modules.tasks.steps`` shows.
    summary: str
    params: type[ParamsT]
    #: The tasks of the work; if they are not idempotent, give ``precheck`` too.
    run: TaskBuilder[ParamsT]
    #: Tasks that set the fact ``worldtree_done`` to true where the work is done already.
    #: None: the actions of ``run`` are idempotent.
    precheck: TaskBuilder[ParamsT] | None = None
    #: Tasks that undo the work; None, or no tasks, when it cannot be undone.
    rollback: TaskBuilder[ParamsT] | None = None
    #: What can be undone, for given parameters.
    reversibility: Callable[[ParamsT], Reversibility] = lambda _params: "irreversible"
    #: Whether it is safe to run it twice, for given parameters.
    repeatable: Callable[[ParamsT], bool] = lambda _params: True
    #: Parameters that are Jinja without braces.
    expressions: tuple[str, ...] = ()
    #: Python type of a scalar or list -> the parameter that it is a shorthand for.
    shorthand: Mapping[type, str] | None = None
    #: Whether it reads ``ansible_facts``.
    needs_facts: Callable[[ParamsT], bool] = lambda _params: False
    #: Whether ``--check`` shows what it would change.
    check_mode: bool = True
    #: Files of the document that it reads.
    assets: Callable[[ParamsT], Sequence[Asset]] = _no_assets
    #: Whether only the compiler creates steps of this kind.
    internal: bool = False

    def parse(self, params: Mapping[str, Any]) -> ParamsT:
        """Return the typed parameters; raises ``pydantic.ValidationError``."""
        return self.params.model_validate(dict(params))
