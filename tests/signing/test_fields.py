"""Fields of every kind: created, filled and signed in one revision, and still valid at the end."""

import itertools
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from domain.kinds import FieldKind
from domain.ports.signatures import FilledField, PlacedField
from domain.refusals import Refusal, RefusalCode
from signing.pool import JobFailed
from signing.verify import Changed, Level, Verdict
from signing.work.certificates import certificates
from tests.files.generate import form_page
from tests.files.odd import choice_without_look
from tests.files.signed import signed as signed_elsewhere
from tests.signing import judges
from tests.signing.conftest import Bench, text
from tests.signing.forms import OPTIONS, carried, known_person, named, person, stamped

pytestmark = pytest.mark.local_sockets

INPUTS = {"/Tx", "/Ch", "/Btn"}


@pytest.fixture(scope="module")
def revisions(bench: Bench) -> list[bytes]:
    """Four people: in type, with a stamp, invisible, and one who leaves everything empty."""
    last = person(3, 1, look=named())
    people = [
        person(0, look=named()),
        person(1, look=stamped()),
        person(2, 1),
        replace(last, act=replace(last.act, fills=())),
    ]
    return carried(bench, people, form_page(pages=2))


def fields_of(data: bytes) -> dict[str, dict[str, object]]:
    rows = PdfFileReader(BytesIO(data), strict=True).root["/AcroForm"]["/Fields"]
    return {str(row.get_object()["/T"]): row.get_object() for row in rows}


def test_a_text_has_neither_value_nor_look_before_its_person_acts(revisions: list[bytes]) -> None:
    """Otherwise a later revision of somebody else would seem to change it."""
    for field in fields_of(revisions[0]).values():
        if field["/FT"] in {"/Tx", "/Ch", "/Sig"}:
            assert "/V" not in field
            assert "/AP" not in field
        assert field["/FT"] == "/Sig" or int(str(field["/Ff"])) & 1, "only the service fills"


def test_a_signature_locks_exactly_the_fields_of_its_person(revisions: list[bytes]) -> None:
    fields = fields_of(revisions[-1])
    for number in range(4):
        first = number * 7 + 1
        signature = fields[f"FIELD_{first:04d}"]
        own = [f"FIELD_{first + row:04d}" for row in range(1, 7)]
        lock, reference = signature["/Lock"], signature["/V"]["/Reference"][0]  # type: ignore[index]
        assert lock["/Action"] == "/Include"  # type: ignore[index]
        assert list(lock["/Fields"]) == own  # type: ignore[index]
        assert reference["/TransformMethod"] == "/FieldMDP"
        assert list(reference["/TransformParams"]["/Fields"]) == own


def test_figures_and_facts_stay_valid_to_the_end(bench: Bench) -> None:
    """The archive verifies every revision before it is handed over."""
    one = known_person()
    *_, archived = carried(bench, [one])
    fields = fields_of(archived)
    assert [str(fields[fill.name]["/V"]) for fill in one.act.fills] == [
        "-1,234.5", "1,234,567円", "髙橋 一郎", "taro@example.jp", "株式会社青山建設"
    ]  # fmt: skip


def test_every_value_can_be_read_again(revisions: list[bytes]) -> None:
    fields = fields_of(revisions[-1])
    values = [str(fields[f"FIELD_{number:04d}"].get("/V", "")) for number in range(2, 8)]
    assert values == [
        "髙橋 𠮷野 ①株式会社",
        "一行目は少し長いので、欄の右端で折り返します。\nSecond line, Latin.\n三行目。",
        "/On",
        "/1",
        OPTIONS[2],
        "2026年12月1日",
    ]
    empty = [fields[f"FIELD_{number:04d}"] for number in range(23, 29)]
    assert all(str(field.get("/V", "/Off")) == "/Off" for field in empty)
    assert all("/AP" not in field for field in empty if field["/FT"] != "/Btn")


def test_all_that_is_drawn_can_be_searched_in_embedded_subsets(
    revisions: list[bytes], tmp_path: Path
) -> None:
    file = tmp_path / "f.pdf"
    file.write_bytes(revisions[-1])
    words = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True)
    for drawn in ("髙橋 𠮷野 ①株式会社", "三行目。", "年払い", "2026年12月1日", "青山 一郎"):
        assert drawn in words.stdout
    listed = subprocess.run(["pdffonts", file], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines() if "NotoSans" in line]
    assert rows
    for row in rows:
        assert row[0][6] == "+", "a subset has a tag"
        assert row[-5:-2] == ["yes", "yes", "yes"], "embedded, subset, with a map to Unicode"


