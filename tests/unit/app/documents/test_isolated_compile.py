"""Untrusted documents in a process of their own: results, limits, and children that misbehave."""

from __future__ import annotations

import io
import json
import os
import sys
import tarfile
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from worldtree.app.documents import isolated_compile
from worldtree.app.documents.compile_exchange import (
    CompileAnswer,
    CompileOrder,
    answer_data,
    order_data,
    read_answer,
    read_order,
    write_answer,
)
from worldtree.app.documents.compile_limits import CompileLimits
from worldtree.app.documents.document_policy import DocumentPolicy, check_document
from worldtree.app.documents.isolated_compile import IsolatedCompiler
from worldtree.core.errors import DiagnosticBag, InputError, RefusedError
from worldtree.core.limited_process import run_limited
from worldtree.spec.analysis import validate_checked
from worldtree.spec.load import load_text

_HEAD = "apiVersion: worldtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: shop}\nspec:\n"
VALID = f"""{_HEAD}  hosts: [{{name: web1, address: 10.0.0.1, roles: [web]}}]
  modules:
    - name: shop
      tasks: [{{name: app, steps: [{{command: {{argv: [date]}}}}]}}]
"""


def _hosts(template: str) -> str:
    return VALID.replace("{name: app,", f"{{name: app, hosts: {template!r},")


def _compile(text: str, *, limits: CompileLimits | None = None, **order: Any) -> CompileAnswer:
    return IsolatedCompiler(limits).compile(CompileOrder(text, **order))


@pytest.fixture(scope="module")
def compiled() -> Iterator[CompileAnswer]:
    """Return the answer to a valid document, which is compiled once."""
    found = _compile(VALID)
    assert found.bundle is not None
    with found.bundle:
        yield found


def _bundle(found: CompileAnswer) -> bytes:
    """Return the bundle of an answer, whose file stays where it is."""
    assert found.bundle is not None
    place = found.bundle.tell()
    content = found.bundle.read()
    found.bundle.seek(place)
    return content


def test_a_valid_document_gives_a_plan_and_its_bundle(compiled: CompileAnswer) -> None:
    """The answer has what the service stores and shows."""
    assert not compiled.has_errors
    assert compiled.plan is not None
    assert compiled.plan["cluster"] == "shop"
    with tarfile.open(fileobj=io.BytesIO(_bundle(compiled))) as archive:
        names = archive.getnames()
        plan = archive.extractfile("plan.json")
        assert plan is not None
        assert b'"shop"' in plan.read()
    assert {"site.yml", "plays/create-cluster.shop.app.command.yml"} <= set(names)
    assert not [name for name in names if name.startswith("/") or ".." in name.split("/")]


def test_problems_come_with_their_places() -> None:
    """Diagnostics survive the way through the pipe."""
    found = _compile(VALID.replace("10.0.0.1", "'{{ x }}'"), goal="validate")
    assert [(one.slug, str(one.mark), one.path) for one in found.diagnostics] == [
        ("policy-not-judged", "cluster.yaml:5:33", ("spec", "hosts", 0, "address"))
    ]
    assert found.plan is None
    wrong = _compile(VALID.replace("argv", "argw"), goal="plan", file_name="shop.yml")
    assert [(one.slug, one.mark.line) for one in wrong.diagnostics if one.mark] == [
        ("unknown-step-parameter", 8)
    ]
    assert wrong.diagnostics[0].hint


def test_the_policy_is_that_of_the_order() -> None:
    """What is refused by default is compiled where the policy allows it."""
    text = VALID.replace("command:", "local:")
    assert _compile(text, goal="plan", policy=DocumentPolicy(local_work=True)).plan is not None


def test_orders_and_answers_survive_the_pipe(compiled: CompileAnswer) -> None:
    """Every field has a JSON form, but for the bundle, which follows."""
    policy = DocumentPolicy(lookups=frozenset({"dict"}), secrets={"vault": ("kv/a/",)})
    order = CompileOrder(
        "x", policy=policy, selection={"only": ("a",)}, inventories=("b",), facts={"h": {"a": 1}}
    )
    assert read_order(order_data(order)) == order
    sent = io.BytesIO()
    write_answer(answer_data(compiled), io.BytesIO(_bundle(compiled)), sent)
    sent.seek(0)
    line = sent.readline()
    found = read_answer(json.loads(line), sent)
    assert replace(found, bundle=None) == replace(compiled, bundle=None)
    assert _bundle(found) == _bundle(compiled)
    sent.read(1)
    with pytest.raises(ValueError, match="another size"):
        read_answer(json.loads(line), sent)


