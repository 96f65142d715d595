"""The log of the service: one entry per line, with its fields and without secrets."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import pytest
import structlog

from worldtree.core import json_logs
from worldtree.core.errors import RefusedError
from worldtree.secrets.redact import Redactor

CANARY = "canary-7f3a-value"


class Written(io.StringIO):
    """A stream whose entries are read as data."""

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Return all entries."""
        return [json.loads(line) for line in self.getvalue().split("\n") if line]

    @property
    def entry(self) -> dict[str, Any]:
        """Return the only entry."""
        [found] = self.entries
        return found


@pytest.fixture(autouse=True)
def _former_logs() -> Iterator[None]:
    """Give back the logs of the test process."""
    root = logging.getLogger()
    handlers, level, shown = root.handlers[:], root.level, warnings.showwarning
    yield
    logging.captureWarnings(False)
    assert warnings.showwarning is shown
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def start(log_format: json_logs.LogFormat = "json", **options: Any) -> Written:
    """Send all logs to the stream that is returned."""
    stream = Written()
    json_logs.configure_logs(log_format, stream=stream, **options)
    return stream


def test_entry_has_its_fields_first() -> None:
    stream = start()
    json_logs.get_log("worker").info("task taken", tries=2, waited=0.5, again=False, why=None)
    found = stream.entry
    assert list(found)[:4] == ["time", "level", "event", "logger"]
    assert found["time"].endswith("Z")
    assert datetime.fromisoformat(found["time"]).utcoffset() is not None
    values = [found[name] for name in ("level", "event", "logger", "tries", "waited", "again")]
    assert values == ["info", "task taken", "worker", 2, 0.5, False]
    assert found["why"] is None


def test_bound_fields_are_in_all_entries_of_the_block() -> None:
    """Of other libraries too; None is no field."""
    stream = start()
    with json_logs.bind(task_id="t1", node="a/b/c/d", request_id=None):
        with json_logs.bind(hostname="web1"):
            json_logs.get_log("x").info("one")
        logging.getLogger("uvicorn.error").warning("started on %s", "port")
    json_logs.get_log("x").info("three")
    one, two, three = stream.entries
    assert (one["task_id"], one["node"], one["hostname"]) == ("t1", "a/b/c/d", "web1")
    assert (two["task_id"], two["event"], two["level"]) == ("t1", "started on port", "warning")
    assert "hostname" not in two
    assert "request_id" not in one
    assert "task_id" not in three


def test_levels_below_the_chosen_one_are_left_out() -> None:
    stream = start(level=logging.WARNING)
    json_logs.get_log("x").info("no")
    logging.getLogger("other").info("no")
    logging.getLogger("alembic.runtime").info("no")
    json_logs.get_log("x").error("yes")
    assert stream.entry["event"] == "yes"


def test_libraries_that_say_too_much_are_heard_from_warnings_on() -> None:
    """The client of HTTP prints URLs with their query, which may be a signature."""
    stream = start(level=logging.DEBUG)
    names = ("alembic.runtime.migration", "httpx2", "httpcore2.connection")
    for name in names:
        logging.getLogger(name).info("no")
        logging.getLogger(name).warning("yes")
    assert [(one["logger"], one["event"]) for one in stream.entries] == [
        (name, "yes") for name in names
    ]


def test_second_configuration_replaces_the_first() -> None:
    first, second = start(), start()
    logging.getLogger("x").warning("once")
    assert (first.getvalue(), len(second.entries)) == ("", 1)


def test_access_log_of_uvicorn_is_off() -> None:
    stream = start()
    logging.getLogger("uvicorn.access").info("GET /?token=x")
    assert stream.getvalue() == ""


def test_warnings_of_python_are_entries() -> None:
    stream = start()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert stream.entry["logger"] == "py.warnings"


def test_expected_error_has_its_code_and_no_traceback() -> None:
    stream = start()
    try:
        raise RefusedError("the task is running", code="task-running")
    except RefusedError:
        json_logs.get_log("x").exception("refused")
    found = stream.entry
    assert (found["error"], found["error_code"]) == ("the task is running", "task-running")
    assert "traceback" not in found
    assert "exc_info" not in found


def fail(value: str) -> None:
    """Fail because of another failure, with ``value`` in a variable and on a second line."""
    kept = value
    try:
        raise KeyError("first")
    except KeyError as error:
        raise ValueError(f"wrong\n[parameters: {kept}]") from error


def test_unexpected_error_has_frames_without_values() -> None:
    """Libraries quote what was given to them on later lines of a message."""
    stream = start()
    try:
        fail(CANARY)
    except ValueError as error:
        json_logs.get_log("x").error("failed", exc_info=error)
        json_logs.get_log("x").warning("failed", exc_info=True)
        logging.getLogger("other").exception("failed")
    for found in (stream.entries[0], stream.entries[2]):
        assert found["error"] == "ValueError: wrong"
        assert found["error_code"] == "unexpected"
        assert "in fail" in found["traceback"]
        assert found["traceback"].index("KeyError: 'first'") < found["traceback"].index("then:")
    assert "traceback" not in stream.entries[1]
    assert CANARY not in stream.getvalue()


def test_long_recursion_is_cut() -> None:
    def deep(left: int) -> None:
        if not left:
            raise ExceptionGroup("several", [OSError("disk"), RuntimeError("net")])
        deep(left - 1)

    stream = start()
    try:
        deep(200)
    except ExceptionGroup as error:
        json_logs.get_log("x").error("failed", exc_info=error)
    found = stream.entry["traceback"]
    assert "frames left out" in found
    assert "with OSError: disk" in found
    assert len(found.splitlines()) < 60


