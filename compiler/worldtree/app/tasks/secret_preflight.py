"""Resolves the secrets of a plan before any host is changed.

Otherwise a missing secret would fail in the middle of a run, with the reason hidden by `no_log`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from worldtree.app.documents.secret_locations import LocateSecret
from worldtree.app.documents.secret_uses import private_key_references, secret_uses
from worldtree.app.ports import AskSecret, Question
from worldtree.core.errors import Diagnostic, InputError, Mark, RefusedError
from worldtree.core.text import and_more
from worldtree.plan.plan import Plan
from worldtree.secrets.broker_process import BrokerProcess
from worldtree.secrets.errors import SecretError, SecretProblem
from worldtree.secrets.providers.ansible_vault import PASSWORD_QUESTION, has_password
from worldtree.secrets.providers.prompt import answer_variable, question_settings
from worldtree.secrets.resolver import SecretSources
from worldtree.spec.secret_references import SecretRef

#: Most places that a message names.
_MAX_PLACES = 3


def open_secrets(
    plan: Plan,
    *,
    environ: Mapping[str, str],
    directories: Iterable[Path] = (),
    ask: AskSecret | None = None,
    locate: LocateSecret | None = None,
) -> BrokerProcess:
    """Start a broker with every secret of the plan, and the private keys in its SSH agent.

    ``directories`` are the bases of relative paths; ``ask`` is None where nobody can be asked;
    ``locate`` finds a reference in the document.
    Raises ``InputError`` with one diagnostic per reference that cannot be resolved, and
    ``RefusedError`` when a question cannot be asked.
    """
    uses = secret_uses(plan)
    answers = _prompt_answers(plan, uses, environ, ask)
    paths = tuple(str(path) for path in directories)
    broker = BrokerProcess.start(SecretSources(dict(environ), plan.secrets, paths, answers))
    try:
        wanted = [str(reference) for reference in uses if not _may_come_later(reference)]
        problems = broker.preflight(wanted)
        keys = private_key_references(plan)
        if keys and not problems:
            problems = _load_keys(broker, keys)
        if problems:
            raise InputError(
                _diagnostic(problems[str(reference)], reference, places, locate)
                for reference, places in uses.items()
                if str(reference) in problems
            )
    except BaseException:  # Also on Ctrl-C, the broker process must end.
        broker.close()
        raise
    return broker


def _load_keys(broker: BrokerProcess, keys: list[str]) -> dict[str, SecretProblem]:
    """Load keys one by one, so that an error names the key."""
    for key in keys:
        try:
            broker.load_keys([key])
        except SecretError as error:
            return {key: error.problem}
    return {}


def _may_come_later(reference: SecretRef) -> bool:
    """Whether the run itself may create it: a relative file, next to the bundle."""
    return reference.provider == "file" and not reference.rest.startswith(("/", "~"))


def _prompt_answers(
    plan: Plan, uses: Iterable[SecretRef], environ: Mapping[str, str], ask: AskSecret | None
) -> dict[str, str]:
    """Ask for prompted secrets.

    Raises ``RefusedError`` where nobody can be asked, and where a variable would answer several.
    """
    texts = dict.fromkeys(ref.rest for ref in uses if ref.provider == "prompt")
    _refuse_shared_variables(texts, environ, is_asked=ask is not None)
    unanswered = [
        _question(text, question_settings(plan.secrets.get("prompt", {}), text))
        for text in texts
        if not environ.get(answer_variable(text))
    ]
    if ask is None:
        needed = [question.text for question in unanswered if question.default is None]
        if not needed:
            return {}
        listed = ", ".join(f"`{text}`" for text in needed)
        variables = ", ".join(map(answer_variable, needed))
        raise RefusedError(
            f"secrets must be typed in, but there is no terminal: {listed}",
            code="secret-answer-missing",
            hint=f"run the command in a terminal, or set {variables}{_by_variables(plan, needed)}",
        )
    vaulted = any(reference.provider == "ansible-vault" for reference in uses)
    if vaulted and not has_password(plan.secrets, environ):
        unanswered.append(Question(PASSWORD_QUESTION))
    return {question.text: ask(question) for question in unanswered}


def _refuse_shared_variables(
    texts: Iterable[str], environ: Mapping[str, str], *, is_asked: bool
) -> None:
    """Raise ``RefusedError`` where one variable is, or would have to be, the answer to several."""
    by_variable: dict[str, list[str]] = {}
    for text in texts:
        by_variable.setdefault(answer_variable(text), []).append(text)
    for variable, same in by_variable.items():
        if len(same) > 1 and (environ.get(variable) or not is_asked):
            listed = ", ".join(f"`{text}`" for text in same)
            raise RefusedError(
                f"the variable {variable} would answer several questions: {listed}",
                code="secret-answer-ambiguous",
                hint="answer on a terminal and unset the variable, or give the questions texts"
                " that differ in a letter from A to Z or in a digit",
            )


def _by_variables(plan: Plan, texts: Iterable[str]) -> str:
    """Return the advice to give variables that are answers and nothing else; may be empty."""
    found: dict[str, None] = {}
    asked = {f"${{prompt:{text}}}" for text in texts}
    for node in plan.graph.nodes.values():
        found.update((name, None) for name, v in node.vars.items() if _is_among(v, asked))
    found = {name: None for name in found if name not in plan.extra_vars}
    if not found:
        return ""
    options = " ".join(f"-e {name}=VALUE" for name in found)
    return f", or give what is no secret as a variable: `{options}`"


def _is_among(value: object, texts: set[str]) -> bool:
    return isinstance(value, str) and value in texts


def _question(text: str, settings: Mapping[str, Any]) -> Question:
    return Question(
        text,
        is_shown=not settings.get("private", True),
        is_confirmed=bool(settings.get("confirm")),
        default=settings.get("default"),
    )


def _diagnostic(
    problem: SecretProblem, reference: SecretRef, places: list[str], locate: LocateSecret | None
) -> Diagnostic:
    where = and_more(places, _MAX_PLACES, unit="places")
    detail = f"It is needed at {where}. {problem.why}".strip()
    summary = f"`${{{reference}}}`: {problem.summary}"
    mark: Mark | None = locate(reference) if locate is not None else None
    return Diagnostic(problem.slug, summary, detail, problem.help, mark=mark)