_LARGE = """
import sys
answer = sys.stdout.buffer
answer.write(b'{"diagnostics": [], "plan": {}, "bundle": 20000000, "size": null}\\n')
answer.write(bytes(20000000))
"""


def test_a_large_bundle_is_never_whole_in_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It goes from the process to a file, which is gone when it is closed."""
    monkeypatch.setattr(isolated_compile, "_CHILD", (sys.executable, "-I", "-S", "-c", _LARGE))
    tracemalloc.start()
    try:
        found = IsolatedCompiler(scratch=tmp_path).compile(CompileOrder(VALID))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.bundle is not None
    with found.bundle:
        assert len(_bundle(found)) == 20_000_000
    assert peak < 2_000_000
    assert list(tmp_path.iterdir()) == []


MALICIOUS: dict[str, tuple[str, set[str] | None]] = {
    "aliases": ("a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(50)), None),
    "laughs": (
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)),
        None,
    ),
    "lists": ("[" * 100_000, {"yaml-too-deep"}),
    "maps": ("{a: " * 100_000, {"yaml-too-deep"}),
    "brackets": (f'{_HEAD}  vars: {{a: "{{{{ {"(" * 50_000}"}}\n', {"policy-template-code"}),
    "signs": (
        f'{_HEAD}  vars: {{a: "{{{{ {"-" * 50_000}1 }}}}"}}\n',
        {"policy-template-code"},
    ),
    "nul": ("\0", None),
    "empty": ("", {"empty-file"}),
}


@pytest.mark.parametrize("name", MALICIOUS)
def test_malicious_text_is_a_diagnostic(name: str) -> None:
    """Text that takes other parsers down is refused in words, also without the limits."""
    text, slugs = MALICIOUS[name]
    try:
        (document,) = load_text(text)
        found = check_document(document, DocumentPolicy())
        found += validate_checked(document, DiagnosticBag()).diagnostics
    except InputError as problem:
        found = list(problem.diagnostics)
    assert found
    assert all(one.mark is not None or one.path is not None for one in found)
    if slugs is not None:
        assert {one.slug for one in found} >= slugs


@pytest.mark.parametrize(
    "text",
    [MALICIOUS["laughs"][0], MALICIOUS["signs"][0], "\ud800"],
    ids=["aliases", "deep", "bytes"],
)
def test_malicious_text_is_a_diagnostic_of_the_process_too(text: str) -> None:
    """The process does not end because of it."""
    found = _compile(text)
    assert found.has_errors
    assert all(one.mark is not None for one in found.diagnostics)


def _refused(text: str, limits: CompileLimits) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        _compile(text, limits=limits)
    return caught.value


@pytest.mark.parametrize(
    ("text", "limits", "words"),
    [
        ("x" * 100_000_001, CompileLimits(), "larger than the service allows"),
        (
            _hosts(
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}all"
            ),
            CompileLimits(cpu_seconds=3),
            "CPU time",
        ),
        (VALID, CompileLimits(wall_seconds=0.05), "longer"),
        (VALID, CompileLimits(output_bytes=1_000), "larger result"),
        (VALID, CompileLimits(memory_bytes=40_000_000), "memory"),
    ],
    ids=["size", "cpu", "wall", "output", "memory"],
)
def test_each_limit_has_its_words(text: str, limits: CompileLimits, words: str) -> None:
    """A document that takes too much is refused with the limit that it met."""
    problem = _refused(text, limits)
    assert problem.code == "compile-limit"
    assert words in problem.message


def test_a_template_that_eats_memory_stays_in_its_process() -> None:
    """It is refused, by the limit or by what notices it first."""
    try:
        found = {one.slug for one in _compile(_hosts("{{ ['x'] * 10 ** 10 }}")).diagnostics}
    except RefusedError as problem:
        found = {problem.code}
    assert found in ({"compile-limit"}, {"bad-selector"})


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("", "no valid answer"),
        ("print('garbage')", "no valid answer"),
        ("print('{}')", "no valid answer"),
        ("print('[' * 100000)", "no valid answer"),
        ('print(\'{"diagnostics": [{}], "plan": null, "bundle": null}\')', "no valid answer"),
        ('print(\'{"diagnostics": 1, "plan": null, "bundle": null}\')', "no valid answer"),
        ('print(\'{"diagnostics": [], "plan": 1, "bundle": null}\')', "no valid answer"),
        (
            'print(\'{"diagnostics": [], "plan": null, "bundle": "%", "size": null}\')',
            "no valid answer",
        ),
        (
            'print(\'{"diagnostics": [], "plan": null, "bundle": 2, "size": null}\\n1\', end="")',
            "no valid answer",
        ),
        ("raise SystemExit(9)", "exit code 9"),
        ("import os; os.kill(os.getpid(), 9)", "signal 9"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "no valid answer"),
    ],
)
def test_a_child_that_misbehaves_is_an_error_with_a_code(
    monkeypatch: pytest.MonkeyPatch, program: str, words: str
) -> None:
    """Whatever the process does, the service has an answer."""
    monkeypatch.setattr(isolated_compile, "_CHILD", (sys.executable, "-I", "-S", "-c", program))
    problem = _refused(VALID, CompileLimits())
    assert problem.code == "compile-failed"
    assert words in problem.message


def test_the_process_cannot_read_files_that_the_policy_missed(tmp_path: Path) -> None:
    """Where Linux allows it, the kernel refuses what is outside of the program and document."""
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from worldtree.app.documents.compile_child import _restrict\n"
        "from worldtree.app.documents.compile_exchange import CompileOrder\n"
        "_restrict(CompileOrder(''), Path(sys.argv[1]))\n"
        "open('cluster.yaml').read()\n"
        "try:\n    open('/etc/passwd').read()\n"
        "except PermissionError:\n    print('refused')\n"
        "else:\n    print('read')"
    )
    (tmp_path / "document").mkdir()
    (tmp_path / "document/cluster.yaml").write_text(VALID)
    found = run_limited(
        (sys.executable, "-I", "-c", script, str(tmp_path)),
        directory=tmp_path / "document",
        environ={"PATH": os.defpath},
        wall_seconds=60,
        output_bytes=1_000,
    )
    if found.output.strip() == b"read":
        pytest.skip("this system has no Landlock")
    assert found.output.strip() == b"refused"


_SHOW = """
import json, os, resource
from worldtree.app.documents.compile_limits import CompileLimits, apply_limits
given = json.load(open('../order.json'))
apply_limits(CompileLimits(**given['limits']))
names = ('CORE', 'CPU', 'AS', 'FSIZE', 'NOFILE')
shown = [sorted(set(os.environ) - {'LC_CTYPE'}), os.listdir('.'), os.listdir('../home')]
shown.append([resource.getrlimit(getattr(resource, f'RLIMIT_{name}')) for name in names])
print(json.dumps({'failed': json.dumps(shown)}))
"""


def test_the_process_has_only_the_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the service, no other file, limits that cannot be raised, nothing left."""
    monkeypatch.setenv("WORLDTREE_DATABASE_URL", "postgresql://canary")
    monkeypatch.setattr(isolated_compile, "_CHILD", (sys.executable, "-I", "-c", _SHOW))
    limits = CompileLimits()
    with pytest.raises(RefusedError) as caught:
        IsolatedCompiler(limits, scratch=tmp_path).compile(CompileOrder(VALID))
    shown = caught.value.message.partition("compiled: ")[2]
    cpu = limits.cpu_seconds
    sizes = (limits.memory_bytes, limits.file_bytes, limits.open_files)
    wanted = [[0, 0], [cpu, cpu + 2], *([size, size] for size in sizes)]
    assert shown == str([["HOME", "LANG", "PATH"], ["cluster.yaml"], [], wanted]).replace("'", '"')
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../x.yaml", "/etc/x.yaml", "a/b.yaml", "", ".."])
def test_the_name_of_a_document_is_one_name(name: str) -> None:
    """A name from a caller does not leave the process's directory."""
    with pytest.raises(ValueError, match="one name"):
        _compile(VALID, file_name=name)
