"""What a mail says, to whom, in which language, and what hostile names cannot do to it."""

from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from html.parser import HTMLParser
from uuid import UUID

import pytest
from babel.messages.extract import extract_from_dir
from bs4 import BeautifulSoup
from jinja2 import PackageLoader

from domain.kinds import MAIL_KINDS, Language, LinkPurpose, NoticeKind, ParticipantKind
from domain.ports.notices import MailRefused
from domain.refusals import WORDS, RefusalCode
from domain.terms import Milestone
from runtime.i18n import LOCALE_DIR, read_catalogue
from tests.notices.builders import TERM, TOKEN, composer, html_of, notice, text_of

EVERY = [(kind, language) for kind in MAIL_KINDS for language in Language]
TITLE = "市道舗装補修工事請負契約"
LINKED = {
    NoticeKind.REQUEST,
    NoticeKind.REMINDER,
    NoticeKind.RESUMED,
    NoticeKind.RETURNED,
    NoticeKind.CORRECTED,
    NoticeKind.ANSWERED,
    NoticeKind.COMPLETED,
    NoticeKind.DOWNLOAD,
    NoticeKind.INVITATION,
    NoticeKind.PASSWORD_RESET,
}
HOSTILE = {
    "line breaks": "山田\r\nBcc: thief@evil.example\r\n\r\n<script>x</script>",
    "ten kilobytes": "あ" * 10_000,
    "right-to-left override": "\u202egpj.exe\u202c 契約",
    "emoji": "👩‍⚖️ 契約 🖋️",
    "lone surrogate": "契約\ud800書",
    "quotes and commas": '"山田", <x@evil.example>; 太郎',
    "line separators": "契約\u2028Bcc: x@evil.example\u0085書\x0b\x0c\x00",
    "percent and braces": "100% %(title)s {0} {{ 7*7 }} %s",
    "empty": "",
}


def received(mail: EmailMessage) -> EmailMessage:
    """The mail as the reader's program parses it from the wire."""
    return message_from_bytes(mail.as_bytes(), policy=default)


OF_NONE = {
    NoticeKind.MAILBOX,
    NoticeKind.INVITATION,
    NoticeKind.FACTOR_RESET,
    NoticeKind.PASSWORD_RESET,
    NoticeKind.PASSWORD_UNUSED,
    NoticeKind.PASSWORD_CHANGED,
    NoticeKind.MEMBER_PASSKEY_ADDED,
    NoticeKind.MEMBER_PASSKEY_REMOVED,
    NoticeKind.TERMS_ENDING,
    NoticeKind.IMPORT_DUE,
}
OVER = {NoticeKind.TERM_ENDING}
"""Of an envelope whose deadline is long past: another day matters."""
ABOUT = [(kind, language) for kind, language in EVERY if kind not in OF_NONE]
"""Mails about one envelope."""


@pytest.mark.parametrize(("kind", "language"), ABOUT)
def test_every_mail_names_organisation_envelope_contact_and_deadline_in_both_parts(
    kind: NoticeKind, language: Language
) -> None:
    mail = received(composer().compose(notice(kind, language), TOKEN))
    deadline = "2026年12月23日 23:59 JST" if language is Language.JA else "23 Dec 2026, 23:59 JST"
    for part in (text_of(mail), html_of(mail)):
        for fact in ("富田林市", "5050000111 市道舗装補修工事請負契約", "0721-25-1000"):
            assert fact in part
        assert (deadline in part) is (kind not in OVER)


@pytest.mark.parametrize("language", Language)
def test_the_mail_with_a_mailbox_s_code_names_nobody_and_no_envelope(language: Language) -> None:
    known = replace(notice(NoticeKind.REQUEST, language), kind=NoticeKind.MAILBOX)
    for words in (notice(NoticeKind.MAILBOX, language), known):
        mail = received(composer().compose(words, TOKEN, "123456"))
        for part in (text_of(mail), html_of(mail)):
            assert "123 456" in part
            assert "市道舗装補修工事請負契約" not in part
            assert TOKEN not in part
            assert "None" not in part


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_links_go_only_into_mails_that_ask_or_hand_over(
    kind: NoticeKind, language: Language
) -> None:
    mail = composer().compose(notice(kind, language, link_purpose=None), TOKEN)
    assert TOKEN not in text_of(mail) + html_of(mail)
    mail = composer().compose(notice(kind, language), TOKEN)
    assert (TOKEN in text_of(mail)) == (TOKEN in html_of(mail)) == (kind in LINKED)


def test_a_download_mail_never_carries_the_link_of_an_act() -> None:
    wrong = notice(NoticeKind.COMPLETED, link_purpose=LinkPurpose.ACT)
    assert TOKEN not in text_of(composer().compose(wrong, TOKEN))


