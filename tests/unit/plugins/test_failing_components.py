"""Code of other packages that fails: one error that names the package, and no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.cli.conftest import Wt, write_document
from unit.cli.conftest import simulated as simulated
from unit.cli.conftest import wt as wt
from unit.plugins.packages import installed, write_package
from worldtree.core.errors import ExitCode

_HEAD = """
from pydantic import Field, field_validator
from worldtree.catalog.builders import entry_module
from worldtree.catalog.component import Component, ComponentConfig
from worldtree.catalog.pipeline import ModuleOrder, PipelineDefinition, PipelineParameters
from worldtree.plan.specs import ModuleSpec, TaskSpec

MODULE = entry_module("nginx", "verify", "all", {})

def twice(module):
    return module.model_copy(update={"tasks": module.tasks * 2})

def renamed(module, name):
    return module.model_copy(update={"name": name, "component": "odd"})

def on(module, hosts):
    task = module.tasks[0].model_copy(update={"hosts": hosts})
    return module.model_copy(update={"tasks": (task,), "component": "odd", "name": "odd"})

class Config(ComponentConfig):
    text: str = Field("x", description="A text.")

def build(config, context):
    return None

def check(config, context):
    return ()

def certificates(config, context):
    return ()
"""
_TAIL = """
COMPONENT = Component(
    name="odd", summary="Odd.", config=Config, host_role="all", role="nginx",
    pipelines={"create-cluster": build, "empty": build}, check=check, certificates=certificates,
)
"""


def write_odd(site: Path, code: str, package: str = "acme-odd", **pipelines: str) -> None:
    """Install a package with a component, ``code`` in it, and pipelines by entry point."""
    module = package.replace("-", "_")
    points = {name: f"{module}:{attribute}" for name, attribute in pipelines.items()}
    write_package(
        site,
        package,
        {f"{module}.py": f"{_HEAD}{code}\n{_TAIL}"},
        {"worldtree.components": {"odd": f"{module}:COMPONENT"}, "worldtree.pipelines": points},
    )


@pytest.fixture(autouse=True)
def document(wt: Wt) -> Path:
    """A document with the component, and a module of the team's own."""
    del wt  # It changes to an empty directory first.
    steps = [{"directory": {"path": "/tmp/x", "mode": "0755"}}]
    spec = {
        "hosts": [{"name": "here", "connection": "local"}],
        "components": {"odd": {}, "pki": {"passphrase": "${env:PASS}"}},
        "modules": [{"name": "shop", "tasks": [{"name": "t", "steps": steps}]}],
    }
    return write_document(Path("cluster.yaml"), spec)


FAILING = {
    "raises": ("def build(c, x): return {}['port']", "KeyError: 'port' at "),
    "ends the program": ("def build(c, x): raise SystemExit(3)", "SystemExit: 3 at "),
    "returns something else": ("def build(c, x): return []", "a list, not a ModuleSpec"),
    "not a valid spec": ("def build(c, x): return ModuleSpec(name='m')", "tasks: Field required"),
    "a bad name": ("def build(c, x): return renamed(MODULE, 'Odd/x')", "`Odd/x` is not a valid"),
    "a long name": ("def build(c, x): return renamed(MODULE, 'a' * 64)", "is not a valid name"),
    "a task twice": (
        "def build(c, x): return twice(renamed(MODULE, 'odd'))",
        "`odd` has 2 tasks of the name `verify`",
    ),
    "a module twice": ("def build(c, x): return renamed(MODULE, 'shop')", "is called `shop`, too"),
    "a bad selector": ("def build(c, x): return on(MODULE, 'role=')", "`role=` cannot be used"),
    "a check that raises": ("def check(c, x):\n    yield 1 / 0", "ZeroDivisionError: division"),
    "a field's check that raises": (
        "class Config(ComponentConfig):\n"
        "    @field_validator('text', check_fields=False)\n"
        "    def odd(cls, value): return value.nothing\n"
        "    text: str = Field('x', description='A text.', validate_default=True)",
        "AttributeError: 'str' object has no attribute",
    ),
    "certificates": ("def certificates(c, x): raise OSError('no')", "OSError: no at "),
}


@pytest.mark.parametrize("name", FAILING)
def test_code_that_fails_is_named_with_its_package(name: str, wt: Wt, tmp_path: Path) -> None:
    """With the exit code of bad input: nothing was touched."""
    code, why = FAILING[name]
    write_odd(tmp_path / "site", code)
    with installed(tmp_path / "site"):
        ran = wt("plan")
    assert ran.code == ExitCode.INPUT, ran.err
    shown = " ".join(ran.err.split())
    assert "the component `odd` of the package acme-odd 1.0" in shown
    assert why in shown
    assert "internal error" not in ran.err


