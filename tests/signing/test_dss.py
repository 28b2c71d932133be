"""EU DSS on our files: its default policy with every warning raised to a failure, offline.

Its jars are no part of a checkout. `dss/pom.xml` says how to get them; MUSUBI_DSS_JARS names
their folder, and without it these tests are skipped.
"""

import os
import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from domain.kinds import FieldKind
from domain.ports.signatures import PlacedField
from signing.archive import PoolArchiver
from signing.trust import DIGESTS
from tests.files.generate import SOUND, annotation, changed, contract, form_page
from tests.signing import test_crowds as crowds
from tests.signing.conftest import Bench, field_names, text
from tests.signing.forms import carried, named, person, stamped
from tests.signing.test_algorithms import finished_by

JARS = os.environ.get("MUSUBI_DSS_JARS", "")
JUDGE = Path(__file__).with_name("dss") / "Judge.java"
POLICY = "policy/constraint.xml"
PASSED = ("TOTAL_PASSED", "PAdES-BASELINE-LTA")

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.skipif(not JARS, reason="MUSUBI_DSS_JARS names no folder"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    [jar] = Path(JARS).glob("dss-policy-jaxb-*.jar")
    with zipfile.ZipFile(jar) as archive:
        text = archive.read(POLICY).decode()
    assert 'Level="WARN"' in text
    file = tmp_path_factory.mktemp("dss") / "strict.xml"
    file.write_text(text.replace('Level="WARN"', 'Level="FAIL"'))
    return file


def judged(bench: Bench, policy: Path, files: dict[str, bytes], folder: Path) -> list[list[str]]:
    """Rows of words: file, kind, indication, level."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    command: Sequence[str | Path] = [
        "java", "-cp", f"{JARS}/*", JUDGE, bench.pki.files.roots, policy,
        *(folder / name for name in files),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [[Path(row[0]).name, *row[1:]] for row in map(_cells, done.stdout.splitlines()) if row]


def _cells(line: str) -> list[str]:
    cells = line.split("\t")
    return cells if len(cells) == 4 else []


def complaints(rows: list[list[str]]) -> list[list[str]]:
    good = {"signature": PASSED[0], "timestamp": "PASSED"}
    return [row for row in rows if row[2] != good.get(row[1])]


@pytest.mark.parametrize("signers", [1, 2, 5, 20])
def test_every_signature_is_total_passed_at_lta(
    bench: Bench, policy: Path, tmp_path: Path, signers: int
) -> None:
    rows = judged(bench, policy, {"f.pdf": bench.revisions(signers)[-1]}, tmp_path)
    assert complaints(rows) == []
    assert [tuple(row[2:]) for row in rows if row[1] == "signature"] == [PASSED] * signers


@pytest.mark.parametrize("algorithm", DIGESTS)
def test_every_algorithm_passes(bench: Bench, policy: Path, tmp_path: Path, algorithm: str) -> None:
    rows = judged(bench, policy, {"f.pdf": finished_by(bench, algorithm)}, tmp_path)
    assert complaints(rows) == []
    assert [tuple(row[2:]) for row in rows if row[1] == "signature"] == [PASSED] * 2


def test_every_sound_input_passes(bench: Bench, policy: Path, tmp_path: Path) -> None:
    files = {}
    for name, make in SOUND.items():
        signed = bench.sign(bench.prepare(make(), ["FIELD_01"]), "FIELD_01")
        files[f"{name}.pdf"] = signed + bench.archiver.archive(signed, ["FIELD_01"])
    rows = judged(bench, policy, files, tmp_path)
    assert complaints(rows) == []
    assert len([row for row in rows if row[1] == "signature"]) == len(files)


def test_renewed_archives_pass(bench: Bench, policy: Path, tmp_path: Path) -> None:
    other = replace(bench.timestamps, urls=tuple(reversed(bench.timestamps.urls)))
    archiver = PoolArchiver(bench.pool, bench.identity, other, bench.trust)
    signed, names = bench.revisions(2)[2], field_names(2)
    archived = signed + archiver.archive(signed, names)
    renewed = archived + archiver.renew(archived, names)
    rows = judged(bench, policy, {"archived.pdf": archived, "renewed.pdf": renewed}, tmp_path)
    assert complaints(rows) == []


def test_a_changed_file_does_not_pass(bench: Bench, policy: Path, tmp_path: Path) -> None:
    """The judge can say no."""
    data = bytearray(bench.revisions(1)[-1])
    data[data.index(b"stream") + 30] ^= 1
    assert complaints(judged(bench, policy, {"f.pdf": bytes(data)}, tmp_path))


def test_twenty_people_who_fill_in_and_show_their_signatures_pass(
    bench: Bench, policy: Path, tmp_path: Path
) -> None:
    """And beside a stranger's signature, which the judge does not know, ours pass too."""
    crowd = crowds.carried(bench, 20, annex=True)
    files = {"contract.pdf": crowd.contract[-1], "annex.pdf": crowd.annex[-1]}
    rows = judged(bench, policy, files, tmp_path)
    for name, strangers in (("contract.pdf", 0), ("annex.pdf", 1)):
        signatures = [tuple(row[2:]) for row in rows if row[:2] == [name, "signature"]]
        assert signatures.count(PASSED) == 20
        assert len(signatures) == 20 + strangers


def test_a_field_over_an_annotation_is_what_the_placing_page_keeps_people_from(
    bench: Bench, policy: Path, tmp_path: Path
) -> None:
    """The judge warns of every annotation below a field, of a link and a hidden note alike."""
    files = {}
    for subtype, flags in (("/Link", 4), ("/Text", 2), ("/Popup", 0)):
        placed = PlacedField("FIELD_0001", FieldKind.SIGNATURE, 0, (40, 720, 120, 60))
        base = bench.place(annotated(subtype, flags), [placed])
        signed = bench.act(base, replace(text("FIELD_0001"), look=named()))
        files[f"{subtype[1:]}.pdf"] = signed + bench.archiver.archive(signed, ["FIELD_0001"])
    rows = judged(bench, policy, files, tmp_path)
    assert {row[0] for row in complaints(rows)} == set(files)


def annotated(subtype: str, flags: int) -> bytes:
    """A page with one annotation at [50 50 100 100]."""

    def add(pdf: pikepdf.Pdf) -> None:
        made = annotation(pikepdf.Name(subtype), F=flags)
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([pdf.make_indirect(made)])

    return changed(contract(), add)


def test_filled_fields_and_visible_signatures_pass(
    bench: Bench, policy: Path, tmp_path: Path
) -> None:
    people = [person(0, look=named()), person(1, look=stamped()), person(2, 1)]
    rows = judged(bench, policy, {"f.pdf": carried(bench, people, form_page(2))[-1]}, tmp_path)
    assert complaints(rows) == []
    assert [tuple(row[2:]) for row in rows if row[1] == "signature"] == [PASSED] * 3
