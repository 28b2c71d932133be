"""The report of a verification to take away: as a table, and as a PDF."""

import io
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, abort

from domain.operations import Operation
from domain.verification import RunState
from runtime.report_tables import report_lines
from storage import verifications
from webapp.deals.blueprint import blueprint
from webapp.deals.verifying import run_or_404
from webapp.exports import asked_encoding, table_answer, write_table
from webapp.language import language, zone
from webapp.recording import records
from webapp.security import may
from webapp.signer.ranges import StoredFile, send_stored
from webapp.state import state


@blueprint.get("/deals/verifications/<uuid:run_id>/report.csv")
@may("deal.verify")
@records(Operation.VERIFICATION_EXPORTED)
def verification_table(run_id: UUID) -> Response:
    """Every document with what was found; 404 before the run is finished."""
    encoding, file = asked_encoding(), io.BytesIO()
    with state().database.reading() as session:
        run = run_or_404(session, run_id)
        if run.state is not RunState.DONE:
            abort(404)
        found = verifications.every_line(session, run_id)
        write_table(file, report_lines(found, language(), zone()), encoding)
    return table_answer(file, encoding, f"{_name(run.row.asked_at)}.csv")


@blueprint.get("/deals/verifications/<uuid:run_id>/report.pdf")
@may("deal.verify")
@records(Operation.VERIFICATION_EXPORTED)
def verification_report(run_id: UUID) -> Response:
    """The report whose hash stands in the ledger."""
    with state().database.reading() as session:
        row = run_or_404(session, run_id).row
    if row.report_blob_id is None or row.report_sha256 is None:
        abort(404)
    name = f"{_name(row.asked_at)}.pdf"
    return send_stored(StoredFile(row.report_blob_id, row.report_size, row.report_sha256, name))


def _name(asked_at: datetime) -> str:
    return f"verification-{asked_at.astimezone(ZoneInfo(zone())):%Y%m%d-%H%M%S}"
