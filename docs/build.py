"""Writes the generated pages of docs/; with ``--check`` it lists those that are out of date.

A slug that the code reports and no page explains, or the reverse, is an error in both modes; so is
a code that an error is raised with and that is not registered, or the reverse.

- diagnostics.md: every slug, assembled from diagnostics.d/*.md (one file per package).
- errors.md: every code of an error, from ``core/error_codes.py``.
- cli.md: every command and option, read from the click commands.
- openapi.json: every address of the API, read from its routes.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import click

from worldtree.core.error_code import ErrorCode
from worldtree.core.error_codes import ERROR_CODES
from worldtree.core.errors import ExitCode

DOCS = Path(__file__).resolve().parent
PACKAGE = DOCS.parent / "compiler" / "worldtree"
COMMANDS = "worldtree.cli.main"
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
#: Calls that create or add a diagnostic; the first argument is its slug.
_REPORTERS = ("Diagnostic", "error", "warning")
#: The base class of errors that have a code.
_ERROR = "WorldTreeError"


class DocsError(Exception):
    """A page cannot be built; the message names the file to fix."""


def diagnostics() -> str:
    """The page of all diagnostics in the order of their slugs."""
    sections = explained_slugs()
    head = (
        "# Diagnostics\n\n"
        "Each problem that WorldTree reports has a stable slug: what it means, why it matters, and"
        " how to fix it.\nThis page is generated from `diagnostics.d/` by `make docs`.\n"
    )
    return head + "".join(f"\n## {slug}\n\n{sections[slug]}\n" for slug in sorted(sections))


def explained_slugs() -> dict[str, str]:
    """Return slug -> text of every section of diagnostics.d."""
    sections: dict[str, str] = {}
    for file in sorted((DOCS / "diagnostics.d").glob("*.md")):
        for slug, text in _sections(file):
            if slug in sections:
                msg = f"{file.name}: `{slug}` is described twice"
                raise DocsError(msg)
            sections[slug] = text
    return sections


def slug_problems(explained: Collection[str], package: Path = PACKAGE) -> list[str]:
    """Compare the slugs that the code below ``package`` reports with the explained ones.

    Return a line for each that is missing or unused, with what to do.
    """
    reported: dict[str, str] = {}
    mentioned: set[str] = set()
    for file in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (slug := _slug(node)) is not None:
                mentioned.add(slug)
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in _REPORTERS and (slug := _slug(node.args[0])) is not None:
                    reported.setdefault(slug, f"{file.relative_to(package)}:{node.lineno}")
    return [
        f"{place} reports `{slug}`, which has no text: add a section `## {slug}` to a file of"
        " docs/diagnostics.d (what, why, help), then run `make docs`"
        for slug, place in reported.items()
        if slug not in explained
    ] + [
        f"no code reports `{slug}`: remove its section from docs/diagnostics.d, then run"
        " `make docs`"
        for slug in sorted(set(explained) - mentioned)
    ]


def _slug(node: ast.AST) -> str | None:
    """Return the value of a string constant that has the form of a slug."""
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) and _SLUG.fullmatch(value) else None


def _sections(file: Path) -> Iterator[tuple[str, str]]:
    """Yield (slug, text) for each section of one file."""
    parts = re.split(r"^## +(.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for slug, text in zip(parts[1::2], parts[2::2], strict=True):
        name = slug.strip().strip("`")
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            msg = f"{file.name}: `{name}` is not a kebab-case slug"
            raise DocsError(msg)
        if not text.strip():
            msg = f"{file.name}: `{name}` has no text"
            raise DocsError(msg)
        yield name, text.strip()


def errors() -> str:
    """The page of all codes of errors."""
    head = (
        "# Errors\n\n"
        "An error ends a command. It is text on stderr with every format of `-o`. Programs tell"
        " errors apart by the\ncode, which the command line shows in brackets at the end of the"
        " first line: wording may change, codes do not.\nErrors of the input are"
        " [diagnostics](diagnostics.md), each with a slug of its own in that place. Wrong"
        " options\nhave no code. The HTTP status is for services that put WorldTree behind HTTP."
        " This page is generated from\n`compiler/worldtree/core/error_codes.py` by `make"
        " docs`.\n\n"
        "| code | exit code | HTTP status | meaning |\n|---|---|---|---|\n"
    )
    return head + "".join(
        f"| `{code}` | {found.exit_code:d} | {found.http_status:d} | {found.meaning} |\n"
        for code, found in sorted(ERROR_CODES.items())
    )


def code_problems(
    registered: Mapping[str, ErrorCode], slugs: Collection[str], package: Path = PACKAGE
) -> list[str]:
    """Compare the codes that errors below ``package`` are raised with with the registered ones.

    Return a line for each that is missing, unused, a slug of a diagnostic as well, or raised with
    an error of another exit code, with what to do.
    """
    registry = "core/error_codes.py"
    problems: list[str] = []
    raised: set[str] = set()
    for code, exit_code, place in _raised_codes(package):
        raised.add(code)
        if code not in registered:
            problems.append(
                f"{place} raises `{code}`, which is not registered: add it to {registry}"
            )
        elif registered[code].exit_code != exit_code:
            problems.append(
                f"{place} raises `{code}` with exit code {exit_code:d}; {registry} says"
                f" {registered[code].exit_code:d}: choose another code or class, or correct it"
            )
    problems += [
        f"no error is raised with `{code}`: remove it from {registry}"
        for code in sorted(set(registered) - raised)
    ]
    return problems + [
        f"`{code}` of {registry} is a slug of a diagnostic, too: rename it"
        for code in sorted(set(registered).intersection(slugs))
    ]


def _raised_codes(package: Path) -> Iterator[tuple[str, ExitCode, str]]:
    """Yield (code, exit code of the class, place) for each code that an error is created with."""
    trees = {
        file: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(package.rglob("*.py"))
    }
    classes = [
        node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    ]
    known = _error_classes(classes)
    for file, tree in trees.items():
        owners = {
            id(call): node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and node.name in known
            for call in ast.walk(node)
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__"
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = owners.get(id(node), getattr(node.func, "id", getattr(node.func, "attr", "")))
            place = f"{file.relative_to(package)}:{node.lineno}"
            for key in node.keywords:
                if name in known and key.arg == "code":
                    yield from ((code, known[name], place) for code in _texts(key.value))


def _texts(value: ast.expr) -> Iterator[str]:
    """Yield the texts that an argument may have: one, or those of a choice."""
    return (code for part in ast.walk(value) if (code := _slug(part)) is not None)


def _error_classes(classes: Collection[ast.ClassDef]) -> dict[str, ExitCode]:
    """Return class -> exit code of the errors among ``classes``, the base class included."""
    known = {_ERROR: ExitCode.FAILED}
    size = 0
    while size < len(known):
        size = len(known)
        for node in classes:
            bases = [name for base in node.bases if (name := ast.unparse(base)) in known]
            if bases:
                known[node.name] = _exit_code(node) or known[bases[0]]
    return known


def _exit_code(node: ast.ClassDef) -> ExitCode | None:
    """Return the exit code that the body of a class sets."""
    for statement in node.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "exit_code":
            return ExitCode[ast.unparse(statement.value).removeprefix("ExitCode.")]
    return None


def command_line() -> str:
    """The page of all commands, in the order in which the program lists them."""
    root = _root_command()
    head = (
        "# Command line\n\n"
        "What `wt COMMAND --help` prints, on one page. Generated from the program by `make docs`.\n"
    )
    return head + "".join(_command_sections(root, click.Context(root, info_name="wt")))


def _root_command() -> click.Command:
    module = importlib.import_module(COMMANDS)
    for name in ("main", "cli", "wt"):
        if isinstance(found := getattr(module, name, None), click.Command):
            return found
    msg = f"{COMMANDS} has no click command named main, cli or wt"
    raise DocsError(msg)


def _command_sections(command: click.Command, context: click.Context) -> Iterator[str]:
    if command.hidden:
        return
    # A fixed width: the page must not depend on the terminal.
    context.terminal_width = context.max_content_width = 100
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    yield f"\n## {context.command_path}\n\n```text\n{text}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if child := command.get_command(context, name):
                yield from _command_sections(
                    child, click.Context(child, info_name=name, parent=context)
                )


def openapi() -> str:
    """The OpenAPI document of the service."""
    from worldtree.api.schema import openapi_document

    return json.dumps(openapi_document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


#: Page -> function that returns its content.
PAGES: dict[str, Callable[[], str]] = {
    "diagnostics.md": diagnostics,
    "errors.md": errors,
    "cli.md": command_line,
    "openapi.json": openapi,
}


def main(arguments: list[str]) -> int:
    """Write or check every page; return the exit code."""
    stale = []
    for name, build in PAGES.items():
        page, wanted = DOCS / name, build()
        if page.is_file() and page.read_text(encoding="utf-8") == wanted:
            continue
        stale.append(f"docs/{name}")
        if "--check" not in arguments:
            page.write_text(wanted, encoding="utf-8")
    slugs = explained_slugs()
    problems = slug_problems(slugs) + code_problems(ERROR_CODES, slugs)
    for problem in problems:
        print(problem, file=sys.stderr)
    if stale and "--check" in arguments:
        print(f"out of date: {', '.join(stale)}; run `make docs` and commit", file=sys.stderr)
        return 1
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except DocsError as error:
        sys.exit(f"docs/build.py: {error}")
