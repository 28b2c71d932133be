"""Members' TOTP secrets: sealed in the vault under the organisation's data key."""

from sqlalchemy.orm import Session

from identity.totp import accepted_step
from storage import people
from storage.people import VAULT_OWNER
from storage.tables import Member
from webapp.login import now
from webapp.state import state


def seal_totp(session: Session, member: Member, secret: str) -> bytes:
    """The secret, sealed for this member only."""
    return state().vault.seal(
        session, VAULT_OWNER, member.organisation_id, secret.encode(), _context(member)
    )


def unsealed_totp(member: Member) -> str:
    """The member's secret in clear. The member must have one."""
    if member.totp_sealed is None:
        message = "no second factor is enrolled"
        raise LookupError(message)
    with state().database.reading() as session:
        plain = state().vault.unseal(
            session, VAULT_OWNER, member.organisation_id, member.totp_sealed, _context(member)
        )
    return plain.decode()


def take_code(member: Member, code: str) -> bool:
    """Whether this is the code that the member's app shows now; a right one is used up."""
    if member.totp_sealed is None:
        return False
    step = accepted_step(unsealed_totp(member), code, member.totp_last_step, now())
    if step is None:
        return False
    with state().database.transaction() as session:
        return people.accept_totp_step(session, member.id, step)


def _context(member: Member) -> bytes:
    return b"totp:" + member.id.bytes