@pytest.mark.parametrize(
    ("kind", "label", "path"),
    [
        (NoticeKind.REQUEST, "文書を確認する", "l"),
        (NoticeKind.REMINDER, "文書を確認する", "l"),
        (NoticeKind.COMPLETED, "ダウンロード", "d"),
    ],
)
def test_the_button_has_its_fixed_label_and_leads_to_the_link(
    kind: NoticeKind, label: str, path: str
) -> None:
    page = BeautifulSoup(html_of(composer().compose(notice(kind), TOKEN)), "html5lib")
    button = page.find("a", class_="button")
    assert button is not None
    assert button.get_text(strip=True) == label
    assert button["href"] == f"http://localhost:8080/{path}/{TOKEN}"


@pytest.mark.parametrize(
    ("kind", "language", "person", "subject"),
    [
        ("request", "ja", "signer", f"富田林市様より{TITLE}への署名依頼が届いています"),
        ("request", "ja", "approver", f"富田林市様より{TITLE}の承認依頼が届いています"),
        ("request", "ja", "reviewer", f"富田林市様より{TITLE}の確認依頼が届いています"),
        ("reminder", "ja", "signer", f"[再送] 富田林市様より{TITLE}への署名依頼が届いています"),
        ("completed", "ja", "signer", "電子署名完了のお知らせ"),
        ("request", "en", "signer", f"富田林市 asks you to sign “{TITLE}”"),
        ("reminder", "en", "approver", f"[Reminder] 富田林市 asks you to approve “{TITLE}”"),
        ("completed", "en", "signer", "Electronic signing completed"),
    ],
)  # fmt: skip
def test_subjects_are_exact(kind: str, language: str, person: str, subject: str) -> None:
    wanted = notice(NoticeKind(kind), Language(language), participant_kind=ParticipantKind(person))
    assert received(composer().compose(wanted, TOKEN))["Subject"] == subject


def test_the_completion_mail_says_how_long_the_download_works() -> None:
    text = text_of(composer().compose(notice(NoticeKind.COMPLETED), TOKEN))
    order = [
        "株式会社やまだ建設\n山田 太郎 様",
        "すべての手続きが完了しました。",
        "封筒：5050000111 市道舗装補修工事請負契約",
        "文書：\n・工事請負契約書\n・設計図書一式",
        "ダウンロード有効期間：14日間\n（2026年12月7日 23:59 JSTまで）",
    ]
    places = [text.index(piece) for piece in order]
    assert places == sorted(places)


def test_the_request_says_what_to_do_when_unsure_and_carries_the_message() -> None:
    text = text_of(composer().compose(notice(NoticeKind.REQUEST), TOKEN))
    assert "心当たりがないとき" in text
    assert "  いつもお世話になっております。\n  契約書をお送りします。" in text
    assert "いつもお世話に" not in text_of(composer().compose(notice(NoticeKind.EXPIRED), None))


def test_the_sender_is_shown_the_way_to_the_envelope_instead_of_a_link() -> None:
    mail = composer().compose(notice(NoticeKind.COMPLETED, to_sender=True), None)
    assert f"http://localhost:8080/envelopes/{UUID(int=5)}" in text_of(mail)
    assert f"http://localhost:8080/envelopes/{UUID(int=5)}" in html_of(mail)


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_trial_service_says_so_and_a_real_one_does_not(
    kind: NoticeKind, language: Language
) -> None:
    note = "【試験用】" if language is Language.JA else "[FOR TESTING]"
    for trial in (True, False):
        mail = composer().compose(notice(kind, language, trial=trial), TOKEN)
        assert (note in text_of(mail)) == (note in html_of(mail)) == trial


@pytest.mark.parametrize("code", list(RefusalCode))
def test_a_refused_act_is_explained_in_words(code: RefusalCode) -> None:
    for language in Language:
        mail = composer().compose(notice(NoticeKind.ACT_REFUSED, language, refusal=code), None)
        words = WORDS[code].in_language(language)
        assert "".join(words.split()) in "".join(text_of(mail).split())  # lines may be broken


def test_who_declined_and_why_is_told() -> None:
    text = text_of(composer().compose(notice(NoticeKind.DECLINED), None))
    assert "佐藤 花子様が辞退した" in text
    assert "金額に誤りがあります。" in text


def test_headers_name_the_mail_for_good_and_as_a_machines() -> None:
    mail = received(composer().compose(notice(NoticeKind.REQUEST), TOKEN))
    assert mail["Message-ID"] == "<0000-7@musubi.test>"
    assert mail["Date"] == "Mon, 23 Nov 2026 09:15:00 +0900"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "ja"
    assert mail["From"] == "Musubi <noreply@musubi.test>"
    assert mail["To"].addresses[0].display_name == "山田 太郎"
    assert mail["To"].addresses[0].addr_spec == "yamada@vendor.example"
    assert mail["List-Unsubscribe"] is None


