"""ansible-playbook without its start-up time: imported once, forked for every run.

Importing Ansible takes more CPU time than most runs. The launcher imports it; each supervisor is a
fork of the launcher, and ansible-playbook is a fork of its supervisor, attached to the terminal
that ansible-runner reads.
"""

from __future__ import annotations

import gc
import importlib
import os
import pty
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pexpect
import ptyprocess  # type: ignore[import-untyped]  # has no types
from ansible_runner.utils import get_callback_dir

from worldtree.core.ansible_redirects import speed_up_redirects
from worldtree.core.resources import core_collection_dir
from worldtree.core.signals import ignores_interrupts
from worldtree.runner.inside import joined_snapshots, warm_connections
from worldtree.runner.process import process_table
from worldtree.secrets.broker_client import SOCKET_VARIABLE

#: Modules that practically every run needs; a run imports any others itself.
_PRELOADED_MODULES = (
    "ansible.cli.playbook",
    "ansible.executor.module_common",
    "ansible.executor.playbook_executor",
    "ansible.plugins.action.command",
    "ansible.plugins.action.copy",
    "ansible.plugins.action.normal",
    "ansible.plugins.action.template",
    "ansible.plugins.callback.default",
    "ansible.plugins.connection.local",
    "ansible.plugins.connection.ssh",
    "ansible.plugins.filter.core",
    "ansible.plugins.inventory.yaml",
    "ansible.plugins.shell.sh",
    "ansible.plugins.strategy.linear",
    "ansible.plugins.test.core",
)
#: Inventory plugins that Ansible tries on each inventory source.
_INVENTORY_PLUGINS = ("host_list", "script", "auto", "yaml", "ini", "toml")
#: Directory, below Ansible's local temporary directory, of the modules that it packed for hosts.
#: Packing one takes a tenth of a second or more.
_MODULE_CACHE = "ansiballz_cache"
#: Longest path of a temporary directory that leaves enough of the 104 bytes of a socket's path: the
#: directory and the name that Python adds have 32.
_MAX_TEMP_PATH = 70
#: Ansible's exit code for an unexpected failure.
_UNKNOWN_ERROR = 250


def preload() -> None:
    """Import Ansible, which reads its configuration from this process's environment.

    Raises ``SystemExit`` with Ansible's message when Ansible cannot run at all.
    """
    # Imports make almost no garbage, and looking for it takes a seventh of their time.
    gc.disable()
    # ansible-runner sets these for every run, which is too late once Ansible is imported.
    paths = [os.environ.get("ANSIBLE_CALLBACK_PLUGINS"), get_callback_dir()]
    os.environ["ANSIBLE_CALLBACK_PLUGINS"] = os.pathsep.join(filter(None, paths))
    os.environ["ANSIBLE_STDOUT_CALLBACK"] = "awx_display"
    for name in _PRELOADED_MODULES:
        importlib.import_module(name)
    from ansible.plugins import loader

    loader.init_plugin_loader()
    speed_up_redirects()
    warm_connections.preload(core_collection_dir())
    # Reads the redirects of Ansible's own names, a file of 10,000 lines.
    importlib.import_module("ansible_collections.ansible.builtin")
    # Reads the documentation of these plugins, which defines their options. ansible-runner's
    # callback is left out: its module remembers where the events of one run go. So are plugins of
    # variables, which Ansible sets up only when it first looks for them.
    loader.callback_loader.get("default", class_only=True)
    for plugins in (loader.connection_loader, loader.shell_loader, loader.become_loader):
        # Each run would load all of them, whichever its hosts need.
        deque(plugins.all(class_only=True), maxlen=0)
    for name in _INVENTORY_PLUGINS:
        loader.inventory_loader.get(name, class_only=True)
    # ansible-runner would take it for the user's own callback and wrap it in itself.
    del os.environ["ANSIBLE_STDOUT_CALLBACK"]
    # Present objects are exempt from garbage collection, so that forks keep sharing their memory.
    gc.freeze()
    gc.enable()


