"""`musubi intake` on files, without a stack."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from cli.intake import intake
from domain.mends import MEND_WORDS, Mend
from domain.refusals import WORDS, RefusalCode
from tests.files.generate import contract, encrypted
from tests.files.hostile import no_pages, opening_script
from tests.files.signed import signed


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


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {
        "plain": contract(),
        "signed": signed(),
        "script": opening_script(),
        "password": encrypted("secret"),
        "empty": no_pages(),
    }
    for name, data in made.items():
        (tmp_path / f"{name}.pdf").write_bytes(data)
    return {name: tmp_path / f"{name}.pdf" for name in made}


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(intake, [str(argument) for argument in arguments])


def test_what_is_accepted_exits_0(files: dict[str, Path]) -> None:
    done = _run(files["plain"], files["signed"])
    assert done.exit_code == 0
    assert done.output.count("受け付けられます") == 2


def test_what_could_be_mended_exits_1_and_says_what_would_go(files: dict[str, Path]) -> None:
    done = _run(files["script"])
    assert done.exit_code == 1
    assert MEND_WORDS[Mend.JAVASCRIPT].ja in done.output


def test_with_consent_the_copy_is_written_and_is_accepted(
    files: dict[str, Path], tmp_path: Path
) -> None:
    done = _run(files["script"], "--repair", "--json", "--out", tmp_path / "copies")
    assert done.exit_code == 0
    row = json.loads(done.stdout)["files"][0]
    assert row["verdict"] == "mended"
    assert [mend["code"] for mend in row["mends"]] == ["javascript"]
    copy = Path(row["repaired"])
    assert copy.parent == tmp_path / "copies"
    assert _run(copy).exit_code == 0
    assert files["script"].read_bytes() == opening_script()


@pytest.mark.parametrize(
    ("name", "code"), [("password", RefusalCode.ENCRYPTED), ("empty", RefusalCode.NO_PAGES)]
)
def test_a_refusal_has_its_code_and_words_in_both_languages(
    files: dict[str, Path], name: str, code: RefusalCode
) -> None:
    done = _run(files[name], "--repair", "--json")
    assert done.exit_code == 1
    row = json.loads(done.stdout)["files"][0]
    assert (row["verdict"], row["code"]) == ("refused", code)
    assert row["reason"] == WORDS[code]._asdict()


def test_english_is_a_choice(files: dict[str, Path]) -> None:
    assert "Accepted" in _run(files["plain"], "--language", "en").output


def test_a_missing_file_exits_2_and_the_worst_decides(files: dict[str, Path]) -> None:
    assert _run(files["plain"], files["plain"].with_name("none.pdf")).exit_code == 2
