"""An organisation that is alone on its server makes its operators; where others are, the server
does."""

import pytest

from domain.forms import FormProblems
from storage.operators import check_granted, granted
from storage.people import create_organisation
from tests.storage.world import World, now


def test_operators_are_the_only_organisation_s_to_make(world: World) -> None:
    with world.reading() as session:
        check_granted(session, ("clerk",), ("clerk", "operator"))
        assert granted(session, (), ("operator",)) == ["operator"]


def test_with_a_second_organisation_they_are_not(world: World) -> None:
    with world.database.transaction() as session:
        create_organisation(session, "隣町", now())
        with pytest.raises(FormProblems):
            check_granted(session, ("clerk",), ("clerk", "operator"))
        check_granted(session, ("operator",), ("operator", "clerk"))
        assert granted(session, (), ("operator", "clerk")) == ["clerk"]
        assert granted(session, (), ("operator",)) == ["viewer"]
