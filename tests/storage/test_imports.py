"""Contracts from elsewhere: whole or not at all, unchanged, time-stamped once."""

import csv
import hashlib
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from domain.deals import Deal as DealValues
from domain.deals import TypedDeal
from domain.events import Event
from domain.forms import FormProblems
from domain.imports import Clock, Shown, TypedImport
from domain.kinds import EnvelopeState, NoticeKind, RevisionKind
from domain.lists import Asked
from domain.ports.signatures import Timestamp
from domain.refusals import Refusal, RefusalCode
from domain.working_days import ClosedDays, stamp_limit
from storage import (
    deals,
    import_dropping,
    import_list,
    import_taking,
    import_warnings,
    imports,
    organisations,
    people,
)
from storage.desks.imports import StoredImportDesk
from storage.evidence import evidence_record
from storage.import_taking import BatchChanged
from storage.outbox import When
from storage.tables import (
    Blob,
    DataKey,
    Deal,
    Document,
    Envelope,
    ImportBatch,
    Imported,
    LedgerEvent,
    Member,
    Notice,
    OutboxItem,
    Revision,
)
from tests.storage.importing import (
    SOUND,
    TOKEN,
    contract,
    indexed,
    looked_at,
    row_of,
    stamped,
    taken,
    uploaded,
)
from tests.storage.test_disclosures import ask, made
from tests.storage.world import World, now

TOKYO = ZoneInfo("Asia/Tokyo")
A, B = ("a.pdf", b"%PDF a"), ("b.pdf", b"%PDF b")
GOOD_A = "a.pdf,2026-11-02,2026-11-01,青山建設,1200000"
GOOD_B = "b.pdf,2026-11-03,2026-11-02,赤坂設計,"


def events(world: World, envelope_id: UUID) -> list[str]:
    with world.reading() as session:
        rows = session.scalars(
            select(LedgerEvent.tag)
            .where(LedgerEvent.envelope_id == envelope_id)
            .order_by(LedgerEvent.envelope_sequence)
        )
        return list(rows)


def in_register(world: World) -> int:
    with world.reading() as session:
        return session.query(Deal).count()


def test_nothing_is_taken_before_everything_can_be(world: World) -> None:
    batch_id = uploaded(world, A, B)
    assert not looked_at(world, batch_id).ready
    indexed(world, batch_id, GOOD_A, "b.pdf,2026-11-03,11月2日,赤坂設計,")
    batch = looked_at(world, batch_id)
    assert [fault[:2] for fault in batch.row.faults] == [[3, "made_on"]]
    assert all(line.checked is None for line in batch.lines)
    with pytest.raises(BatchChanged):
        taken(world, batch_id)
    assert in_register(world) == 0
    indexed(world, batch_id, GOOD_A, GOOD_B)
    assert looked_at(world, batch_id).row.faults == []
    assert taken(world, batch_id) == 2
    assert in_register(world) == 2
    with pytest.raises(LookupError):  # twice
        taken(world, batch_id)


def test_a_file_that_is_refused_keeps_all_others_out(world: World) -> None:
    batch_id = uploaded(world, A, B)
    indexed(world, batch_id, GOOD_A, GOOD_B)
    first, second = looked_at(world, batch_id).lines
    with world.database.transaction() as session:
        session.get_one(Document, second.document.id).state = "refused"
    with pytest.raises(BatchChanged):
        taken(world, batch_id)
    with world.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        member = session.get_one(Member, world.member_id)
        import_dropping.remove_file(session, world.vault, batch, second.envelope.id, member, now())
    assert taken(world, batch_id) == 1
    assert row_of(world, first.envelope.id)[1].state == EnvelopeState.STAMPING
    assert events(world, second.envelope.id)[-1] == Event.IMPORT_DROPPED


def test_what_changed_since_it_was_shown_is_not_taken(world: World) -> None:
    batch_id = uploaded(world, A)
    indexed(world, batch_id, GOOD_A)
    shown = looked_at(world, batch_id)
    other = TypedImport.read(shown.lines[0].typed.flat() | {"amount": "9"})
    with world.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        imports.set_values(session, batch, shown.lines[0].envelope.id, other, now())
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        with pytest.raises(BatchChanged):
            import_taking.take(session, member, batch_id, shown.sha256, "", now())


