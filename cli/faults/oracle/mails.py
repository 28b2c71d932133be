"""I8: everybody who was asked got a mail; nobody got two ends, or one mail in two wordings."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.faults.oracle.scene import Breach, Scene
from cli.home import Home
from domain.kinds import EnvelopeState, NoticeKind, NoticeState
from notices.sms import TEST_DOMAIN
from storage.tables import Envelope, Notice, Participant, Slot, SlotCandidate

_TOLD = frozenset({NoticeState.SENT.value, NoticeState.BOUNCED.value})


def check(scene: Scene, session: Session) -> Iterator[Breach]:
    """Rows against what lies in the mail catcher."""
    copies = arrived(scene.home)
    for envelope in scene.envelopes(session):
        notices = session.scalars(select(Notice).where(Notice.envelope_id == envelope.id)).all()
        for notice in notices:
            for words in _copies(notice, copies.get(_name_of(notice), [])):
                yield Breach("I8", words, envelope.number)
        for words in (*_unasked(session, envelope, notices), *_untold(session, envelope, notices)):
            yield Breach("I8", words, envelope.number)


def arrived(home: Home) -> dict[str, list[EmailMessage]]:
    """Every mail that the catcher keeps, by Message-ID: a repeat is the same mail."""
    found: dict[str, list[EmailMessage]] = defaultdict(list)
    for path in home.mails.rglob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        assert isinstance(mail, EmailMessage)
        found[str(mail["Message-ID"]).strip()].append(mail)
    return found


def _name_of(notice: Notice) -> str:
    """Its Message-ID in the catcher; of an SMS, the one under which the test provider shows it."""
    if notice.kind == NoticeKind.SMS_CODE:
        return f"<{notice.id}@{TEST_DOMAIN}>"
    return notice.message_id


def _copies(notice: Notice, copies: list[EmailMessage]) -> Iterator[str]:
    if notice.state in _TOLD and not copies:
        yield f"mail {notice.id} ({notice.kind}) counts as sent and never arrived"
    if len({_content(mail) for mail in copies}) > 1:
        yield f"mail {notice.id} ({notice.kind}) arrived in two wordings"
    if len({str(mail["To"]) for mail in copies}) > 1:
        yield f"mail {notice.id} ({notice.kind}) went to two addresses"


def _content(mail: EmailMessage) -> str:
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([str(mail["Subject"]), *parts])


def _unasked(session: Session, envelope: Envelope, notices: Sequence[Notice]) -> list[str]:
    asked = session.scalars(
        select(SlotCandidate.participant_id)
        .join(Slot, Slot.id == SlotCandidate.slot_id)
        .where(Slot.envelope_id == envelope.id, Slot.asked_at.is_not(None))
    ).all()
    asking = {NoticeKind.REQUEST.value, NoticeKind.CORRECTED.value}
    requested = {row.participant_id for row in notices if row.kind in asking}
    return [f"participant {who} was asked and has no request" for who in {*asked} - requested]


def _untold(session: Session, envelope: Envelope, notices: Sequence[Notice]) -> list[str]:
    ends: dict[str, list[Notice]] = defaultdict(list)
    for row in notices:
        if row.kind == NoticeKind.COMPLETED:
            ends[str(row.participant_id or row.member_id)].append(row)
    words = [f"{who} was told {len(rows)} times of the end" for who, rows in ends.items()
             if len(rows) > 1]  # fmt: skip
    if envelope.state == EnvelopeState.DONE:
        people = session.execute(
            select(Participant.id, Participant.mail).where(
                Participant.envelope_id == envelope.id, Participant.left_at.is_(None)
            )
        ).all()
        told = {mail.lower() for who, mail in people if str(who) in ends}  # who is two hears once
        words += [f"participant {who} was not told of the end" for who, mail in people
                  if mail.lower() not in told]  # fmt: skip
    return words
