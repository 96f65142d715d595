"""Pipelines of packages by ``wt``: their parameters, and where they are listed and completed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.cli.conftest import ScriptedExecutor, Wt, write_document
from unit.plugins.acme import write_acme
from unit.plugins.packages import installed
from worldtree.core.errors import ExitCode

NODE = "repeat/notice/main/main"

Simulated = type[ScriptedExecutor]


@pytest.fixture(autouse=True)
def acme(tmp_path: Path) -> Iterator[None]:
    """The package ``acme-notice`` is installed."""
    write_acme(tmp_path / "site")
    with installed(tmp_path / "site"):
        yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A document with the package's component."""
    return write_document(tmp_path / "cluster.yaml", spec())


def spec(text: str = "hi") -> dict[str, Any]:
    return {
        "hosts": [{"name": "here", "connection": "local"}],
        "components": {"notice": {"text": text, "directory": "/srv"}},
    }


def text_of(plan: Any, node: str = NODE) -> str:
    """The notice that a node of a plan writes."""
    found: str = plan["graph"]["nodes"][node]["vars"]["notice_text"]
    return found


REPEAT = ("--pipeline", "repeat", "--param", "copies=2")


@pytest.mark.usefixtures("file")
def test_parameters_are_typed_and_stand_in_the_plan(wt: Wt) -> None:
    plan = wt("plan", *REPEAT, "--param", 'names=["a", "b"]', "-o", "json").json
    assert plan["parameters"] == {"copies": 2, "names": ["a", "b"]}
    assert text_of(plan) == "hi hi"
    assert "(copies=2)" in wt("plan", *REPEAT).out
    assert NODE in wt("graph", *REPEAT, "-o", "json").out
    assert "copies: 2" in yaml.safe_dump(wt("apply", *REPEAT, "--dry-run", "-o", "json").json)


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize(
    ("given", "summary", "hint"),
    [
        (["copie=2"], "has no parameter `copie`", "did you mean `copies`?"),
        (["copies=many"], "`copies` of the pipeline `repeat` is not valid", "an integer"),
        (["copies=0"], "`copies` of the pipeline `repeat` is not valid", "greater than or equal"),
        (["names=a"], "`names` of the pipeline `repeat` is not valid", "--param 'NAME="),
        (["names=[a"], "`names` of the pipeline `repeat` is not valid", "--param 'NAME="),
        (["share=inf"], "`share` of the pipeline `repeat` is not valid", "finite number"),
        (["names=\udcff"], "--param: the text is not valid UTF-8", "correct the text"),
        (["copies"], "--param takes NAME=VALUE", "--param copies=VALUE"),
        (["=1"], "the name is missing", "--param NAME=VALUE"),
        (["copies=1", "copies=2"], "`copies` is given more than once", "once"),
        (["password=s3cret"], "is not a reference to a secret", "--param 'password=${env:NAME}'"),
        (["password=a${env:X}"], "is not a reference to a secret", "${env:NAME}"),
    ],
)
def test_a_wrong_parameter_is_an_error_with_its_fix(
    wt: Wt, given: list[str], summary: str, hint: str
) -> None:
    """Its value is not shown, and no place in the document, where it is not."""
    ran = wt("plan", "--pipeline", "repeat", *(w for one in given for w in ("--param", one)))
    assert ran.code == ExitCode.INPUT
    assert summary in ran.err
    assert hint in ran.err
    assert "s3cret" not in ran.err
    assert "cluster.yaml" not in ran.err


@pytest.mark.usefixtures("file")
def test_a_parameter_that_is_missing_is_named(wt: Wt) -> None:
    ran = wt("apply", "--pipeline", "needy", "--yes")
    assert ran.code == ExitCode.INPUT
    assert "the parameter `target` of the pipeline `needy` is missing" in ran.err
    assert "add `--param target=VALUE`" in ran.err
    builtin = wt("plan", "--param", "copies=2")
    assert builtin.code == ExitCode.INPUT
    assert "It has no parameters." in builtin.err


