"""All mails, both parts, both languages: the same content, in lines that programs can show."""

import re

import pytest
from bs4 import BeautifulSoup, Tag

from domain.kinds import MAIL_KINDS, Language
from notices.lines import COLUMNS, columns, wrapped
from tests.notices.builders import html_of, text_of
from tests.notices.cases import CASES, case, mail_of

EVERY = [(name, language) for name in CASES for language in Language]
AID = ("ボタンが使えないときは", "If the button does not work")
"""Only a mail with a button explains what else to do."""


def page_of(name: str, language: Language) -> BeautifulSoup:
    mail = mail_of(name, language)
    return BeautifulSoup(html_of(mail), "html5lib")


def test_no_kind_of_mail_is_forgotten() -> None:
    assert {kind for kind, _ in CASES.values()} == set(MAIL_KINDS)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_both_parts_say_the_same(name: str, language: Language) -> None:
    text = _letters(text_of(mail_of(name, language)))
    pieces = [_letters(piece) for piece in _pieces(page_of(name, language))]
    missing = [piece for piece in pieces if piece not in text]
    assert missing == []
    for piece in sorted(pieces, key=len, reverse=True):
        text = text.replace(piece, "")
    assert re.sub(r"[-:：・\d.]", "", text) == "", "only the text part says this"


@pytest.mark.parametrize("name", CASES)
def test_both_languages_have_the_same_build(name: str) -> None:
    japanese, english = (_build(page_of(name, language)) for language in Language)
    assert japanese == english
    texts = [text_of(mail_of(name, language)) for language in Language]
    assert texts[0].count("\n\n") == texts[1].count("\n\n")
    assert _links(texts[0]) == _links(texts[1])


@pytest.mark.parametrize("name", CASES)
def test_an_english_mail_has_japanese_words_of_people_only(name: str) -> None:
    """Names, titles and reasons are what somebody typed; nothing of ours is left untranslated."""
    japanese = set(_pieces(page_of(name, Language.JA)))
    english = set(_pieces(page_of(name, Language.EN)))
    ours = {piece for piece in japanese & english if re.search(r"[ぁ-ん]", piece)}
    typed = _words_of_people(name)
    assert {piece for piece in ours if piece.lstrip("・") not in typed} == set()


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_no_line_of_a_text_part_is_too_long_but_for_links(name: str, language: Language) -> None:
    text = text_of(mail_of(name, language))
    for line in text.splitlines():
        assert columns(line) <= COLUMNS or line.strip().startswith("http"), line


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_mail_loads_nothing_and_leads_only_home(name: str, language: Language) -> None:
    page = page_of(name, language)
    assert page.find_all(["img", "link", "script", "iframe", "object", "form", "video"]) == []
    assert not re.search(r"url\(|@import|background=", str(page))
    assert {str(link["href"]).split("/", 3)[2] for link in page.find_all("a") if _away(link)} <= {
        "localhost:8080"
    }


def test_a_long_line_is_broken_between_words_and_never_before_a_full_stop() -> None:
    text = "  " + "あ" * 37 + "。いいい、ううう。" + "え" * 40 + "\n- x"
    first, second, *rest = wrapped(text).split("\n")
    assert first == "  " + "あ" * 36
    assert second.startswith("  あ。いいい、")
    assert rest[-1] == "- x"
    words = wrapped(" ".join(["electronic"] * 20)).split("\n")
    assert {word for line in words for word in line.split()} == {"electronic"}


def test_an_item_keeps_its_lines_under_its_mark() -> None:
    assert wrapped("・" + "あ" * 40) == "・" + "あ" * 37 + "\n  " + "あ" * 3
    assert wrapped("2. " + "あ" * 40).split("\n")[1] == "   " + "あ" * 4


def test_an_address_is_never_broken() -> None:
    address = "https://keiyaku.example/l/" + "a-" * 60
    assert wrapped(f"次のページ{address}をご覧ください。").split("\n")[1].startswith(address)
    assert address in wrapped("  " + address)


def _words_of_people(name: str) -> str:
    words = case(name, Language.JA)
    lost = words.lost.name if words.lost else ""
    people = (words.to_name, words.to_company, words.actor_name, words.successor, lost)
    asked = (words.question.text, words.question.answer) if words.question else ()
    typed = (words.message, words.reason, *words.documents, *words.asked_files, words.contact)
    return "\n".join((*typed, *people, *asked))


def _pieces(page: BeautifulSoup) -> list[str]:
    """What a reader reads, paragraph by paragraph, without the aid for buttons."""
    body = page.body
    assert isinstance(body, Tag)
    found = [
        text
        for block in body.find_all(["p", "li"])
        for text in (str(line).strip() for line in block.find_all(string=True))
        if text
    ]
    return [text for text in found if not text.startswith(AID)]


def _letters(text: str) -> str:
    return re.sub(r"\s", "", text)


def _build(page: BeautifulSoup) -> list[tuple[str, str | None]]:
    body = page.body
    assert isinstance(body, Tag)
    salutation = body.find("br")  # company and name stand on two lines in Japanese
    if isinstance(salutation, Tag):
        salutation.extract()
    return [(tag.name, str(tag.get("href"))) for tag in body.find_all() if tag.name != "br"]


def _links(text: str) -> list[str]:
    return re.findall(r"http://localhost\S+", text)


def _away(link: Tag) -> bool:
    return str(link["href"]).startswith("http")
