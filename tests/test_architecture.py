"""The house keeps its walls: who may import whom, and what no file may name."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
HEAVY = ("pyhanko", "sqlalchemy", "flask", "pikepdf", "pkcs11")
# Written apart, so that this file does not find itself.
HOSTS = ("registry.npm" + "js", "py" + "pi.org", "python" + "hosted")
FORBIDDEN = re.compile("|".join(map(re.escape, HOSTS)) + r"|(?<!\w)/wo" + "rk/")


def test_imports_keep_the_contracts_of_the_house() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([linter], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("room", ["workflows", "activities", "domain"])
def test_the_story_loads_no_heavy_library(room: str) -> None:
    program = (
        "import importlib, pkgutil, sys\n"
        f"package = importlib.import_module({room!r})\n"
        "for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "    importlib.import_module(module.name)\n"
        f"print(*sorted({set(HEAVY)!r} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == []


def test_every_activity_has_a_worker_that_performs_it() -> None:
    """A workflow would wait for one that none registers, for as long as it is patient."""
    defined = re.compile(r"@activity\.defn\n(?:    @\w+\n)*    def (\w+)\(")
    activities = {
        name
        for file in (PROJECT / "activities").glob("*.py")
        for name in defined.findall(file.read_text(encoding="utf-8"))
    }
    workers = "".join(
        file.read_text(encoding="utf-8") for file in (PROJECT / "workers").glob("*.py")
    )
    registered = set(re.findall(r"[\w)]\.(\w+)(?=[,\]])", workers))
    assert activities
    assert activities - registered == set()


def tracked_files() -> list[Path]:
    """What git holds or would hold; the folder itself where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    return [PROJECT / name for name in listing.stdout.decode().split("\0") if name]


def test_no_file_names_a_package_host_or_a_folder_of_the_makers_machine() -> None:
    naming = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        naming += [f"{path}: {found.group()}" for found in FORBIDDEN.finditer(text)]
    assert naming == []


def test_every_room_says_what_may_live_there() -> None:
    rooms = [
        path.parent
        for path in PROJECT.glob("*/__init__.py")
        if path.parent.name not in {"tests", "node_modules"}
    ]
    silent = [
        room.name
        for room in rooms
        if not (room / "README.md").exists()
        and not (room / "__init__.py").read_text(encoding="utf-8").startswith('"""')
    ]
    assert silent == []
