"""Renders `hosts:` that is a template, from variables that are known when compiling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.core.suggestions import did_you_mean
from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.names import read_selector
from worldtree.spec.models.step import Step
from worldtree.spec.reserved import MAGIC_VARIABLES
from worldtree.spec.selectors import Selector

if TYPE_CHECKING:
    from jinja2 import Environment

#: Variables inside variables: more levels are a circle.
_MAX_LEVELS = 20


def bind_hosts(
    model: ClusterDocument, extra_vars: Mapping[str, Any], bag: DiagnosticBag
) -> ClusterDocument:
    """Return ``model`` with the values of the templates in `hosts:` of tasks, steps and hooks.

    They see `spec.vars`, `vars` of their module, those of the step where it is a whole play, and
    ``extra_vars``, which win. What cannot be rendered goes to ``bag`` and becomes ``all``.
    """
    spec, known = model.spec, model.spec.vars
    modules = []
    for i, module in enumerate(spec.modules):
        outer = {**known, **module.vars}
        tasks = []
        for j, task in enumerate(module.tasks):
            path: DocPath = ("spec", "modules", i, "tasks", j)
            renderers = [
                _Renderer({**outer, **_vars_of_play(step), **extra_vars}, bag)
                for step in task.steps
            ]
            steps = tuple(
                step.model_copy(update=renderer.update(step.hosts, (*path, "steps", k, "hosts")))
                for k, (step, renderer) in enumerate(zip(task.steps, renderers, strict=True))
            )
            # The hosts of a task with one step are those of its play.
            only = renderers[0] if len(renderers) == 1 else _Renderer({**outer, **extra_vars}, bag)
            update = only.update(task.hosts, (*path, "hosts"))
            tasks.append(task.model_copy(update={"steps": steps, **update}))
        modules.append(module.model_copy(update={"tasks": tuple(tasks)}))
    renderer = _Renderer({**known, **extra_vars}, bag)
    hooks: dict[str, Any] = {}
    for when in ("before", "after", "replace"):
        listed = []
        for i, hook in enumerate(getattr(spec.hooks, when)):
            path = ("spec", "hooks", when, i)
            step = hook.step.model_copy(
                update=renderer.update(hook.step.hosts, (*path, "step", "hosts"))
            )
            update = renderer.update(hook.hosts, (*path, "hosts"))
            listed.append(hook.model_copy(update={"step": step, **update}))
        hooks[when] = tuple(listed)
    changed = {"modules": tuple(modules), "hooks": spec.hooks.model_copy(update=hooks)}
    return model.model_copy(update={"spec": spec.model_copy(update=changed)})


def undefined_in(text: str, variables: Mapping[str, Any]) -> str:
    """Return a variable that ``text`` needs beside ``variables``; empty where nothing lacks.

    Other errors of the template are those of ``bind_hosts``.
    """
    bag = DiagnosticBag()
    _Renderer(variables, bag).update(text, ())
    if not any(found.slug == "undefined-in-hosts" for found in bag.items):
        return ""
    return next((name for name in _names(text) if name not in variables), "")


def _vars_of_play(step: Step) -> Mapping[str, Any]:
    return step.vars if step.kind == "play" else {}


class _Renderer:
    def __init__(self, variables: Mapping[str, Any], bag: DiagnosticBag) -> None:
        self._variables = variables
        self._bag = bag

    def update(self, selector: Selector | None, path: DocPath) -> dict[str, Selector]:
        """Return the field to change: none where ``selector`` has no template."""
        texts = (selector,) if isinstance(selector, str) else selector or ()
        if not any(map(is_template, texts)):
            return {}
        found: list[str] = []
        for index, text in enumerate(texts):
            place = path if isinstance(selector, str) else (*path, index)
            found += self._rendered(text, place) if is_template(text) else [text]
        single = isinstance(selector, str) and len(found) == 1
        return {"hosts": found[0] if single else tuple(found)}

    def _rendered(self, text: str, path: DocPath) -> list[str]:
        from jinja2 import UndefinedError

        try:
            value = self._value(text, 0)
            read = read_selector(value)
        except UndefinedError as error:
            self._report_undefined(text, str(error), path)
        except Exception as error:  # What a template calls may raise anything: `1 / 0`, `[].pop()`.
            known = error.context or {} if isinstance(error, PydanticCustomError) else {}
            said = known.get("summary") or error or type(error).__name__
            self._bag.error(
                "bad-selector",
                f"`{text}` gives no hosts: {said}",
                detail="It is rendered when compiling, from variables of the document and `-e`.",
                hint="correct the template, or the variable that it names",
                path=path,
            )
        else:
            return [read] if isinstance(read, str) else list(read)
        return ["all"]

    def _value(self, text: str, level: int) -> Any:
        """Return what ``text`` renders to: a list stays one where the text is one expression."""
        from jinja2 import Undefined

        if level > _MAX_LEVELS:
            raise RecursionError("variables name each other in a circle")
        stripped = text.strip()
        inner = stripped[2:-2]
        variables = {
            name: self._resolved(self._variables[name], level + 1)
            for name in _names(text)
            if name in self._variables
        }
        if stripped.startswith("{{") and stripped.endswith("}}") and "}}" not in inner:
            found = _environment().compile_expression(inner, undefined_to_none=False)(**variables)
            return str(found) if isinstance(found, Undefined) else found
        return _environment().from_string(text).render(**variables)

    def _resolved(self, value: Any, level: int) -> Any:
        if is_template(value):
            return self._value(value, level)
        if isinstance(value, list):
            return [self._resolved(item, level) for item in value]
        if isinstance(value, dict):
            return {key: self._resolved(item, level) for key, item in value.items()}
        return value

    def _report_undefined(self, text: str, said: str, path: DocPath) -> None:
        missing = next((name for name in _names(text) if name not in self._variables), "")
        summary = f"`{text}` needs `{missing}`, which has no value when compiling"
        hint = did_you_mean(missing, self._variables, f"add `-e {missing or 'name'}=…`")
        if missing in MAGIC_VARIABLES:
            # What Ansible sets itself cannot be given, and differs from host to host.
            hint = "write a pattern instead, such as `web`, `web[0]` or `all:!web`"
        self._bag.error(
            "undefined-in-hosts",
            summary if missing else f"`{text}` cannot be rendered: {said}",
            detail="Hosts are bound when compiling, from `spec.vars`, `vars` of the module and"
            " `-e`; variables of groups, hosts and roles, and facts, are known later.",
            hint=hint,
            path=path,
            subject=missing,
        )


def _names(text: str) -> Iterator[str]:
    """Yield the names of variables in a template, in alphabetical order."""
    from jinja2 import meta

    yield from sorted(meta.find_undeclared_variables(_environment().parse(text)))


@cache
def _environment() -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(undefined=StrictUndefined)
