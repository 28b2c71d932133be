"""Two hundred hostile names in signed files: drawn or left out, and read back as they were."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from domain.evidence import signature_reason
from domain.ports.signatures import SignatureLook
from signing.work.appearance import Frame
from signing.work.fonts import Lettering
from signing.work.signature_look import signature_look
from storage.desks.signing_fills import look_lines
from storage.tables import Participant
from tests.files.generate import contract
from tests.hostile import NAMES, storable
from tests.signing.conftest import Bench, text

NOW = datetime(2026, 11, 26, 1, tzinfo=UTC)
A_FILE = 10
"""Names in one reason."""


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_visible_signature_shows_what_can_be_drawn(name: str) -> None:
    person = Participant(name=storable(name)[:100], company=storable(name)[:100])
    lines = look_lines(person, NOW, "Asia/Tokyo")
    assert lines[-1] == "2026-11-26 10:00:00 +09:00 JST"
    assert all(line.isprintable() for line in lines)
    signature_look(Frame(200, 60), SignatureLook(lines), Lettering())


@pytest.mark.local_sockets
@pytest.mark.parametrize("start", range(0, len(NAMES), A_FILE))
def test_the_reason_of_a_signature_says_the_name_as_it_was(bench: Bench, start: int) -> None:
    name = "|".join(storable(name)[:100] for name in NAMES[start : start + A_FILE])
    reason = signature_reason(name, "taro@example.jp", NOW, "Asia/Tokyo")
    base = bench.prepare(contract(1), ["FIELD_01"])
    draft = bench.signer.draft(base, replace(text("FIELD_01"), reason=reason))
    (field,) = PdfFileReader(BytesIO(base + draft.tail)).root["/AcroForm"]["/Fields"]
    assert field.get_object()["/V"]["/Reason"] == reason
