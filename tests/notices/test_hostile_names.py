"""Two hundred hostile names through every field that people type: none leaves its place."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from itertools import cycle, islice

import pytest
from bs4 import BeautifulSoup

from domain.kinds import MAIL_KINDS, Language, NoticeKind
from domain.ports.notices import LostMail
from notices.safety import header_text
from tests.hostile import NAMES
from tests.notices.builders import TOKEN, composer, html_of, notice, text_of

FIELDS = ("to_name", "to_company", "organisation", "contact", "title", "actor_name")
MAILS = list(islice(cycle([(k, lang) for k in MAIL_KINDS for lang in Language]), len(NAMES)))


def composed(name: str, kind: NoticeKind, language: Language) -> tuple[bytes, EmailMessage]:
    fields = dict.fromkeys(FIELDS, name)
    lost = LostMail(NoticeKind.REQUEST, name, name, name)
    everywhere = notice(
        kind,
        language,
        **fields,
        documents=(name, name),
        message=name,
        reason=name,
        reply_to=name,
        lost=lost if kind is NoticeKind.BOUNCED else None,
    )
    wire = composer().compose(everywhere, TOKEN).as_bytes()
    return wire, message_from_bytes(wire, policy=default)


@pytest.mark.parametrize(
    ("name", "mail"), list(zip(NAMES, MAILS, strict=True)), ids=range(len(NAMES))
)
def test_a_hostile_name_stays_where_names_stand(
    name: str, mail: tuple[NoticeKind, Language]
) -> None:
    wire, received = composed(name, *mail)
    plain = composer().compose(notice(*mail), TOKEN)
    head, _, body = wire.partition(b"\r\n\r\n")
    # The wire: ASCII, whole lines, none too long (RFC 5322, 2.1.1); the head is folded.
    assert wire.isascii()
    assert wire.count(b"\n") == wire.count(b"\r") == wire.count(b"\r\n")
    assert max(len(line) for line in body.split(b"\r\n")) <= 78
    assert max(len(line) for line in head.split(b"\r\n")) <= 78
    assert b"\r\n.\r\n" not in wire
    # The headers: those of a harmless mail, each once; one recipient, one sender.
    assert set(received.keys()) <= set(plain.keys())
    assert len(received.keys()) == len(set(received.keys()))
    assert [address.addr_spec for address in received["To"].addresses] == ["yamada@vendor.example"]
    assert [address.addr_spec for address in received["From"].addresses] == ["noreply@musubi.test"]
    assert received.defects == []
    # The parts: two, readable, without markup that was not there before.
    assert [part.get_content_type() for part in received.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
    assert set("\x00\x1b\u202e\u2066\u2028") & set(text_of(received) + html_of(received)) == set()
    assert _elements(received) <= _elements(plain) | {"br", "ol", "li", "span"}
    assert _targets(received) <= _targets(plain)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_and_a_title_arrive_as_they_were_made_safe(name: str) -> None:
    mail = composer().compose(notice(NoticeKind.WITHDRAWN, to_name=name, title=name), None)
    # Read by the older decoder: the newer one puts spaces between the words of long names.
    received = message_from_bytes(mail.as_bytes())
    safe = header_text(name)
    assert decoded(received["To"].rpartition("<")[0]) == safe
    assert decoded(received["Subject"]) == f"{safe}の依頼は取り下げられました"


def decoded(raw: str) -> str:
    """RFC 2047, as a reader's program shows it."""
    return str(make_header(decode_header(raw.strip())))


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_mistyped_contact_address_keeps_no_mail_from_going_out(name: str) -> None:
    mail = composer().compose(notice(NoticeKind.EXPIRED, reply_to=name), None)
    received = message_from_bytes(mail.as_bytes(), policy=default)
    if "Reply-To" in received:
        assert len(received["Reply-To"].addresses) == 1
    assert [address.addr_spec for address in received["To"].addresses] == ["yamada@vendor.example"]


def test_answers_go_to_the_organisation_if_it_has_an_address() -> None:
    mail = composer().compose(notice(NoticeKind.REQUEST), TOKEN)
    assert mail["Reply-To"].addresses[0].addr_spec == "keiyaku@city.example"
    assert "返信は問い合わせ先に届きます" in text_of(mail)
    silent = composer().compose(notice(NoticeKind.REQUEST, reply_to=""), TOKEN)
    assert silent["Reply-To"] is None
    assert "返信はお受けできません" in text_of(silent)


def _elements(mail: EmailMessage) -> set[str]:
    return {tag.name for tag in BeautifulSoup(html_of(mail), "html5lib").find_all()}


def _targets(mail: EmailMessage) -> set[str]:
    page = BeautifulSoup(html_of(mail), "html5lib")
    return {str(tag[name]) for tag in page.find_all() for name in ("href", "src") if tag.get(name)}
