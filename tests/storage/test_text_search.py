"""The index of documents' texts: filled, folded, searched, and emptied, on both databases."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from domain.deal_search import Search
from domain.ports.signatures import InspectedPdf
from storage import text_index, text_marks, text_search
from storage.tables import Deal, Document, TextBucket, TextEntry
from storage.text_index import UNREADABLE_SECONDS, TextIndexer, forget, is_waiting
from storage.text_search import Looked, TooManyCandidates, confirmed, look
from tests.storage.world import World, person

INSPECTED = InspectedPdf(2, ((595.0, 842.0),) * 2, (b"png", b"png"))
SECRET = "秘密の仕様により施工する。"


def sent(world: World, *pages: str, made_on: date | None = None) -> UUID:
    """An envelope whose document says this."""
    envelope_id = world.draft()
    (document,) = world.documents(envelope_id)
    world.intake.accept(document, replace(INSPECTED, texts=pages))
    world.send(person("a"), envelope_id=envelope_id)
    world.set(Deal, envelope_id, made_on=made_on)
    return envelope_id


def fill(world: World) -> int:
    return TextIndexer(world.database, world.vault).fill()


def looked(world: World, text: str, start: int = 0, **search: object) -> Looked:
    wanted = Search(text=text, **search)  # type: ignore[arg-type]  # the test names each
    with world.reading() as session:
        return look(session, world.vault, world.organisation_id, wanted, start)


def found(world: World, text: str, **search: object) -> list[UUID]:
    return [row.envelope.id for row in looked(world, text, 0, **search).rows]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two documents are folded together."""
    for module in (text_marks, text_index, text_search):
        monkeypatch.setattr(module, "FOLD", 2)


def test_what_a_document_says_is_found_with_its_place(world: World) -> None:
    sent(world, "第１条 総則", "第２条　仕様書に\nしたがい施工する。")
    sent(world, "覚書")
    assert looked(world, "仕様書").rows == ()
    with world.reading() as session:
        assert is_waiting(session, world.organisation_id)
    assert fill(world) == 2
    assert fill(world) == 0
    (row,) = looked(world, "しようしょ 仕様書 ").rows or looked(world, "仕様書 施工").rows
    (text,) = row.texts
    assert [(place.page, place.words) for place in text.places] == [(2, "仕様書"), (2, "施工")]
    assert found(world, "瑕疵") == []
    with world.reading() as session:
        assert not is_waiting(session, world.organisation_id)


def test_a_draft_is_not_indexed_before_it_is_sent(world: World) -> None:
    (document,) = world.documents(world.draft())
    world.intake.accept(document, replace(INSPECTED, texts=(SECRET,)))
    assert fill(world) == 0


@pytest.mark.usefixtures("small")
def test_fresh_and_folded_documents_are_found_alike(world: World) -> None:
    envelopes = [sent(world, f"{SECRET} {name}") for name in ("甲田", "乙川", "丙山")]
    fill(world)
    with world.reading() as session:
        assert session.scalar(select(func.count(TextEntry.ordinal))) == 2
        assert session.scalar(select(func.count()).select_from(TextBucket))
    assert set(found(world, "秘密の仕様")) == set(envelopes)
    for envelope_id, name in zip(envelopes, ("甲田", "乙川", "丙山"), strict=True):
        assert found(world, f"{name} 仕様") == [envelope_id]
    assert found(world, "仕様 丁野") == []


@pytest.mark.usefixtures("small")
def test_every_way_to_write_a_word_is_found_fresh_and_folded(world: World) -> None:
    ways = ("公益財団法人高山 ヴァン", "（公財）髙山 バン", "(公財)高山 ゔぁん")
    envelopes = {sent(world, f"{SECRET} {name}") for name in ways}
    fill(world)
    with world.reading() as session:
        assert session.scalar(select(func.count(TextEntry.ordinal))) == 2
    for typed in ("公益財団法人髙山", "(公財)高山", "高山", "財団法人高山", "バン", "ヴァン 高山"):
        assert set(found(world, typed)) == envelopes, typed


