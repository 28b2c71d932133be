"""Values of their own for envelopes that were copied: dates, amounts, partners, titles, texts.

The same for every run. What few have stands at the oldest, where a list that is gone through from
its newest finds it last.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from domain.deals import evened, evened_code
from domain.text_search import grams_of, letters
from storage.tables import Deal, Document, Envelope, TextEntry
from storage.text_index import TextIndexer, keys_of
from storage.text_marks import entry_place
from tests.storage.world import World

RARE = 5
"""Envelopes that have what only few have."""
TEXTS = 400
"""Different texts; documents share them, since files of their own would take an hour to write."""
RARE_WORD, RARE_TITLE, RARE_PARTNER = "鵺谷隧道", "鵺谷", "鵺谷組"
_CHUNK = 2000


def _words(text: str) -> list[str]:
    return text.split()


_TOWNS = _words(
    "青山 赤坂 緑川 白浜 黒田 桜井 松原 竹内 梅田 杉本 森山 林 川口 谷津 島村 浜松 港 東 西 南"
)
_TRADES = _words(
    "建設 工業 設計 測量 電設 造園 印刷 商事 システム 警備 清掃 運輸 給食 保険 薬品 書店"
)
_PLACES = _words("小学校 中学校 図書館 公民館 体育館 庁舎 保育園 公園 橋りょう 市道 浄水場 消防署")
_WORKS = _words(
    "改修工事 新築工事 耐震補強 設計業務 清掃業務 警備業務 物品購入 システム保守 調査業務"
)
_KINDS = _words(
    "工事請負契約 業務委託契約 物品売買契約 賃貸借契約 単価契約 覚書 秘密保持契約 保守契約"
)
_SUBJECTS = _words("甲 乙 受注者 発注者 監督員 現場代理人 検査員 委託者 受託者 再委託先")
_OBJECTS = _words(
    "契約書 仕様書 図面 工程表 請負代金 部分払 前払金 履行保証 瑕疵 損害 個人情報 "
    "秘密 検査 引渡し 工期 材料 貸与品 下請負人 特許権 臨機の措置 天災 遅延利息 "
    "違約金 解除 協議 通知 承諾 報告 管理者 技術者 支給材料 近隣住民 騒音 安全 "
    "火災保険 建設業退職金 暴力団 談合 消費税 支払 請求書 振込"
)
_DOINGS = _words(
    "提出しなければならない 承諾を得るものとする 直ちに通知する 協議して定める 負担する "
    "請求することができる 引き渡すものとする 変更することができる 解除することができる "
    "支払わなければならない 保存する 確認する"
)


def vary(world: World) -> None:
    """Every sent envelope gets values, every document a text and its place in the index."""
    engine = world.database.engine
    with world.database.transaction() as session:
        if engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL statement_timeout = 0"))
        rows = session.execute(
            select(Deal.envelope_id, Document.id)
            .join(Document, Document.envelope_id == Deal.envelope_id)
            .order_by(Deal.envelope_id)
        ).all()
        texts = [_kept(world, session, number) for number in range(TEXTS + 1)]
        _update(
            session, Deal, "envelope_id", [_deal(row.envelope_id, n) for n, row in enumerate(rows)]
        )
        _update(session, Envelope, "id", [_title(row.envelope_id, n) for n, row in enumerate(rows)])
        chosen = [TEXTS if n < RARE else n % TEXTS for n in range(len(rows))]
        blobs = [
            {"key": row.id, "text_blob_id": texts[choice].blob_id, "pages": texts[choice].pages}
            for row, choice in zip(rows, chosen, strict=True)
        ]
        _update(session, Document, "id", blobs)
        keys = keys_of(world.vault, session, world.organisation_id, make=True)
        assert keys is not None
        marks = [keys.marks(kept.grams) for kept in texts]
        entries = (
            {
                "document_id": row.id,
                "organisation_id": world.organisation_id,
                "marks": keys.seal(marks[choice], entry_place(row.id)),
            }
            for row, choice in zip(rows, chosen, strict=True)
        )
        for some in _chunks(list(entries)):
            session.execute(insert(TextEntry), some)
    indexer = TextIndexer(world.database, world.vault)
    while indexer.fold_some():
        pass


class _Text(NamedTuple):
    blob_id: UUID
    pages: int
    grams: set[str]


def _kept(world: World, session: Session, number: int) -> _Text:
    pages = _pages(number)
    blob_id = world.vault.put(session, uuid4(), json.dumps(pages, ensure_ascii=False).encode())
    return _Text(blob_id, len(pages), set().union(*map(grams_of, pages)))


def _pages(number: int) -> list[str]:
    """Three to eight pages of some 900 letters, in sentences that contracts have."""
    chance = Random(number)  # noqa: S311 - the same every time
    pages = []
    for page in range(chance.randint(3, 8)):
        said = [f"{chance.choice(_TOWNS)}{chance.choice(_PLACES)}　{chance.choice(_WORKS)}\n"]
        said += [_clause(chance, 25 * page + clause) for clause in range(1, 26)]
        pages.append("".join(said))
        pages[-1] += " ".join(_name(chance) for _ in range(150))
    if number == TEXTS:
        pages[-1] += f"本工事は{RARE_WORD}の改修とする。"
    return pages


def _name(chance: Random) -> str:
    """Names are what makes texts differ: two letters of some two thousand."""
    return chr(0x4E00 + chance.randrange(2000)) + chr(0x4E00 + chance.randrange(2000))


def _clause(chance: Random, number: int) -> str:
    who, whom = chance.choice(_SUBJECTS), chance.choice(_SUBJECTS)
    what, more = chance.choice(_OBJECTS), chance.choice(_OBJECTS)
    return f"第{number}条　{who}は、{what}及び{more}について、{whom}に{chance.choice(_DOINGS)}。\n"


def _deal(envelope_id: UUID, number: int) -> dict[str, Any]:
    chance = Random(number)  # noqa: S311
    partner = f"株式会社{chance.choice(_TOWNS)}{chance.choice(_TRADES)}第{chance.randint(1, 9)}支店"
    partner = RARE_PARTNER if number < RARE else partner
    oldest = date(2016, 4, 1)
    made_on = oldest if number < RARE else oldest + timedelta(days=chance.randrange(1, 3650))
    contract_number = f"R{made_on.year - 2018:02}-{number:06}"
    return {
        "key": envelope_id,
        "made_on": None if number % 50 == 7 else made_on,
        "amount": None if number % 20 == 7 else int(10 ** chance.uniform(4, 9)),
        "partner": partner,
        "partner_even": evened(partner),
        "partner_code": (code := f"{chance.randrange(3000):06}"),
        "partner_code_even": code,
        "kind": chance.choice(_KINDS),
        "contract_number": contract_number,
        "contract_number_even": evened_code(contract_number),
    }


def _title(envelope_id: UUID, number: int) -> dict[str, Any]:
    chance = Random(number)  # noqa: S311
    place = RARE_TITLE if number < RARE else chance.choice(_TOWNS)
    title = f"{place}{chance.choice(_PLACES)}{chance.choice(_WORKS)}（その{chance.randint(1, 30)}）"
    return {"key": envelope_id, "title": title, "title_even": letters(title)}


def _update(session: Session, table: type[Any], key: str, rows: list[dict[str, Any]]) -> None:
    of = table.__table__
    values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "key"}
    statement = update(of).where(of.c[key] == bindparam("key")).values(**values)
    connection = session.connection()
    for some in _chunks(rows):
        connection.execute(statement, some)


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
