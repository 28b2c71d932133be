"""提出用ZIP as rows and bytes, on both databases."""

import csv
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.deal_search import TypedSearch
from domain.disclosure import KEPT_FOR, PackState
from domain.kinds import Language, Role
from domain.lists import Asked
from storage import deletions, disclosures, verifications
from storage.blobfiles import blob_path
from storage.desks.disclosure import StoredDisclosureDesk
from storage.forgetting import forget_old
from storage.tables import (
    Blob,
    Disclosure,
    Document,
    Envelope,
    LedgerEvent,
    Member,
    OutboxItem,
    SaidEnvelope,
    Verification,
)
from storage.text_index import TextIndexer
from storage.texts import keep_texts
from storage.verifications import TooManyRuns
from tests.storage.verifying import (
    Believer,
    carried_out,
    concluded,
    newest_file,
    number,
)
from tests.storage.world import Journey, World, now, person


def ask(world: World, **query: str) -> UUID:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        typed = TypedSearch.read(query, ())
        return disclosures.ask(session, member, typed, Language.JA, now()).id


def pack_of(world: World, disclosure_id: UUID) -> disclosures.Pack:
    with world.reading() as session:
        found = disclosures.find(session, world.organisation_id, disclosure_id)
    assert found is not None
    return found


def made(world: World, disclosure_id: UUID) -> zipfile.ZipFile:
    """What the workflow does, and the ZIP read back."""
    desk = StoredDisclosureDesk(world.database, world.vault)
    task = desk.task(disclosure_id)
    assert task is not None
    carried_out(world, task.run_id)
    desk.pack(disclosure_id)
    return opened(world, disclosure_id)


def opened(world: World, disclosure_id: UUID) -> zipfile.ZipFile:
    row = pack_of(world, disclosure_id).row
    assert row.blob_id is not None
    with world.reading() as session:
        data = world.vault.read(session, row.blob_id)
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (row.sha256, row.size)
    return zipfile.ZipFile(io.BytesIO(data))


def table(archive: zipfile.ZipFile, name: str, encoding: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode(encoding))))


def test_a_zip_holds_every_document_the_index_the_report_and_how_to_read_it(world: World) -> None:
    journeys = [concluded(world), concluded(world)]
    under_way = Journey.begin(world, person("b", company="赤坂設計"))
    archive = made(world, ask(world))
    assert archive.testzip() is None
    names = archive.namelist()
    numbers = sorted(number(world, one) for one in journeys)
    documents = sorted(name for name in names if name.startswith("documents/"))
    assert documents == [f"documents/{one}-01_契約書0.pdf" for one in numbers]
    assert set(names) - set(documents) == {
        "README.txt", "index.csv", "index-shift_jis.csv", "verification.csv", "verification.pdf",
        "changes.csv", "changes-shift_jis.csv",
    }  # fmt: skip
    rows = table(archive, "index.csv", "utf-8-sig")
    assert rows == table(archive, "index-shift_jis.csv", "cp932")
    assert {row["封筒番号"] for row in table(archive, "changes.csv", "utf-8-sig")} == {*numbers}
    assert {row["封筒番号"] for row in rows} == {*numbers, number(world, under_way)}
    for row in rows:
        if row["ファイル名"]:
            assert hashlib.sha256(archive.read(row["ファイル名"])).hexdigest() == row["SHA-256"]
            assert row["検証結果"] == "問題なし"
    [waiting] = [row for row in rows if not row["ファイル名"]]
    assert (waiting["状態"], waiting["取引先"]) == ("進行中", "赤坂設計")
    read = archive.read("README.txt").decode("utf-8-sig")
    assert "封筒：3件（うち締結済み 2件）　文書：2件" in read
    assert "Documents: 2" in read
    assert "\r\n" in read
    assert archive.read("verification.pdf").startswith("あおば市".encode())


def test_it_holds_what_the_search_finds_and_nothing_besides(world: World) -> None:
    concluded(world)
    archive = made(world, ask(world, partner="いない"))
    assert not [name for name in archive.namelist() if name.startswith("documents/")]
    assert table(archive, "index.csv", "utf-8-sig") == []


def test_what_cannot_be_read_is_left_out_and_said(world: World) -> None:
    good, bad = concluded(world), concluded(world)
    file = newest_file(world, bad)
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(content)
    disclosure_id = ask(world)
    archive = made(world, disclosure_id)
    rows = {row["封筒番号"]: row for row in table(archive, "index.csv", "utf-8-sig")}
    assert rows[number(world, bad)]["ファイル名"] == ""
    assert rows[number(world, bad)]["検証結果"] == "問題あり（ZIPに入っていません）"
    assert rows[number(world, good)]["ファイル名"]
    assert "1件の文書は、保管しているデータに問題がある" in archive.read("README.txt").decode()
    assert pack_of(world, disclosure_id).row.missing == 1


