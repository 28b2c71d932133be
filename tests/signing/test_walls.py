"""What a process with a PIN loads: nothing that parses or renders documents."""

import subprocess
import sys

import pytest

PARENT = ("intake", "prepare", "signer", "timestamps", "archive", "verify", "pool", "trust")


@pytest.mark.parametrize("module", PARENT)
def test_the_parent_loads_no_parser_of_files(module: str) -> None:
    program = (
        f"import sys, signing.{module}\n"
        "print([name for name in sys.modules if name.split('.')[0] in"
        " ('pikepdf', 'pypdfium2', 'PIL') or name.startswith('signing.work')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
