"""Names and values of attached files: whatever people and attackers send."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attachments import (
    Accepts,
    Attached,
    FileKind,
    attached_of,
    drawn_name,
    file_name,
    plain_name,
)
from domain.fields import check_fields
from domain.forms import FormProblems
from domain.kinds import FieldKind, Language
from domain.lettering import NotPrintable
from domain.settling import AskedField
from domain.typed_fields import TypedField
from domain.values import CheckedValues, check_values
from tests.domain.letters import SquareLettering
from tests.domain.test_fields import DOCUMENTS

KEY = UUID(int=1)
ONE = Attached(KEY, FileKind.PDF, "印鑑証明書.pdf", "ab" * 32, 123)


@pytest.mark.parametrize(
    ("typed", "kind", "name"),
    [
        ("印鑑証明書.pdf", FileKind.PDF, "印鑑証明書.pdf"),
        ("IMG_0001.JPG", FileKind.JPEG, "IMG_0001.JPG"),
        ("photo.heic", FileKind.JPEG, "photo.heic.jpg"),
        ("scan.pdf", FileKind.PNG, "scan.png"),
        ("../../etc/passwd", FileKind.PDF, "passwd.pdf"),
        ("C:\\Users\\me\\証明書.pdf", FileKind.PDF, "証明書.pdf"),
        ("evil\u202efdp.exe", FileKind.PDF, "evilfdp.exe.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", FileKind.PDF, "aSet-Cookie: x=1.pdf"),
        ("a\u3000b\u2028c.png", FileKind.PNG, "a b c.png"),
        ("", FileKind.PDF, "添付.pdf"),
        ("...", FileKind.PDF, "添付.pdf"),
        ("\x00\x1b\u200b", FileKind.JPEG, "添付.jpg"),
        (".pdf", FileKind.PDF, "pdf.pdf"),
    ],
)
def test_a_name_becomes_one_line_with_the_ending_of_what_it_is(
    typed: str, kind: FileKind, name: str
) -> None:
    assert file_name(typed, kind) == name


@given(st.text(max_size=300), st.sampled_from(FileKind))
def test_no_name_is_long_empty_invisible_or_a_path(typed: str, kind: FileKind) -> None:
    for name in (file_name(typed, kind), file_name(plain_name(typed * 40), kind)):
        assert 4 < len(name) <= 200
        assert name.isprintable()
        assert not set(name) & {"/", "\\", "\n", "\u202e", "\u2066", "\u200f"}
        assert len(typed) > 150 or file_name(file_name(typed, kind), kind) == file_name(typed, kind)


@given(st.text(max_size=60), st.integers(1, 10**9))
def test_a_value_is_read_as_it_was_written_and_nothing_else_is(name: str, size: int) -> None:
    one = Attached(KEY, FileKind.JPEG, name, "0" * 64, size)
    assert attached_of(one.text) == one
    for wrong in (one.text + " ", one.text[:-1], one.text.replace("jpeg", "exe")):
        with pytest.raises(ValueError):  # noqa: PT011 - any of its kind
            attached_of(wrong)


@pytest.mark.parametrize("wrong", ["", "[]", "null", "3", '{"id": 1}', "[" * 100_000, ONE.text[1:]])
def test_nonsense_is_no_value(wrong: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of its kind
        attached_of(wrong)


def _asked(**changes: object) -> AskedField:
    words: dict[str, object] = {
        "id": "f",
        "kind": FieldKind.ATTACHMENT,
        "label": "印鑑証明書",
        "required": True,
        "width": 300.0,
        "height": 20.0,
    }
    return AskedField(**(words | changes))  # type: ignore[arg-type]


def test_a_required_file_is_missed_and_a_wrong_one_told() -> None:
    def check(typed: str) -> CheckedValues:
        return check_values([_asked()], {"f": typed}, SquareLettering(), Language.JA)

    assert check("").missing == {"f"}
    assert check("forged").problems.keys() == {"f"}
    assert check(ONE.text).values == {"f": ONE.text}


def test_what_is_drawn_fits_and_ends_with_the_hash() -> None:
    long = Attached(KEY, FileKind.PDF, "とても長い名前" * 25 + ".pdf", "cd" * 32, 5)
    letters = SquareLettering()
    for width in (60.0, 150.0, 300.0, 2000.0):
        text = drawn_name(long, letters, width, 20.0)
        assert text.endswith("SHA-256 " + "cd" * 8)
    whole = drawn_name(ONE, letters, 5000.0, 20.0)
    assert whole.startswith("印鑑証明書.pdf ")


class NoEmoji(SquareLettering):
    def problem(self, text: str, width: float, height: float, *, multiline: bool) -> object:  # type: ignore[override]
        if "😀" in text:
            return NotPrintable(("😀",))
        return super().problem(text, width, height, multiline=multiline)


def test_what_has_no_type_is_drawn_as_a_line() -> None:
    smiling = Attached(KEY, FileKind.PDF, "😀証明書.pdf", "cd" * 32, 5)
    assert drawn_name(smiling, NoEmoji(), 5000.0, 20.0).startswith("_証明書.pdf ")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("accepts", "kinds"),
    [
        (Accepts.ANY, set(FileKind)),
        (Accepts.PDF, {FileKind.PDF}),
        (Accepts.IMAGE, {FileKind.JPEG, FileKind.PNG}),
    ],
)
def test_a_field_takes_what_its_sender_chose(accepts: Accepts, kinds: set[FileKind]) -> None:
    assert {kind for kind in FileKind if accepts.takes(kind)} == kinds


def _row(key: str, **changes: object) -> TypedField:
    document = next(iter(DOCUMENTS))
    words: dict[str, object] = {
        "key": key,
        "document": str(document),
        "person": "p",
        "kind": "attachment",
        "label": "証明書",
    }
    return TypedField(**(words | changes))  # type: ignore[arg-type]


def _checked(*rows: TypedField) -> object:
    return check_fields(rows, DOCUMENTS, {"p": ""}, SquareLettering())


def test_a_file_can_be_asked_for_without_a_place() -> None:
    [field] = check_fields([_row("1", accepts="pdf")], DOCUMENTS, {"p": ""}, SquareLettering())
    assert (field.rect, field.rules.accepts) == (None, Accepts.PDF)
    with pytest.raises(FormProblems):
        _checked(_row("1", x="20"))
    with pytest.raises(FormProblems):
        _checked(_row("1", kind="text"))


def test_ten_files_of_one_person_are_enough() -> None:
    rows = [_row(str(number)) for number in range(11)]
    _checked(*rows[:10])
    with pytest.raises(FormProblems) as caught:
        _checked(*rows)
    assert "field-0-kind" in caught.value.problems