def test_every_signature_is_valid_at_b_lta(bench: Bench, revisions: list[bytes]) -> None:
    report = bench.verify(revisions[-1])
    assert report.verdict is Verdict.VALID
    *signed, stamp = report.signatures
    assert {row.level for row in signed} == {Level.B_LTA}
    assert stamp.covers == "entire_file"
    assert signed[0].changed is Changed.FIELDS
    assert "FIELD_0009" in signed[0].changed_fields


def test_other_verifiers_agree_on_every_stored_revision(
    bench: Bench, revisions: list[bytes], tmp_path: Path
) -> None:
    for number, revision in enumerate(revisions):
        file = tmp_path / f"{number}.pdf"
        file.write_bytes(revision)
        assert judges.qpdf_finds_nothing(file)
        verdicts = judges.pdfsig_verdicts(file)
        assert len(verdicts) == min(number, 4)
        assert all(valid for _, valid, _ in verdicts)
    for cut in judges.cuts(revisions[-1])[:-1]:
        assert judges.openssl_verifies_cms(cut, bench.pki.files.roots, tmp_path)


def test_the_library_s_own_difference_analysis_finds_form_filling_only(
    bench: Bench, revisions: list[bytes]
) -> None:
    """Without our mending of it: others run it as it is."""
    trust = ValidationContext(
        trust_roots=certificates(bench.trust.roots),
        other_certs=certificates(bench.trust.tsa_certificates),
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    reader = PdfFileReader(BytesIO(revisions[-1]), strict=True)
    for signature in reader.embedded_regular_signatures:
        status = validate_pdf_signature(signature, trust, trust)
        assert status.bottom_line, status.summary()
        assert status.docmdp_ok


def test_the_same_fields_give_the_same_bytes(bench: Bench) -> None:
    placed = person(0, look=named()).fields
    assert bench.place(form_page(), placed) == bench.place(form_page(), placed)


def test_growth_does_not_depend_on_who_signed_before(revisions: list[bytes]) -> None:
    growth = [len(later) - len(earlier) for earlier, later in itertools.pairwise(revisions)]
    assert max(growth[:4]) < 40 * 1024


def test_a_form_that_stays_because_it_has_no_look_takes_our_fields(bench: Bench) -> None:
    finished = carried(bench, [person(0, look=named())], choice_without_look())[-1]
    assert bench.verify(finished).verdict is Verdict.VALID


def test_a_signed_file_takes_a_visible_signature_and_no_input(bench: Bench) -> None:
    one, upload = person(0, look=stamped()), signed_elsewhere()
    signature = replace(one.fields[0], locks=())
    with pytest.raises(Refusal) as refused:
        bench.place(upload, [signature, *one.fields[1:]])
    assert refused.value.code is RefusalCode.NOT_PREPARABLE
    base = bench.place(upload, [signature])
    assert base.startswith(upload)
    assert "/AP" not in fields_of(base)["FIELD_0001"], "or else filling it would seem a change"
    acted = bench.act(base, replace(one.act, fills=()))
    *_, ours = bench.verify(acted).signatures
    assert (ours.field, ours.intact, ours.covers) == ("FIELD_0001", True, "entire_file")
    drawn = fields_of(acted)["FIELD_0001"]
    assert "/N" in drawn["/AP"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("filled", "error"),
    [
        (FilledField("FIELD_0002", FieldKind.TEXT, "😀", "😀"), "Unprintable"),
        (FilledField("FIELD_0002", FieldKind.TEXT, "長" * 99, "長" * 99), "DoesNotFit"),
        (FilledField("FIELD_0099", FieldKind.TEXT, "a", "a"), "FieldMissing"),
        (FilledField("FIELD_0004", FieldKind.TEXT, "a", "a"), "FieldMissing"),
        (FilledField("FIELD_0005", FieldKind.RADIO, "四つ目"), "ValueError"),
    ],
)
def test_what_the_web_would_have_refused_is_never_drawn(
    bench: Bench, filled: FilledField, error: str
) -> None:
    one = person(0)
    base = bench.place(form_page(), one.fields)
    with pytest.raises(JobFailed, match=error):
        bench.signer.draft(base, replace(one.act, fills=(filled,)))


def test_a_field_is_filled_once(bench: Bench) -> None:
    one, other = person(0), person(1)
    base = bench.place(form_page(), [*one.fields, *other.fields])
    acted = bench.act(base, one.act)
    with pytest.raises(JobFailed, match="FieldMissing"):
        bench.signer.draft(acted, replace(text(other.act.field_name), fills=one.act.fills))


def test_a_base_without_the_typeface_s_options_is_refused_at_once(bench: Bench) -> None:
    options = ("はい", "😀")
    group = PlacedField("FIELD_0001", FieldKind.RADIO, 0, (40, 40, 100, 40), "x", options)
    with pytest.raises(Refusal) as refused:
        bench.place(form_page(), [group])
    assert refused.value.code is RefusalCode.NOT_PREPARABLE
