# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""A fork of the server becomes the process of a module. The host gets this text, too."""

from __future__ import annotations

import contextlib
import ctypes
import marshal
import os
import signal
import sys
import tempfile
import time
import zipfile
import zipimport

PR_SET_DUMPABLE, PR_SET_NAME, PR_GET_NAME = 4, 15, 16
_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGCHLD)


class Importer(zipimport.zipimporter):
    """Imports from a module's zip; keeps what it compiled beside the zip for the next module."""

    def get_code(self, fullname):
        """Return the compiled code of a module."""
        kept = f"{self.archive}.{fullname}"
        try:
            with open(kept, "rb") as file:
                return marshal.loads(file.read())
        except (OSError, EOFError, ValueError, TypeError):
            code = super().get_code(fullname)
        try:
            part = f"{kept}.{os.getpid()}"
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(marshal.dumps(code))
            os.rename(part, kept)
        except OSError:
            pass  # A full disk, or a module that changed its root directory: it is compiled again.
        return code

    def invalidate_caches(self):
        """Do nothing: the zip never changes."""


class Surroundings:
    """What a process has when it starts, as this one had: a module gets the same."""

    def __init__(self):
        self._environment = dict(os.environ)
        self._signals = {number: signal.getsignal(number) for number in _SIGNALS}
        self._cwd = os.getcwd()
        self.libc = ctypes.CDLL(None)
        self._name = ctypes.create_string_buffer(16)
        self.libc.prctl(PR_GET_NAME, self._name, 0, 0, 0)

    def restore(self, environment, descriptors, rlimit_nofile):
        """Give this fork what Ansible's own wrapper would find, and do what that does first.

        C(environment) is added; C(descriptors) become the standard ones.
        """
        os.setsid()
        for number, source in enumerate(descriptors):
            os.dup2(source, number)
        os.closerange(3, max(64, max(descriptors) + 16))
        for number, handler in self._signals.items():
            if handler is not None:
                signal.signal(number, handler)
        # In this order: a run's processes are found by their name or by their environment.
        self.libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        self.libc.prctl(PR_SET_NAME, self._name, 0, 0, 0)
        os.environ.clear()
        os.environ.update(self._environment)
        os.environ.update(environment)
        time.tzset()
        tempfile.tempdir = None
        try:
            os.chdir(self._cwd)
        except OSError:
            try:
                os.chdir(os.path.expanduser("~"))
            except OSError:
                os.chdir("/")
        if rlimit_nofile:
            import resource

            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            if min(hard, rlimit_nofile) != soft:
                with contextlib.suppress(ValueError):
                    limits = (min(hard, rlimit_nofile), hard)
                    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


class Preloaded:
    """Ansible's modules that were imported from the zip C(base)."""

    def __init__(self, base):
        self._base = base
        self._files = {}
        stamps = stamps_of(base)
        for name in list(sys.modules):
            if name.partition(".")[0] in ("ansible", "ansible_collections"):
                place = name.replace(".", "/")
                # Those that `six` makes have no file.
                file = next(filter(stamps.get, (f"{place}/__init__.py", f"{place}.py")), None)
                self._files[name] = (file, stamps.get(file))

    def adopt(self, path):
        """Make the modules imported at the start look as if they had come from another zip.

        They are left out where the zip has none of that name, and all of them where it has another
        one: then the module imports its own.
        """
        stamps = stamps_of(path)
        if any(stamps.get(file, stamp) != stamp for file, stamp in self._files.values()):
            for name in self._files:
                del sys.modules[name]
            return
        loaders = {}
        for name, (file, _) in self._files.items():
            if file is None:
                continue
            module = sys.modules[name]
            parent, _, last = name.rpartition(".")
            if file not in stamps:
                del sys.modules[name]
                if parent in sys.modules and getattr(sys.modules[parent], last, None) is module:
                    delattr(sys.modules[parent], last)
                continue
            if module.__name__ != name:
                continue  # Another module, by a name for older releases.
            module.__file__ = module.__spec__.origin = f"{path}/{file}"
            place = os.path.dirname(module.__file__)
            if hasattr(module, "__path__"):
                found = [one.replace(self._base, path, 1) for one in module.__path__]
                module.__path__ = module.__spec__.submodule_search_locations = found
                place = os.path.dirname(place)
            if place not in loaders:
                loaders[place] = Importer(place)
            module.__spec__.loader = module.__loader__ = loaders[place]


def stamps_of(path):
    """Return the checksum and size of each file in a zip."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: (info.CRC, info.file_size) for info in archive.infolist()}


class Job:
    """What a fork has to run: a request, its parameters, and the descriptors for the module."""

    def __init__(self, server, request, parameters, descriptors):
        self.server, self.request, self.parameters = server, request, parameters
        self.descriptors = descriptors


def run_module(job):
    """Run the module of a job; ends with C(SystemExit), as Ansible's modules do."""
    request, parameters, server = job.request, job.parameters, job.server
    path = server.zip_path(request["zip"])
    server.surroundings.restore(request["environment"], job.descriptors, request["rlimit_nofile"])
    server.preloaded.adopt(path)
    del job, server
    sys.path.insert(0, path)
    from ansible.module_utils._internal._ansiballz import _loader

    _loader.run_module(
        json_params=parameters,
        profile=request["profile"],
        module_fqn=request["module"],
        modlib_path=path,
        extensions={},
    )
