"""Whatever people type into names, titles and messages adds no header, recipient or tag.

Words are made of any characters at all, and of pieces that attack mail programs.
"""

import unicodedata
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.kinds import MAIL_KINDS, Language, NoticeKind
from domain.ports.notices import LostMail
from tests.notices.builders import FACTS, TERM, TOKEN, composer, html_of, notice, text_of

PIECES = (
    *("\r\n", "\n", "\r", "\r\n\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x00", "\t"),
    *("Bcc: x@evil.example", "To: x@evil.example", "Content-Type: text/html", "\n.\n", "--=="),
    *("=?utf-8?q?=0D=0ABcc:_x@evil.example?=", "=?utf-8?b?DQpCY2M6IHhAZXZpbC5leGFtcGxl?="),
    *('"', "\\", "<x@evil.example>", ", x@evil.example", ";", "(", ")", "@", "<", ">", "&", "'"),
    *("<script>x</script>", "<a href=//evil.example>", "{{ 7*7 }}", "{% x %}", "%(title)s", "%s"),
    *("\u202e", "\u2066", "\ud800", "\udfff", "\ufeff", "👩‍⚖️", "が", "ｶﾞ", "山田 太郎"),
)
WORDS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=40)), max_size=12).map("".join)
KINDS = st.sampled_from(list(MAIL_KINDS))
LANGUAGES = st.sampled_from(list(Language))
LONGEST_LINE = 998
"""RFC 5322, 2.1.1."""
TYPED = (
    *("to_name", "to_company", "organisation", "title", "contact", "actor_name"),
    *("message", "reason", "successor", "gate", "handed_over_by", "deputy_of"),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=KINDS,
    language=LANGUAGES,
    typed=st.fixed_dictionaries(dict.fromkeys(TYPED, WORDS)),
    documents=st.lists(WORDS, min_size=1, max_size=3).map(tuple),
)
def test_words_stay_words(
    kind: NoticeKind, language: Language, typed: dict[str, str], documents: tuple[str, ...]
) -> None:
    facts = dict(typed)
    plain = composer().compose(notice(kind, language), TOKEN)
    changes = {"documents": documents, "corrected": documents, **_named(kind, typed["to_name"])}
    mail = composer().compose(notice(kind, language, **facts, **changes), TOKEN)
    wire = mail.as_bytes()
    assert max(map(len, wire.split(b"\r\n"))) <= LONGEST_LINE
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert b"\r" not in wire.replace(b"\r\n", b"")
    received = message_from_bytes(wire, policy=default)
    assert sorted(received.keys()) == sorted(plain.keys())
    assert [found.addr_spec for found in received["To"].addresses] == ["yamada@vendor.example"]
    assert len(received["From"].addresses) == 1
    assert not {unicodedata.category(letter) for letter in received["Subject"]} & {"Cc", "Cs", "Zl"}
    shown = text_of(received) + html_of(received)
    assert not set("\u202e\u2066\x00\x0b\x85") & set(shown + received["Subject"])
    assert _tags(html_of(received)) <= _tags(html_of(plain)) | _POSSIBLE
    assert _hosts(html_of(received)) <= {"localhost:8080"}


_POSSIBLE = {"br", "p", "strong", "div", "blockquote"}
"""What our own templates put around words that another notice of this kind has not."""


def _named(kind: NoticeKind, name: str) -> dict[str, object]:
    """Where a mail names somebody in a place of its own."""
    lost = LostMail(NoticeKind.REQUEST, name, "sato@vendor.example", "5.1.1")
    places = {"lost": lost, "term": replace(TERM, partner=name)}
    return {place: words for place, words in places.items() if place in FACTS.get(kind, {})}


def _tags(html: str) -> set[str]:
    return {tag.name for tag in BeautifulSoup(html, "html.parser").find_all()}


def _hosts(html: str) -> set[str]:
    links = [
        str(link["href"]) for link in BeautifulSoup(html, "html.parser").find_all("a", href=True)
    ]
    return {link.split("/", 3)[2] for link in links if not link.startswith(("mailto:", "tel:"))}
