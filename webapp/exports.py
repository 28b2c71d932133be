"""Lists taken out as tables: asked for in an encoding, noted in the ledger, sent as a file."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import IO
from zoneinfo import ZoneInfo

from flask import Response, abort, request, send_file

from domain.events import Event, Json
from runtime.spreadsheets import ENCODINGS, csv_lines, mimetype
from storage import ledger
from webapp.errors import page
from webapp.language import say, zone
from webapp.login import member, now
from webapp.recording import query_hash
from webapp.state import state


def asked_encoding() -> str:
    """The encoding that the URL names; a page that names them (422) where there is no such one."""
    encoding = ENCODINGS.get(request.args.get("encoding", "utf-8"))
    if encoding is None:
        known = say("、").join(ENCODINGS)
        advice = say(
            "選べるのは %(known)s です。一覧のページから出力し直してください。", known=known
        )
        abort(page(422, say("この文字コードでは出力できません"), advice))
    return encoding


def note_export(event: Event, query: Mapping[str, object], lines: int, **about: Json) -> None:
    """The ledger keeps who took how many lines, `about` what, and a hash of the conditions. HEAD
    takes none."""
    if request.method != "GET":
        return
    with state().database.transaction() as session:
        ledger.append(
            session,
            event,
            at=now(),
            actor=f"member:{member().id}",
            organisation_id=member().organisation_id,
            data={**about, "lines": lines, "query": query_hash(query)},
        )


def write_table(file: IO[bytes], rows: Iterable[Sequence[str]], encoding: str) -> int:
    """Write head and lines; returns how many lines."""
    return sum(1 for line in csv_lines(rows, encoding) if file.write(line)) - 1


def table_answer(file: io.BytesIO, encoding: str, name: str) -> Response:
    """The whole table as a file to keep, whatever part of it is asked for: it is made anew each
    time, so that a part would belong to another one."""
    file.seek(0)
    kind = mimetype(encoding)
    return send_file(file, kind, as_attachment=True, download_name=name, conditional=False)


def dated(name: str) -> str:
    """A file's name with today's date where its reader is: `register-20261128.csv`."""
    return f"{name}-{now().astimezone(ZoneInfo(zone())):%Y%m%d}.csv"
