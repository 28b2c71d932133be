"""Lasting consents that are taken back from あなたの文書."""

from uuid import UUID, uuid4

import pytest

from domain.consents import DEFAULT, ConsentWay, statement_sha256
from domain.kinds import EnvelopeState, Language, NoticeKind
from domain.refusals import Refusal
from storage import consents, lasting, ledger
from storage.bounces import StoredBounceDesk
from storage.consenting import Said
from storage.evidence import evidence_record
from storage.outbox import When
from storage.tables import Consent, Envelope, MailboxVisit, Notice, OutboxItem
from tests.storage.consent import HOST, ask_for, give, rows, visiting
from tests.storage.mailboxes import opened
from tests.storage.world import CALLER, Journey, World, now, person


def completed(world: World) -> tuple[Journey, UUID]:
    """An envelope that is over, and the lasting consent that it stood on."""
    ask_for(world, DEFAULT, ConsentWay.LASTING)
    journey = Journey.begin(world, person("a"))
    given = give(journey, "a")
    world.set(Envelope, journey.envelope_id, state=EnvelopeState.DONE.value)
    return journey, given


def held(world: World, mail: str) -> list[UUID]:
    with world.reading() as session:
        return [row.consent.id for row in lasting.held_by(session, mail)]


def withdraw(world: World, visit: MailboxVisit, consent_id: UUID, nonce: str = "") -> list[Consent]:
    said = Said(nonce or uuid4().hex, CALLER, Language.JA)
    with world.database.transaction() as session:
        return list(lasting.withdraw(session, visit, consent_id, said, When(now(), HOST)))


def test_it_is_taken_back_after_the_end_as_in_a_visit(world: World) -> None:
    journey, given = completed(world)
    assert held(world, "a@example.jp") == [given]
    visit = opened(world.database, "a@example.jp", now())
    [made] = withdraw(world, visit, given, "n")
    assert withdraw(world, visit, given, "n") == []  # the form was sent twice
    assert held(world, "a@example.jp") == []
    row = rows(world)[-1]
    assert (row.kind, row.withdraws_id, row.envelope_id) == ("withdrawn", given, made.envelope_id)
    assert statement_sha256(row.statement) == row.statement_sha256
    assert row.evidence["method"] == "mailbox"
    assert row.evidence["mailbox_visit_id"] == str(visit.id)
    with world.reading() as session:
        order = session.query(OutboxItem).filter_by(kind="consent", subject_id=row.id)
        assert order.count() == 1
        [notice] = session.query(Notice).filter_by(kind="consent_withdrawn")
        assert (notice.envelope_id, notice.member_id) == (journey.envelope_id, world.member_id)
        assert ledger.verify(session).fault is None
        record = evidence_record(session, world.vault, journey.envelope_id, reader=None)
    assert [found["kind"] for found in record["consents"]] == ["given", "withdrawn"]
    assert world.tags(journey.envelope_id).count("consent:withdrawn") == 1
    [mail] = StoredBounceDesk(world.database, f"https://{HOST}", trial=True).untold()
    assert (mail.kind, mail.actor_name) == (NoticeKind.CONSENT_WITHDRAWN, "a")
    later = Journey.begin(world, person("a"))
    with world.reading() as session:
        assert consents.missing(session, visiting(later, "a").holder)


def test_senders_of_envelopes_under_way_are_told_instead(world: World) -> None:
    first, given = completed(world)
    later = Journey.begin(world, person("a"))
    withdraw(world, opened(world.database, "a@example.jp", now()), given)
    with world.reading() as session:
        told = {
            row.envelope_id for row in session.query(Notice).filter_by(kind="consent_withdrawn")
        }
        assert told == {later.envelope_id}
        assert first.envelope_id not in told
        assert consents.missing(session, visiting(later, "a").holder)


def test_nobody_else_sees_or_ends_it(world: World) -> None:
    _, given = completed(world)
    assert held(world, "b@example.jp") == []
    stranger = opened(world.database, "b@example.jp", now())
    with pytest.raises(LookupError):
        withdraw(world, stranger, given)
    own = opened(world.database, "a@example.jp", now(), "d" * 64)
    with pytest.raises(LookupError):
        withdraw(world, own, uuid4())
    said = Said("", CALLER, Language.JA)
    with pytest.raises(Refusal), world.database.transaction() as session:
        lasting.withdraw(session, own, given, said, When(now(), HOST))
    assert [row.kind for row in rows(world)] == ["given"]


def test_what_holds_for_one_envelope_or_for_an_older_text_is_not_listed(world: World) -> None:
    completed(world)
    ask_for(world, DEFAULT._replace(ja="新しい文", lasting=True), ConsentWay.LASTING)
    assert held(world, "a@example.jp") == []
    ask_for(world)
    give(Journey.begin(world, person("a")), "a")
    assert held(world, "a@example.jp") == []
