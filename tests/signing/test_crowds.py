"""Twenty and thirty people who sign a contract full of fields, and an annex: every judge agrees.

The contract came with a form of its own; everybody fills in seven fields, and two of three show
their signatures. The annex came with a stranger's signature and takes nothing but signatures;
twenty sign it.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from domain.ports.signatures import PlacedField, SignatureText
from signing.verify import Changed, Level, Verdict
from signing.work.certificates import certificates
from tests.files.generate import changed, form_page, with_form
from tests.files.signed import signed as signed_elsewhere
from tests.signing import judges
from tests.signing.conftest import Bench
from tests.signing.forms import Person, named, person, stamped

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(900),
]

GROWTH = 44 * 1024
"""Bytes that one person may add: 16 KiB for the CMS, the letters of seven fields, a stamp."""
SPREAD = 2 * 1024
"""Bytes between the smallest and the largest revision of people who do the same."""
LOOKS: tuple[Callable[[], object], ...] = (named, stamped, lambda: None)


@dataclass(frozen=True)
class Crowd:
    """Base, one revision per person, archive: of each document; not everybody has an annex."""

    people: list[Person]
    contract: list[bytes]
    annex: list[bytes]

    @property
    def documents(self) -> list[list[bytes]]:
        return [self.contract, self.annex] if self.annex else [self.contract]

    @property
    def names(self) -> list[str]:
        return [one.act.field_name for one in self.people]


def gathered(signers: int) -> list[Person]:
    """Two on a page, behind the page that the contract had a form on."""
    looks = (LOOKS[number % len(LOOKS)]() for number in range(signers))
    return [
        person(number, 1 + number // 2, look=look)  # type: ignore[arg-type] # a look, or none
        for number, look in enumerate(looks)
    ]


def contract_of(pages: int) -> bytes:
    """A page with a form that somebody filled elsewhere, then empty ones."""
    with pikepdf.open(BytesIO(form_page(pages))) as more:
        return changed(with_form(), lambda pdf: pdf.pages.extend(more.pages))


def in_the_annex(number: int, one: Person) -> tuple[PlacedField, SignatureText]:
    """Nothing is filled in there; every second signature shows itself on its only page."""
    shown = number % 2 == 0
    place = (30.0 + number % 10 * 54, 60.0 + number // 10 * 32, 50.0, 29.0)
    signature = replace(one.fields[0], page=0, rect=place if shown else None, locks=())
    return signature, replace(one.act, fills=(), look=named("結市", "市 長") if shown else None)


def carried(bench: Bench, signers: int, *, annex: bool) -> Crowd:
    """Person after person, each over all documents, as the activity does."""
    people = gathered(signers)
    placed = [field for one in people for field in one.fields]
    beside = [in_the_annex(number, one) for number, one in enumerate(people)]
    bases = [bench.place(contract_of((signers + 1) // 2), placed)]
    if annex:
        bases.append(bench.place(signed_elsewhere(), [signature for signature, _ in beside]))
    documents = [[base] for base in bases]
    for one, (_, there) in zip(people, beside, strict=True):
        for document, act in zip(documents, (one.act, there), strict=False):
            document.append(bench.act(document[-1], act))
    names = [one.act.field_name for one in people]
    for document in documents:
        document.append(document[-1] + bench.archiver.archive(document[-1], names))
    return Crowd(people, documents[0], documents[1] if annex else [])


@pytest.fixture(scope="module")
def twenty(bench: Bench) -> Crowd:
    return carried(bench, 20, annex=True)


@pytest.fixture(
    scope="module",
    params=["twenty", pytest.param("thirty", marks=pytest.mark.thorough)],
)
def crowd(bench: Bench, request: pytest.FixtureRequest) -> Crowd:
    if request.param == "thirty":
        return carried(bench, 30, annex=False)
    made: Crowd = request.getfixturevalue("twenty")
    return made


def test_everybody_is_valid_at_b_lta_and_the_archive_covers_the_whole_file(
    bench: Bench, crowd: Crowd
) -> None:
    report = bench.verify(crowd.contract[-1])
    assert report.verdict is Verdict.VALID
    *signed, stamp = report.signatures
    assert [row.field for row in signed] == crowd.names
    assert {row.level for row in signed} == {Level.B_LTA}
    assert {row.changed for row in signed[:-1]} == {Changed.FIELDS}
    assert (signed[-1].changed, stamp.covers) == (Changed.ARCHIVE, "entire_file")


def test_beside_a_stranger_s_signature_everybody_is_valid_too(bench: Bench, twenty: Crowd) -> None:
    *_, stamp = rows = bench.verify(twenty.annex[-1]).signatures
    ours = [row for row in rows if row.field in twenty.names]
    assert [row.field for row in ours] == twenty.names
    assert {row.level for row in ours} == {Level.B_LTA}
    assert all(row.intact for row in rows)
    assert stamp.covers == "entire_file"


def test_other_people_s_verifiers_agree_on_every_stored_revision(
    twenty: Crowd, tmp_path: Path
) -> None:
    """Of twenty: each revision costs as much as all before it together."""
    for document in twenty.documents:
        for number, revision in enumerate(document):
            file = tmp_path / "revision.pdf"
            file.write_bytes(revision)
            assert judges.qpdf_finds_nothing(file)
            ours = [row for row in judges.pdfsig_verdicts(file) if row[0] in twenty.names]
            assert [name for name, _, _ in ours] == twenty.names[:number]
            assert all(valid for _, valid, _ in ours)
            if 0 < number <= len(twenty.people):
                assert ours[-1][2], "the newest signature covers the whole revision"


def test_openssl_verifies_every_signature_and_every_token(
    bench: Bench, twenty: Crowd, tmp_path: Path
) -> None:
    files = bench.pki.files
    for document in twenty.documents:
        *cuts, archive = judges.cuts(document[-1])
        for cut in (cut for cut in cuts if cut.field in twenty.names):
            assert judges.openssl_verifies_cms(cut, files.roots, tmp_path)
            stamp = judges.token_and_value(cut)
            assert judges.openssl_verifies_token(*stamp, files.roots, files.tsa_chain, tmp_path)
        assert judges.openssl_verifies_token(
            archive.cms, archive.covered, files.roots, files.tsa_chain, tmp_path
        )


def test_the_library_s_own_difference_analysis_finds_nothing_forbidden(
    bench: Bench, crowd: Crowd
) -> None:
    """Without our mending of it: others run it as it is. From the first, from the middle, and
    from the last signature to the end of the file."""
    trust = ValidationContext(
        trust_roots=certificates(bench.trust.roots),
        other_certs=certificates(bench.trust.tsa_certificates),
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    reader = PdfFileReader(BytesIO(crowd.contract[-1]), strict=True)
    signatures = reader.embedded_regular_signatures
    for signature in (signatures[0], signatures[len(signatures) // 2], signatures[-1]):
        status = validate_pdf_signature(signature, trust, trust)
        assert status.bottom_line, status.summary()
        assert status.docmdp_ok


def test_the_last_person_adds_no_more_bytes_than_the_first(crowd: Crowd) -> None:
    for document, kinds in zip(crowd.documents, (len(LOOKS), 2), strict=False):
        growth = [len(later) - len(earlier) for earlier, later in itertools.pairwise(document[:-1])]
        assert max(growth) < GROWTH
        for first in range(kinds):
            alike = growth[first::kinds]
            assert max(alike) - min(alike) < SPREAD
