"""An organisation's own words in mails: what may be written, and what is put in."""

import pytest

from domain.forms import FormProblems
from domain.kinds import Language, NoticeKind
from domain.mail_texts import (
    MAX_TEXT_CHARACTERS,
    OWN_SUBJECTS,
    TEXT_KINDS,
    MailSender,
    MailText,
    MailVariable,
    MailWords,
    check_sender,
    check_text,
    filled,
)

VALUES = {MailVariable.TITLE: "工事請負契約 {{組織名}}", MailVariable.ORGANISATION: "結市"}


def refused(kind: NoticeKind = NoticeKind.WITHDRAWN, **parts: str) -> dict[str, str]:
    with pytest.raises(FormProblems) as found:
        check_text(kind, MailText(ja=MailWords(**parts)))
    return {name: words.ja for name, words in found.value.problems.items()}


def test_variables_are_put_in_once_in_either_language_and_width() -> None:
    text = "{{封筒名}}／｛｛ 組織名 ｝｝/{{Organisation}}/{{その他}}/{{会社名}}"
    assert filled(text, VALUES) == "工事請負契約 {{組織名}}／結市/結市/{{その他}}/"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{{宛名さん}}", "{{宛名さん}} は使えません"),
        ("{{ダウンロード期限}}までに", "このメールでは使えません"),
        ("{{封筒名}", "組が合っていません"),
        ("封筒名}}", "組が合っていません"),
        ("<b>重要</b>", "HTML"),
        ("</div", "HTML"),
        ("<!-- x", "HTML"),
        ("{% for x in y %}", "プログラムの記号"),
        ("{# x #}", "プログラムの記号"),
        ("${x}", "プログラムの記号"),
        ("\u202e逆さ", "U+202E"),
        ("\x00", "U+0000"),
        ("\u2028x", "U+2028"),
    ],
)
def test_what_cannot_be_written_is_said_with_its_line(line: str, said: str) -> None:
    told = refused(opening=f"一行目です。\n{line}")["ja-opening"]
    assert told.startswith("2行目：")
    assert said in told


def test_comparisons_addresses_and_fullwidth_brackets_are_words() -> None:
    words = MailWords(
        opening="金額 < 100万円 & 工期 > 3日\n＜重要＞ https://www.city.example/?a=1\n\n  ・様式1"
    )
    assert check_text(NoticeKind.REQUEST, MailText(ja=words)).ja == words


def test_lines_and_characters_are_limited_and_a_subject_is_one_line() -> None:
    assert "現在1001文字" in refused(opening="あ" * (MAX_TEXT_CHARACTERS + 1))["ja-opening"]
    assert "現在21行" in refused(closing="\n".join("あ" * 21))["ja-closing"]
    assert "1行" in refused(subject="件名\r\nBcc: x@evil.example")["ja-subject"]
    assert len(refused(opening="\n".join(["<b>"] * 20))["ja-opening"]) < 600


def test_a_subject_that_people_know_a_mail_by_is_kept_as_it_is() -> None:
    typed = MailText(ja=MailWords(subject="お得なお知らせ", opening="こんにちは"))
    for kind in TEXT_KINDS:
        kept = check_text(kind, typed).ja
        assert kept.subject == ("お得なお知らせ" if kind in OWN_SUBJECTS else "")
        assert kept.opening == "こんにちは"


@pytest.mark.parametrize(
    "name", ["a@b.example", "結市 <x>", "結\r\nBcc: x", "\u202e市", "市" * 61, "市＠役所"]
)
def test_a_senders_name_is_a_name(name: str) -> None:
    with pytest.raises(FormProblems) as found:
        check_sender(MailSender(name=name))
    assert set(found.value.problems) == {"name"}


def test_a_senders_name_has_a_language_and_sixty_characters() -> None:
    kept = check_sender(MailSender(" " + "市" * 60, "Musubi City", " keiyaku@city.example "))
    assert kept == MailSender("市" * 60, "Musubi City", "keiyaku@city.example")
    assert kept.in_language(Language.EN) == "Musubi City"
    assert MailSender("市").in_language(Language.EN) == "市"
    with pytest.raises(FormProblems):
        check_sender(MailSender("", "Musubi City"))
