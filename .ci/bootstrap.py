"""Creates the development environments for ``make setup``; needs only Python >= 3.11.

``.venv`` has Python 3.11 with ansible-core 2.19 if a 3.11 is installed, ``.venv-3.N`` a newer
Python with ansible-core 2.21. Every package is pinned by digest in requirements.lock. A second run
with an unchanged lock does nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
#: Environment with pip and uv, separate from the environments that they fill.
TOOLS = ROOT / ".cache" / "tools"
#: Loaded by each interpreter of the environments.
SITE = ROOT / ".ci" / "sitecustomize.py"
#: In order of preference: 3.11 gets the older ansible-core, the other environment the newer one.
OLD = ("3.11",)
NEW = ("3.13", "3.12", "3.14")


def main() -> None:
    """Create both environments and fetch the pinned collections."""
    pythons = {minor: found for minor in (*OLD, *NEW) if (found := find_python(minor))}
    first = next(iter(pythons), None)
    if first is None:
        sys.exit("setup: make setup needs Python 3.11 or newer; found none in PATH or pyenv.")
    tools(list(pythons.values()))
    environment(ROOT / ".venv", pythons[first])
    say("checking the pinned collections in .cache/collections")
    run(TOOLS / "bin" / "python", ROOT / "collections" / "vendor.py")
    if "--one" in sys.argv[1:]:
        return
    second = next((minor for minor in NEW if minor in pythons and minor != first), None)
    if first not in OLD:
        say(f"skipped: tests with ansible-core 2.19; found no Python {OLD[0]}")
    elif second is None:
        say("skipped: tests with ansible-core 2.21; found no Python 3.12 or newer")
    else:
        environment(ROOT / f".venv-{second}", pythons[second])


def say(text: str) -> None:
    """Print a message to stderr."""
    print(f"setup: {text}", file=sys.stderr, flush=True)


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run a command; exit with its output when it fails."""
    argv = [str(word) for word in command]
    done = subprocess.run(argv, env=env, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"setup: {' '.join(argv)} failed\n{done.stdout}{done.stderr}")


def find_python(minor: str) -> Path | None:
    """The interpreter of a version: from pyenv (not its shims, which may break), else from PATH."""
    roots = [os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv")]
    places = [p for root in roots if root for p in sorted(Path(root).glob(f"versions/{minor}.*"))]
    candidates = [place / "bin" / "python3" for place in reversed(places)]
    found = shutil.which(f"python{minor}")
    candidates += [Path(word) for word in (found, sys.executable) if word]
    return next((path for path in candidates if version_of(path) == minor), None)


def version_of(python: Path) -> str | None:
    """Major and minor version of an interpreter; None if it does not start."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], check=False, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def tools(pythons: list[Path]) -> None:
    """Create the environment with pip and uv, with uv as pinned in the lock."""
    pinned = lock_entry("uv")
    stamp = TOOLS / ".worldtree"
    if stamp.is_file() and stamp.read_text() == pinned:
        return
    say(f"pip and uv, into {TOOLS.relative_to(ROOT)}")
    shutil.rmtree(TOOLS, ignore_errors=True)
    run(python_with_venv(pythons), "-m", "venv", TOOLS)
    requirements = TOOLS / "uv.txt"
    requirements.write_text(pinned)
    pip = (TOOLS / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--require-hashes", "-r", requirements)
    stamp.write_text(pinned)


def lock_entry(package: str) -> str:
    """The lines of one package in the lock, with its digests."""
    match = re.search(rf"^{package}==.*(?:\n    --hash=.*)+", LOCK.read_text(), re.MULTILINE)
    if match is None:
        sys.exit(f"setup: {package} is not in {LOCK.name}; run `make lock`")
    return match[0] + "\n"


def python_with_venv(pythons: list[Path]) -> Path:
    """An interpreter that can create environments; on Debian this needs a separate package."""
    for python in pythons:
        if can_make_venv(python):
            return python
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing Debian's python3-venv, which its python3 lacks")
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "-q", "update", env=env)
        run("apt-get", "-qy", "install", "--no-install-recommends", "python3-venv", env=env)
        for python in pythons:
            if can_make_venv(python):
                return python
    sys.exit(
        "setup: this Python cannot create virtual environments (no ensurepip).\n"
        "Install it, on Debian and Ubuntu with\n\n    sudo apt-get install python3-venv\n"
    )


def can_make_venv(python: Path) -> bool:
    """Whether ``python -m venv`` creates an environment with pip."""
    done = subprocess.run(
        [python, "-c", "import ensurepip, venv"], check=False, capture_output=True
    )
    return done.returncode == 0


def environment(place: Path, python: Path) -> None:
    """Create or update one environment: the locked packages plus this checkout, editable."""
    files = (LOCK, ROOT / "pyproject.toml", SITE)
    content = b"".join(file.read_bytes() for file in files)
    wanted = hashlib.sha256(content + str(python).encode()).hexdigest()
    stamp = place / ".worldtree"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say(f"{place.name} with Python {version_of(python)}: the packages of {LOCK.name}")
    uv, env = TOOLS / "bin" / "uv", uv_environment()
    inside = place / "bin" / "python"
    if version_of(inside) != version_of(python):
        shutil.rmtree(place, ignore_errors=True)
        run(uv, "venv", "--quiet", "--no-config", "--python", python, place, env=env)
    run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", inside, LOCK, env=env)
    say(f"this checkout, into {place.name}")
    # The build backend is locked too, so this neither resolves nor fetches anything.
    editable = ("--no-deps", "--no-build-isolation", "--editable", ROOT)
    run(uv, "pip", "install", "--quiet", "--python", inside, *editable, env=env)
    (packages,) = place.glob("lib/python3.*/site-packages")
    shutil.copy(SITE, packages)
    shutil.rmtree(place / "zip-code", ignore_errors=True)
    stamp.write_text(wanted)


def uv_environment() -> dict[str, str]:
    """Return an environment in which uv uses the package index and certificates of pip."""
    env = {**os.environ, "UV_NO_PROGRESS": "1"}
    # `pip config get` does not find every key that `list` shows.
    listing = subprocess.run(
        [TOOLS / "bin" / "python", "-m", "pip", "config", "list"],
        check=False,
        capture_output=True,
        text=True,
    )
    configured = dict(re.findall(r"^[^=]*\.([\w-]+)='(.*)'$", listing.stdout, re.MULTILINE))
    for variable, key in (("UV_DEFAULT_INDEX", "index-url"), ("SSL_CERT_FILE", "cert")):
        if key in configured:
            env.setdefault(variable, configured[key])
    return env


if __name__ == "__main__":
    main()
