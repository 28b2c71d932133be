"""Fields of several people in one document, and what each of them fills in."""

from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image, ImageDraw

from domain.kinds import FieldKind
from domain.ports.signatures import FilledField, PlacedField, SignatureLook, SignatureText
from tests.files.generate import form_page
from tests.signing.conftest import Bench, text

OPTIONS = ("月払い", "年払い", "その他 (other)")
_PER_PERSON = 7


@dataclass(frozen=True)
class Person:
    """The fields of one person, and an act that fills all of them."""

    fields: list[PlacedField]
    act: SignatureText


def person(number: int, page: int = 0, *, look: SignatureLook | None = None) -> Person:
    """The `number`th person, from 0: one field of each kind, in a column of its own.

    Without a look the signature is invisible.
    """
    first = number * _PER_PERSON + 1
    names = [f"FIELD_{first + row:04d}" for row in range(_PER_PERSON)]
    left = 40.0 + number % 2 * 270
    inputs = [
        PlacedField(names[1], FieldKind.TEXT, page, (left, 90, 170, 23), "会社の所在地"),
        PlacedField(names[2], FieldKind.MULTILINE, page, (left, 130, 230, 57), "備考"),
        PlacedField(names[3], FieldKind.CHECKBOX, page, (left, 200, 15, 15), "同意します"),
        PlacedField(names[4], FieldKind.RADIO, page, (left, 230, 150, 45), "支払い", OPTIONS),
        PlacedField(names[5], FieldKind.DROPDOWN, page, (left, 290, 150, 23), "方法", OPTIONS),
        PlacedField(names[6], FieldKind.DATE, page, (left, 330, 115, 23), "開始日"),
    ]
    rect = (left, 370.0, 170.0, 57.0) if look else None
    signature = PlacedField(
        names[0], FieldKind.SIGNATURE, page, rect, "署名", locks=tuple(row.name for row in inputs)
    )
    words = "髙橋 𠮷野 ①株式会社"
    fills = (
        FilledField(names[1], FieldKind.TEXT, words, words),
        FilledField(names[2], FieldKind.MULTILINE, _LINES, _LINES),
        FilledField(names[3], FieldKind.CHECKBOX, "on"),
        FilledField(names[4], FieldKind.RADIO, OPTIONS[1]),
        FilledField(names[5], FieldKind.DROPDOWN, OPTIONS[2], OPTIONS[2]),
        FilledField(names[6], FieldKind.DATE, "2026-12-01", "2026年12月1日"),
    )
    return Person([signature, *inputs], replace(text(names[0]), fills=fills, look=look))


def known_person() -> Person:
    """A person with the kinds whose texts are figures, and those that are filled in for him."""
    rows = [
        (FieldKind.NUMBER, "-1234.5", "-1,234.5"),
        (FieldKind.MONEY, "1234567", "1,234,567円"),
        (FieldKind.NAME, "髙橋 一郎", "髙橋 一郎"),
        (FieldKind.MAIL, "taro@example.jp", "taro@example.jp"),
        (FieldKind.COMPANY, "株式会社青山建設", "株式会社青山建設"),
    ]
    inputs = [
        PlacedField(f"FIELD_{number:04d}", kind, 0, (40, 40 + 50 * number, 200, 23), kind.value)
        for number, (kind, _, _) in enumerate(rows, start=2)
    ]
    locks = tuple(field.name for field in inputs)
    signature = PlacedField("FIELD_0001", FieldKind.SIGNATURE, locks=locks)
    fills = tuple(
        FilledField(field.name, kind, value, drawn)
        for field, (kind, value, drawn) in zip(inputs, rows, strict=True)
    )
    return Person([signature, *inputs], replace(text("FIELD_0001"), fills=fills))


_LINES = "一行目は少し長いので、欄の右端で折り返します。\nSecond line, Latin.\n三行目。"


def named(company: str = "株式会社青山建設", name: str = "青山 一郎") -> SignatureLook:
    """A look in type."""
    return SignatureLook((company, name, "2026-11-26 10:15:04 +09:00 JST"))


def stamped() -> SignatureLook:
    """A look with a red seal on transparent paper."""
    return replace(named(), image=seal())


def seal(size: int = 300) -> bytes:
    """PNG: a red ring and two strokes, the rest transparent."""
    image = Image.new("RGBA", (size, size), (255, 255, 255, 0))
    drawing = ImageDraw.Draw(image)
    drawing.ellipse((6, 6, size - 6, size - 6), outline=(200, 16, 46, 255), width=12)
    drawing.line((size * 0.5, size * 0.2, size * 0.5, size * 0.8), (200, 16, 46, 255), 14)
    drawing.line((size * 0.25, size * 0.5, size * 0.75, size * 0.5), (200, 16, 46, 255), 14)
    output = BytesIO()
    image.save(output, "PNG")
    return output.getvalue()


def carried(bench: Bench, people: list[Person], data: bytes | None = None) -> list[bytes]:
    """Base, one revision per person, archive."""
    placed = [field for one in people for field in one.fields]
    revisions = [bench.place(data or form_page(), placed)]
    for one in people:
        revisions.append(bench.act(revisions[-1], one.act))
    names = [one.act.field_name for one in people]
    revisions.append(revisions[-1] + bench.archiver.archive(revisions[-1], names))
    return revisions
