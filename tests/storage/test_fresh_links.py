"""A fresh link by its person: an act as a row, a new link, the old one dead, the ledger told."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.kinds import ActKind, LinkPurpose, NoticeKind
from domain.messages import Ending, LinkRenewal, NoticeOrder
from domain.refusals import RefusalCode
from identity.links import LinkMinter, token_sha256
from storage.bounces import StoredBounceDesk
from storage.fresh_links import post_fresh_link
from storage.outbox import When
from storage.tables import Act, LedgerEvent, Link, Notice, Organisation, Participant, PastLink
from tests.storage.test_steering import post
from tests.storage.world import CALLER, Journey, World, now, person

MINTER = LinkMinter(b"k" * 32)
HOST = "musubi.test"


def mailed(journey: Journey, name: str) -> str:
    """Hash of the token that the newest mail carries, as the mailing activity keeps it."""
    link = link_of(journey, name)
    digest = token_sha256(MINTER.token(link.id, link.generation))
    journey.world.notices.token_issued(link.id, link.generation, digest)
    return digest


def link_of(journey: Journey, name: str) -> Link:
    link = journey.world.link(journey.envelope_id, name, LinkPurpose.ACT)
    assert link is not None
    return link


def ask(journey: Journey, digest: str) -> UUID | None:
    return post_fresh_link(journey.world.database, digest, CALLER, uuid4().hex, When(now(), HOST))


def renew(journey: Journey, act_id: UUID, name: str) -> None:
    people = (journey.world.participant(journey.envelope_id, name).id,)
    journey.world.envelopes.renew_links(
        LinkRenewal(envelope_id=journey.envelope_id, act_id=act_id, participant_ids=people)
    )


def test_the_act_is_accepted_renews_the_link_and_is_the_signers_in_the_ledger(
    world: World,
) -> None:
    journey = Journey.begin(world, person("a"))
    first = mailed(journey, "a")
    act_id = ask(journey, first)
    assert act_id is not None
    assert journey.decide(act_id).accepted
    renew(journey, act_id, "a")
    link = link_of(journey, "a")
    assert (link.generation, link.token_sha256) == (2, None)
    with world.reading() as session:
        past = session.get_one(PastLink, first)
        assert (past.link_id, past.generation) == (link.id, 1)
        event = session.scalars(select(LedgerEvent).where(LedgerEvent.tag == "act:accepted")).one()
    person_id = world.participant(journey.envelope_id, "a").id
    assert event.actor == f"participant:{person_id}"
    assert (event.data["kind"], event.data["method"]) == ("fresh_link", "mailed_link")


def test_an_old_token_goes_on_asking_and_each_link_dies_in_turn(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    first = mailed(journey, "a")
    for generation in (2, 3):
        act_id = ask(journey, first)
        assert act_id is not None
        assert journey.decide(act_id).accepted
        renew(journey, act_id, "a")
        mailed(journey, "a")
        assert link_of(journey, "a").generation == generation
    with world.reading() as session:
        assert session.query(PastLink).count() == 2


def test_it_fills_no_slot_and_its_person_signs_as_before(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    act_id = ask(journey, mailed(journey, "a"))
    assert act_id is not None
    journey.decide(act_id)
    journey.sign("a")


def test_a_token_of_an_address_that_was_corrected_asks_for_nothing(world: World) -> None:
    """Whoever got the mail by mistake sends nobody any mail."""
    journey = Journey.begin(world, person("a"))
    first = mailed(journey, "a")
    slot = world.slot(journey.envelope_id, "a")
    words = {"target_slot_id": slot.id, "corrected_mail": "right@vendor.example"}
    assert journey.decide(post(world, journey.envelope_id, ActKind.READDRESS, **words)).accepted
    assert ask(journey, first) is None
    assert ask(journey, mailed(journey, "a")) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"link_generation": 7},
        {"link_generation": None},
        {"link_id": str(UUID(int=0))},
        {"about_id": str(UUID(int=0))},
        {"person_sha256": "0" * 64},
    ],
)
def test_a_forged_act_renews_nothing(world: World, changes: dict[str, object]) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = ask(journey, mailed(journey, "a"))
    assert act_id is not None
    with world.reading() as session:
        evidence = session.get_one(Act, act_id).evidence
    forged = uuid4()
    with world.database.transaction() as session:
        act = session.get_one(Act, act_id)
        words = {column.name: getattr(act, column.name) for column in Act.__table__.columns}
        fresh = {"id": forged, "nonce": act.nonce[::-1], "evidence": evidence | changes}
        session.add(Act(**(words | fresh)))
    facts = world.acts.facts(journey.envelope_id, forged, 0)
    assert facts.refusal is RefusalCode.EVIDENCE_INCOMPLETE


def test_another_persons_link_is_no_evidence(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    other = Journey.begin(world, person("b"))
    act_id = ask(journey, mailed(journey, "a"))
    assert act_id is not None
    stranger = world.participant(other.envelope_id, "b").id
    forged = world.forge_act(act_id, participant_id=stranger)
    assert world.acts.facts(journey.envelope_id, forged, 0).refusal is RefusalCode.NOT_ALLOWED


def test_the_mail_goes_to_the_registered_address_with_the_new_generation(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = ask(journey, mailed(journey, "a"))
    assert act_id is not None
    journey.decide(act_id)
    renew(journey, act_id, "a")
    person_id = world.participant(journey.envelope_id, "a").id
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind="request",
        occasion=f"act:{act_id}",
        participant_ids=(person_id,),
    )
    [notice] = world.notices.enqueue(order)
    assert (notice.to_mail, notice.link_generation) == ("a@example.jp", 2)
    assert notice.participant_id == person_id


def test_after_the_deadline_nothing_is_sent(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    digest = mailed(journey, "a")
    later = now() + timedelta(days=60)
    assert post_fresh_link(world.database, digest, CALLER, uuid4().hex, When(later, HOST)) is None


def finished(world: World) -> tuple[Journey, str]:
    journey = Journey.begin(world, person("a"))
    digest = mailed(journey, "a")
    journey.sign("a")
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    return journey, digest


def queued(world: World) -> list[Notice]:
    with world.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == "download")))


def bounces(world: World) -> StoredBounceDesk:
    return StoredBounceDesk(world.database, f"https://{HOST}", trial=True)


def test_once_it_is_finished_the_documents_link_is_mailed_again(world: World) -> None:
    journey, digest = finished(world)
    assert ask(journey, digest) is not None
    [mail] = bounces(world).untold()
    assert (mail.kind, mail.to_mail) == (NoticeKind.DOWNLOAD, "a@example.jp")
    assert mail.link_purpose is LinkPurpose.DOWNLOAD
    assert "link:asked" in world.tags(journey.envelope_id)


def test_the_same_form_twice_is_one_mail_and_the_hour_brings_three(world: World) -> None:
    _journey, digest = finished(world)
    for _ in range(2):
        post_fresh_link(world.database, digest, CALLER, "n" * 32, When(now(), HOST))
    assert len(queued(world)) == 1
    for _ in range(4):
        post_fresh_link(world.database, digest, CALLER, uuid4().hex, When(now(), HOST))
    assert len(queued(world)) == 3


@pytest.mark.parametrize("allowed", [True, False])
def test_after_the_window_the_mail_goes_out_only_where_the_organisation_says_so(
    world: World, *, allowed: bool
) -> None:
    journey, digest = finished(world)
    world.set(Organisation, world.organisation_id, late_downloads=allowed)
    world.envelopes.close_download(journey.envelope_id)
    assert (ask(journey, digest) is not None) is allowed
    links = [mail.link_purpose for mail in bounces(world).untold()]
    assert links == ([LinkPurpose.DOWNLOAD] if allowed else [])


def test_nobody_who_handed_over_is_mailed_the_documents(world: World) -> None:
    journey, digest = finished(world)
    left = world.participant(journey.envelope_id, "a").id
    world.set(Participant, left, left_at=now(), left_why="handed_over")
    assert ask(journey, digest) is None
    assert not queued(world)