def test_what_became_unreadable_after_its_verification_is_said_everywhere(world: World) -> None:
    good, bad = concluded(world), concluded(world)
    disclosure_id = ask(world)
    desk = StoredDisclosureDesk(world.database, world.vault)
    task = desk.task(disclosure_id)
    assert task is not None
    carried_out(world, task.run_id)
    newest_file(world, bad).unlink()
    desk.pack(disclosure_id)
    archive, lost, kept = opened(world, disclosure_id), number(world, bad), number(world, good)
    rows = {row["封筒番号"]: row for row in table(archive, "index.csv", "utf-8-sig")}
    assert rows[lost]["検証結果"] == "問題あり（ZIPに入っていません）"
    assert rows[kept]["検証結果"] == "問題なし"
    report = archive.read("verification.csv").decode("utf-8-sig").splitlines()
    [said] = [line for line in report if line.startswith(lost)]
    assert "問題あり" in said
    assert "blob_missing" in said
    read = archive.read("README.txt").decode("utf-8-sig")
    assert "うち1件は、検証レポート（PDF）ができた後に読めなくなりました" in read
    assert "after the report (PDF) was made: 1" in read


def test_what_is_concluded_after_the_planning_is_in_the_index_with_the_reason(
    world: World,
) -> None:
    concluded(world)
    disclosure_id = ask(world)
    desk = StoredDisclosureDesk(world.database, world.vault)
    task = desk.task(disclosure_id)
    assert task is not None
    carried_out(world, task.run_id)
    late = number(world, concluded(world))
    desk.pack(disclosure_id)
    archive = opened(world, disclosure_id)
    rows = {row["封筒番号"]: row for row in table(archive, "index.csv", "utf-8-sig")}
    assert (rows[late]["状態"], rows[late]["ファイル名"]) == ("完了", "")
    assert "確定した後に締結または変更された" in rows[late]["検証結果"]
    read = archive.read("README.txt").decode("utf-8-sig")
    assert "検索の範囲に入った封筒（1件）は、一覧に文書なしで載せています" in read
    assert "(envelopes: 1)" in read
    assert pack_of(world, disclosure_id).row.missing == 0


def test_nothing_is_packed_before_it_is_verified_and_the_first_zip_stays(world: World) -> None:
    concluded(world)
    disclosure_id = ask(world)
    desk = StoredDisclosureDesk(world.database, world.vault)
    desk.pack(disclosure_id)
    assert pack_of(world, disclosure_id).state is PackState.WAITING
    made(world, disclosure_id)
    before = pack_of(world, disclosure_id).row
    desk.pack(disclosure_id)
    assert pack_of(world, disclosure_id).row.ready_at == before.ready_at
    assert desk.task(disclosure_id) is None
    with world.reading() as session:
        tags = session.scalars(
            select(LedgerEvent.tag).where(LedgerEvent.tag.startswith("disclosure:"))
        ).all()
    assert tags == ["disclosure:asked", "disclosure:ready"]


def test_a_failed_packing_leaves_nothing_and_begins_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    concluded(world)
    disclosure_id = ask(world)
    desk = StoredDisclosureDesk(world.database, world.vault)
    task = desk.task(disclosure_id)
    assert task is not None
    carried_out(world, task.run_id, Believer())

    def dies(*_: object) -> Iterator[bytes]:
        yield b"PK"
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("storage.desks.disclosure.stream_zip", dies)
        with pytest.raises(RuntimeError):
            desk.pack(disclosure_id)
    assert pack_of(world, disclosure_id).state is PackState.PACKING
    desk.pack(disclosure_id)
    assert opened(world, disclosure_id).testzip() is None


