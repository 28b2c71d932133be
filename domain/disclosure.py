"""提出用ZIP: what a search of the register found, for whoever asks to see it (ダウンロードの求め).

All of it and nothing besides: the index names every envelope that was found, whatever became of
it; the PDFs are the finished documents of those that were concluded.
"""

import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.deal_search import BLANK_WORDS, Blank, TypedSearch
from domain.deal_words import NUMBER, TEXT, TITLE, VALUE_WORDS
from domain.imports import ORIGIN, ORIGIN_WORDS, Origin
from domain.own_search import conditions_said
from domain.refusals import Words

KEPT_FOR = timedelta(days=7)
"""Then the ZIP is forgotten: it is a second copy of everything, and can be made again."""
MAX_ZIP_BYTES = 200 * 1024**3
"""What one blob of the vault may hold is far more; a disk is not."""
MAX_NAME_BYTES = 150
"""Of a file in the ZIP: Windows counts the whole path (260 letters), Linux the bytes of a name."""
AMONG = "among"
"""Beside the conditions, where a text is one of them that few documents may say: the ids of the
envelopes that have it."""
BY_SEARCH = "search"
"""Instead of a domain.verification.Basis in what a verification was asked for."""


class PackState(StrEnum):
    """How far it is. Computed, never stored."""

    WAITING = "waiting"
    VERIFYING = "verifying"
    PACKING = "packing"
    READY = "ready"
    GONE = "gone"
    TOO_LARGE = "too_large"
    """Past the limit while it was packed: it ended without a ZIP."""


PACK_WORDS = {
    PackState.WAITING: Words("開始待ち", "Waiting to start"),
    PackState.VERIFYING: Words("検証中", "Verifying"),
    PackState.PACKING: Words("ZIPを作成中", "Making the ZIP"),
    PackState.READY: Words("ダウンロードできます", "Ready"),
    PackState.GONE: Words("保存期間が終わりました", "No longer kept"),
    PackState.TOO_LARGE: Words("大きすぎて作成できません", "Too large to be made"),
}
_FOUND = Words("取引台帳の検索結果", "Search of the register")
_ALL = Words("すべての取引", "all transactions")
_SINCE = Words("から", "since")
_UNTIL = Words("まで", "until")
_LEAST = Words("以上", "at least")
_MOST = Words("以下", "at most")


def conditions_words(query: Mapping[str, Any]) -> Words:
    """What was searched for, in words."""
    return Words(
        f"{_FOUND.ja}（{'、'.join(_parts(query, ja=True)) or _ALL.ja}）",
        f"{_FOUND.en} ({', '.join(_parts(query, ja=False)) or _ALL.en})",
    )


def _parts(query: Mapping[str, Any], *, ja: bool) -> list[str]:
    ranges = {
        "since": (VALUE_WORDS["made_on"], _SINCE), "until": (VALUE_WORDS["made_on"], _UNTIL),
        "least": (VALUE_WORDS["amount"], _LEAST), "most": (VALUE_WORDS["amount"], _MOST),
    }  # fmt: skip
    names = {
        "partner": VALUE_WORDS["partner"], "kind": VALUE_WORDS["kind"],
        "number": NUMBER, "title": TITLE, "text": TEXT,
    }  # fmt: skip
    found = []
    for key, (of, edge) in ranges.items():
        if query.get(key):
            found.append(
                f"{of.ja} {query[key]} {edge.ja}" if ja else f"{of.en} {edge.en} {query[key]}"
            )
    for key, of in names.items():
        if query.get(key):
            found.append(f"{of.ja}「{query[key]}」" if ja else f"{of.en} “{query[key]}”")
    if query.get("origin") in set(Origin):
        origin = ORIGIN_WORDS[Origin(query["origin"])]
        found.append(f"{ORIGIN.ja}「{origin.ja}」" if ja else f"{ORIGIN.en} “{origin.en}”")
    blanks = [BLANK_WORDS[Blank(word)] for word in query.get("blank", ()) if word in set(Blank)]
    found += conditions_said(query, ja=ja)
    return [*found, *((words.ja if ja else words.en) for words in blanks)]


def kept_query(typed: TypedSearch) -> dict[str, Any]:
    """Conditions as a row or a URL has them."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in typed.as_query().items()
    }


def typed_of(query: Mapping[str, Any]) -> TypedSearch:
    """The conditions as they stand in a row."""
    texts = {name: str(value) for name, value in query.items() if name != "blank"}
    return TypedSearch.read(texts, [str(word) for word in query.get("blank", ())])


def among_of(query: Mapping[str, Any]) -> frozenset[UUID] | None:
    """The envelopes that were found by what their documents say; None without such a search."""
    return frozenset(map(UUID, query[AMONG])) if AMONG in query else None


def is_undecided(query: Mapping[str, Any]) -> bool:
    """Whether a text is searched for that more documents may say than one request looks at: which
    do is found out when the verification is planned."""
    return bool(str(query.get("text", "")).strip()) and AMONG not in query


def file_stem(number: str, position: int, title: str) -> str:
    """`5050000111-01_業務委託契約書`, whatever the title is: safe on Windows, macOS and Linux."""
    name = unicodedata.normalize("NFC", title)
    safe = "".join("_" if _unsafe(letter) else letter for letter in name)
    stem = f"{number}-{position:02}_{' '.join(safe.split())}"
    while len(stem.encode()) > MAX_NAME_BYTES:
        stem = stem[:-1]
    return stem.rstrip(" ._")


def _unsafe(letter: str) -> bool:
    return letter in '\\/:*?"<>|' or unicodedata.category(letter).startswith("C")


README = Words(
    """{organisation}　電子取引データ（{asked}）

