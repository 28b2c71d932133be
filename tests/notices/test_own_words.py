"""An organisation's own words: beside what the service says, never instead of it."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from bs4 import BeautifulSoup

from domain.kinds import Language, NoticeKind
from domain.mail_texts import OWN_SUBJECTS, TEXT_KINDS, MailWords
from notices.lines import COLUMNS, columns
from tests.hostile import NAMES
from tests.notices.builders import TOKEN, composer, html_of, notice, text_of
from tests.notices.test_letters import _letters, _pieces

OWN = MailWords(
    "【{{組織名}}】{{封筒名}}について",
    "{{会社名}} {{宛名}}様\n平素よりお世話になっております。",
    "{{期限}}までに\n\n{{問い合わせ先}}へ。{{未知}} <b>{{ 7*7 }}</b>",
)


def mail(kind: NoticeKind, own: MailWords = OWN, **changes: Any) -> EmailMessage:
    return composer().compose(notice(kind, own=own, **changes), TOKEN, "12345678")


@pytest.mark.parametrize("kind", TEXT_KINDS)
def test_nothing_that_the_service_says_is_lost(kind: NoticeKind) -> None:
    plain, own = mail(kind, MailWords()), mail(kind)
    for line in text_of(plain).splitlines():
        assert line in text_of(own)
    pages = [BeautifulSoup(html_of(one), "html5lib") for one in (plain, own)]
    assert set(_pieces(pages[0])) <= set(_pieces(pages[1]))
    assert {tag["href"] for tag in pages[0].select("a")} == {
        tag["href"] for tag in pages[1].select("a")
    }
    same = str(plain["Subject"]) == str(own["Subject"])
    assert same is (kind not in OWN_SUBJECTS)


def test_own_words_stand_in_both_parts_as_they_were_typed_and_run_nothing() -> None:
    found = mail(NoticeKind.WITHDRAWN)
    for part in (text_of(found), BeautifulSoup(html_of(found), "html5lib").get_text("\n")):
        assert "株式会社やまだ建設 山田 太郎様\n平素よりお世話になっております。" in part
        assert "2026年12月23日 23:59" in part
        assert "{{未知}}<b>{{7*7}}</b>" in _letters(part)
    assert found["Subject"] == "【富田林市】市道舗装補修工事請負契約について"
    assert all(
        columns(line) <= COLUMNS for line in text_of(found).splitlines() if "http" not in line
    )


def test_a_reminder_still_says_that_it_is_one() -> None:
    assert str(mail(NoticeKind.REMINDER)["Subject"]).startswith("[再送] ")


@pytest.mark.parametrize("name", NAMES[::5], ids=range(len(NAMES[::5])))
def test_hostile_words_stay_where_they_stand(name: str) -> None:
    own = MailWords(f"{name}{{{{封筒名}}}}", name, name)
    sent = mail(NoticeKind.EXPIRED, own, title=name, to_name=name, from_name=name)
    wire = sent.as_bytes()
    received = message_from_bytes(wire, policy=default)
    assert max(map(len, wire.split(b"\r\n"))) <= 78
    assert sorted(received.keys()) == sorted(mail(NoticeKind.EXPIRED).keys())
    assert [one.addr_spec for one in received["From"].addresses] == ["noreply@musubi.test"]
    assert received["To"].addresses[0].addr_spec == "yamada@vendor.example"
    tags = {tag.name for tag in BeautifulSoup(html_of(received), "html5lib").find_all()}
    assert tags <= {
        tag.name for tag in BeautifulSoup(html_of(mail(NoticeKind.EXPIRED)), "html5lib").find_all()
    }


def test_the_senders_name_is_the_organisations_and_its_address_the_services() -> None:
    found = mail(NoticeKind.REQUEST, from_name="富田林市 契約検査課", reply_to="bid@city.example")
    address = message_from_bytes(found.as_bytes(), policy=default)["From"].addresses[0]
    assert (address.display_name, address.addr_spec) == (
        "富田林市 契約検査課", "noreply@musubi.test",
    )  # fmt: skip
    assert "返信はbid@city.exampleに届きます" in _letters(text_of(found))
    assert "Repliesgotobid@city.example" in _letters(
        text_of(
            composer().compose(
                notice(NoticeKind.REQUEST, Language.EN, reply_to="bid@city.example"), TOKEN
            )
        )
    )
