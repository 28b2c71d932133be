"""Consents to electronic means as rows: who needs one, what it holds for, what an act stands on."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from domain.consents import DEFAULT, ConsentText, ConsentWay, statement_sha256
from domain.drafts import Order
from domain.kinds import (
    ActKind,
    EnvelopeState,
    HandoverPolicy,
    Language,
    NoticeKind,
    ParticipantKind,
    PartyKind,
)
from domain.ports.signatures import Timestamp
from domain.refusals import Refusal, RefusalCode
from storage import consents, ledger
from storage.bounces import StoredBounceDesk
from storage.desks.consents import StoredConsentDesk
from storage.evidence import evidence_record
from storage.tables import (
    Act,
    Consent,
    ConsentVersion,
    Envelope,
    LedgerEvent,
    Notice,
    Organisation,
    OutboxItem,
    Participant,
    Party,
)
from tests.storage.consent import HOST, ONCE, ask_for, give, rows, visiting, withdraw
from tests.storage.world import Journey, World, carry_out, now, person


def refused(journey: Journey, name: str, kind: ActKind = ActKind.SIGN) -> RefusalCode | None:
    """Why an act is not even written."""
    try:
        journey.world.post(journey.envelope_id, name, kind)
    except Refusal as refusal:
        return refusal.code
    return None


def misses(journey: Journey, name: str) -> bool:
    here = visiting(journey, name)
    with journey.world.reading() as session:
        return consents.missing(session, here.holder)


# -- what an organisation asks for ----------------------------------------------------------------


def test_a_changed_text_is_a_new_version_and_the_old_one_stays(world: World) -> None:
    first = ask_for(world)
    assert first is not None
    second = ask_for(world, ONCE._replace(ja="別の文面です。"))
    assert second is not None
    assert (first.version, second.version) == (1, 2)
    with world.reading() as session:
        assert session.get_one(ConsentVersion, first.id).ja == ONCE.ja
        organisation = session.get_one(Organisation, world.organisation_id)
        assert organisation.consent_version_id == second.id


def test_the_same_text_again_makes_no_version_and_off_and_on_keeps_it(world: World) -> None:
    first = ask_for(world)
    ask_for(world)
    ask_for(world, way=ConsentWay.NONE)
    again = ask_for(world)
    assert first is not None
    assert again is not None
    assert again.id == first.id
    with world.reading() as session:
        data = [
            event.data
            for event in session.scalars(
                select(LedgerEvent)
                .where(LedgerEvent.tag == "organisation:changed")
                .order_by(LedgerEvent.sequence)
            )
        ]
    assert [(row["before"] or {}).get("version") for row in data] == [None, 1, None]
    assert [(row["after"] or {}).get("version") for row in data] == [1, None, 1]
    assert all(row["what"] == "consent" for row in data)


def test_an_envelope_asks_what_held_when_it_was_sent(world: World) -> None:
    before = Journey.begin(world, person("a"))
    version = ask_for(world)
    after = Journey.begin(world, person("a"))
    ask_for(world, way=ConsentWay.NONE)
    assert version is not None
    assert world.envelope(before.envelope_id).consent_version_id is None
    assert world.envelope(after.envelope_id).consent_version_id == version.id
    assert not misses(before, "a")
    assert misses(after, "a")


@pytest.mark.parametrize("table", ["consent_versions", "consents"])
def test_nothing_of_it_can_be_changed_or_deleted(world: World, table: str) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"))
    give(journey, "a")
    columns = {
        "consent_versions": ("ja", "en", "lasting", "sha256", "version", "created_at"),
        "consents": ("kind", "evidence", "statement", "statement_sha256", "at", "mail", "means"),
    }[table]
    other = {"lasting": "NOT lasting", "version": "9", "means": "9", "evidence": "'{}'"}
    changes = [f"UPDATE {table} SET {name} = {other.get(name, 'NULL')}" for name in columns]  # noqa: S608
    for change in (*changes, f"DELETE FROM {table}"):  # noqa: S608
        with pytest.raises(DBAPIError, match="append-only"), world.database.engine.begin() as open_:
            open_.execute(text(change))


# -- who needs one ---------------------------------------------------------------------------------


def test_nobody_of_the_other_side_acts_without_it_and_the_own_side_needs_none(
    world: World,
) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("own", party=PartyKind.OWN, company=""), person("a"))
    assert not misses(journey, "own")
    journey.sign("own")
    journey.open()
    assert misses(journey, "a")
    assert refused(journey, "a") is RefusalCode.CONSENT_MISSING
    give(journey, "a")
    assert not misses(journey, "a")
    act_id = journey.sign("a")
    with world.reading() as session:
        told = session.get_one(Act, act_id).evidence["consent"]
        (consent,) = session.scalars(select(Consent)).all()
        assert told == consents.evidence_of(session, consent)


def test_one_consent_suffices_for_a_party_and_none_for_another(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(
        world,
        person("a", ParticipantKind.APPROVER),
        person("b"),
        person("c", company="みどり組"),
    )
    give(journey, "a")
    journey.act("a", ActKind.APPROVE)
    journey.route.mark_done(world.slot(journey.envelope_id, "a").id)
    journey.open()
    journey.sign("b")
    journey.open()
    assert misses(journey, "c")
    assert refused(journey, "c") is RefusalCode.CONSENT_MISSING


def test_whoever_declines_or_names_another_needs_none(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"))
    assert refused(journey, "a", ActKind.DECLINE) is None


def test_whoever_is_only_to_name_somebody_does_not_agree_for_the_party(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a", handover=HandoverPolicy.DEMANDED))
    with pytest.raises(Refusal) as said:
        give(journey, "a")
    assert said.value.code is RefusalCode.NOT_ALLOWED


def test_a_form_that_showed_something_else_is_no_consent(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"))
    with pytest.raises(Refusal) as said:
        give(journey, "a", shown_sha="0" * 64)
    assert said.value.code is RefusalCode.CONSENT_CHANGED
    assert rows(world) == []


def test_it_is_kept_once_with_its_evidence_event_and_order_to_stamp(world: World) -> None:
    version = ask_for(world)
    assert version is not None
    journey = Journey.begin(world, person("a"))
    first = give(journey, "a", nonce="n")
    assert give(journey, "a", nonce="n") == first
    assert give(journey, "a") == first
    (row,) = rows(world)
    stated = json.loads(row.statement)
    assert statement_sha256(row.statement) == row.statement_sha256
    assert (stated["text_sha256"], stated["version"]) == (version.sha256, 1)
    assert stated["party"] == str(row.party_id)
    assert row.evidence["method"] == "link"
    assert row.evidence["address"] == "192.0.2.7"
    assert "192.0.2.7" not in row.statement
    assert "example.jp" not in row.statement
    with world.reading() as session:
        event = session.scalars(select(LedgerEvent).where(LedgerEvent.tag == "consent:given")).one()
        assert event.data["statement_sha256"] == row.statement_sha256
        assert event.envelope_id == journey.envelope_id
        order = session.scalars(select(OutboxItem).where(OutboxItem.kind == "consent")).one()
        assert order.subject_id == row.id
        assert ledger.verify(session).fault is None


def test_it_says_which_language_was_read(world: World) -> None:
    ask_for(world, ConsentText("承諾します。", "", lasting=False))
    journey = Journey.begin(world, person("a"))
    give(journey, "a", language=Language.EN)
    assert rows(world)[0].language == "ja"


# -- acts ------------------------------------------------------------------------------------------


def judged(journey: Journey, act_id: object) -> RefusalCode | None:
    return journey.world.acts.facts(journey.envelope_id, act_id, 0).refusal  # type: ignore[arg-type]


def test_an_act_that_names_no_consent_or_a_foreign_one_is_refused_by_its_proof(
    world: World,
) -> None:
    ask_for(world)
    journey, other = Journey.begin(world, person("a")), Journey.begin(world, person("a"))
    give(journey, "a")
    foreign = give(other, "a")
    act_id = world.post(journey.envelope_id, "a")
    assert judged(journey, act_id) is None
    with world.reading() as session:
        evidence = dict(session.get_one(Act, act_id).evidence)
        told = consents.evidence_of(session, session.get_one(Consent, foreign))
    without = {key: value for key, value in evidence.items() if key != "consent"}
    forged = (
        without,
        evidence | {"consent": told},
        evidence | {"consent": {**evidence["consent"], "version": 2}},
        evidence | {"consent": {"id": str(uuid4())}},
        evidence | {"consent": "yes"},
    )
    for words in forged:
        copy = world.forge_act(act_id, evidence=words)
        assert judged(journey, copy) is RefusalCode.CONSENT_MISSING


def test_the_signing_worker_looks_at_the_consent_again(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"))
    give(journey, "a")
    act_id = journey.act("a")
    assert world.signing.authorise(journey.envelope_id, act_id).documents
    with world.reading() as session:
        evidence = dict(session.get_one(Act, act_id).evidence)
    del evidence["consent"]
    forged = world.forge_act(act_id, evidence=evidence)
    with pytest.raises(Refusal) as said:
        world.signing.authorise(journey.envelope_id, forged)
    assert said.value.code is RefusalCode.CONSENT_MISSING


def test_an_act_of_before_the_consent_is_refused_by_its_proof(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"))
    give(journey, "a")
    act_id = world.post(journey.envelope_id, "a")
    with world.reading() as session:
        act, row = session.get_one(Act, act_id), rows(world)[0]
        envelope = session.get_one(Envelope, journey.envelope_id)
        act.posted_at = row.at - timedelta(seconds=1)
        assert consents.objection(session, act, envelope) is RefusalCode.CONSENT_MISSING


def test_what_was_signed_before_a_withdrawal_is_still_made(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    give(journey, "a")
    act_id = journey.act("a")
    withdraw(journey, "b")
    carry_out(world, journey.envelope_id, act_id)
    assert refused(journey, "b") is RefusalCode.CONSENT_MISSING


def test_an_act_after_a_withdrawal_is_refused_by_its_proof(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"))
    give(journey, "a")
    act_id = world.post(journey.envelope_id, "a")
    withdraw(journey, "a") if not misses(journey, "a") else None
    late = world.forge_act(act_id, posted_at=now() + timedelta(milliseconds=5))
    assert judged(journey, act_id) is None
    assert rows(world)[-1].kind == "withdrawn"
    assert judged(journey, late) is RefusalCode.CONSENT_MISSING


# -- withdrawals -----------------------------------------------------------------------------------


def test_a_withdrawal_stops_the_party_until_it_consents_anew(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    first = give(journey, "a")
    (ending,) = withdraw(journey, "b")
    assert misses(journey, "a")
    assert withdraw(journey, "a") == []
    with world.reading() as session:
        row = session.get_one(Consent, ending)
        assert row.withdraws_id == first
        (party,) = consents.of_envelope(session, world.envelope(journey.envelope_id))
        assert party.withdrawn is not None
        assert party.withdrawn_by is not None
        assert (party.holds, party.withdrawn_by.name) == (False, "b")
        assert world.tags(journey.envelope_id).count("consent:withdrawn") == 1
    give(journey, "a")
    assert not misses(journey, "a")
    journey.sign("a")
    with world.reading() as session:
        (party,) = consents.of_envelope(session, world.envelope(journey.envelope_id))
        assert party.holds
        assert party.person is not None
        assert party.person.name == "a"


def test_the_sender_is_told_once(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"))
    give(journey, "a")
    withdraw(journey, "a", nonce="w")
    withdraw(journey, "a", nonce="w")
    with world.reading() as session:
        kind = NoticeKind.CONSENT_WITHDRAWN.value
        (notice,) = session.scalars(select(Notice).where(Notice.kind == kind)).all()
        assert notice.member_id == world.member_id


def test_nobody_withdraws_when_it_is_over(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"))
    give(journey, "a")
    world.set(Envelope, journey.envelope_id, state=EnvelopeState.DONE.value)
    with pytest.raises(Refusal) as said:
        withdraw(journey, "a")
    assert said.value.code is RefusalCode.NOT_ALLOWED


# -- for later envelopes ---------------------------------------------------------------------------


def test_a_lasting_consent_holds_for_the_same_address_and_party_until_withdrawn(
    world: World,
) -> None:
    ask_for(world, DEFAULT, ConsentWay.LASTING)
    first = Journey.begin(world, person("a"))
    given = give(first, "a")
    later = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    others = Journey.begin(world, person("a", company="みどり組"))
    strangers = Journey.begin(world, person("b"))
    assert [misses(found, "a") for found in (later, others)] == [False, True]
    assert misses(strangers, "b")
    act_id = later.sign("a")
    with world.reading() as session:
        assert session.get_one(Act, act_id).evidence["consent"]["id"] == str(given)
        (party,) = consents.of_envelope(session, world.envelope(later.envelope_id))
        assert (party.holds, party.carried) == (True, True)
        record = evidence_record(session, world.vault, later.envelope_id, reader=None)
    assert [row["id"] for row in record["consents"]] == [str(given)]
    withdraw(later, "b")
    assert misses(first, "a")
    with world.reading() as session:
        told = session.scalars(select(Notice.envelope_id).where(Notice.member_id.is_not(None)))
        assert {first.envelope_id, later.envelope_id} <= set(told)
        (party,) = consents.of_envelope(session, world.envelope(first.envelope_id))
        assert party.withdrawn is not None


def test_a_changed_text_is_agreed_to_anew(world: World) -> None:
    ask_for(world, DEFAULT, ConsentWay.LASTING)
    give(Journey.begin(world, person("a")), "a")
    ask_for(world, DEFAULT._replace(ja="新しい文面です。"), ConsentWay.LASTING)
    assert misses(Journey.begin(world, person("a")), "a")


def test_a_consent_that_does_not_last_is_given_for_each_envelope(world: World) -> None:
    ask_for(world)
    give(Journey.begin(world, person("a")), "a")
    assert misses(Journey.begin(world, person("a")), "a")


def test_another_organisations_consent_is_none_of_ours(world: World) -> None:
    ask_for(world, DEFAULT, ConsentWay.LASTING)
    given = give(Journey.begin(world, person("a")), "a")
    journey = Journey.begin(world, person("a"))
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        envelope.organisation_id = uuid4()
        party = session.get_one(Party, world.participant(journey.envelope_id, "a").party_id)
        with session.no_autoflush:
            assert given not in {row.id for row in consents.holding(session, envelope, party)}
        session.rollback()


# -- time-stamps and evidence ----------------------------------------------------------------------


def test_the_token_is_kept_once_beside_what_was_said(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"))
    given = give(journey, "a")
    desk = StoredConsentDesk(world.database)
    assert desk.unstamped(uuid4()) is None
    digest = desk.unstamped(given)
    assert digest is not None
    at = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)
    desk.stamped(given, Timestamp(b"token", at, "TSA 1"))
    desk.stamped(given, Timestamp(b"another", at, "TSA 2"))
    assert desk.unstamped(given) is None
    (row,) = rows(world)
    assert (row.token, row.token_time, row.tsa) == (b"token", at, "TSA 1")
    assert digest.hex() == row.statement_sha256
    assert world.tags(journey.envelope_id).count("consent:stamped") == 1


def test_what_is_not_stamped_after_an_hour_is_ordered_again(world: World) -> None:
    ask_for(world)
    given = give(Journey.begin(world, person("a")), "a")
    desk = StoredConsentDesk(world.database)

    def open_orders() -> list[UUID]:
        return [entry.subject_id for entry in world.relay.starts(50) if entry.kind == "consent"]

    (order,) = [entry for entry in world.relay.starts(50) if entry.kind == "consent"]
    world.relay.started(order.item_id)
    assert desk.order_again(now() - timedelta(hours=1)) == 0
    assert open_orders() == []
    assert desk.order_again(now() + timedelta(seconds=1)) == 1
    assert open_orders() == [given]
    world.relay.started(order.item_id)
    desk.stamped(given, Timestamp(b"token", now(), "TSA 1"))
    assert desk.order_again(now() + timedelta(seconds=1)) == 0


def test_the_record_has_text_statement_and_token_and_no_address_for_participants(
    world: World,
) -> None:
    version = ask_for(world)
    assert version is not None
    journey = Journey.begin(world, person("a"))
    given = give(journey, "a")
    StoredConsentDesk(world.database).stamped(given, Timestamp(b"token", now(), "TSA 1"))
    with world.reading() as session:
        reader = session.get_one(Participant, world.participant(journey.envelope_id, "a").id)
        whole = evidence_record(session, world.vault, journey.envelope_id, reader=None)
        own = evidence_record(session, world.vault, journey.envelope_id, reader=reader)
    (row,) = whole["consents"]
    assert row["text"]["ja"] == ONCE.ja
    assert row["text"]["sha256"] == version.sha256
    assert statement_sha256(row["statement"]) == row["statement_sha256"]
    assert row["token"] == "dG9rZW4="
    assert row["evidence"]["address"] == "192.0.2.7"
    assert "address" not in own["consents"][0]["evidence"]
    assert own["consents"][0]["statement"] == row["statement"]


def test_the_mail_of_a_withdrawal_names_the_party(world: World) -> None:
    ask_for(world)
    journey = Journey.begin(world, person("a"))
    give(journey, "a")
    withdraw(journey, "a")
    waiting = StoredBounceDesk(world.database, f"https://{HOST}", trial=True).untold()
    assert [mail.kind for mail in waiting] == [NoticeKind.CONSENT_WITHDRAWN]