def test_nobody_waits_for_the_disk_while_a_zip_becomes_durable(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    concluded(world)
    disclosure_id = ask(world)
    desk = StoredDisclosureDesk(world.database, world.vault)
    task = desk.task(disclosure_id)
    assert task is not None
    carried_out(world, task.run_id)
    synced: list[bool] = []
    writing, within = world.database.transaction, False

    @contextmanager
    def watched() -> Iterator[Session]:
        nonlocal within
        with writing() as session:
            within = True
            try:
                yield session
            finally:
                within = False

    def fsync(file: int) -> None:
        if stat.S_ISREG(os.fstat(file).st_mode):
            synced.append(within)

    monkeypatch.setattr(world.database, "transaction", watched)
    monkeypatch.setattr("os.fsync", fsync)
    desk.pack(disclosure_id)
    assert synced == [False]
    assert opened(world, disclosure_id).testzip() is None


def test_what_is_too_large_is_refused_or_given_up_and_never_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    concluded(world)
    disclosure_id = ask(world)
    with monkeypatch.context() as patched:
        patched.setattr("storage.disclosures.MAX_ZIP_BYTES", 10)
        with pytest.raises(disclosures.TooLarge):
            ask(world)
    monkeypatch.setattr("storage.desks.disclosure.MAX_ZIP_BYTES", 10)
    desk = StoredDisclosureDesk(world.database, world.vault)
    task = desk.task(disclosure_id)
    assert task is not None
    carried_out(world, task.run_id)
    desk.pack(disclosure_id)
    assert pack_of(world, disclosure_id).state is PackState.TOO_LARGE
    assert desk.task(disclosure_id) is None
    assert desk.order_again(now() + timedelta(days=1)) == 0


def test_after_a_week_its_bytes_are_forgotten_and_the_row_stays(world: World) -> None:
    concluded(world)
    disclosure_id = ask(world)
    made(world, disclosure_id)
    row = pack_of(world, disclosure_id).row
    assert row.ready_at is not None
    assert row.expires_at == row.ready_at + KEPT_FOR
    with world.database.transaction() as session:
        assert "disclosures" not in forget_old(session, row.expires_at - timedelta(seconds=1))
    with world.database.transaction() as session:
        assert forget_old(session, row.expires_at)["disclosures"] == 1
    pack = pack_of(world, disclosure_id)
    assert pack.state is PackState.GONE
    assert pack.row.sha256
    with world.reading() as session:
        assert session.get(Blob, row.blob_id) is None
    assert world.vault.sweep(timedelta()) >= 1


def test_zips_with_documents_of_what_two_people_delete_go_with_it(world: World) -> None:
    """The one that is ready, and the one that is being packed."""
    envelope_id, second = concluded(world).envelope_id, world.join("second", Role.CLERK)
    ready, packing = ask(world), ask(world, until="2100-01-01")
    made(world, ready)
    task = StoredDisclosureDesk(world.database, world.vault).task(packing)
    assert task is not None
    carried_out(world, task.run_id)
    later = datetime(2040, 6, 1, 3, tzinfo=UTC)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        first, other = (session.get_one(Member, one) for one in (world.member_id, second))
        proposal = deletions.propose(session, envelope, "満了", first, later)
        deletions.confirm(session, envelope, proposal.id, other, later)
    StoredDisclosureDesk(world.database, world.vault).pack(packing)
    for disclosure_id in (ready, packing):
        pack = pack_of(world, disclosure_id)
        assert (pack.state, pack.row.blob_id) == (PackState.GONE, None)
    assert world.vault.sweep(timedelta()) >= 1


def test_what_stands_still_is_started_again_and_few_wait_at_once(world: World) -> None:
    disclosure_id = ask(world)
    assert ask(world) == disclosure_id
    for word in ("a", "b"):
        ask(world, title=word)
    with pytest.raises(TooManyRuns):
        ask(world, title="c")
    desk = StoredDisclosureDesk(world.database, world.vault)
    with world.database.transaction() as session:
        session.execute(update(OutboxItem).values(done_at=now()))
    assert desk.order_again(now()) == 0
    long_ago = now() - timedelta(hours=1)
    world.set(Disclosure, disclosure_id, moved_at=long_ago)
    assert desk.order_again(now()) == 0
    world.set(Verification, pack_of(world, disclosure_id).run.id, moved_at=long_ago)
    assert desk.order_again(now()) == 1


def says(world: World, journey: Journey, words: str) -> None:
    (document_id,) = world.documents(journey.envelope_id)
    with world.database.transaction() as session:
        document = session.get_one(Document, document_id)
        document.text_blob_id = keep_texts(world.vault, session, document_id, (words,))
    TextIndexer(world.database, world.vault).fill()


def listed(world: World) -> int:
    with world.reading() as session:
        return session.scalar(select(func.count()).select_from(SaidEnvelope)) or 0


def test_a_text_that_many_may_say_is_looked_for_in_all_of_them_when_the_zip_is_made(
    world: World,
) -> None:
    """A request that looks at all candidates hands them over; here it could not."""
    hits = [concluded(world), concluded(world)]
    for journey in hits:
        says(world, journey, "請負の代償")
    says(world, concluded(world), "請負の代金。負の代償。")  # a candidate that does not say it
    waiting = Journey.begin(world, person("b"))
    says(world, waiting, "請負の代償")
    disclosure_id = ask(world, text="請負の代償")
    assert ask(world, text="請負の代償") == disclosure_id
    assert pack_of(world, disclosure_id).deciding
    says(world, later := concluded(world), "請負の代償")
    desk = StoredDisclosureDesk(world.database, world.vault)
    task = desk.task(disclosure_id)
    assert task is not None
    carried_out(world, task.run_id)
    assert listed(world) == 4
    says(world, concluded(world), "請負の代償")  # what comes after it was found out is not in it
    desk.pack(disclosure_id)
    assert listed(world) == 0
    assert not pack_of(world, disclosure_id).deciding
    rows = table(opened(world, disclosure_id), "index.csv", "utf-8-sig")
    packed = {row["封筒番号"] for row in rows if row["ファイル名"]}
    assert packed == {number(world, one) for one in (*hits, later)}
    assert {row["封筒番号"] for row in rows} - packed == {number(world, waiting)}


def test_many_that_say_it_and_are_too_large_together_are_given_up_before_they_are_verified(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(world, concluded(world), "請負の代償")
    disclosure_id = ask(world, text="請負の代償")
    monkeypatch.setattr("storage.disclosures.MAX_ZIP_BYTES", 10)
    believer = carried_out(world, pack_of(world, disclosure_id).run.id)
    assert believer.judged == []
    assert pack_of(world, disclosure_id).state is PackState.TOO_LARGE
    with world.reading() as session:
        runs = verifications.run_page(
            session, world.organisation_id, Asked.read({}, verifications.RUN_SORTS)
        )
    assert not runs.rows, "nothing was verified, and nothing is good of it"
    assert StoredDisclosureDesk(world.database, world.vault).task(disclosure_id) is None
    assert listed(world) == 0


@pytest.mark.parametrize("blank", ["", " ", "　", " 　 "])
def test_blanks_are_no_text(world: World, blank: str) -> None:
    concluded(world)
    names = made(world, ask(world, text=blank)).namelist()
    assert len([name for name in names if "documents/" in name]) == 1


def test_a_document_whose_text_cannot_be_read_is_handed_over(world: World) -> None:
    """It may say it, and whoever reads the ZIP sees for himself."""
    says(world, lost := concluded(world), "請負の代償")
    says(world, concluded(world), "請負の代償")
    disclosure_id = ask(world, text="請負の代償")
    (document_id,) = world.documents(lost.envelope_id)
    with world.reading() as session:
        blob_id = session.get_one(Document, document_id).text_blob_id
    assert blob_id is not None
    blob_path(world.vault._blobs._root, blob_id).write_bytes(b"rotten")
    documents = [name for name in made(world, disclosure_id).namelist() if "documents/" in name]
    assert len(documents) == 2


def test_a_document_that_waits_for_the_index_is_looked_at_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(world, concluded(world), "請負の代償")
    monkeypatch.setattr(TextIndexer, "fill", lambda _: 0)
    for words in ("請負の代償", "それ以外"):
        says(world, concluded(world), words)
    documents = [
        name
        for name in made(world, ask(world, text="請負の代償")).namelist()
        if "documents/" in name
    ]
    assert len(documents) == 2


def test_a_step_that_is_killed_while_it_finds_out_begins_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(world, concluded(world), "請負の代償")
    disclosure_id = ask(world, text="請負の代償")

    def dies(*_: object) -> int:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("storage.desks.verification._insert_items", dies)
        with pytest.raises(RuntimeError):
            carried_out(world, pack_of(world, disclosure_id).run.id)
    assert listed(world) == 0
    documents = [name for name in made(world, disclosure_id).namelist() if "documents/" in name]
    assert len(documents) == 1


def test_another_organisation_has_no_such_zip_and_its_envelopes_are_not_in_it(
    world: World,
) -> None:
    concluded(world)
    disclosure_id = ask(world)
    with world.reading() as session:
        assert disclosures.find(session, uuid4(), disclosure_id) is None
        asked = Asked.read({}, disclosures.PACK_SORTS)
        assert not disclosures.pack_page(session, uuid4(), asked).rows
        assert disclosures.pack_page(session, world.organisation_id, asked).total == 1