def test_another_organisation_has_no_such_batch(world: World) -> None:
    batch_id = uploaded(world, A)
    with world.reading() as session, pytest.raises(LookupError):
        imports.find_batch(session, uuid4(), batch_id, now())
    with world.database.transaction() as session:
        stranger = Member(organisation_id=uuid4())
        with pytest.raises(LookupError):
            imports.open_for_change(session, stranger, batch_id)


def test_a_time_stamp_is_over_the_bytes_as_they_came_and_kept_once(world: World) -> None:
    envelope_id = contract(world)
    row, envelope = row_of(world, envelope_id)
    assert (row.sha256, row.token) == (hashlib.sha256(b"%PDF a").hexdigest(), None)
    assert envelope.state == EnvelopeState.STAMPING
    desk = StoredImportDesk(world.database, world.vault)
    assert desk.unstamped(envelope_id) == hashlib.sha256(b"%PDF a").digest()
    stamped(world, envelope_id)
    desk.stamped(envelope_id, Timestamp(b"another", now(), "TSA 2"))
    assert desk.unstamped(envelope_id) is None
    row, envelope = row_of(world, envelope_id)
    assert (row.token, row.tsa, row.late) == (TOKEN, "TSA 1", False)
    assert (envelope.state, envelope.ended_at) == (EnvelopeState.DONE, row.token_time)
    assert events(world, envelope_id).count(Event.IMPORT_STAMPED) == 1
    with world.reading() as session:
        kinds = session.scalars(
            select(Revision.kind).where(Revision.document_id == row.document_id)
        ).all()
        blobs = {one.blob_id for one in session.query(Revision)}
    assert sorted(kinds) == sorted([RevisionKind.UPLOAD, RevisionKind.IMPORTED])
    assert len(blobs) == 1


def test_a_workflow_that_was_lost_is_started_again(world: World) -> None:
    envelope_id = contract(world)
    desk = StoredImportDesk(world.database, world.vault)
    with world.database.transaction() as session:
        [order] = session.query(OutboxItem).filter_by(kind="import")
        assert order.subject_id == envelope_id
        order.done_at = now()
    assert desk.order_again(now() - timedelta(hours=1)) == 0
    assert desk.order_again(now() + timedelta(hours=1)) == 1
    stamped(world, envelope_id)
    assert desk.order_again(now() + timedelta(hours=1)) == 0


def test_what_is_late_needs_a_reason_and_is_marked(world: World) -> None:
    batch_id = uploaded(world, A)
    indexed(world, batch_id, "a.pdf,2026-01-05,2026-01-04,青山建設,1")
    assert looked_at(world, batch_id).late
    with pytest.raises(FormProblems) as missing:
        taken(world, batch_id, " ")
    assert set(missing.value.problems) == {"late_reason"}
    taken(world, batch_id, "書庫で見つかったため")
    envelope_id = looked_at(world, batch_id).lines[0].envelope.id
    stamped(world, envelope_id)
    row, _ = row_of(world, envelope_id)
    assert (row.late, row.late_reason) == (True, "書庫で見つかったため")


def test_a_correction_of_the_day_of_receipt_counts_anew(world: World) -> None:
    envelope_id = contract(world)
    stamped(world, envelope_id)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        row = session.get_one(Deal, envelope_id)
        member = session.get_one(Member, world.member_id)
        before = deals.deal_of(row)
        change = {"member": member, "reason": "誤記", "revision": 0, "now": now()}
        with pytest.raises(FormProblems):
            deals.change(session, envelope, replace(before, received_on=None), **change)  # type: ignore[arg-type]  # the parts of one change
        earlier = replace(before, received_on=date(2026, 1, 5))
        assert deals.change(session, envelope, earlier, **change)  # type: ignore[arg-type]  # the parts of one change
    late, _ = row_of(world, envelope_id)
    assert (late.limit_on, late.late, late.late_reason) == (date(2026, 3, 16), True, "")
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        member = session.get_one(Member, world.member_id)
        assert import_taking.explain(session, envelope, "受領日の誤記", member, now())
        assert not import_taking.explain(session, envelope, "別の理由", member, now())
    assert row_of(world, envelope_id)[0].late_reason == "受領日の誤記"
    assert events(world, envelope_id)[-1] == Event.IMPORT_EXPLAINED


