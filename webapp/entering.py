"""What every way of logging in has in common: the old login ends, the log says who came, or why
not."""

from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from domain.events import Event
from domain.sso import SsoRefused
from storage import ledger, people, sso
from storage.tables import Member, Organisation, SsoConnection
from webapp import login as logins
from webapp.state import state
from webapp.tries import count_refused_answer


def end_old_login(db: Session) -> None:
    """Whoever was logged in on this browser is not any more."""
    whole, half = logins.logged_in(), logins.half_login()
    old = whole.login if whole else half[0] if half else None
    if old is not None:
        people.end_login(db, old.id, logins.now())


def note_entry(db: Session, found: Member, method: str) -> None:
    """He is in, with everything that was asked for."""
    ledger.append(
        db,
        Event.MEMBER_LOGGED_IN,
        at=logins.now(),
        actor=f"member:{found.id}",
        organisation_id=found.organisation_id,
        data={"method": method},
        address=request.remote_addr or "",
    )


def note_refusal(found: Member | None, why: str = "") -> None:
    """Somebody is not in; `why` in a code where it is not a wrong password or code."""
    data: dict[str, object] = {"member": found.id} if found else {}
    _refused(found.organisation_id if found else None, data | ({"why": why} if why else {}))


def note_sso_refusal(connection: SsoConnection, refused: SsoRefused) -> None:
    """A provider's answer led to no login. Raises TooManyTries."""
    count_refused_answer()
    data: dict[str, object] = {"why": refused.why.value, "protocol": connection.protocol}
    if refused.detail:
        data["detail"] = refused.detail
    _refused(connection.organisation_id, data)


def _refused(organisation_id: UUID | None, data: dict[str, object]) -> None:
    with state().database.transaction() as db:
        ledger.append(
            db,
            Event.MEMBER_LOGIN_REFUSED,
            at=logins.now(),
            actor="visitor",
            organisation_id=organisation_id,
            data=data,
            address=request.remote_addr or "",
        )


def password_is_closed(found: Member) -> bool:
    """Whether the member's organisation demands single sign-on of him."""
    with state().database.reading() as db:
        organisation = db.get_one(Organisation, found.organisation_id)
    return sso.password_is_closed(organisation, found)
