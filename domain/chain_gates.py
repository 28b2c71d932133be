"""Gates and the place of the other side in a chain: what is wrong with them, as members are now."""

from collections.abc import Iterable, Sequence

from domain.chain_finding import Finding
from domain.chain_seats import Staff
from domain.chains import ChainStage
from domain.permissions import ROLE_WORDS
from domain.refusals import Words
from domain.stages import OPENING_ROLES, Gate


def unopened(gate: Gate, staff: Staff) -> Words | None:
    """Why nobody could open a gate; None where somebody can."""
    roles = {role.value for role in OPENING_ROLES}
    opener = gate.opener
    if opener.role is not None:
        if any(one.active and opener.role.value in one.roles for one in staff.people.values()):
            return None
        role = ROLE_WORDS[opener.role]
        return Words(
            f"番号と日付を登録できる人（{role.ja}）が誰もいません。",
            f"There is no {role.en.lower()} who could enter number and day.",
        )
    person = staff.people.get(opener.member_id) if opener.member_id else None
    if person is not None and person.active and roles & person.roles:
        return None
    name = person.name if person else "―"
    return Words(
        f"{name}さんは、番号と日付を登録できなくなりました。別の人を選んでください。",
        f"{name} can no longer enter number and day. Choose somebody else.",
    )


def closed_gates(stages: Sequence[ChainStage], staff: Staff) -> Iterable[Finding]:
    """Gates that nobody could open."""
    for index, stage in enumerate(stages):
        lacks = unopened(stage.gate, staff) if stage.gate else None
        if lacks is not None:
            yield Finding(lacks, index, error=True, part="opener")