@pytest.mark.usefixtures("file")
def test_a_secret_stays_a_reference(wt: Wt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTICE_PASSWORD", "s3cret")
    given = (*REPEAT, "--param", "password=${env:NOTICE_PASSWORD}")
    plan = wt("plan", *given, "-o", "json")
    assert plan.json["parameters"]["password"] == "${env:NOTICE_PASSWORD}"
    assert text_of(plan.json) == "hi hi ${env:NOTICE_PASSWORD}"
    assert wt("compile", *given, "--dir", "b").code == ExitCode.OK
    texts = [path.read_text() for path in Path("b").rglob("*") if path.is_file()]
    assert not [text for text in texts if "s3cret" in text]


@pytest.mark.usefixtures("file", "simulated")
def test_a_bundle_keeps_its_parameters(wt: Wt) -> None:
    """Those of the bundle count for `compile --check` and `apply --dir`."""
    assert wt("compile", *REPEAT, "--dir", "b").code == ExitCode.OK
    assert "copies=2" in Path("b/README.md").read_text()
    assert wt("compile", "--pipeline", "repeat", "--dir", "b", "--check").code == ExitCode.OK
    other = ("--pipeline", "repeat", "--param", "copies=3")
    assert wt("compile", *other, "--dir", "b", "--check").code == ExitCode.REFUSED
    refused = wt("apply", "--dir", "b", "--param", "copies=3", "--yes")
    assert refused.code == ExitCode.INPUT
    assert "leave out --param" in refused.err
    assert wt("apply", "--dir", "b", "--yes").code == ExitCode.OK
    assert wt("compile", *other, "--dir", "c").code == ExitCode.OK
    assert "Parameters:\n  copies: 2 → 3" in wt("diff", "b", "c").out


@pytest.mark.usefixtures("file")
def test_parameters_belong_to_the_task(wt: Wt, simulated: Simulated) -> None:
    """Also when it is resumed, continued with a new plan, retried and rolled back."""
    simulated.outcomes = {(NODE, "here"): "failed"}
    failed = wt("apply", *REPEAT, "--yes", "-o", "json").json
    simulated.outcomes = {}
    shown = wt("tasks", "show", failed["task_id"])
    assert "parameters: copies=2" in shown.out
    as_data = wt("tasks", "show", failed["task_id"], "-o", "json").json
    assert as_data["parameters"] == {"copies": 2}
    write_document(Path("cluster.yaml"), spec("new"))
    assert wt("resume", failed["task_id"], "--yes").code == ExitCode.REFUSED
    ran = wt("resume", failed["task_id"], "--replan", "--yes", "-o", "json")
    assert ran.code == ExitCode.OK, ran.err
    again = wt("tasks", "show", ran.json["task_id"], "-o", "json").json
    assert again["parameters"] == {"copies": 2}
    assert wt("rollback", ran.json["task_id"], "--yes").code == ExitCode.OK


def test_pipelines_are_listed_with_parameters_and_package(wt: Wt) -> None:
    lines = wt("pipelines", "list").out.splitlines()
    assert lines[0].split() == ["PIPELINE", "FROM", "PARAMETERS", "SUMMARY"]
    (repeat,) = [line for line in lines if line.startswith("repeat")]
    assert "acme-notice 1.2" in repeat
    assert "copies=1 (integer)" in repeat
    items = {one["name"]: one for one in wt("pipelines", "list", "-o", "json").json["items"]}
    assert list(items)[:3] == ["create-cluster", "verify", "destroy-cluster"]
    assert items["verify"]["origin"] == "builtin"
    assert items["compare"]["takes_facts"] is True
    assert items["repeat"]["components"] == ["notice"]
    assert items["repeat"]["parameters"][0] == {
        "name": "copies",
        "type": "integer",
        "required": False,
        "default": 1,
        "description": "How often.",
    }


def test_a_pipeline_is_described(wt: Wt) -> None:
    shown = wt("pipelines", "show", "repeat").out
    assert "copies (integer, default 1)\n    How often." in shown
    assert "password (reference to a secret" in shown
    assert "target (string, required)" in wt("pipelines", "show", "needy").out
    assert "depends on   the document of" in wt("pipelines", "show", "compare").out
    unknown = wt("pipelines", "show", "repet")
    assert unknown.code == ExitCode.INPUT
    assert "did you mean `repeat`?" in unknown.err


def test_shells_complete_pipelines_and_parameters(wt: Wt, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parameter with its `=`, and only once."""

    def completed(line: str) -> list[str]:
        monkeypatch.setenv("_WT_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        return [one.partition(",")[2] for one in wt().out.splitlines()]

    assert completed("wt plan --pipeline rep") == ["repeat"]
    assert completed("wt pipelines show ne") == ["needy"]
    assert completed("wt plan --pipeline repeat --param ") == [
        "copies=",
        "share=",
        "names=",
        "password=",
    ]
    given = "wt plan --pipeline repeat --param copies=1 --param "
    assert completed(given) == ["share=", "names=", "password="]