def test_other_days_off_move_the_limits_of_all_that_waits(world: World) -> None:
    received = date(2026, 11, 2)
    waiting, done = contract(world), contract(world, b"%PDF b")
    stamped(world, done)
    batch_id = uploaded(world, ("後で.pdf", b"%PDF c"))
    indexed(world, batch_id, f"後で.pdf,{received},2026-11-01,青山建設,1200000")
    later = looked_at(world, batch_id).lines[0].envelope.id
    before = row_of(world, done)[0].limit_on
    closed = ["2027-01-05", "2027-01-06", "2027-01-07", "2027-01-08"]
    moved = stamp_limit(received, ClosedDays.of(closed))
    assert before is not None
    assert moved != before
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        assert organisations.keep_for(session, member, 10, 4, closed, now())
    limits = [row_of(world, one)[0].limit_on for one in (waiting, later, done)]
    assert limits == [moved, moved, before]


def test_the_list_says_what_is_near_past_and_done(world: World) -> None:
    contract(world, b"%PDF 1")
    late = contract(world, b"%PDF 2", date(2026, 1, 5))
    stamped(world, late)
    uploaded(world, B)
    with world.reading() as session:
        day, asked = date(2027, 1, 10), Asked.read({}, import_list.SORTS)
        pages = {
            shown: import_list.clocks_page(session, world.organisation_id, shown, day, asked).rows
            for shown in Shown
        }
    with world.database.transaction() as session:
        other = people.create_organisation(session, "みどり市", now()).id
        foreign = import_list.clocks_page(session, other, Shown.ALL, day, asked)
    assert [row.clock for row in pages[Shown.OPEN]] == [Clock.NEAR, Clock.OPEN]
    assert [row.clock for row in pages[Shown.LATE]] == [Clock.LATE]
    assert len(pages[Shown.ALL]) == 3
    assert foreign.total == 0


def test_whoever_imports_is_warned_once_of_each_step(world: World) -> None:
    batch_id = uploaded(world, A, B)
    indexed(world, batch_id, GOOD_A, GOOD_B)
    tokyo = ZoneInfo("Asia/Tokyo")
    days = [(11, 5), (11, 14), (11, 17), (1, 5), (1, 6), (1, 20)]
    told = []
    for month, day in days:
        year = 2027 if month == 1 else 2026
        at = datetime(year, month, day, 9, tzinfo=tokyo).astimezone(UTC)
        import_warnings.order_all(world.database, When(at, "sign.example.jp"))
        import_warnings.order_all(world.database, When(at, "sign.example.jp"))
        with world.reading() as session:
            rows = session.query(Notice).filter_by(kind=NoticeKind.IMPORT_DUE.value)
            told.append(sorted(row.occasion.partition(":")[0] for row in rows))
    assert told == [
        [],
        ["prompt-2"],
        ["prompt-2"],
        ["prompt-2"],
        ["near-2", "prompt-2"],
        ["near-2", "over-2", "prompt-2"],
    ]


def test_the_clock_runs_from_the_upload_whatever_is_missing(world: World) -> None:
    batch_id = uploaded(world, A, B)
    said, silent = (line.envelope.id for line in looked_at(world, batch_id).lines)
    uploaded_on = now().astimezone(TOKYO).date()
    typed = TypedImport(deal=TypedDeal(received_on="2026-09-01"))  # and nothing else
    with world.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        imports.set_values(session, batch, said, typed, now())
    closed = ClosedDays.of(None)
    limits = [row_of(world, one)[0].limit_on for one in (said, silent)]
    assert limits == [stamp_limit(date(2026, 9, 1), closed), stamp_limit(uploaded_on, closed)]
    with world.reading() as session:
        asked = Asked.read({}, import_list.SORTS)
        day = max(one for one in limits if one) + timedelta(days=1)
        page = import_list.clocks_page(session, world.organisation_id, Shown.LATE, day, asked)
        late = import_list.count_late(session, world.organisation_id, day)
    assert [row.received_on for row in page.rows] == [date(2026, 9, 1), None]
    assert [row.clock for row in page.rows] == [Clock.OVER, Clock.OVER]
    assert late == 2
    at = datetime(day.year, day.month, day.day, 9, tzinfo=TOKYO).astimezone(UTC)
    assert import_warnings.order_all(world.database, When(at, "sign.example.jp")) == 1


