"""Searches of texts that no request decides: decided by the worker, on both databases."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.deal_search import Search, Sort, TypedSearch
from domain.own_fields import OwnKind
from domain.own_search import OwnCondition
from storage import register_lists, text_search
from storage.blobfiles import blob_path
from storage.deal_search import every, search_page
from storage.forgetting import forget_old
from storage.register_lists import KEPT_FOR, ListDecider
from storage.tables import Document, ListedEnvelope, Member, RegisterList
from storage.text_index import TextIndexer
from storage.texts import keep_texts
from tests.storage.world import Journey, World, now, person

TYPED = TypedSearch(text="請負の代償", title="工事", sort="oldest")


def says(world: World, words: str) -> Journey:
    journey = Journey.begin(world, person("a"))
    (document_id,) = world.documents(journey.envelope_id)
    with world.database.transaction() as session:
        document = session.get_one(Document, document_id)
        document.text_blob_id = keep_texts(world.vault, session, document_id, (words,))
    return journey


def ask(world: World, typed: TypedSearch = TYPED) -> UUID:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        return register_lists.ask(session, member, typed, now()).id


def decide(world: World) -> int:
    return ListDecider(world.database, world.vault).decide_all()


def listed(world: World, typed: TypedSearch = TYPED) -> list[UUID]:
    """On pages, and whole."""
    with world.reading() as session:
        row = register_lists.find(session, world.organisation_id, typed)
        assert row is not None
        found = []
        for sort in (Sort.NEWEST, Sort.STATE_DOWN):
            search, among = Search(text=typed.text, sort=sort), register_lists.listed(row)
            pages = [
                search_page(session, world.organisation_id, search, number, 2, among)
                for number in range(1, -(-row.envelopes // 2) + 1)
            ]
            found = [one.envelope.id for page in pages for one in page.rows]
            whole = every(session, world.organisation_id, search, among)
            assert found == [one.envelope.id for one in whole]
            assert {page.total for page in pages} == {len(found)} == {row.envelopes}
        return found


def test_every_candidate_is_looked_at_also_one_that_waits_for_the_index(world: World) -> None:
    hits = [says(world, "請負の代償").envelope_id for _ in range(3)]
    says(world, "請負の代金。負の代償。")
    TextIndexer(world.database, world.vault).fill()
    hits.append(says(world, "請負の代償").envelope_id)
    asked = ask(world)
    assert ask(world, TypedSearch(text="請負の代償", title="工事")) == asked, "whatever its order"
    assert decide(world) == 1
    assert decide(world) == 0
    assert sorted(listed(world)) == sorted(hits)
    says(world, "請負の代償")
    assert sorted(listed(world)) == sorted(hits), "what comes after it is in the next"
    assert ask(world) != asked
    assert decide(world) == 1
    assert len(listed(world)) == 5


def test_a_text_that_cannot_be_read_may_say_it(world: World) -> None:
    lost = says(world, "請負の代償")
    TextIndexer(world.database, world.vault).fill()
    (document_id,) = world.documents(lost.envelope_id)
    with world.reading() as session:
        blob_id = session.get_one(Document, document_id).text_blob_id
    assert blob_id is not None
    blob_path(world.vault._blobs._root, blob_id).write_bytes(b"rotten")
    ask(world)
    assert decide(world) == 1
    assert listed(world) == [lost.envelope_id]


def test_one_that_fails_keeps_no_other_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(world, "請負の代償")
    TextIndexer(world.database, world.vault).fill()
    broken, at = ask(world, TypedSearch(text="請負の代金")), [0.0]
    ask(world)
    found = text_search.confirmed

    def confirmed(*words: object, **more: object) -> object:
        if words[3].text == "請負の代金":  # type: ignore[attr-defined]  # the search
            raise RuntimeError("away")
        return found(*words, **more)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(register_lists, "confirmed", confirmed)
    decider = ListDecider(world.database, world.vault, clock=lambda: at[0])
    assert decider.decide_all() == 1
    monkeypatch.undo()
    assert decider.decide_all() == 0
    at[0] = register_lists.RESTS_SECONDS
    assert decider.decide_all() == 1
    with world.reading() as session:
        assert session.get_one(RegisterList, broken).decided_at is not None


def test_a_list_is_forgotten_after_a_day_and_one_that_waits_is_not(world: World) -> None:
    says(world, "請負の代償")
    TextIndexer(world.database, world.vault).fill()
    ask(world)
    decide(world)
    waiting = ask(world, TypedSearch(text="請負"))
    at = datetime.now(UTC)
    with world.database.transaction() as session:
        assert "register_lists" not in forget_old(session, at + KEPT_FOR - timedelta(minutes=1))
        assert forget_old(session, at + KEPT_FOR)["register_lists"] == 1
    with world.reading() as session:
        assert [row.id for row in session.query(RegisterList)] == [waiting]
        assert session.query(ListedEnvelope).count() == 0


def test_own_fields_narrow_a_list_on_its_pages_too(world: World) -> None:
    says(world, "請負の代償")
    TextIndexer(world.database, world.vault).fill()
    ask(world)
    decide(world)
    condition = OwnCondition(OwnKind.TEXT, str(world.member_id), text="丁目")  # nobody's field
    with world.reading() as session:
        row = register_lists.find(session, world.organisation_id, TYPED)
        assert row is not None
        search = Search(text="請負の代償", own=(condition,))
        among = register_lists.listed(row)
        assert not search_page(session, world.organisation_id, search, 1, 2, among).rows
