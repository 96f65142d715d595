"""Random plays of one role, with the habits of Ansible's users that stop hosts before the end.

``plays()`` draws them. Each task logs its name on each host (see ``playbook_forks.STEP``); what the
log says is the evidence that ``Drawn`` judges by, apart from all that Ansible reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from unit.runner.playbook_forks import NEXT, Ran

HOSTS = ("h1", "h2", "h3", "h4")
#: The last task of the role, which runs on every host that comes there.
LAST = "last"
HANDLERS = ("handle", "after")
#: Both handlers listen to it.
TOPIC = "topic"
#: Meta tasks that end one host; those that end all hosts of a batch.
_END_HOST = ("end_host", "end_role")
_END_ALL = ("end_batch", "end_play")
_DEPTH = 2

Task = dict[str, Any]
some_hosts = st.sets(st.sampled_from(HOSTS), min_size=1, max_size=2).map(sorted)


def rarely(value: Any, among: int = 5) -> st.SearchStrategy[Any]:
    """Draw ``value`` once in so many times, else None."""
    return st.sampled_from([None] * (among - 1) + [value])


@dataclass(frozen=True)
class Drawn:
    """A play, the files that it needs, and what its log means."""

    play: Mapping[str, Any]
    files: Mapping[str, Any]
    #: Whether a later play of the run takes lost hosts back.
    clears: bool = False

    @property
    def batches(self) -> list[set[str]]:
        """The hosts of each batch, in order."""
        sizes = self.play.get("serial") or len(HOSTS)
        sizes = list(sizes) if isinstance(sizes, Sequence) else [sizes]
        found, rest = [], list(HOSTS)
        while rest:
            size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
            found.append(set(rest[:size]))
            rest = rest[size:]
        return found

    def may_be_done(self, ran: Ran, host: str) -> bool:
        """Whether the host came to the end, or a meta task may have ended it."""
        if LAST in ran.of(host) or any(name.split()[0] in _END_HOST for name in ran.of(host)):
            return True
        for batch in self.batches:
            ended = {name.split()[0] for one in batch for name in ran.of(one)}
            if (host in batch and ended.intersection(_END_ALL)) or "end_play" in ended:
                return True
            if host in batch:
                break
        return False

    def must_be_done(self, ran: Ran, host: str) -> bool:
        """Whether the host came to the end, and Ansible has not lost it.

        Where hosts go on by themselves, a failed run_once task may stop a host that is past its
        last task, and another host may clear that failure: then either is right.
        """
        if self.play.get("strategy") and "'clear_host_errors'" in str(self.files):
            return False
        return LAST in ran.of(host) and host in ran.did(NEXT)

    def lost_handlers(self, ran: Ran, host: str) -> set[str]:
        """Return the handlers that a host notified last and that ran nowhere after it."""
        if LAST not in ran.of(host):
            return set()
        steps = ran.steps
        notified: dict[str, int] = {}
        for place, (one, name) in enumerate(steps):
            words = name.split()
            if one == host and words[-2:-1] == ["notifies"]:
                heard = HANDLERS if words[-1] == TOPIC else words[-1:]
                notified.update(dict.fromkeys(heard, place))
        return {
            handler
            for handler, place in notified.items()
            if not any(name.split()[0] == handler for _, name in steps[place + 1 :])
        }


@st.composite
def steps(draw: st.DrawFn, number: list[int], *, notify: Sequence[str] = HANDLERS) -> Task:
    """Draw a task that may fail, lose the connection, or change something and notify."""
    number[0] += 1
    name, task = f"step {number[0]}", {}
    args: Task = {"failed": draw(some_hosts) if draw(st.booleans()) else []}
    if draw(rarely(True, 8)):
        args["lost"] = draw(some_hosts)
    if notify and draw(rarely(True, 4)):
        handler = draw(st.sampled_from([*notify, TOPIC] if notify == HANDLERS else notify))
        name = f"{name} notifies {handler}"
        args |= {"failed": [], "lost": [], "changed": list(HOSTS)}
        task["notify"] = handler
    if draw(rarely(True, 4)):
        task["when"] = f"inventory_hostname in {draw(some_hosts)}"
    for keyword in ("run_once", "any_errors_fatal", "ignore_errors", "ignore_unreachable"):
        if draw(rarely(True, 7)):
            task[keyword] = True
    if draw(rarely(True, 10)):
        task["delegate_to"] = draw(st.sampled_from(HOSTS))
        task |= draw(rarely({"delegate_facts": True}, 2)) or {}
        args["facts"] = {"learnt": number[0]}
    if draw(rarely(True, 10)):
        task["throttle"] = 1
    if draw(rarely(True, 10)):
        task["loop"] = [1, 2]
    return {"name": name, "step": {"name": name, **args}, **task}


@st.composite
def async_steps(draw: st.DrawFn, number: list[int]) -> Task:
    """Draw a command that runs in the background; it may fail where Ansible waits for it."""
    number[0] += 1
    name = f"step {number[0]}"
    fails = " ".join(draw(some_hosts)) if draw(st.booleans()) else ""
    line = f"echo {{{{ inventory_hostname }}}} {name} >> $STEP_LOG"
    script = f'{line}; case " {fails} " in *" {{{{ inventory_hostname }}}} "*) exit 1;; esac'
    command = {"argv": ["sh", "-c", script]}
    poll = draw(st.sampled_from([0, 1]))
    return {"name": name, "ansible.builtin.command": command, "async": 20, "poll": poll}


@st.composite
def metas(draw: st.DrawFn, number: list[int], *, ends: bool) -> list[Task]:
    """Draw a meta task; one that ends hosts is announced in the log on those that come there."""
    names = ["clear_host_errors", "noop", "flush_handlers", "refresh_inventory", "clear_facts"]
    what = draw(st.sampled_from([*names, *names, *_END_HOST, *_END_ALL] if ends else names))
    task: Task = {"name": what, "ansible.builtin.meta": what}
    if what in names:
        return [task]
    number[0] += 1
    condition = draw(rarely({"when": f"inventory_hostname in {draw(some_hosts)}"}, 2)) or {}
    name = f"{what} {number[0]}"
    return [{"name": name, "step": {"name": name}, **condition}, {**task, **condition}]


@st.composite
def task_lists(
    draw: st.DrawFn, number: list[int], files: dict[str, Any], *, depth: int, ends: bool
) -> list[Task]:
    """Draw tasks, with blocks and included files of tasks among them."""
    found: list[Task] = []
    for _ in range(draw(st.integers(1, 4 if depth == _DEPTH else 2))):
        # What runs in the background takes several processes on each host: it is rare.
        kinds = ["step"] * 36 + ["meta"] * 6 + ["block"] * 18 + ["file", "role"] * 3 + ["async"]
        kind = draw(st.sampled_from(kinds))
        if kind == "step" or (depth == 0 and kind != "meta"):
            found.append(draw(steps(number)))
        elif kind == "meta":
            found += draw(metas(number, ends=ends))
        elif kind == "async":
            found.append(draw(async_steps(number)))
        elif kind in {"file", "role"}:
            found.append(draw(includes(number, files, kind, depth=depth - 1, ends=ends)))
        else:
            found.append(draw(blocks(number, files, depth=depth - 1, ends=ends)))
    return found


@st.composite
def includes(
    draw: st.DrawFn, number: list[int], files: dict[str, Any], kind: str, *, depth: int, ends: bool
) -> Task:
    """Draw a file of tasks or a role, included or imported, in loops too."""
    number[0] += 1
    place = number[0]
    inner = draw(task_lists(number, files, depth=depth, ends=ends))
    if kind == "file":
        more = f"more-{place}.yml"
        files[f"roles/drawn/tasks/{more}"] = inner
        arguments: Any = {"file": more}
    else:
        more = f"inner{place}"
        files[f"roles/{more}/tasks/main.yml"] = inner
        arguments = {"name": more}
    action = f"{draw(st.sampled_from(['include', 'include', 'import']))}_"
    action += "tasks" if kind == "file" else "role"
    task: Task = {"name": more, f"ansible.builtin.{action}": arguments}
    if draw(rarely(True, 4)):
        task["when"] = f"inventory_hostname in {draw(some_hosts)}"
    if action.startswith("include") and draw(rarely(True, 4)):
        task["loop"] = [1, 2]
    if action.startswith("include") and draw(rarely(True, 6)):
        task["run_once"] = True
    return task


@st.composite
def blocks(
    draw: st.DrawFn, number: list[int], files: dict[str, Any], *, depth: int, ends: bool
) -> Task:
    """Draw a block; what a host ended in an `always` section has done is not decided here."""
    found: Task = {"block": draw(task_lists(number, files, depth=depth, ends=ends))}
    if draw(st.booleans()):
        found["rescue"] = draw(task_lists(number, files, depth=depth, ends=ends))
    if draw(rarely(True, 3)):
        found["always"] = draw(task_lists(number, files, depth=depth, ends=False))
    if draw(rarely(True, 6)):
        found["any_errors_fatal"] = True
    return found


@st.composite
def plays(draw: st.DrawFn) -> Drawn:
    """Draw a play of the role ``drawn``, with tasks before and after it at times."""
    number, files = [0], dict[str, Any]()
    tasks = draw(task_lists(number, files, depth=_DEPTH, ends=True))
    last = {"name": LAST, "step": {"name": LAST}}
    around: dict[str, list[Task]] = {}
    if draw(rarely(True)):
        around["pre_tasks"] = [draw(steps(number))]
    if draw(rarely(True)):
        around["post_tasks"] = [draw(steps(number)), last]
    files["roles/drawn/tasks/main.yml"] = tasks if "post_tasks" in around else [*tasks, last]
    handlers = []
    for place, name in enumerate(HANDLERS):
        task = draw(steps(number, notify=HANDLERS[place + 1 :]))
        words = [name, *task["name"].split()[2:]]
        handler = {**task, "name": name, "step": {**task["step"], "name": " ".join(words)}}
        handler["listen"] = TOPIC
        handlers.append({key: value for key, value in handler.items() if key != "when"})
    files["roles/drawn/handlers/main.yml"] = handlers
    keywords = {
        "serial": draw(st.sampled_from([None, None, 1, 2, [1, 3], [1, 1, 2]])),
        "throttle": draw(rarely(2, 8)),
        "strategy": draw(st.sampled_from([None, None, None, "free", "host_pinned"])),
        "any_errors_fatal": draw(rarely(True)),
        "max_fail_percentage": draw(rarely(draw(st.sampled_from([0, 30, 60])))),
        "force_handlers": draw(rarely(True)),
    }
    given = {key: value for key, value in keywords.items() if value is not None}
    clears = draw(rarely(True, 4)) is not None
    return Drawn({"roles": ["drawn"], **around, **given}, files, clears)
