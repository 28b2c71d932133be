"""同じ内容で作り直す: what the draft takes over from an envelope that ended without conclusion.

Everything that was typed, as it was at last: corrected addresses, corrected values of the register,
documents of the last version. Nobody's access code goes along, but that one is asked for does.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from domain.deals import Deal
from domain.drafts import WANTED, TypedDraft, TypedPerson
from domain.events import Json
from domain.kinds import EnvelopeState
from domain.typed_fields import TypedField

UNCONCLUDED = frozenset({EnvelopeState.DECLINED, EnvelopeState.WITHDRAWN, EnvelopeState.EXPIRED})
"""Ends of an envelope after which the same content may be sent again."""


@dataclass(frozen=True)
class Taker:
    """Who fills a place of the earlier route. `seat` is who he was there: name, side and part, as a
    draft's row has them; `member` is his id where he comes from a chain."""

    seat: tuple[str, str, str]
    member: str = ""


def with_register(typed: TypedDraft, known: Deal, base: Mapping[str, Json]) -> TypedDraft:
    """The form with what was corrected in the register since. `base` is what the draft said when it
    was sent: whatever only followed from it, like the partner's name, is left to follow again."""
    now = known.as_typed()
    changed = [name for name, value in known.as_json().items() if value != base.get(name)]
    whole = replace(typed.whole_deal, **{name: getattr(now, name) for name in changed})
    return replace(
        typed,
        amount=whole.amount,
        contract_kind=whole.kind,
        deal=replace(whole, amount="", kind=""),
    )


def again(people: Iterable[TypedPerson], ids: Mapping[str, str]) -> tuple[TypedPerson, ...]:
    """The same people. `ids` are the new documents' by those of before. A document that is not
    among them stays chosen, so that sending asks for another: nobody gets everything because what
    was chosen for him is gone."""
    return tuple(
        replace(
            person,
            code=WANTED if person.code else "",
            documents=" ".join(ids.get(one, one) for one in person.documents.split()),
        )
        for person in people
    )


def moved(rows: Iterable[TypedField], ids: Mapping[str, str]) -> tuple[TypedField, ...]:
    """The fields on the new documents."""
    return tuple(replace(row, document=ids[row.document]) for row in rows if row.document in ids)


def place_keys(places: Mapping[str, Taker | None], people: Iterable[TypedPerson]) -> dict[str, str]:
    """Under which key a draft keeps the fields of each place; "" where nobody can tell, so that
    the sender is asked. `places` are their takers by the places' ids."""
    rows = list(people)
    count = Counter(_seat(row) for row in rows)
    keys = {_seat(row): row.key for row in rows if count[_seat(row)] == 1}
    return {
        place: (taker.member or keys.get(taker.seat, "")) if taker else ""
        for place, taker in places.items()
    }


def _seat(person: TypedPerson) -> tuple[str, str, str]:
    return person.name.strip(), person.party, person.kind
