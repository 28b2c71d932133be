"""docs/files.md says what the program says."""

from domain.mends import Mend
from domain.refusals import RefusalCode
from signing.verify import Changed, Note, Problem, Trust, Verdict
from tests.files.tables import DOCUMENT, filled, tables


def test_the_tables_of_files_and_words_are_those_of_the_program() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert filled(text) == text, "python -m tests.files.tables writes them anew"


def test_no_code_is_missing_and_every_row_has_both_languages() -> None:
    rows = [line for lines in tables().values() for line in lines if line.startswith("| `")]
    codes = {line.split("`")[1] for line in rows}
    for kinds in (Problem, Note, Trust, Changed, Verdict):
        assert {kind.value for kind in kinds} <= codes
    assert set(Mend) - {Mend.FORM_LOOK} <= codes
    for line in rows:
        _, _, japanese, english, *_ = (cell.strip() for cell in line.split("|"))
        assert japanese
        assert english.isascii() or "“" in english


def test_every_reason_that_a_file_alone_can_give_has_a_file_that_gives_it() -> None:
    rows = [line for line in tables()["refusals"] if line.startswith("| `")]
    without = {line.split("`")[1] for line in rows if line.rstrip().endswith("|  |")}
    assert without == {
        RefusalCode.TOO_LARGE,  # 50 MB of anything
        RefusalCode.IMPORT_FULL,  # one file too many
        RefusalCode.KEPT_ACTIVE,  # what is kept as it came: tests/signing/test_imports.py
        RefusalCode.KEPT_UNDRAWABLE,
    }


def test_every_mend_has_a_file_that_needs_it() -> None:
    rows = [line for line in tables()["mends"] if line.startswith("| `")]
    assert not [line for line in rows if line.rstrip().endswith("|  |")]
