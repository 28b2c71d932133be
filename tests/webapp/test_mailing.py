"""What the envelope's page says of each person's mail: accepted, lost, opened are three words."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.kinds import LinkPurpose
from storage.tables import Hindrance, Link, Notice, Participant, Visit
from tests.webapp.pages import check_page
from tests.webapp.stack import Office, form

BEGIN = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
ACCEPTED, SLOW, LOST, OPENED = "送信済（受信サーバ受理）", "配送遅延", "不達", "開封"


class Mails:
    """An envelope that is under way, and its first person's mails."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.path = office.sent(office.browser("clerk"))
        office.change(self.path, state="running")
        self.envelope_id = UUID(self.path.rpartition("/")[2])
        with office.database.reading() as session:
            person = session.query(Participant).order_by(Participant.position).first()
            assert person is not None
            self.person_id = person.id

    def add(self, hour: int, kind: str = "request", **facts: Any) -> None:
        words: dict[str, Any] = {"state": "sent", "sent_at": at(hour)} | facts
        with self.office.database.transaction() as session:
            session.add(
                Notice(
                    once=uuid4().hex, envelope_id=self.envelope_id, kind=kind, occasion="x",
                    participant_id=self.person_id, language="ja", message_id=f"<{uuid4().hex}@x>",
                    queued_at=at(hour), **words,
                )
            )  # fmt: skip

    def open(self, hour: int) -> None:
        with self.office.database.transaction() as session:
            link = session.query(Link).filter_by(participant_id=self.person_id).first()
            if link is None:
                link = Link(
                    participant_id=self.person_id,
                    purpose=LinkPurpose.ACT.value,
                    issued_at=at(0),
                )
                session.add(link)
                session.flush()
            session.add(
                Visit(
                    cookie_sha256=uuid4().hex * 2, link_id=link.id, generation=1,
                    participant_id=self.person_id, opened_at=at(hour), last_seen_at=at(hour),
                )
            )  # fmt: skip

    def shown(self) -> list[str]:
        page = check_page(self.office.browser("clerk").get(self.path))
        return [" ".join(row.get_text(" ").split()) for row in page.select(".mail-line")]


def at(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)


@pytest.fixture
def mails(office: Office) -> Mails:
    return Mails(office)


def line(word: str, hour: int) -> str:
    return f"{word} 2026年11月23日 {9 + hour}:00 JST"


def test_nothing_is_said_of_people_who_were_not_mailed(mails: Mails) -> None:
    assert mails.shown() == []


def test_accepted_delayed_lost_and_opened_are_said_apart_with_their_times(mails: Mails) -> None:
    mails.add(0)
    assert mails.shown() == [line(ACCEPTED, 0)]
    mails.open(2)
    assert mails.shown() == [line(ACCEPTED, 0), line(OPENED, 2)]


def test_a_delay_gives_way_to_a_loss(mails: Mails) -> None:
    mails.add(0, delayed_at=at(1))
    assert mails.shown() == [line(ACCEPTED, 0), line(SLOW, 1)]
    mails.add(2, delayed_at=at(3), bounced_at=at(4), state="bounced")
    assert mails.shown() == [line(ACCEPTED, 2), line(LOST, 4)]


def test_a_mail_that_was_refused_at_once_was_never_sent(mails: Mails) -> None:
    mails.add(0, state="failed", sent_at=None, bounced_at=at(0))
    assert mails.shown() == [line(LOST, 0)]


def test_a_further_mail_to_a_dead_address_does_not_hide_the_loss(mails: Mails) -> None:
    mails.add(0, bounced_at=at(1), state="bounced")
    mails.add(5, kind="reminder")
    assert mails.shown() == [line(LOST, 1), line(ACCEPTED, 5), line("リマインド1回、最新は", 5)]
    mails.add(6, kind="reminder")
    assert mails.shown()[1:] == [line(ACCEPTED, 6), line("リマインド2回、最新は", 6)]


def test_what_a_person_is_asked_for_besides_the_link_stands_beside_his_name(mails: Mails) -> None:
    with mails.office.database.transaction() as session:
        person = session.get_one(Participant, mails.person_id)
        person.mail_code, person.passkey = True, True
    text = check_page(mails.office.browser("clerk").get(mails.path)).get_text()
    assert "本人確認：確認コード（メール）、パスキー" in text


def test_the_completion_mail_is_opened_by_its_own_visit(mails: Mails) -> None:
    mails.add(0)
    mails.open(1)
    mails.add(3, kind="completed")
    assert mails.shown() == [line(ACCEPTED, 3)]
    mails.open(4)
    assert mails.shown() == [line(ACCEPTED, 3), line(OPENED, 4)]


def test_lost_mail_is_explained_to_the_sender_instead_of_an_operator(mails: Mails) -> None:
    with mails.office.database.transaction() as session:
        common = {"envelope_id": mails.envelope_id, "since": at(0)}
        session.add(Hindrance(kind="operator", reason="mail_bounced", **common))
    text = check_page(mails.office.browser("clerk").get(mails.path)).get_text()
    assert "依頼のメールが届いていない人がいます" in text
    assert "運用者にはすでに表示されています" not in text


def test_a_lost_completion_mail_is_found_in_the_list_said_on_the_page_and_sent_again(
    mails: Mails,
) -> None:
    office = mails.office
    office.change(mails.path, state="done", ended_at=at(0))
    mails.add(1, "completed", state="bounced", bounced_at=at(2))
    with office.database.transaction() as session:
        session.add(
            Hindrance(
                envelope_id=mails.envelope_id, kind="operator", reason="mail_bounced", since=at(2)
            )
        )
    clerk = office.browser("clerk")
    assert mails.path in clerk.get("/envelopes?state=lost").text
    page = check_page(clerk.get(mails.path))
    said = page.select_one(".banner.warning")
    assert said is not None
    assert "完了のお知らせが届いていない人がいます" in said.get_text()
    assert "依頼のメールが届いていない" not in page.get_text()
    lost = said.select_one("input[name=lost]")
    assert lost is not None
    data = form(lost=str(lost["value"]))
    for _ in range(2):
        answer = clerk.post(f"{mails.path}/completion", data=data, follow_redirects=True)
        assert "完了のお知らせを送り直します" in answer.text
    with office.database.reading() as session:
        [again] = session.query(Notice).filter_by(kind="download")
        assert again.participant_id == mails.person_id
    assert "届いていない人がいます" not in clerk.get(mails.path).text
    answer = clerk.post(f"{mails.path}/completion", data=form(), follow_redirects=True)
    assert "もう送り直す必要がありません" in answer.text


def test_documents_that_were_handed_over_otherwise_end_the_waiting(mails: Mails) -> None:
    office = mails.office
    office.change(mails.path, state="done", ended_at=at(0))
    mails.add(1, "completed", state="bounced", bounced_at=at(2))
    clerk = office.browser("clerk")
    lost = check_page(clerk.get(mails.path)).select_one("input[name=lost]")
    assert lost is not None
    data = form(lost=str(lost["value"]), otherwise="1")
    answer = clerk.post(f"{mails.path}/completion", data=data, follow_redirects=True)
    assert "別の方法で渡したことを記録しました" in answer.text
    assert "届いていない人がいます" not in answer.text
    assert "完了のお知らせとは別の方法で文書を渡した" in answer.text