@pytest.fixture
def filling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two documents go into a fold at once, and five into one fold."""
    for module in (text_marks, text_index, text_search):
        monkeypatch.setattr(module, "FOLD", 5)
    monkeypatch.setattr(text_index, "STEP", 2)


NAMES = ("甲田", "乙川", "丙山", "丁野", "戊沢", "己谷", "庚坂")


@pytest.mark.usefixtures("filling")
def test_a_fold_is_filled_step_by_step(world: World) -> None:
    envelopes = []
    for name in NAMES:
        envelopes.append(sent(world, f"{SECRET} {name}"))
        fill(world)
    with world.reading() as session:
        assert session.scalar(select(func.max(TextEntry.ordinal))) == 6
        assert set(session.scalars(select(TextBucket.fold))) == {0, 1}
    assert set(found(world, "秘密の仕様")) == set(envelopes)
    for envelope_id, name in zip(envelopes, NAMES, strict=True):
        assert found(world, f"{name} 仕様") == [envelope_id]


@pytest.mark.usefixtures("filling")
def test_a_place_of_a_fold_that_was_left_is_taken_again(world: World) -> None:
    envelopes = [sent(world, f"{SECRET} {name}") for name in NAMES[:2]]
    fill(world)
    with world.reading() as session:
        last = session.scalar(select(TextEntry.document_id).where(TextEntry.ordinal == 1))
        assert last is not None
        (gone,) = (one for one in envelopes if last in world.documents(one))
    with world.database.transaction() as session:
        forget(world.vault, session, [last])
    later = [sent(world, f"{SECRET} {name}") for name in NAMES[2:4]]
    fill(world)
    with world.reading() as session:
        assert session.scalar(select(func.max(TextEntry.ordinal))) == 2
    left = {one for one in envelopes if one != gone}
    assert set(found(world, "秘密の仕様")) == left | set(later)
    assert found(world, NAMES[envelopes.index(gone)]) == []


@pytest.mark.usefixtures("filling")
def test_what_is_forgotten_while_a_fold_is_filled_stays_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    envelopes = [sent(world, f"{SECRET} {name}") for name in NAMES[:2]]
    fill(world)
    envelopes += [sent(world, f"{SECRET} {name}") for name in NAMES[2:4]]
    with world.reading() as session:
        first = session.scalar(select(TextEntry.document_id).where(TextEntry.ordinal == 0))
        assert first is not None
    (gone,) = (one for one in envelopes[:2] if first in world.documents(one))
    put_together = text_marks.packed

    def forgetting(bits: Mapping[int, int]) -> bytes:
        monkeypatch.setattr(text_index, "packed", put_together)
        with world.database.transaction() as session:
            forget(world.vault, session, [first])
        return put_together(bits)

    monkeypatch.setattr(text_index, "packed", forgetting)
    fill(world)
    assert set(found(world, "秘密の仕様")) == {one for one in envelopes if one != gone}
    assert found(world, NAMES[envelopes.index(gone)]) == []
    indexer = TextIndexer(world.database, world.vault)
    assert (indexer.fold_some(), indexer.fold_some()) == (1, 0)
    assert found(world, NAMES[envelopes.index(gone)]) == []
    assert set(found(world, "秘密の仕様")) == {one for one in envelopes if one != gone}


@pytest.mark.usefixtures("small")
def test_nothing_of_a_text_stands_in_the_database(world: World) -> None:
    for _ in range(3):
        sent(world, SECRET)
    fill(world)
    with world.reading() as session:
        kept = [
            *session.scalars(select(TextEntry.marks).where(TextEntry.marks.is_not(None))),
            *session.scalars(select(TextBucket.sealed)),
        ]
        keys = text_index.keys_of(world.vault, session, world.organisation_id)
    assert keys is not None
    assert len(kept) > 3
    assert len(set(kept)) == len(kept)
    said = [word.encode() for word in ("秘密", "仕様", "施工")]
    said += [keys.mark(word).to_bytes(3, "big") * 2 for word in ("秘密", "仕様")]
    assert not any(word in one for word in said for one in kept if one)


def test_organisations_have_keys_of_their_own(world: World) -> None:
    with world.database.transaction() as session:
        one = text_index.keys_of(world.vault, session, world.organisation_id, make=True)
        other = text_index.keys_of(world.vault, session, UUID(int=7), make=True)
    assert one is not None
    assert other is not None
    assert one.mark("秘密") != other.mark("秘密")


def test_another_organisation_finds_nothing(world: World) -> None:
    sent(world, SECRET)
    fill(world)
    with world.reading() as session:
        other = look(session, world.vault, UUID(int=7), Search(text="秘密"))
    assert other.rows == ()


@pytest.mark.usefixtures("small")
def test_a_document_that_goes_leaves_nothing_in_the_index(world: World) -> None:
    envelopes = [sent(world, SECRET, f"別紙{name}") for name in ("甲田", "乙川", "丙山")]
    fill(world)
    gone = [document for one in envelopes[:3:2] for document in world.documents(one)]
    with world.database.transaction() as session:
        forget(world.vault, session, gone)
    assert found(world, "秘密") == [envelopes[1]]
    assert found(world, "甲田") == []
    with world.database.transaction() as session:
        forget(world.vault, session, world.documents(envelopes[1]))
    with world.reading() as session:
        assert not session.scalar(select(func.count()).select_from(TextBucket))
        assert not session.scalar(select(func.count()).select_from(TextEntry))
    sent(world, SECRET)
    sent(world, SECRET)
    fill(world)
    assert len(found(world, "秘密")) == 2


def test_the_other_conditions_hold_besides(world: World) -> None:
    early = sent(world, SECRET, made_on=date(2026, 4, 1))
    late = sent(world, SECRET, made_on=date(2026, 5, 1))
    fill(world)
    assert found(world, "秘密") == [late, early]
    assert found(world, "秘密", until=date(2026, 4, 30)) == [early]
    assert found(world, "秘密", title="工事", partner="赤坂") == []


def test_one_request_looks_at_so_many_and_says_where_it_ended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_search, "LOOKED_AT", 2)
    envelopes = {sent(world, SECRET) for _ in range(5)}
    fill(world)
    pages = [looked(world, "秘密", start) for start in (0, 2, 4)]
    assert [(page.next, page.candidates, page.more) for page in pages] == [
        (2, 5, True),
        (4, 5, True),
        (5, 5, False),
    ]
    assert {row.envelope.id for page in pages for row in page.rows} == envelopes
    assert not pages[2].whole


@pytest.mark.usefixtures("small")
def test_many_candidates_are_gone_through_in_the_order_of_the_list(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_search, "FEW", 1)
    monkeypatch.setattr(text_search, "FOUND_AT_ONCE", 2)
    days = [date(2026, 4, day) for day in (3, 1, 2)]
    by_day = {day: sent(world, SECRET, made_on=day) for day in days}
    fill(world)
    page = looked(world, "秘密")
    assert [row.envelope.id for row in page.rows] == [by_day[days[0]], by_day[days[2]]]
    assert (page.candidates, page.more, page.takeable) == (None, True, False)


def test_the_whole_result_is_taken_out_only_where_it_can_be_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    envelopes = {sent(world, SECRET) for _ in range(2)}
    sent(world, "秘書")
    fill(world)
    with world.reading() as session:
        wanted = Search(text="秘密")
        assert (
            set(confirmed(session, world.vault, world.organisation_id, wanted) or ()) == envelopes
        )
        assert confirmed(session, world.vault, world.organisation_id, Search()) is None
        monkeypatch.setattr(text_search, "TAKEN_OUT", 1)
        with pytest.raises(TooManyCandidates):
            confirmed(session, world.vault, world.organisation_id, wanted)


def test_a_candidate_that_does_not_say_it_is_no_hit(world: World) -> None:
    """Its pairs of letters are all there, and stand elsewhere."""
    sent(world, "請負の代金。負の代償。")
    fill(world)
    page = looked(world, "請負の代償")
    assert (page.candidates, page.rows, page.whole) == (1, (), True)


def test_an_unreadable_text_holds_up_nobody_and_is_tried_again(world: World) -> None:
    lost, kept = sent(world, SECRET), sent(world, SECRET)
    (document,) = world.documents(lost)
    with world.reading() as session:
        blob = session.get_one(Document, document).text_blob_id
    world.set(Document, document, text_blob_id=UUID(int=1))
    clock = [0.0]
    indexer = TextIndexer(world.database, world.vault, lambda: clock[0])
    assert (indexer.fill(), indexer.fill()) == (2, 0)
    assert found(world, "秘密") == [kept]
    with world.reading() as session:
        assert is_waiting(session, world.organisation_id)
    world.set(Document, document, text_blob_id=blob)
    assert indexer.fill() == 0
    clock[0] = UNREADABLE_SECONDS
    assert indexer.fill() == 1
    assert set(found(world, "秘密")) == {lost, kept}


def test_words_that_an_older_worker_kept_are_adopted(world: World) -> None:
    """It knows no index, and tells nobody that a document waits for it."""
    late = sent(world, SECRET)
    with world.database.transaction() as session:
        session.execute(delete(TextEntry))
    indexer = TextIndexer(world.database, world.vault)
    assert (indexer.fill(), indexer.adopt(), indexer.adopt()) == (0, 1, 0)
    indexer.fill()
    assert found(world, "秘密") == [late]