def test_a_pipeline_without_work_says_why(wt: Wt, simulated: object, tmp_path: Path) -> None:
    del simulated
    pipeline = "EMPTY = PipelineDefinition(name='empty', summary='Nothing.', team_entry='tidy')"
    write_odd(tmp_path / "site", pipeline, empty="EMPTY")
    with installed(tmp_path / "site"):
        ran = wt("apply", "--pipeline", "empty", "--yes")
    assert ran.code == ExitCode.OK, ran.err
    assert "(nothing to do)" in ran.out
    assert "the pipeline `empty` has nothing to do in this document" in ran.err
    assert "no role of its steps has the entry point `tidy`" in ran.err


def test_destroy_without_anything_to_remove_says_why(
    wt: Wt, simulated: object, document: Path
) -> None:
    del simulated
    steps = [{"directory": {"path": "/tmp/x", "mode": "0755"}}]
    module = {"name": "shop", "tasks": [{"name": "t", "steps": steps}]}
    hosts = [{"name": "here", "connection": "local"}]
    write_document(document, {"hosts": hosts, "modules": [module]})
    ran = wt("destroy", "--yes")
    assert ran.code == ExitCode.OK, ran.err
    assert "the pipeline `destroy-cluster` has nothing to do in this document" in ran.err
    assert "no role of its steps has the entry point `remove`" in ran.err
    assert "built-in steps and plays have no removal" in ran.err
    assert "`wt rollback TASK` undoes what a task changed" in ran.err
    assert "add `tasks/remove.yml`" in ran.err


def test_of_two_packages_with_one_pipeline_the_first_wins(wt: Wt, tmp_path: Path) -> None:
    """The other one is named in one warning; its component, too, where that clashes."""
    code = "ONE = PipelineDefinition(name='same', summary='{}')"
    write_odd(tmp_path / "site", code.format("First."), "acme-a", same="ONE")
    write_odd(tmp_path / "site", code.format("Second."), "acme-b", same="ONE")
    with installed(tmp_path / "site"):
        listed = wt("pipelines", "list").out
        ran = wt("plan")
    assert ran.code == ExitCode.OK, ran.err
    assert "First." in listed
    assert "Second." not in listed
    warned = [line for line in ran.err.splitlines() if "the pipeline `same`" in line]
    assert warned == [
        "warning: the pipeline `same` of the package acme-b 1.0 has a name that is taken"
        " [broken-plugin]"
    ]


BROKEN = {
    "name": ("PipelineDefinition(name='Odd one', summary='')", "`Odd one` is not valid"),
    "builtin": ("PipelineDefinition(name='verify', summary='')", "`verify` is reserved"),
    "order": (
        "PipelineDefinition(name='b', summary='', order=ModuleOrder.REVERSED)",
        "does not say which pipeline it reverses",
    ),
    "type": (
        "PipelineDefinition(name='b', summary='', parameters=dict)",
        "not a subclass of PipelineParameters",
    ),
    "secret": (
        "PipelineDefinition(name='b', summary='', parameters=Secret)\n",
        "`dbPassword` would be a secret in clear text",
    ),
    "schema": (
        "PipelineDefinition(name='b', summary='', parameters=Schemaless)\n",
        "have no JSON Schema: PydanticInvalidForJsonSchema",
    ),
}
_PARAMETERS = """
from typing import Callable

class Secret(PipelineParameters):
    db_password: str = Field("", description="A secret.")

class Schemaless(PipelineParameters):
    call: Callable[[], int] = Field(description="No data.")

B = """


@pytest.mark.parametrize("name", BROKEN)
def test_a_pipeline_that_cannot_be_used_is_left_out(name: str, wt: Wt, tmp_path: Path) -> None:
    """In one warning; the command that asks for it says why it is not there."""
    code, why = BROKEN[name]
    write_odd(tmp_path / "site", _PARAMETERS + code, broken="B")
    with installed(tmp_path / "site"):
        ran = wt("plan")
        asked = wt("plan", "--pipeline", "broken")
    assert ran.code == ExitCode.OK, ran.err
    assert ran.err.count("[broken-plugin]") == 1
    assert why in " ".join(ran.err.split())
    assert asked.code == ExitCode.INPUT
    assert why in " ".join(asked.err.split())
    assert "there is no pipeline `broken`" in asked.err


def test_a_check_of_parameters_that_raises_is_an_error(wt: Wt, tmp_path: Path) -> None:
    code = """
class Odd(PipelineParameters):
    size: int = Field(1, description="A size.")

    @field_validator("size")
    def checked(cls, value):
        return 1 // 0

B = PipelineDefinition(name="b", summary="", parameters=Odd)
"""
    write_odd(tmp_path / "site", code, b="B")
    with installed(tmp_path / "site"):
        ran = wt("plan", "--pipeline", "b", "--param", "size=1")
    assert ran.code == ExitCode.INPUT
    assert "the parameters of the pipeline `b` cannot be checked" in ran.err
    assert "ZeroDivisionError" in ran.err