def test_known_values_are_removed_everywhere() -> None:
    """From the event, from fields at any depth, from names of fields, messages and tracebacks."""
    stream = start(redact_values=Redactor([CANARY, "4711471"]).text)
    log = json_logs.get_log("x")
    log.info(f"got {CANARY}", one=CANARY, deep={"a": [CANARY, {CANARY: 1}]}, number=4711471)
    log.info("object", what=io.StringIO, raw=CANARY.encode(), some={CANARY})
    logging.getLogger("other").warning("with %s", CANARY)
    try:
        raise ValueError(CANARY)
    except ValueError:
        log.exception("failed")
    with json_logs.bind(task_id=CANARY):
        log.info("bound")
    assert len(stream.entries) == 5
    assert CANARY not in stream.getvalue()
    assert "4711471" not in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        f"token wtp_{CANARY} used",
        f"wts_{CANARY}",
        f"Authorization: Bearer {CANARY}",
        f"{{'authorization': 'Digest a=\"b\", c={CANARY}'}}",
        f"[(b'authorization', b'Bearer {CANARY}')]",
        f"Basic {CANARY}",
        f"Cookie: a=b; session={CANARY}",
        f"postgresql://wt:{CANARY}@db/worldtree",
        f"https://:{CANARY}@db/",
        f"GET /x?a=1&access_token={CANARY}&b=2",
        f"password={CANARY}",
        f'{{"db_password": "{CANARY} and more"}}',
        f"ansible_become_password: '{CANARY} x'",
        f"api-key={CANARY}",
        f"client_secret: {CANARY}",
        f"eyJhbGciOiJ.{CANARY}.{CANARY}",
    ],
)
def test_forms_of_secrets_are_removed(text: str) -> None:
    """No process has to know the value."""
    stream = start()
    json_logs.get_log("x").info(text, field=text, deep=[{"a": text}])
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize(
    "name", ["password", "db_password", "authorization", "token", "access_token", "Set-Cookie"]
)
def test_fields_named_like_a_secret_have_no_value(name: str) -> None:
    stream = start()
    json_logs.get_log("x").info("e", **{name: CANARY}, deep={name: [CANARY]}, other={name: 5})
    assert CANARY not in stream.getvalue()
    assert stream.entry[name] == "***"
    assert stream.entry["other"] == {name: "***"}


def test_ordinary_entries_stay_as_they_are() -> None:
    stream = start()
    fields = {
        "path": "/api/v1/clusters/shop/tasks?after=3",
        "url": "https://example.org:8443/a@b",
        "text": "the basic idea: tokens are bearers of rights; the secret is kept",
        "token_id": "k1",
        "tokens": 3,
        "chinese": "节点失败",
    }
    json_logs.get_log("x").info("e", **fields)
    assert {name: stream.entry[name] for name in fields} == fields


def test_text_is_one_line_that_nobody_can_forge() -> None:
    stream = start("text")
    with json_logs.bind(task_id="t1"):
        json_logs.get_log("x").info("done", host="a b", count=2, why="x\n2026 error forged")
        json_logs.get_log("x").info("two\nlines")
    one, two, rest = stream.getvalue().split("\n")
    words = 'info     done logger=x host="a b" count=2 why="x\\n2026 error forged" task_id=t1'
    assert one.split(" ", 1)[1] == words
    assert '"two\\nlines"' in two
    assert rest == ""


@pytest.mark.parametrize("form", ["text", "json"])
def test_characters_that_change_how_a_line_looks_are_escaped(form: Literal["text", "json"]) -> None:
    """Such as U+202E, which reverses what follows; a path of a request may have it."""
    stream = start(form)
    path = "/a\u202etxt.exe\u2066\x9b\U000e0001b"
    json_logs.get_log("x").info(path, path=path)
    found = stream.getvalue()
    assert found.removesuffix("\n").isprintable()
    assert "\\u202e" in found
    if form == "json":
        assert json.loads(found)["path"] == path


def test_text_of_an_unexpected_error_has_the_frames_below() -> None:
    stream = start("text")
    try:
        fail(CANARY)
    except ValueError:
        json_logs.get_log("x").exception("failed")
    lines = stream.getvalue().splitlines()
    assert 'error="ValueError: wrong"' in lines[0]
    assert lines[-1] == "ValueError: wrong"
    assert CANARY not in stream.getvalue()


def test_closed_stream_ends_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    stream = start()
    stream.close()
    json_logs.get_log("x").error("lost")
    logging.getLogger("x").error("lost")
    assert capfd.readouterr() == ("", "")


def test_deep_values_end_somewhere() -> None:
    value: dict[str, Any] = {}
    value["self"] = value
    stream = start()
    json_logs.get_log("x").info("e", value=value)
    assert "***" in stream.getvalue()


def test_import_is_light() -> None:
    code = "import sys, worldtree.core.json_logs; sys.exit('structlog' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "part",
    ["a", "a.", "a-", "eyJ-", "eyJ.", "wtp_", "token", "password=", "://", "a://:", "bearer ", " "],
)
def test_hostile_texts_take_no_time_to_speak_of(part: str) -> None:
    """A path of a request may be as long as this; a quadratic search would take minutes."""
    stream = start()
    json_logs.get_log("x").info("e", path="/" + part * (60_000 // len(part)))
    assert len(stream.getvalue()) < 20_000


def test_long_text_is_cut_after_its_secrets_are_removed() -> None:
    stream = start(redact_values=Redactor([CANARY]).text)
    json_logs.get_log("x").info("e", text="x" * 16_380 + CANARY + "y" * 10)
    assert stream.entry["text"] == "x" * 16_380 + "***y…"
