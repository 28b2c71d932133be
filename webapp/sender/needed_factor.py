"""Whether a member may do without some of his passkeys."""

from collections.abc import Collection
from enum import Enum
from uuid import UUID

from storage import member_passkeys, sso_exempt
from webapp import login as logins
from webapp.state import state


class Need(Enum):
    """Why the last factor of somebody stays."""

    DEMANDED = "demanded"
    """His organisation asks everybody for one."""
    DOOR = "door"
    """He is the last who comes in when the identity provider fails."""


def is_last(going: Collection[UUID]) -> bool:
    """Whether no second factor would be left without these passkeys."""
    member = logins.member()
    with state().database.reading() as db:
        rows = member_passkeys.of_member(db, member.id)
    return bool(going) and member.totp_sealed is None and all(row.id in going for row in rows)


def need_of(going: Collection[UUID]) -> Need | None:
    """Why these passkeys cannot go all at once."""
    found = logins.signed_in()
    if found is None or not is_last(going):
        return None
    if found.organisation.totp_since is not None:
        return Need.DEMANDED
    with state().database.reading() as db:
        alone = sso_exempt.holds_the_door(db, found.organisation, found.member)
    return Need.DOOR if alone else None
