"""What an SMS says, and the provider that only pretends."""

from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest

from domain.kinds import Language, NoticeKind
from domain.ports.notices import MailDelayed, MailRefused
from domain.ports.sms import SmsDelayed, SmsMessage, SmsRefused
from notices.sms import CatcherSms, NoSms, TextComposer
from tests.notices.builders import notice, text_of
from tests.notices.cases import mail_of


def text(language: Language = Language.JA, organisation: str = "富田林市") -> str:
    asked = notice(NoticeKind.SMS_CODE, language, organisation=organisation)
    return TextComposer().compose(asked, "12345678")


def test_it_names_organisation_envelope_and_code_and_warns() -> None:
    assert text() == (
        "【富田林市】封筒5050000111の確認コード：1234 5678（10分間有効）。"
        "誰にも教えないでください。"
    )
    assert len(text()) <= 70  # one SMS in the alphabet that Japanese needs
    english = text(Language.EN, "Tondabayashi City")
    assert english.startswith("[Tondabayashi City] Code for envelope 5050000111: 1234 5678")
    assert "Never tell it" in english


@pytest.mark.parametrize(
    "name",
    [
        "https://evil.example/login",
        "evil.example",
        "市役所 http://evil.example",
        "a@evil.example",
        "tel:0990",
        "ev\u200bil.exam\u00adple",
        "市\r\n【別の市】確認コード：9999 9999",
        "\u202e市",
        "市\u2028次",
        "長" * 500,
        "%(code)s {code} $text",
        "\ud800",
    ],
)
def test_a_hostile_name_makes_no_link_no_line_and_no_mark(name: str) -> None:
    said = text(organisation=name)
    assert not {"\r", "\n", "\u202e", "\u2028", "\u200b", "\u00ad"} & set(said)
    assert "//" not in said
    assert "@" not in said
    assert ".example" not in said
    assert "tel:" not in said
    assert "確認コード：1234 5678" in said
    assert len(said) < 120


class Post:
    def __init__(self, problem: Exception | None = None) -> None:
        self.mails: list[tuple[EmailMessage, UUID]] = []
        self.problem = problem

    def deliver(self, message: EmailMessage, notice_id: UUID) -> None:
        if self.problem is not None:
            raise self.problem
        self.mails.append((message, notice_id))


def test_the_test_provider_mails_to_an_address_of_nobody_and_says_so() -> None:
    post, key = Post(), uuid4()
    CatcherSms(post, "noreply@musubi.test").send(SmsMessage(str(key), "+819012345678", text()))
    [(mail, notice_id)] = post.mails
    assert notice_id == key
    assert str(mail["To"]) == "819012345678@sms.musubi.test"
    assert "試験用" in str(mail["Subject"])
    assert mail.get_content().strip() == text()
    assert not text_of(mail).count("http")


def test_the_test_providers_failures_are_those_of_its_mail_server() -> None:
    message = SmsMessage(str(uuid4()), "+819012345678", "x")
    with pytest.raises(SmsRefused):
        CatcherSms(Post(MailRefused("550")), "a@b.test").send(message)
    with pytest.raises(SmsDelayed):
        CatcherSms(Post(MailDelayed("451")), "a@b.test").send(message)


def test_without_a_provider_it_waits() -> None:
    with pytest.raises(SmsDelayed, match="no SMS provider"):
        NoSms().send(SmsMessage("id", "+819012345678", "x"))


def test_the_sender_is_told_of_a_refused_number_by_its_end() -> None:
    told = text_of(mail_of("bounced-sms", Language.JA))
    assert "確認コード（SMS）が届きませんでした" in told
    assert "末尾 5678" in told
    assert "宛先を訂正する" in told
    assert "メールアドレスに誤り" not in told
