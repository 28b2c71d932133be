"""One-time codes from order to mail: derived, hashed, sent once, never in clear in a row."""

from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import inspect, text

from activities.codes import CodeActivities, SmsWay
from domain.factors import Moment
from domain.kinds import NoticeKind
from domain.messages import CodeRef
from domain.ports.notices import MailRefused
from identity.checkwords import CheckWords
from identity.codes import CodeMinter, verify_digits
from notices.composer import TemplateComposer
from notices.sms import NoSms, TextComposer
from storage import one_time_codes, visits
from storage.desks.codes import StoredCodeDesk
from storage.tables import Notice, OneTimeCode
from tests.notices.builders import text_of
from tests.storage.world import Journey, World, now, person

MINTER = CodeMinter(b"k" * 32)


class Post:
    """A mail server that remembers, or refuses."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = refuses

    def deliver(self, message: EmailMessage, notice_id: UUID) -> None:
        if self.refuses:
            raise MailRefused("smtp 550")
        self.mails.append(message)


def ordered(world: World) -> tuple[Journey, UUID]:
    journey = Journey.begin(world, person("a", mail_code=True))
    visit_id = world.visit(journey.envelope_id, "a")
    with world.reading() as session:
        visiting = visits.find_visit(session, "c" * 64, visit_id, now())
    assert visiting is not None
    assert one_time_codes.ask(world.database, visiting, Moment.OPENING, now()) is None
    with world.reading() as session:
        return journey, session.query(OneTimeCode).one().id


def activities(world: World, post: Post) -> CodeActivities:
    composer = TemplateComposer(
        base_url="https://sign.example.jp",
        service_name="Musubi",
        mail_from="noreply@musubi.test",
        checks=CheckWords(b"c" * 32),
    )
    desk = StoredCodeDesk(world.database, world.notices)
    return CodeActivities(
        desk, world.notices, MINTER, composer, post, SmsWay(TextComposer(), NoSms())
    )


@pytest.fixture(autouse=True)
def _no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.boundary.activity.heartbeat", lambda: None)


def row(world: World, code_id: UUID) -> OneTimeCode:
    with world.reading() as session:
        return session.get_one(OneTimeCode, code_id)


def test_the_mail_brings_the_digits_and_the_row_only_their_hash(world: World) -> None:
    _journey, code_id = ordered(world)
    post = Post()
    assert activities(world, post).send_code(CodeRef(code_id=code_id)).sent == 1
    [mail] = post.mails
    digits = MINTER.issue(code_id).code
    assert f"確認コード：{digits[:4]} {digits[4:]}" in text_of(mail)
    assert "a@example.jp" in str(mail["To"])
    stored = row(world, code_id).code_hash
    assert stored is not None
    assert stored.startswith("$argon2id$")
    assert verify_digits(stored, digits)
    with world.reading() as session:
        for table in inspect(world.database.engine).get_table_names():
            for values in session.execute(text(f"SELECT * FROM {table}")):  # noqa: S608
                assert digits not in str(values), table


def test_a_repeat_sends_nothing_more_and_the_same_digits_before(world: World) -> None:
    _journey, code_id = ordered(world)
    post = Post()
    for _ in range(2):
        activities(world, post).send_code(CodeRef(code_id=code_id))
    assert len(post.mails) == 1
    assert MINTER.issue(code_id).code == MINTER.issue(code_id).code
    assert MINTER.issue(code_id).code != MINTER.issue(UUID(int=1)).code


@pytest.mark.parametrize("change", ["replaced", "too old", "unknown"])
def test_a_code_that_nobody_waits_for_is_not_sent(world: World, change: str) -> None:
    _journey, code_id = ordered(world)
    if change == "replaced":
        world.set(OneTimeCode, code_id, ended_at=now(), ended_why="replaced")
    if change == "too old":
        world.set(OneTimeCode, code_id, requested_at=now() - timedelta(minutes=11))
    post = Post()
    wanted = UUID(int=1) if change == "unknown" else code_id
    assert activities(world, post).send_code(CodeRef(code_id=wanted)).sent == 0
    assert not post.mails
    with world.reading() as session:
        assert not session.query(Notice).filter_by(kind=NoticeKind.CODE.value).count()


def test_a_refused_mail_is_told_to_the_sender(world: World) -> None:
    _journey, code_id = ordered(world)
    outcome = activities(world, Post(refuses=True)).send_code(CodeRef(code_id=code_id))
    assert outcome.failed == 1
    with world.reading() as session:
        kinds = [notice.kind for notice in session.query(Notice)]
    assert NoticeKind.BOUNCED.value in kinds


def test_a_key_that_is_too_short_makes_no_codes() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        CodeMinter(b"short")
