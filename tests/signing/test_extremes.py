"""Files that go to extremes get a reason within the limits, or are accepted and can be signed."""

import pytest

from domain.refusals import Refusal, RefusalCode
from signing.intake import PoolInspector
from signing.pool import ChildPool, Cost
from tests.files.extremes import ACCEPTED, MENDED, REFUSED

_SLOW = {"pattern_bomb"}
_QUICK = [(code, name) for code, makers in REFUSED.items() for name in makers if name not in _SLOW]


@pytest.mark.parametrize(("code", "name"), _QUICK)
def test_what_no_reader_should_bear_is_refused_with_its_reason(
    pool: ChildPool, code: str, name: str
) -> None:
    with pytest.raises(Refusal) as refused:
        PoolInspector(pool).inspect(REFUSED[code][name](), repair=True)
    assert refused.value.code is RefusalCode(code)


def test_what_never_ends_is_refused_when_its_time_is_up() -> None:
    with ChildPool(1, Cost(1, 30)) as small, pytest.raises(Refusal) as refused:
        PoolInspector(small).inspect(REFUSED["too_costly"]["pattern_bomb"](), repair=True)
    assert refused.value.code is RefusalCode.TOO_COSTLY


@pytest.mark.parametrize("name", MENDED)
def test_what_a_repair_makes_whole_is_offered_as_a_copy(pool: ChildPool, name: str) -> None:
    data = MENDED[name]()
    with pytest.raises(Refusal) as refused:
        PoolInspector(pool).inspect(data)
    assert refused.value.code is RefusalCode.MENDABLE
    copy = PoolInspector(pool).inspect(data, repair=True).repaired
    assert copy is not None
    assert PoolInspector(pool).inspect(copy).mends == ()


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_absurd_but_harmless_is_accepted_and_was_signed_in_rehearsal(
    pool: ChildPool, name: str
) -> None:
    found = PoolInspector(pool).inspect(ACCEPTED[name]())
    assert (found.pages, found.mends, found.repaired) == (1, (), None)