@pytest.mark.parametrize("day", ["2999-01-01", "11月2日", ""])
def test_a_day_of_receipt_that_cannot_be_right_is_no_clock(world: World, day: str) -> None:
    batch_id = uploaded(world, A)
    [line] = looked_at(world, batch_id).lines
    with world.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        typed = TypedImport(deal=TypedDeal(received_on=day))
        imports.set_values(session, batch, line.envelope.id, typed, now())
    limit = stamp_limit(now().astimezone(TOKYO).date(), ClosedDays.of(None))
    assert row_of(world, line.envelope.id)[0].limit_on == limit


def test_what_an_older_version_left_without_a_limit_gets_one(world: World) -> None:
    [line] = looked_at(world, uploaded(world, A)).lines
    limit = row_of(world, line.envelope.id)[0].limit_on
    with world.database.transaction() as session:
        session.get_one(Imported, line.envelope.id).limit_on = None
    import_warnings.order_all(world.database, When(now(), "sign.example.jp"))
    assert limit is not None
    assert row_of(world, line.envelope.id)[0].limit_on == limit


def test_what_is_ready_is_taken_while_others_wait(world: World) -> None:
    batch_id = uploaded(world, A, B)
    ready, waits = looked_at(world, batch_id).lines
    typed = TypedImport(
        deal=TypedDeal(received_on="2026-11-02", made_on="2026-11-01", partner="青山建設")
    )
    with world.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        imports.set_values(session, batch, ready.envelope.id, typed, now())
    with pytest.raises(BatchChanged):  # all of it was not shown as ready
        taken(world, batch_id)
    assert taken(world, batch_id, rest_waits=True) == 1
    assert row_of(world, ready.envelope.id)[1].state == EnvelopeState.STAMPING
    rest = looked_at(world, batch_id)
    assert rest.open
    assert [line.envelope.id for line in rest.lines] == [waits.envelope.id]
    own = looked_at(world, row_of(world, ready.envelope.id)[0].batch_id)
    assert (own.open, len(own.lines), own.row.member_id) == (False, 1, rest.row.member_id)
    with pytest.raises(BatchChanged):  # nothing is left that could be taken
        taken(world, batch_id, rest_waits=True)
    with world.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        member = session.get_one(Member, world.member_id)
        with pytest.raises(LookupError):  # what was taken cannot be taken out any more
            imports.row_in(session, batch, ready.envelope.id)
        import_dropping.drop_batch(session, world.vault, batch, member, now())
    assert row_of(world, ready.envelope.id)[1].state == EnvelopeState.STAMPING


def test_the_evidence_record_and_the_zip_have_file_and_token(world: World) -> None:
    envelope_id = contract(world)
    stamped(world, envelope_id)
    with world.reading() as session:
        record = evidence_record(session, world.vault, envelope_id, reader=None)
    assert record["import"]["sha256"] == hashlib.sha256(b"%PDF a").hexdigest()
    assert record["import"]["received_on"] == "2026-11-02"
    archive = made(world, ask(world, origin="imported"))
    [name] = [name for name in archive.namelist() if name.endswith(".pdf") and "/" in name]
    assert archive.read(name) == b"%PDF a"
    assert archive.read(name.replace(".pdf", ".tst")) == TOKEN
    text = archive.read("index.csv").decode("utf-8-sig")
    [line] = csv.DictReader(io.StringIO(text))
    assert (line["区分"], line["受領日"]) == ("取込", "2026-11-02")
    assert line["タイムスタンプのファイル"] == name.replace(".pdf", ".tst")


def test_the_same_bytes_are_noticed(world: World) -> None:
    known = contract(world)
    batch_id = uploaded(world, ("copy.pdf", b"%PDF a"), ("copy-2.pdf", b"%PDF a"))
    lines = looked_at(world, batch_id).lines
    number = row_of(world, known)[1].number
    assert [line.twins for line in lines] == [(number,), (number,)]
    assert all(line.repeated for line in lines)


