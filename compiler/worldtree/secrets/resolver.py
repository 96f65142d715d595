"""Resolves each reference of a task once, and lists all values for redaction."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worldtree.core.leaves import leaves
from worldtree.secrets.errors import SecretError, SecretProblem
from worldtree.secrets.memo import Memo
from worldtree.secrets.provider import Provider, ProviderContext
from worldtree.secrets.redact import Redactor
from worldtree.secrets.registry import provider_class

#: Seconds until the next upkeep of a provider whose upkeep failed.
_RETRY_SECONDS = 5.0
#: References that are resolved in parallel before a task.
_MAX_THREADS = 8


@dataclass(frozen=True)
class SecretSources:
    """Configuration of the providers; ``wt`` passes it to the broker in memory."""

    environ: Mapping[str, str] = field(default_factory=dict)
    #: ``spec.secrets``: provider's key in the document -> its settings.
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    directories: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)


class SecretResolver:
    """Resolves references; thread-safe."""

    def __init__(self, sources: SecretSources) -> None:
        self._sources = sources
        self._providers: Memo[Provider] = Memo()
        self._open: dict[str, Provider] = {}
        self._resolved: Memo[str] = Memo()
        self._lock = threading.Lock()
        self._values: list[str] = []
        #: Secrets that tasks created, by reference.
        self._made: dict[str, str] = {}
        #: Set after each resolved reference: upkeep may be due earlier than before.
        self.upkeep_due = threading.Event()

    def get(self, reference: str) -> str:
        """Return the secret; raises ``SecretError``, whose text contains no value."""
        if reference in self._made:
            return self._made[reference]
        try:
            return self._resolved.get(reference, lambda: self._resolve(reference))
        except SecretError as error:
            raise self._clean(error) from None
        except Exception as error:  # A provider of another package must not end the broker.
            raise SecretError(
                "secret-provider-broken",
                f"the secret provider `{reference.partition(':')[0]}` failed",
                f"It raised {type(error).__name__}.",
                "report this to the authors of the provider",
            ) from None

    def put(self, reference: str, text: str) -> None:
        """Hold a secret that a task created until this object is gone; ``text`` is JSON."""
        self._made[reference] = text
        for value in leaves(json.loads(text)):
            self.conceal(str(value))

    def find_problems(self, references: Iterable[str]) -> dict[str, SecretProblem]:
        """Resolve ``references``; return the problem of each one that failed, in their order."""

        def look(reference: str) -> SecretProblem | None:
            try:
                self.get(reference)
            except SecretError as error:
                return error.problem
            return None

        names = list(dict.fromkeys(references))
        if not names:
            return {}
        with ThreadPoolExecutor(min(_MAX_THREADS, len(names))) as pool:
            found = zip(names, pool.map(look, names), strict=True)
            return {name: problem for name, problem in found if problem is not None}

    def values(self, after: int = 0) -> tuple[list[str], int]:
        """Return (the values resolved after the ``after``-th, the number of values)."""
        with self._lock:
            return self._values[after:], len(self._values)

    def conceal(self, value: str) -> None:
        """Redact ``value`` too."""
        with self._lock:
            if value and value not in self._values:
                self._values.append(value)

    def upkeep(self) -> float | None:
        """Run the upkeep of all providers; return the seconds until the next call."""
        due = [_upkeep_of(provider) for provider in list(self._open.values())]
        return min((seconds for seconds in due if seconds is not None), default=None)

    def close(self) -> None:
        """Close all providers."""
        for provider in self._open.values():
            with suppress(Exception):  # The task is over, and the other providers must be closed.
                provider.close()

    def _resolve(self, reference: str) -> str:
        name, colon, rest = reference.partition(":")
        if not colon or not rest:
            raise SecretError(
                "bad-secret-reference",
                f"`{reference}` is not a secret reference",
                "A reference has the form provider:rest.",
                "write it as env:SHOP_PASSWORD",
            )
        provider = self._provider(name)
        value = provider.resolve(rest)
        if not provider.is_shown(rest):
            self.conceal(value)
        self.upkeep_due.set()
        return value

    def _provider(self, name: str) -> Provider:
        def make() -> Provider:
            sources = self._sources
            made = provider_class(name)(
                ProviderContext(
                    environ=sources.environ,
                    settings=sources.settings.get(settings_key(name), {}),
                    directories=tuple(Path(path) for path in sources.directories),
                    answers=sources.answers,
                    ask=self.get,
                    conceal=self.conceal,
                )
            )
            self._open[name] = made
            return made

        return self._providers.get(name, make)

    def _clean(self, error: SecretError) -> SecretError:
        """Return ``error`` without values: the answer of a store may repeat what it was sent."""
        redactor = Redactor(self.values()[0])
        problem = error.problem
        return SecretError(
            problem.slug,
            redactor.text(problem.summary),
            redactor.text(problem.why),
            redactor.text(problem.help),
        )


def _upkeep_of(provider: Provider) -> float | None:
    """Run the upkeep of ``provider``; return the seconds until the next, a few if it failed."""
    try:
        due = provider.upkeep()
        return None if due is None else float(due)
    except Exception:  # The next read reports the problem.
        return _RETRY_SECONDS


def settings_key(provider: str) -> str:
    """Return a provider's key in ``spec.secrets``: ``ansible-vault`` -> ``ansibleVault``."""
    first, *others = provider.split("-")
    return first + "".join(word.capitalize() for word in others)
