"""Rows that are one member's, or one organisation's, and have addresses of their own.

All are the city's: the import is its clerk's, what a member has for himself the colleague's.
Whoever else asks for them is told that they do not exist.
"""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from domain.ports.signatures import Timestamp
from storage.desks import StoredStampDesk
from storage.desks.imports import StoredImportDesk
from storage.tables import (
    Absence,
    Imported,
    LoginSession,
    Mandate,
    MemberPasskey,
    MemberSeal,
    Passkey,
    SavedView,
    Visit,
)
from storage.tables.base import Base
from tests.webapp.stack import PDF, PNG, post_multipart

if TYPE_CHECKING:
    from tests.webapp.access.town import Town

OWNER = "colleague"
_TABLE = "氏名,メールアドレス\ncitycanary 山田,yamada@citycanary.example\n"


def keep_rows(town: "Town") -> dict[str, UUID]:
    """Make them, once everybody has logged in. Ids by the name that addresses give them."""
    return _imports(town) | _of_a_member(town) | _of_administrators(town)


def _imports(town: "Town") -> dict[str, UUID]:
    """One that is open, with a file, and one that was taken and time-stamped."""
    clerk = town.callers["clerk"].browser
    open_one, taken = (
        _batch(town, clerk, name) for name in ("citycanary open", "citycanary taken")
    )
    taken_file = _only_file(town, taken)
    today = datetime.now(UTC).date().isoformat()
    typed = {
        "partner": "citycanary 設計", "received_on": today, "made_on": today, "way": "electronic",
    }  # fmt: skip
    assert clerk.post(f"{taken}/files/{taken_file}", data=typed).status_code == 303
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', clerk.get(taken).text)
    assert shown is not None
    assert clerk.post(f"{taken}/take", data={"shown": shown[1]}).status_code == 303
    desk = StoredImportDesk(town.office.database, town.office.vault)
    desk.stamped(taken_file, Timestamp(b"a token", datetime.now(UTC), "TSA 1"))
    return {
        "batch_id": UUID(open_one.rpartition("/")[2]),
        "import file": _only_file(town, open_one),
        "imported": taken_file,
    }


def _batch(town: "Town", clerk: FlaskClient, name: str) -> str:
    parts = [FileStorage(io.BytesIO(PDF + name.encode()), f"{name}.pdf", "files")]
    answer = post_multipart(clerk, "/deals/imports", {"files": parts})
    assert answer.status_code == 303
    town.office.accept_documents()
    return str(answer.location)


def _only_file(town: "Town", batch: str) -> UUID:
    with town.office.database.reading() as session:
        found = select(Imported).where(Imported.batch_id == UUID(batch.rpartition("/")[2]))
        return session.scalars(found).one().envelope_id


def _of_a_member(town: "Town") -> dict[str, UUID]:
    owner = town.callers[OWNER].browser
    table = FileStorage(io.BytesIO(_TABLE.encode()), "citycanary.csv", "table")
    kept = post_multipart(owner, "/contacts/import", {"table": table, "existing": "update"})
    _accepted(owner.post("/views", data={"list": "envelopes", "query": "q=x", "name": "canary"}))
    _accepted(owner.post("/account/absence", data=_absent(town)))
    seal = {"action": "make", "seal-text": "田中", "seal-form": "round"}
    _accepted(owner.post("/account/seal", data=seal, content_type="multipart/form-data"))
    office = town.office
    office.browser(OWNER)  # logged in at home, too
    found = {
        "import_id": UUID(_accepted(kept).rpartition("/")[2]),
        "view_id": _newest(town, SavedView),
        "absence_id": _newest(town, Absence),
        "seal_id": _newest(town, MemberSeal),
        "login_id": _newest_login(town),
        "passkey_id": _passkey(town),
    }
    StoredStampDesk(office.database, office.vault).accept(found["seal_id"], PNG)
    return found


def _absent(town: "Town") -> dict[str, str]:
    first = datetime.now(UTC).date() + timedelta(days=30)
    last, deputy = first + timedelta(days=1), town.office.members["clerk"].id
    return {
        "begins_on": first.isoformat(), "ends_on": last.isoformat(), "deputy": str(deputy),
    }  # fmt: skip


def _passkey(town: "Town") -> UUID:
    row = MemberPasskey(
        id=uuid4(), member_id=town.office.members[OWNER].id, rp_id="localhost",
        credential_sha256="a" * 64, credential_id="", public_key="", sealed=b"", name="canary",
        registered_at=datetime.now(UTC), sign_count=0,
    )  # fmt: skip
    with town.office.database.transaction() as session:
        session.add(row)
        return row.id


def _of_administrators(town: "Town") -> dict[str, UUID]:
    admin = town.callers["admin"].browser
    typed = {
        "member": str(town.office.members[OWNER].id), "title": "citycanary 課長",
        "begins_on": datetime.now(UTC).date().isoformat(), "most": "1,000,000",
        "basis": "契約規則第5条",
    }  # fmt: skip
    _accepted(admin.post("/admin/mandates", data=typed))
    return {"mandate_id": _newest(town, Mandate), "passkey": _signers_passkey(town)}


def _signers_passkey(town: "Town") -> UUID:
    """Of the other side, in its visit."""
    with town.office.database.transaction() as session:
        visit = session.get_one(Visit, town.callers["other participant"].visit)
        row = Passkey(
            id=uuid4(), organisation_id=town.office.organisation,
            mail="taro@citycanary.example", rp_id="localhost", user_handle=uuid4(),
            credential_sha256="b" * 64, credential_id="AA", public_key="AA", sealed=b"sealed",
            participant_id=visit.participant_id, visit_id=visit.id, agent="a phone",
            registered_at=datetime.now(UTC), sign_count=0,
        )  # fmt: skip
        session.add(row)
        return row.id


def _newest(town: "Town", table: type[Base]) -> UUID:
    with town.office.database.reading() as session:
        [row] = session.query(table).all()
        found: UUID = row.id  # type: ignore[attr-defined]  # each of these has one
        return found


def _newest_login(town: "Town") -> UUID:
    member = town.office.members[OWNER].id
    newest = LoginSession.created_at.desc()
    query = select(LoginSession.id).where(LoginSession.member_id == member).order_by(newest)
    with town.office.database.reading() as session:
        return session.scalars(query.limit(1)).one()


def _accepted(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return str(answer.location)
