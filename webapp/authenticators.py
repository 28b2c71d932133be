"""Members' TOTP secrets: sealed in the vault under the organisation's data key."""

from sqlalchemy.orm import Session

from storage.people import VAULT_OWNER
from storage.tables import Member
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


def _context(member: Member) -> bytes:
    return b"totp:" + member.id.bytes
