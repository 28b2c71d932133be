"""送信先の制限, wherever an address enters a route."""

import pytest

from domain.forms import FormProblems
from domain.handovers import Successor
from domain.kinds import HandoverPolicy, Language, Role
from domain.refusals import RefusalCode
from storage import addressees, handovers, organisations, readdressing
from storage.tables import Member, OperationEntry, Organisation
from tests.storage.world import Journey, World, now, person


def restrict(world: World, **lists: list[str]) -> bool:
    with world.database.transaction() as session:
        admin = session.get_one(Member, world.member_id)
        return organisations.restrict_addressees(session, admin, dict(lists), now())


def test_nothing_is_sent_to_a_domain_that_is_not_allowed_but_to_members(world: World) -> None:
    assert restrict(world, allowed=["vendor.example"])
    assert not restrict(world, allowed=["vendor.example"])
    with pytest.raises(FormProblems) as found:
        Journey.begin(world, person("a"))
    assert list(found.value.problems) == ["people-0-mail"]
    assert "vendor.example" in found.value.problems["people-0-mail"].ja
    restrict(world, allowed=["example.jp"])
    Journey.begin(world, person("a"))
    restrict(world, blocked=["*.example.jp"])
    with pytest.raises(FormProblems):
        Journey.begin(world, person("a"))
    boss = world.join("boss", Role.CLERK)
    with world.reading() as session:
        member = session.get_one(Member, boss)
        restricted = member.organisation_id
        assert addressees.is_allowed(session, restricted, member.mail.upper())
        entries = session.query(OperationEntry).filter_by(tag="organisation:changed").all()
        assert entries[0].data["after"] == {"allowed": ["vendor.example"]}
    with world.database.transaction() as session:
        session.get_one(Member, boss).active = False
        other = Organisation(name="みどり市", created_at=now())
        session.add(other)
        session.flush()
        mail = session.get_one(Member, boss).mail
        assert not addressees.is_allowed(session, restricted, mail)
        assert addressees.is_allowed(session, other.id, mail)


def test_an_address_is_corrected_and_handed_over_to_allowed_domains_only(world: World) -> None:
    journey = Journey.begin(world, person("a", handover=HandoverPolicy.ALLOWED))
    restrict(world, allowed=["example.jp"])
    with world.reading() as session:
        envelope = world.envelope(journey.envelope_id)
        participant = world.participant(journey.envelope_id, "a")
        codes = {
            mail: (
                readdressing.objection(session, envelope, participant, mail),
                handovers.objection(session, participant, Successor("新", mail, Language.JA)),
            )
            for mail in ("new@free.example", "new@example.jp")
        }
    refused = RefusalCode.DOMAIN_NOT_ALLOWED
    assert codes["new@free.example"] == (refused, refused)
    assert codes["new@example.jp"] == (None, None)
