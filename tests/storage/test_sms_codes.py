"""Codes by SMS as rows: ordered, sent once with one id, bound to visit, moment, person and way."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import inspect, text
from temporalio.exceptions import ApplicationError

from activities.codes import SMS_DELAYED, CodeActivities, SmsWay
from domain.factors import MAIL_CODES_AN_HOUR, SMS_CODES_A_DAY, Factor, Moment
from domain.handovers import Successor
from domain.kinds import ActKind, HandoverPolicy, Language, NoticeKind
from domain.messages import CodeRef, NoticeOutcome
from domain.ports.sms import SmsDelayed, SmsMessage, SmsRefused
from domain.refusals import Refusal
from identity.checkwords import CheckWords
from identity.codes import CodeMinter, verify_digits
from notices.composer import TemplateComposer
from notices.sms import TextComposer
from storage import factors, one_time_codes, posting, shown, visits
from storage.desks.codes import StoredCodeDesk
from storage.desks.letters import pending
from storage.factors import Proven
from storage.one_time_codes import Trouble
from storage.outbox import UNNEEDED
from storage.tables import Act, Envelope, FactorProof, LedgerEvent, Notice, OneTimeCode, Participant
from tests.storage.test_one_time_codes import Post
from tests.storage.world import CALLER, Journey, World, now, person

MINTER = CodeMinter(b"k" * 32)
NUMBER = "+819012345678"


class Phone:
    """A provider that remembers, or fails once as told."""

    def __init__(self, *problems: Exception) -> None:
        self.messages: list[SmsMessage] = []
        self.problems = list(problems)

    def send(self, message: SmsMessage) -> None:
        self.messages.append(message)
        if self.problems:
            raise self.problems.pop(0)


@pytest.fixture(autouse=True)
def _no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.boundary.activity.heartbeat", lambda: None)


def begun(world: World) -> Journey:
    return Journey.begin(world, person("a", phone=NUMBER), person("b", phone="+818099998888"))


def visit_of(journey: Journey, name: str = "a") -> visits.Visiting:
    visit_id = journey.world.visit(journey.envelope_id, name)
    with journey.world.reading() as session:
        found = visits.find_visit(session, "c" * 64, visit_id, now())
    assert found is not None
    return found


def order(
    world: World,
    visiting: visits.Visiting,
    moment: Moment = Moment.OPENING,
    at: datetime | None = None,
) -> int | None:
    moment_now = at or now()
    return one_time_codes.ask(world.database, visiting, moment, moment_now, Factor.SMS_CODE)


def newest(world: World) -> OneTimeCode:
    with world.reading() as session:
        return session.query(OneTimeCode).order_by(OneTimeCode.requested_at.desc()).first()  # type: ignore[return-value]


def activities(world: World, phone: Phone, post: Post | None = None) -> CodeActivities:
    composer = TemplateComposer(
        base_url="https://sign.example.jp",
        service_name="Musubi",
        mail_from="noreply@musubi.test",
        checks=CheckWords(b"c" * 32),
    )
    desk = StoredCodeDesk(world.database, world.notices)
    way = SmsWay(TextComposer(), phone)
    return CodeActivities(desk, world.notices, MINTER, composer, post or Post(), way)


def sent_code(world: World, visiting: visits.Visiting, moment: Moment = Moment.OPENING) -> Proven:
    assert order(world, visiting, moment) is None
    code = newest(world)
    activities(world, Phone()).send_code(CodeRef(code_id=code.id))
    return Proven(Factor.SMS_CODE, now(), 2, code.id)


def post(world: World, journey: Journey, visiting: visits.Visiting, *proofs: Proven) -> UUID:
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        read = shown.shown_sha256(shown.shown_documents(session, envelope))
    posted = posting.PostedAct(ActKind.SIGN, uuid4().hex, read, CALLER, proofs=proofs)
    return posting.post_act(world.database, world.vault, visiting, posted, now())


def test_the_sms_brings_the_digits_to_the_persons_number_and_no_mail_goes(world: World) -> None:
    journey = begun(world)
    order(world, visit_of(journey))
    code, phone, letters = newest(world), Phone(), Post()
    assert activities(world, phone, letters).send_code(CodeRef(code_id=code.id)).sent == 1
    assert not letters.mails
    [message] = phone.messages
    digits = MINTER.issue(code.id).code
    assert message.number == NUMBER
    assert f"{digits[:4]} {digits[4:]}" in message.text
    assert journey.world.database
    stored = newest(world).code_hash
    assert stored is not None
    assert verify_digits(stored, digits)
    with world.reading() as session:
        for table in inspect(world.database.engine).get_table_names():
            for values in session.execute(text(f"SELECT * FROM {table}")):  # noqa: S608
                assert digits not in str(values), table


def test_a_repeat_after_a_lost_answer_has_the_same_id_and_the_same_digits(world: World) -> None:
    order(world, visit_of(begun(world)))
    code = newest(world)
    phone = Phone(SmsDelayed("ReadTimeout", timedelta(seconds=9)))
    with pytest.raises(ApplicationError) as delayed:
        activities(world, phone).send_code(CodeRef(code_id=code.id))
    assert delayed.value.type == SMS_DELAYED
    assert delayed.value.next_retry_delay == timedelta(seconds=9)
    for _ in range(2):
        activities(world, phone).send_code(CodeRef(code_id=code.id))
    assert len(phone.messages) == 2  # the lost one, and its repeat; nothing after that
    assert phone.messages[0] == phone.messages[1]
    with world.reading() as session:
        notice = session.query(Notice).filter_by(kind=NoticeKind.SMS_CODE.value).one()
    assert (notice.state, notice.attempts) == ("sent", 2)


def test_a_refused_number_is_told_to_the_sender_with_its_last_digits(world: World) -> None:
    order(world, visit_of(begun(world)))
    phone = Phone(SmsRefused("http 422"))
    outcome = activities(world, phone).send_code(CodeRef(code_id=newest(world).id))
    assert outcome.failed == 1
    with world.reading() as session:
        told = session.query(Notice).filter_by(kind=NoticeKind.BOUNCED.value).one()
        envelope = session.get_one(Envelope, told.envelope_id)
        letter = pending(session, envelope, told, trial=True)
    assert letter.lost is not None
    assert letter.lost.number == "****5678"


def ordered_during_an_outage(world: World, visiting: visits.Visiting, *, minutes_ago: int) -> UUID:
    """A code whose sending failed once."""
    assert order(world, visiting, at=now() - timedelta(minutes=minutes_ago)) is None
    code = newest(world)
    with pytest.raises(ApplicationError):
        activities(world, Phone(SmsDelayed("http 401"))).send_code(CodeRef(code_id=code.id))
    return code.id


def trouble(world: World, visiting: visits.Visiting) -> Trouble | None:
    with world.reading() as session:
        person = visiting.visit.participant_id
        return one_time_codes.trouble(session, person, Factor.SMS_CODE, now())


def test_an_outage_is_said_to_the_person_and_once_a_day_to_the_sender(world: World) -> None:
    visiting = visit_of(begun(world))
    phone = Phone()
    for minutes_ago in (9, 5):
        code_id = ordered_during_an_outage(world, visiting, minutes_ago=minutes_ago)
        assert trouble(world, visiting) is Trouble.LATE
        for _ in range(2):
            activities(world, phone).give_up_code(CodeRef(code_id=code_id))
            assert trouble(world, visiting) is Trouble.OUTAGE
    assert not phone.messages  # nobody waits for it any more
    with world.reading() as session:
        told = session.query(Notice).filter_by(kind=NoticeKind.BOUNCED.value).one()
        envelope = session.get_one(Envelope, told.envelope_id)
        lost = pending(session, envelope, told, trial=True).lost
        errors = {row.last_error for row in session.query(Notice).filter_by(state="failed")}
    assert lost is not None
    assert lost.timed_out
    assert errors == {"4.4.7 http 401"}


def test_what_arrives_after_an_outage_ends_the_trouble(world: World) -> None:
    visiting = visit_of(begun(world))
    code_id = ordered_during_an_outage(world, visiting, minutes_ago=2)
    for step in (activities(world, Phone()).send_code, activities(world, Phone()).give_up_code):
        step(CodeRef(code_id=code_id))
        assert trouble(world, visiting) is None


def test_a_code_that_was_replaced_before_it_could_be_sent_troubles_nobody(world: World) -> None:
    visiting = visit_of(begun(world))
    old = ordered_during_an_outage(world, visiting, minutes_ago=5)
    assert order(world, visiting) is None
    assert activities(world, Phone()).send_code(CodeRef(code_id=old)) == NoticeOutcome()
    activities(world, Phone()).give_up_code(CodeRef(code_id=old))
    assert trouble(world, visiting) is None
    with world.reading() as session:
        assert not session.query(Notice).filter_by(kind=NoticeKind.BOUNCED.value).count()
        [row] = session.query(Notice).filter_by(kind=NoticeKind.SMS_CODE.value)
    assert (row.state, row.last_error) == ("failed", UNNEEDED)


def test_opening_and_act_ask_for_one_each_and_both_stand_in_the_evidence(world: World) -> None:
    journey = begun(world)
    visiting = visit_of(journey)
    with pytest.raises(Refusal, match="factor_missing"):
        post(world, journey, visiting)
    factors.open_with(world.database, visiting, sent_code(world, visiting))
    with pytest.raises(Refusal, match="factor_missing"):
        post(world, journey, visiting)
    act_id = post(world, journey, visiting, sent_code(world, visiting, Moment.SIGNING))
    assert journey.decide(act_id).accepted
    with world.reading() as session:
        evidence = session.get_one(Act, act_id).evidence
        noted = [row.data for row in session.query(LedgerEvent) if "number" in row.data]
    assert evidence["method"] == "link+sms_code"
    told = [(row["moment"], row["number"], row["tries"]) for row in evidence["factors"]]
    assert told == [("opening", "****5678", 2), ("signing", "****5678", 2)]
    assert all(row["at"] for row in evidence["factors"])
    assert [row["number"] for row in noted] == ["****5678"] * 2
    assert NUMBER not in str(evidence) + str(noted)


def test_evidence_that_names_another_number_than_the_rows_is_refused(world: World) -> None:
    journey = begun(world)
    visiting = visit_of(journey)
    factors.open_with(world.database, visiting, sent_code(world, visiting))
    act_id = post(world, journey, visiting, sent_code(world, visiting, Moment.SIGNING))
    world.disarm()
    with world.database.transaction() as session:
        act = session.get_one(Act, act_id)
        rows = [row | {"number": "****0000"} for row in act.evidence["factors"]]
        act.evidence = act.evidence | {"factors": rows}
    assert not journey.decide(act_id).accepted


@pytest.mark.parametrize("wrong", ["another envelope's", "another way", "used", "none"])
def test_a_code_that_is_not_this_visits_proves_nothing(world: World, wrong: str) -> None:
    journey = begun(world)
    visiting = visit_of(journey)
    proven = sent_code(world, visiting)
    if wrong == "another envelope's":
        beside = visit_of(begun(world))
        assert beside.holder.participant.mail == visiting.holder.participant.mail
        proven = sent_code(world, beside)
    elif wrong == "another way":
        one_time_codes.ask(world.database, visiting, Moment.OPENING, now())
        with world.reading() as session:
            by_mail = session.query(OneTimeCode).filter_by(factor="mail_code").one()
        proven = Proven(Factor.SMS_CODE, now(), 1, by_mail.id)
    elif wrong == "used":
        factors.open_with(world.database, visiting, proven)
    elif wrong == "none":
        proven = Proven(Factor.SMS_CODE, now(), 1)
    with pytest.raises(Refusal, match="factor_missing"):
        factors.open_with(world.database, visiting, proven)
    with world.reading() as session:
        assert session.query(FactorProof).count() == (wrong == "used")


def test_the_hour_brings_three_and_the_day_ten_in_all(world: World) -> None:
    visiting = visit_of(begun(world))
    start, sent, waits = now(), 0, []
    for minute in range(0, 24 * 60, 25):
        for moment in (Moment.OPENING, Moment.SIGNING):
            wait = order(world, visiting, moment, start + timedelta(minutes=minute))
            sent += wait is None
            waits.append(wait)
    assert sent == SMS_CODES_A_DAY
    assert max(wait or 0 for wait in waits) > 12 * 60 * 60
    fresh = visit_of(begun(world))
    three = [order(world, fresh, at=start + timedelta(minutes=n)) for n in range(4)]
    assert [wait is None for wait in three] == [True] * MAIL_CODES_AN_HOUR + [False]
    # mails are counted apart
    assert one_time_codes.ask(world.database, fresh, Moment.OPENING, now()) is None


def test_who_is_named_instead_is_asked_at_his_own_number(world: World) -> None:
    allowed = HandoverPolicy.ALLOWED
    journey = Journey.begin(world, person("a", phone=NUMBER, handover=allowed), person("b"))
    visiting = visit_of(journey)
    factors.open_with(world.database, visiting, sent_code(world, visiting))
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        read = shown.shown_sha256(shown.shown_documents(session, envelope))
    named = Successor("次郎", "jiro@example.jp", Language.JA, "+818011112222")
    posted = posting.PostedAct(
        ActKind.HAND_OVER, uuid4().hex, read, CALLER, reason="担当が違います", successor=named
    )
    act_id = posting.post_act(world.database, world.vault, visiting, posted, now())
    assert journey.decide(act_id).accepted
    with world.reading() as session:
        assert session.query(Participant).filter_by(name="次郎").one().phone == "+818011112222"
