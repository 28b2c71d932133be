"""The machine: programs, Python packages, Node and its packages."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cli.checks import Finding, fine, problem
from cli.supervisor.stack import MAILDEV, PROJECT, node

OLDEST_PYTHON, OLDEST_NODE = (3, 11), 20
DEBIAN = PROJECT / "requirements" / "debian.txt"
LOCK = PROJECT / "requirements" / "runtime.txt"
BROWSER_ASSETS = PROJECT / "webapp" / "static" / "vendor" / ".musubi"
SETUP = "run `make setup`"
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;\\]+)([^\\]*)", re.MULTILINE)


def check_machine() -> Iterator[Finding]:
    """Everything that `make setup` installs."""
    yield _programs()
    yield _python()
    yield _packages()
    yield _node()
    yield _files("browser assets", BROWSER_ASSETS)
    yield _files("mail catcher", MAILDEV)


def _programs() -> Finding:
    missing = list(missing_programs(DEBIAN.read_text(encoding="utf-8").splitlines()))
    if missing:
        return problem(f"Debian packages are missing: {', '.join(missing)}; {SETUP}")
    return fine("Debian packages")


def missing_programs(lines: Iterable[str]) -> Iterator[str]:
    """Packages of the runtime set (`package set probe` per line) that are not there."""
    for line in lines:
        if line.startswith("#") or not line.strip():
            continue
        package, group, probe = line.split()
        if group == "runtime" and not _is_there(probe):
            yield package


def _is_there(probe: str) -> bool:
    if probe.startswith("python3:"):
        return True  # only needed to make the environment that we run in
    if probe.startswith("/"):
        return any(Path("/").glob(probe.removeprefix("/")))
    return shutil.which(probe) is not None


def _python() -> Finding:
    words = f"Python {sys.version.split()[0]}"
    if sys.version_info < OLDEST_PYTHON:
        return problem(f"{words} is too old; 3.11 or newer is needed")
    return fine(words)


def _packages() -> Finding:
    differing = [
        name
        for name, locked, condition in _PINNED.findall(LOCK.read_text(encoding="utf-8"))
        if not condition.strip(" ;") and _installed(name) != locked
    ]
    if differing:
        return problem(f"Python packages differ from the lock: {', '.join(differing[:5])}; {SETUP}")
    return fine("Python packages are those of the lock")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _node() -> Finding:
    try:
        answer = subprocess.run(  # noqa: S603 - our own Node
            [node(), "--version"], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return problem(f"Node does not run; {SETUP}")
    words = f"Node {answer.stdout.strip()}"
    if int(answer.stdout.strip().lstrip("v").split(".")[0]) < OLDEST_NODE:
        return problem(f"{words} is too old; {SETUP}")
    return fine(words)


def _files(name: str, path: Path) -> Finding:
    return fine(name) if path.exists() else problem(f"{name}: {path} is missing; {SETUP}")
