"""Text anchors: places of a document's text where its author wants something filled in.

A tag says what and for whom: `{{署名:受注者}}`, `{{sign:Contractor}}`, and perhaps what it is
called: `{{テキスト:受注者:請書番号}}`. A seal's mark (印, ㊞, （印）) says that somebody seals
there. Braces and colons may be wide.
"""

import re
import unicodedata
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

from domain.kinds import FieldKind

_TAG = re.compile(r"[{｛]{2}([^{}｛｝]{1,120})[}｝]{2}")
_MARK = re.compile(
    r"㊞|[(（\[［【〔]\s?印\s?[)）\]］】〕]|(?<![^\s])印(?![^\s])|\(\s?seal\s?\)", re.IGNORECASE
)
_SPACED_BEFORE = frozenset("実認社角丸調捺押職公私契消割拇封証検刻")
_SPACED_AFTER = frozenset("鑑刷紙章影字象税")
"""Of words like 実印 and 印鑑, whose letters stand apart in headings: no place for a seal."""
_COLON = re.compile(r"[:：]")
_MOST_PARTY, _MOST_LABEL = 100, 60
_WORDS = {
    FieldKind.SIGNATURE: "署名 サイン 押印 捺印 印 ㊞ 署名押印 記名押印 sign signature seal stamp",
    FieldKind.DATE: "日付 年月日 署名日 記入日 締結日 date",
    FieldKind.NAME: "氏名 名前 代表者名 担当者名 name",
    FieldKind.COMPANY: "会社名 会社 団体名 法人名 商号 company",
    FieldKind.MAIL: "メール メールアドレス mail email e-mail",
    FieldKind.TEXT: "テキスト 文字 記入 住所 所在地 電話 電話番号 役職 肩書"
    " text address phone title",
    FieldKind.MULTILINE: "複数行 備考 自由記入 multiline notes",
    FieldKind.CHECKBOX: "チェック 確認 同意 check checkbox",
    FieldKind.NUMBER: "数値 数量 number",
    FieldKind.MONEY: "金額 amount",
    FieldKind.ATTACHMENT: "添付 添付ファイル attachment",
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words.split()}


class Anchor(NamedTuple):
    """One place: from where to where in the text, and what is wanted there."""

    start: int
    end: int
    kind: FieldKind
    label: str = ""
    """What is filled in; of a seal nothing."""
    party: str = ""
    """Who, as the document calls him; "" where it does not say."""
    is_mark: bool = False
    """A seal's mark, which names nobody and is as small as the seal."""


def anchors_in(text: str) -> Iterator[Anchor]:
    """All of them, in the order of the text. Tags of other words are somebody else's, with
    whatever stands in them."""
    found = [(*match.span(), _tag(match)) for match in _TAG.finditer(text)]
    found += [
        (*match.span(), Anchor(*match.span(), FieldKind.SIGNATURE, is_mark=True))
        for match in _MARK.finditer(text)
        if not _is_spaced(text, match)
    ]
    last = 0
    for start, end, anchor in sorted(found, key=itemgetter(0, 1)):  # 印 stands in tags as well
        if start >= last:
            last = end
            if anchor is not None:
                yield anchor


def anchor_of(words: str) -> Anchor | None:
    """The anchor that these words are; None for any others."""
    found = next(anchors_in(words), None)
    return found if found and (found.start, found.end) == (0, len(words)) else None


def _tag(match: re.Match[str]) -> Anchor | None:
    parts = [_line(part) for part in _COLON.split(match[1], maxsplit=2)]
    word, party, label = (*parts, "", "")[:3]
    if word.lower() not in _KINDS and party.lower() in _KINDS:
        word, party = party, word
    kind = _KINDS.get(word.lower())
    if kind is None:
        return None
    named = label or ("" if kind is FieldKind.SIGNATURE else word)
    return Anchor(*match.span(), kind, named[:_MOST_LABEL], party[:_MOST_PARTY])


def _line(text: str) -> str:
    """Without the breaks that a narrow cell brought in."""
    return " ".join(unicodedata.normalize("NFKC", re.sub(r"[\r\n]+", "", text)).split())


def _is_spaced(text: str, match: re.Match[str]) -> bool:
    if match.group() != "印":
        return False
    start, end = match.span()
    before, after = text[max(0, start - 3) : start].rstrip(), text[end : end + 3].lstrip()
    return before[-1:] in _SPACED_BEFORE or after[:1] in _SPACED_AFTER
