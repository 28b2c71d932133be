"""`musubi verify` on files, without a stack."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from cli.verify import verify
from tests.files.generate import contract
from tests.signing.conftest import Bench, bench, pool  # noqa: F401 - fixtures of that room

pytestmark = pytest.mark.local_sockets


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The command sets up logging for a whole process; other tests are in the same one."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(verify, [str(argument) for argument in arguments])


@pytest.fixture
def signed(bench: Bench, tmp_path: Path) -> Path:  # noqa: F811 - asked for by name
    file = tmp_path / "signed.pdf"
    file.write_bytes(bench.revisions(2)[-1])
    return file


def test_a_valid_file_exits_0_and_says_so_in_japanese(bench: Bench, signed: Path) -> None:  # noqa: F811
    done = _run(signed, "--trust", bench.pki.files.roots)
    assert done.exit_code == 0
    assert "有効です" in done.output
    assert "試験用" in done.output
    assert "B-LTA" in done.output


def test_english_is_a_choice(bench: Bench, signed: Path) -> None:  # noqa: F811
    done = _run(signed, "--trust", bench.pki.files.roots, "--language", "en")
    assert ": Valid" in done.output


def test_json_holds_every_signature(bench: Bench, signed: Path) -> None:  # noqa: F811
    done = _run(signed, "--json", "--trust", bench.pki.files.roots)
    report = json.loads(done.stdout)["files"][0]
    assert report["verdict"] == "valid"
    assert report["trial"] is True
    assert [row["field"] for row in report["signatures"]] == [
        "FIELD_01",
        "FIELD_02",
        "ArchiveTS01",
    ]
    assert report["signatures"][0]["reason"].startswith("山田太郎様")


def test_an_altered_file_exits_1_and_says_why(bench: Bench, signed: Path) -> None:  # noqa: F811
    signed.write_bytes(signed.read_bytes() + b"\n%\n")
    done = _run(signed, "--trust", bench.pki.files.roots)
    assert done.exit_code == 1
    assert "追記" in done.output


def test_an_unsigned_file_exits_1(bench: Bench, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "plain.pdf"
    file.write_bytes(contract())
    assert _run(file, "--trust", bench.pki.files.roots).exit_code == 1


def test_what_is_no_pdf_exits_2(bench: Bench, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "noise"
    file.write_bytes(b"noise")
    done = _run(file, "--json", "--trust", bench.pki.files.roots)
    assert done.exit_code == 2
    assert json.loads(done.stdout)["files"][0]["verdict"] == "unreadable"


def test_a_missing_file_exits_2(bench: Bench, tmp_path: Path) -> None:  # noqa: F811
    assert _run(tmp_path / "no.pdf", "--trust", bench.pki.files.roots).exit_code == 2


def test_the_worst_of_several_files_decides(bench: Bench, signed: Path, tmp_path: Path) -> None:  # noqa: F811
    noise = tmp_path / "noise"
    noise.write_bytes(b"noise")
    assert _run(signed, noise, "--trust", bench.pki.files.roots).exit_code == 2


def test_without_roots_nothing_is_judged(signed: Path, tmp_path: Path) -> None:
    done = _run(signed, "--home", tmp_path)
    assert done.exit_code == 2
    assert "roots.pem" in done.output


def test_the_homes_roots_are_the_default(bench: Bench, signed: Path) -> None:  # noqa: F811
    assert _run(signed, "--home", bench.pki.trust_dir.parent).exit_code == 0
