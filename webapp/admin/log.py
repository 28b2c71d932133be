"""操作ログ: found by the URL, exported, and its chain verified before the reader's eyes."""

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, make_response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.checkwords import read_number
from domain.operations import TAGS, TOPIC_WORDS, Operation, Topic
from runtime.spreadsheets import harmless
from storage import operations
from storage.operations import ChainReport, Search
from storage.tables import Envelope, Organisation
from webapp.admin.blueprint import blueprint
from webapp.admin.log_rows import LogRow, columns, log_rows, people_of
from webapp.exports import asked_encoding, dated, table_answer, write_table
from webapp.language import say, second, words
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.recording import note_taken, records
from webapp.security import may
from webapp.state import state

VISITOR = "visitor"
CONDITIONS = ("who", "what", "number", "since", "until")


@blueprint.get("/log")
@may("log.read")
@records(Operation.LOG_VIEWED)
def operation_log() -> str:
    """Who did what, the newest first."""
    return _page(None)


@blueprint.post("/log/verify")
@may("log.read")
def verify_log() -> str:
    """Recompute the chain from its first entry. That somebody did, and what it said, is the next
    entry; the one before it is the last that was looked at."""
    with state().database.reading() as session:
        report = operations.verify(session, member().organisation_id)
    with state().database.transaction() as session:
        operations.append(
            session,
            member().organisation_id,
            Operation.LOG_VERIFIED.value,
            at=now(),
            actor=f"member:{member().id}",
            data={"entries": report.entries, "intact": report.intact, "head": report.head},
        )
    return _page(report)


@blueprint.get("/log.csv")
@may("log.export")
@records(Operation.LOG_EXPORTED)
def export_log() -> Response:
    """Everything that the conditions find, the oldest first, with each entry's hash."""
    file, encoding, lines = io.BytesIO(), asked_encoding(), 0
    with state().database.reading() as session:
        organisation = session.get_one(Organisation, member().organisation_id)
        wanted, errors = _search(session, request.args, organisation)
        if not errors:
            names = people_of(session, organisation.id)
            found = operations.every(session, organisation.id, wanted)
            lines = write_table(file, _lines(log_rows(session, found, names)), encoding)
    if errors:
        return make_response(_page(None), 422)  # says what is wrong, and shows no entry
    note_taken({name: text for name, text in _typed().items() if text}, lines)
    return table_answer(file, encoding, dated("operations"))


def _lines(rows: Iterator[LogRow]) -> Iterator[list[str]]:
    yield [say("番号"), *columns(), say("ネットワークアドレス"), say("ハッシュ（SHA-256）")]
    for row in rows:
        texts = (row.who, row.what, row.about, row.detail, row.address)
        entry = row.entry
        when, *rest = [second(entry.at), *(harmless(text) for text in texts)]
        yield [str(entry.sequence), when, *rest, entry.hash]


def _page(report: ChainReport | None) -> str:
    wishes = asked(operations.SORTS)
    with state().database.reading() as session:
        organisation = session.get_one(Organisation, member().organisation_id)
        wanted, errors = _search(session, request.args, organisation)
        page = operations.search(
            session, organisation.id, wanted, wishes.number, down=wishes.sorting.down
        )
        names = people_of(session, organisation.id)
        rows = list(log_rows(session, iter(page.rows), names))
    typed = _typed()
    said = {name: text for name, text in typed.items() if text}
    return render_template(
        "admin/log.html",
        page=page,
        rows=rows,
        columns=columns(),
        sorting=wishes.sorting,
        report=report,
        typed=typed,
        errors=errors,
        people=[
            ("", say("すべて")),
            (VISITOR, say("ログインしていない人")),
            *((f"member:{key}", name) for key, name in names.items()),
        ],
        topics=[("", say("すべて")), *((one.value, words(t)) for one, t in TOPIC_WORDS.items())],
        here=here_of("admin.operation_log", said | wishes.sorting.as_query()),
        narrowed=bool(said),
    )


def _typed() -> dict[str, str]:
    return {name: request.args.get(name, "")[:100] for name in CONDITIONS}


def _search(
    session: Session, args: Mapping[str, str], organisation: Organisation
) -> tuple[Search, dict[str, str]]:
    """The conditions of this URL; days are the organisation's. Nothing is found by one that is
    wrong, or of an envelope that there is not."""
    errors: dict[str, str] = {}
    since, until = (_day(args.get(name, ""), name, errors) for name in ("since", "until"))
    what = args.get("what", "")
    envelope = _envelope(session, args.get("number", ""), organisation, errors)
    if envelope is not None:  # nothing was done with it before, and its days are indexed
        since = max(since or date.min, _day_of(envelope.created_at, organisation))
    search = Search(
        actor=args.get("who", "")[:64],
        tags=TAGS[Topic(what)] if what in set(Topic) else frozenset(),
        since=_midnight(since, organisation) if since else None,
        before=_midnight(until + timedelta(days=1), organisation) if until else None,
        envelope_id=UUID(int=0) if errors else envelope.id if envelope else None,
    )
    return search, errors


def _envelope(
    session: Session, typed: str, organisation: Organisation, errors: dict[str, str]
) -> Envelope | None:
    if not typed.strip():
        return None
    found = session.scalar(
        select(Envelope).where(
            Envelope.organisation_id == organisation.id, Envelope.number == read_number(typed)
        )
    )
    if found is None:
        errors["number"] = say("この番号の封筒はありません。")
    return found


def _day_of(moment: datetime, organisation: Organisation) -> date:
    return moment.astimezone(ZoneInfo(organisation.zone)).date()


def _day(text: str, name: str, errors: dict[str, str]) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        found = date.max
    if found is not None and found.year not in range(1970, 9999):
        errors[name] = say("日付を選んでください。")
        return None
    return found


def _midnight(day: date, organisation: Organisation) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(organisation.zone)).astimezone(UTC)