def test_the_same_notice_makes_the_same_mail_again_but_for_the_boundary() -> None:
    one, two = (composer().compose(notice(NoticeKind.REMINDER), TOKEN) for _ in range(2))
    changing = {"Content-Type"}
    assert [item for item in one.items() if item[0] not in changing] == [
        item for item in two.items() if item[0] not in changing
    ]
    assert (text_of(one), html_of(one)) == (text_of(two), html_of(two))


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("kind", MAIL_KINDS)
def test_hostile_names_add_no_header_no_recipient_and_no_markup(
    hostile: str, kind: NoticeKind
) -> None:
    # Every name meets every mail, and every mail is tried in both languages.
    language = list(Language)[len(hostile + kind) % len(Language)]
    everywhere = notice(
        kind, language, to_name=hostile, to_company=hostile, organisation=hostile,
        title=hostile, contact=hostile, documents=(hostile,), actor_name=hostile,
        message=hostile, reason=hostile,
    )  # fmt: skip
    wire = composer().compose(everywhere, TOKEN).as_bytes()
    head = wire.split(b"\r\n\r\n")[0]
    assert all(len(line) <= 998 for line in wire.split(b"\r\n"))  # RFC 5322, 2.1.1
    mail = message_from_bytes(wire, policy=default)
    plain = composer().compose(notice(kind, language), TOKEN)
    assert sorted(mail.keys()) == sorted(plain.keys())
    assert [address.addr_spec for address in mail["To"].addresses] == ["yamada@vendor.example"]
    assert head.count(b"evil") <= mail["To"].count("evil") + mail["Subject"].count("evil") + 1
    assert not set("\u202e\u202c\u2028\x00\r\n") & set(mail["Subject"] + mail["To"])
    assert "\u202e" not in text_of(mail) + html_of(mail)
    assert _tags(html_of(mail)) <= _tags(html_of(plain)) | {"br"}


@pytest.mark.parametrize(
    "mail",
    [
        "",
        "nobody",
        "a@b\r\nBcc: c@d.example",
        "a@b.example, c@d",
        "@",
        "=?utf-8?b?DQpCY2M6IHg=?=@b.c",
    ],
)
def test_an_address_that_cannot_exist_is_refused(mail: str) -> None:
    with pytest.raises(MailRefused):
        composer().compose(notice(NoticeKind.REQUEST, to_mail=mail), TOKEN)


def test_every_sentence_of_the_mails_has_english_words() -> None:
    english = read_catalogue(Language.EN)
    room = LOCALE_DIR.parent.parent / "notices"
    found = {
        message
        for _, _, message, _, _ in extract_from_dir(
            room,
            [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")],
            keywords={"_": None},
        )
        if isinstance(message, str)
    }
    assert len(found) > 40
    assert {message for message in found if not (english.get(message) or _Nothing).string} == set()


def test_the_wire_form_is_pure_ascii_with_crlf() -> None:
    wire = composer().compose(notice(NoticeKind.REQUEST), TOKEN).as_bytes(policy=SMTP)
    assert wire.isascii()
    assert wire.count(b"\n") == wire.count(b"\r\n")


class _Nothing:
    string = ""


def _tags(html: str) -> set[str]:
    found: set[str] = set()

    class Collector(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.add(tag)

    Collector().feed(html)
    return found


def test_a_running_process_reads_no_template_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = composer()

    def gone(*_: object) -> None:
        raise AssertionError("a template was read after the start")

    monkeypatch.setattr(PackageLoader, "get_source", gone)
    for kind in MAIL_KINDS:
        assert ready.compose(notice(kind), TOKEN)["Subject"]


def test_a_warning_says_which_day_comes_and_how_far_away_it_is() -> None:
    for zone, left in (("Asia/Tokyo", "あと30日"), ("America/New_York", "あと31日")):
        text = text_of(composer().compose(notice(NoticeKind.TERM_ENDING, zone=zone), None))
        assert f"解約通知の期限が近づいています：2026年12月23日（{left}）" in text
    ends = replace(TERM, milestone=Milestone.END, day=date(2026, 11, 23), renews=False)
    mail = composer().compose(notice(NoticeKind.TERM_ENDING, Language.EN, term=ends), None)
    assert "The term is about to end: 23 Nov 2026 (Today)" in text_of(mail)
    assert "does not renew by itself" in text_of(mail).replace("\n", " ")
    renews = replace(TERM, milestone=Milestone.RENEWAL, day=TERM.ends_on)
    mail = composer().compose(notice(NoticeKind.TERM_ENDING, term=renews), None)
    assert "自動更新の日" in str(mail["Subject"])
    for part in (text_of(mail), html_of(mail)):
        assert "自動更新の日が近づいています：2027年3月31日" in part
        assert "解約通知の期限は過ぎています" in part


def test_the_mail_about_many_leads_to_the_list_and_names_no_single_contract() -> None:
    mail = composer().compose(notice(NoticeKind.TERMS_ENDING), None)
    for part in (text_of(mail), html_of(mail)):
        assert "ほかに12件あります" in part
        assert "http://localhost:8080/deals/terms?within=30" in part
        assert "5050000111" not in part.partition("----")[0].partition("封筒番号：")[0]