def playbook_process_class(
    mark: str, secrets: Mapping[str, str], passed: Mapping[str, str]
) -> type[pexpect.spawn]:
    """Return the class that ansible-runner uses to start ansible-playbook, in place of pexpect's.

    ``mark`` is the name of the attempt's processes. ``secrets`` and ``passed`` are environment
    variables added in memory only: ansible-runner has written the rest of the environment to a file
    by then. Those of ``passed`` replace no other.
    """

    class ForkedPlaybook(pexpect.spawn):  # type: ignore[misc]  # pexpect has no types
        def __init__(self, command: str, args: list[str], **options: Any) -> None:
            options["env"] = {**passed, **options["env"], **secrets}
            super().__init__(command, args, maxread=65536, **options)

        def _spawnpty(
            self,
            args: Sequence[bytes],
            *,
            env: Mapping[str, str],
            cwd: str,
            echo: bool,
            preexec_fn: Callable[[], None],
        ) -> ptyprocess.PtyProcess:
            pid, terminal = pty.fork()
            if pid == 0:
                preexec_fn()
                _run_as_playbook([os.fsdecode(word) for word in args], env, cwd, mark)
            process = ptyprocess.PtyProcess(pid, terminal)
            process.setecho(echo)
            return process

    return ForkedPlaybook


def _run_as_playbook(
    arguments: list[str], environment: Mapping[str, str], directory: str, mark: str
) -> NoReturn:
    """Run as ansible-playbook in this fork; never returns into the supervisor's code."""
    code = _UNKNOWN_ERROR
    try:
        process_table.die_with_parent()
        process_table.set_name(mark)
        # The supervisor's socket must end with the supervisor, not with this process.
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        if ignores_interrupts():
            _go_on_ignoring_interrupts()
        else:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _close_input()
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(directory)
        sys.argv = arguments
        # ``preload`` has configured it.
        warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream
        code = _run_playbook(arguments)
    except BaseException:  # the exit code and this output are all that leaves the process
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _close_input() -> None:
    """Replace the terminal as standard input: nobody can answer there, and `pause` would wait."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _go_on_ignoring_interrupts() -> None:
    """Keep Ansible and its workers, which are forks, from setting handlers for SIGINT."""
    set_handler = signal.signal

    def set_another(number: int, handler: Any) -> Any:
        if number == signal.SIGINT:
            return signal.SIG_IGN
        return set_handler(number, handler)

    signal.signal = set_another  # type: ignore[assignment]  # loosely typed


def _has_own_modules(bundle: Path) -> bool:
    """Whether roles bring modules; Ansible caches these by names that do not include the role."""
    names = ("library", "module_utils")
    return any(any(bundle.glob(place)) for n in names for place in (n, f"roles/*/{n}"))


def _share_module_cache(shared: Path, directory: Path) -> None:
    """Share the cache of packed modules with the run that uses ``directory``.

    Ansible locks each file that it creates there, across processes too.
    """
    for place in (_MODULE_CACHE, f"{joined_snapshots.CACHE_DIRECTORY}/{_MODULE_CACHE}"):
        packed = shared / place
        packed.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / place).parent.mkdir(mode=0o700, exist_ok=True)
        (directory / place).symlink_to(packed, target_is_directory=True)


def _run_playbook(arguments: list[str]) -> int:
    from ansible import constants
    from ansible.cli.playbook import PlaybookCLI

    from worldtree.runner.inside.unreadable_files import name_unreadable_files
    from worldtree.runner.inside.vaulted_values import DecryptedValues

    # All forks share the launcher's own directory, which is removed with the launcher.
    shared = Path(constants.DEFAULT_LOCAL_TMP)
    directory = tempfile.mkdtemp(prefix="run-", dir=shared.parent)
    constants.DEFAULT_LOCAL_TMP = directory
    if len(directory) <= _MAX_TEMP_PATH:
        # All other temporary files go with it: this process ends without Python's clean-up at exit.
        # Core 2.21 creates a socket for each run.
        tempfile.tempdir = directory
    if not _has_own_modules(Path.cwd()):
        _share_module_cache(shared, Path(directory))
    if broker := os.environ.get(SOCKET_VARIABLE):
        DecryptedValues(broker).install()
    name_unreadable_files()
    warm_connections.use_warm_connections(Path.cwd())
    joined_snapshots.join_snapshots()
    try:
        PlaybookCLI.cli_executor(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        warm_connections.end_servers()
        shutil.rmtree(directory, ignore_errors=True)
    return 0
