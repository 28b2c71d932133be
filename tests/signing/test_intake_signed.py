"""Files that others have signed are only ever added to, and stay valid for everybody."""

import pytest

from domain.kinds import FieldKind
from domain.ports.signatures import PlacedField, SignatureInvalid
from domain.refusals import Refusal, RefusalCode
from signing.intake import PoolInspector
from signing.pool import ChildPool
from signing.prepare import PoolPreparer
from signing.work.inspection_trial import untouched_signatures
from signing.work.reading import borne
from tests.files.signed import CLOSED, EXTENDABLE, signed
from tests.signing.conftest import Bench, field_names


@pytest.mark.parametrize("name", EXTENDABLE)
def test_a_file_signed_by_others_is_accepted_append_only(pool: ChildPool, name: str) -> None:
    data = EXTENDABLE[name]()
    found = PoolInspector(pool).inspect(data)
    assert found.signed
    assert (found.mends, found.repaired) == ((), None)
    fields = [PlacedField(field, FieldKind.SIGNATURE) for field in field_names(2)]
    base = PoolPreparer(pool).prepare(data, fields)
    assert base.startswith(data)
    assert base == PoolPreparer(pool).prepare(data, fields)


@pytest.mark.parametrize("name", CLOSED)
def test_a_signed_file_that_takes_no_more_signatures_is_refused_with_the_reason(
    pool: ChildPool, name: str
) -> None:
    make, code = CLOSED[name]
    with pytest.raises(Refusal) as refused:
        PoolInspector(pool).inspect(make())
    assert refused.value.code is RefusalCode(code)


@pytest.mark.local_sockets
@pytest.mark.parametrize(
    "name",
    ["adbe", "twice", "some_locked", "certified_p2", "hybrid", "dangling", "reused_table_number"],
)
def test_our_signatures_and_archive_leave_those_of_others_valid(bench: Bench, name: str) -> None:
    data, names = EXTENDABLE[name](), field_names(2)
    revision = bench.prepare(data, names)
    for count, field in enumerate(names, 1):
        revision = bench.sign(revision, field)
        mine = [row for row in bench.verify(revision).signatures if row.field in names]
        assert [row.good for row in mine] == [True] * count
    revision += bench.archiver.archive(revision, names)
    assert revision.startswith(data)
    foreign = borne(data, untouched_signatures)
    assert foreign
    assert foreign | set(names) <= borne(revision, untouched_signatures)
    report = bench.verify(revision)
    assert report.loose is (name in {"hybrid", "dangling", "reused_table_number"})
    assert all(row.good and row.level == "B-LTA" for row in report.signatures if row.field in names)


@pytest.mark.local_sockets
def test_a_stranger_who_signs_between_ours_is_noticed_before_the_archive(bench: Bench) -> None:
    names = field_names(2)
    revision = bench.sign(bench.prepare(EXTENDABLE["adbe"](), names), names[0])
    revision = bench.sign(signed(revision, "Intruder"), names[1])
    with pytest.raises(SignatureInvalid, match="other_signatures"):
        bench.archiver.archive(revision, names)


def test_a_field_name_that_the_signed_file_has_already_is_refused(pool: ChildPool) -> None:
    with pytest.raises(Refusal) as refused:
        PoolPreparer(pool).prepare(signed(), [PlacedField("Foreign", FieldKind.SIGNATURE)])
    assert refused.value.code is RefusalCode.NOT_PREPARABLE


def test_no_visible_field_is_added_to_a_certified_file(pool: ChildPool) -> None:
    visible = PlacedField("FIELD_01", FieldKind.SIGNATURE, 0, (50, 50, 100, 40))
    assert PoolPreparer(pool).prepare(signed(), [visible])
    with pytest.raises(Refusal) as refused:
        PoolPreparer(pool).prepare(EXTENDABLE["certified_p2"](), [visible])
    assert refused.value.code is RefusalCode.NOT_PREPARABLE
