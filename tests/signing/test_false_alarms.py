"""No file of ours raises an alarm, at none of its revisions, whatever it was made from."""

from collections.abc import Callable

import pytest

from signing.verify import Verdict
from tests.files.extremes import ACCEPTED
from tests.files.generate import SOUND
from tests.files.hostile import MENDABLE
from tests.files.odd import ODD
from tests.signing.conftest import Bench, field_names

pytestmark = pytest.mark.local_sockets

_ORIGINS: dict[str, Callable[[], bytes]] = {
    name: (SOUND | ODD | ACCEPTED)[name]
    for name in (
        "rotated_270",
        "with_form",
        "object_streams",
        "garbage_around",
        "hybrid_references",
        "dangling_references",
        "choice_without_look",
        "note_without_look",
        "outline_loop",
        "hostile_names",
        "negative_count",
    )
} | {name: MENDABLE[name][0] for name in ("form_left_to_viewers", "encrypted_for_owners")}


@pytest.mark.parametrize("name", _ORIGINS)
def test_every_revision_is_valid_from_the_first_signature_on(bench: Bench, name: str) -> None:
    data, names = _ORIGINS[name](), field_names(2)
    revision = bench.prepare(bench.inspector.inspect(data, repair=True).repaired or data, names)
    for field in names:
        revision = bench.sign(revision, field)
        assert bench.verify(revision).verdict is Verdict.VALID
    revision += bench.archiver.archive(revision, names)
    report = bench.verify(revision)
    assert (report.verdict, report.notes, report.loose) == (Verdict.VALID, (), False)