作成日時：{at}
封筒：{envelopes}件（うち締結済み {concluded}件）　文書：{documents}件
文書は、{planned}の時点で締結済みだったものです。{later}

このZIPに入っているもの
・index.csv ………… 一覧（UTF-8、BOM付き）。1行が1文書です。
　　　　　　　　　　　締結に至っていない封筒も、文書なしで載せています。
・index-shift_jis.csv … 同じ一覧（Shift_JIS。この文字コードにない文字は〓にしています）。
・changes.csv ……… 取引情報の変更履歴（いつ、誰が、なぜ、何から何に変えたか）。
　　　　　　　　　　　changes-shift_jis.csvは同じ内容です。
・documents/ ……… 署名済みの文書（PDF）。ファイル名は「封筒番号-番号_文書名.pdf」です。
　　　　　　　　　　　一覧の「ファイル名」と一致します。
　　　　　　　　　　　区分が「取込」のもの（他で締結した契約書、スキャンした契約書）は、受け取ったままの
　　　　　　　　　　　ファイルと、そのタイムスタンプ（同じ名前の .tst、RFC 3161）です。
・verification.pdf … 上の文書すべての検証レポート（電子署名・タイムスタンプ・保管内容・証跡）。
・verification.csv … 検証結果の一覧（UTF-8、BOM付き）。

確かめ方
・各文書のSHA-256は一覧にあります。
・電子署名とタイムスタンプは、PDFを表示するソフトの署名パネルでも確認できます。
・取り込んだ文書のタイムスタンプは、次のように確認できます（roots.pemはタイムスタンプ局のルート証明書）。
　openssl ts -verify -data 文書.pdf -in 文書.tst -token_in -CAfile roots.pem
　「文書.tst-further」のフォルダーがあるときは、タイムスタンプを更新しています。
　その中の最後の番号（1など）を、次のように確認します。
　openssl ts -verify -data 1.txt -in 1.tst -token_in -CAfile roots.pem
　PDFを「document」という名前でそこに置き、sha256sum -c 1.txt で一覧と照合します。
　前のものは、-attime に次のタイムスタンプの時刻（1970年からの秒数）を付けると、
　その時点で有効だったことを確認できます。
{missing}""",
    """{organisation}: data of electronic transactions ({asked})

Made at: {at}
Envelopes: {envelopes} (concluded: {concluded})   Documents: {documents}
The documents are those of what was concluded at {planned}.{later}

What is in this ZIP
- index.csv: the list (UTF-8 with byte order mark), one line a document. Envelopes that were not
  concluded are in it, too, without documents.
- index-shift_jis.csv: the same in Shift_JIS (a letter that it lacks is 〓).
- changes.csv, changes-shift_jis.csv: the changes of the register's values: when, by whom, why, from
  what and to what.
- documents/: the signed documents (PDF), named "envelope number-number_title.pdf" as the list says.
  What was imported (concluded elsewhere, or scanned) is the file as it came, and beside it its
  time-stamp (the same name with .tst, RFC 3161).
- verification.pdf: the report on signatures, time-stamps, stored bytes and evidence of all of them.
- verification.csv: the same as a list (UTF-8 with byte order mark).

How to check
- The SHA-256 of each document stands in the list.
- Signatures and time-stamps also show in the signature panel of PDF readers.
- The time-stamp of an imported document (roots.pem: the authority's root certificate):
  openssl ts -verify -data DOCUMENT.pdf -in DOCUMENT.tst -token_in -CAfile roots.pem
  A folder DOCUMENT.tst-further has further time-stamps. Check the last one (such as 1) in it with
  openssl ts -verify -data 1.txt -in 1.tst -token_in -CAfile roots.pem
  and its list with sha256sum -c 1.txt, where the PDF lies beside it as "document". Each earlier one
  is checked as of the time of the next: -attime and that time in seconds since 1970.
{missing}""",
)
MISSING = Words(
    "\n注意：{count}件の文書は、保管しているデータに問題があるため入っていません。"
    "一覧の「検証結果」と検証レポートをご覧ください。\n",
    "\nNote: documents that are not in it, because their stored data have a problem: {count}. "
    "See the list's last column, and the report.\n",
)
LOST = Words(
    "うち{count}件は、検証レポート（PDF）ができた後に読めなくなりました。"
    "verification.csvには「問題あり」と載せています。\n",
    "Of these could not be read any more after the report (PDF) was made: {count}. "
    "In verification.csv they stand as problems.\n",
)
LATER = Words(
    "その後に締結された、または検索の範囲に入った封筒（{count}件）は、一覧に文書なしで載せています。",
    " What was concluded, or came within the search, after that is in the list without documents "
    "(envelopes: {count}).",
)
NOT_INSIDE = Words("（ZIPに入っていません）", " (not in this ZIP)")
ADDED_LATER = Words(
    "ZIPに入れる文書を確定した後に締結または変更されたため、文書は入っていません",
    "Concluded or changed after the documents of this ZIP were decided: no document in it",
)
DOCUMENT = Words("文書名", "Document")
FILE = Words("ファイル名", "File")
TOKEN = Words("タイムスタンプのファイル", "File of the time-stamp")
HASH = Words("SHA-256", "SHA-256")
RESULT = Words("検証結果", "Result of the verification")