def test_a_full_batch_takes_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MAX_BATCH", 1)
    with pytest.raises(Refusal) as full:
        uploaded(world, A, B)
    assert full.value.code is RefusalCode.IMPORT_FULL


def test_a_batch_that_is_given_up_takes_nothing(world: World) -> None:
    batch_id = uploaded(world, A)
    with world.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        member = session.get_one(Member, world.member_id)
        import_dropping.drop_batch(session, world.vault, batch, member, now())
    assert looked_at(world, batch_id).lines == ()
    with pytest.raises(LookupError):
        taken(world, batch_id)
    with world.reading() as session:
        asked = Asked.read({}, imports.BATCH_SORTS)
        assert not imports.batch_page(session, world.organisation_id, asked).rows
        assert session.query(Imported).count() == 1


def bytes_of(world: World, document_id: UUID) -> int:
    """How much of it is stored: files, revisions, keys that open something."""
    with world.reading() as session:
        keys = session.query(DataKey).filter_by(owner_id=document_id).all()
        blobs = session.query(Blob).filter(Blob.data_key_id.in_([key.id for key in keys]))
        revisions = session.query(Revision).filter_by(document_id=document_id)
        return blobs.count() + revisions.count() + sum(bool(key.wrapped) for key in keys)


@pytest.mark.parametrize("whole", [True, False], ids=["the batch", "one file"])
@pytest.mark.parametrize("checked", [True, False], ids=["checked", "being checked"])
def test_what_is_left_out_ends_as_a_discarded_draft_and_nothing_of_it_can_be_read(
    world: World, whole: bool, checked: bool
) -> None:
    batch_id = uploaded(world, A, sound=checked)
    indexed(world, batch_id, GOOD_A)
    line = looked_at(world, batch_id).lines[0]
    assert bytes_of(world, line.document.id)
    with world.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        member = session.get_one(Member, world.member_id)
        who = (member, now())
        if whole:
            import_dropping.drop_batch(session, world.vault, batch, *who)
        else:
            import_dropping.remove_file(session, world.vault, batch, line.envelope.id, *who)
    if not checked:
        world.intake.accept(line.document.id, SOUND)  # too late
    assert not bytes_of(world, line.document.id)
    row, envelope = row_of(world, line.envelope.id)
    assert (envelope.state, envelope.title) == (EnvelopeState.DISCARDED, "")
    assert envelope.ended_at is not None
    assert row.typed == TypedImport().flat()
    with world.reading() as session:
        document = session.get_one(Document, line.document.id)
        assert (document.file_name, document.sha256) == ("", row.sha256)
    assert events(world, envelope.id)[-1] == Event.IMPORT_DROPPED


def test_what_was_only_hidden_before_ends_too_and_what_is_open_stays(world: World) -> None:
    hidden, stays = (looked_at(world, uploaded(world, one)).lines[0] for one in (A, B))
    with world.database.transaction() as session:
        session.get_one(Document, hidden.document.id).removed_at = now()
    for ended in (1, 0):
        with world.database.transaction() as session:
            assert import_dropping.end_dropped(session, world.vault, now()) == ended
    assert not bytes_of(world, hidden.document.id)
    assert row_of(world, hidden.envelope.id)[1].state == EnvelopeState.DISCARDED
    assert row_of(world, stays.envelope.id)[1].state == EnvelopeState.IMPORTING
    assert bytes_of(world, stays.document.id)


def test_an_earlier_contract_that_is_none_is_refused(world: World) -> None:
    batch_id = uploaded(world, A)
    indexed(world, batch_id, GOOD_A)
    line = looked_at(world, batch_id).lines[0]
    wrong = TypedImport.read(line.typed.flat() | {"relation": "amends", "earlier": "1234567890"})
    with world.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        imports.set_values(session, batch, line.envelope.id, wrong, now())
    with pytest.raises(FormProblems):
        taken(world, batch_id)
    assert in_register(world) == 0


def test_values_for_the_ledger_are_a_hash() -> None:
    assert len(deals.values_sha256(DealValues(partner="青山建設"))) == 64
