"""Verifications of worlds whose documents are no PDFs: everything but the judge is real."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.verification import VerificationActivities
from domain.findings import Finding
from domain.kinds import Language
from domain.messages import Ending, VerificationRef
from domain.verification import Basis, Judgement, Period, ReportHead, ReportLine, Stamp
from storage import verifications
from storage.blobfiles import blob_path
from storage.desks.verification import StoredVerificationDesk
from storage.tables import Document, Envelope, Member, Revision, Verification
from tests.storage.world import Journey, World, now, person

YEAR = Period(Basis.CONCLUDED, date(2026, 1, 1), date(2100, 12, 31))
STAMP = Stamp("timestamp", "ArchiveTS01", "2026-04-01T00:00:00.000000Z", "TSA 1", good=True)


class Believer:
    """Finds every document good, and makes a report of a line each."""

    def __init__(self) -> None:
        self.judged: list[UUID] = []

    def judge(self, data: bytes, record: Mapping[str, Any], document_id: UUID) -> Judgement:
        self.judged.append(document_id)
        assert record["format"] == "musubi-evidence-1"
        return Judgement((), 1, (STAMP,))

    def make(self, head: ReportHead, lines: Iterator[ReportLine]) -> bytes:
        rows = [f"{line.document} {' '.join(line.findings)}" for line in lines]
        return "\n".join([head.organisation, *rows]).encode()


def concluded(world: World) -> Journey:
    """An envelope of one document that everybody has signed."""
    journey = Journey.begin(world, person("a"))
    journey.sign("a")
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    return journey


def asked(world: World, period: Period = YEAR) -> UUID:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        return verifications.ask(session, member, period, Language.JA, now()).id


def carried_out(world: World, run_id: UUID, believer: Believer | None = None) -> Believer:
    """What the workflow does."""
    believer = believer or Believer()
    desk = StoredVerificationDesk(world.database, world.vault)
    activities = VerificationActivities(desk, believer, believer)
    run, inside = VerificationRef(run_id=run_id), ActivityEnvironment()
    left = inside.run(activities.plan_verification, run).left
    while left:
        left = inside.run(activities.verify_documents, run).left
    inside.run(activities.finish_verification, run)
    return believer


def found(world: World, run_id: UUID) -> dict[str, tuple[Finding, ...]]:
    """Findings by envelope."""
    with world.reading() as session:
        return {line.number: line.findings for line in verifications.every_line(session, run_id)}


def run_of(world: World, run_id: UUID) -> Verification:
    with world.reading() as session:
        return session.get_one(Verification, run_id)


def number(world: World, journey: Journey) -> str:
    with world.reading() as session:
        return session.get_one(Envelope, journey.envelope_id).number


def newest_file(world: World, journey: Journey) -> Path:
    """Where the finished document lies on the disk."""
    with world.reading() as session:
        blob_id = session.scalars(
            select(Revision.blob_id)
            .join(Document, Document.id == Revision.document_id)
            .where(Document.envelope_id == journey.envelope_id)
            .order_by(Revision.version.desc(), Revision.number.desc())
        ).first()
    assert blob_id is not None
    return blob_path(world.vault._blobs._root, blob_id)
