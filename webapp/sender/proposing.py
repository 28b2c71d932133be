"""Proposals beside the fields of a document: shown, taken one by one or together, dismissed.

They are buttons of the placing form, so that taking one loses nothing that is typed there.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from flask import flash
from sqlalchemy.orm import Session

from domain.called import even_name
from domain.field_words import TOO_MANY
from domain.proposals import Proposal, together
from domain.typed_fields import TypedField
from storage.placing import Seat
from storage.proposals import dismiss, found_in, proposed_on, take_back
from storage.tables import Document
from webapp.language import say, words
from webapp.state import state

SHOWN = 60
"""Proposals at once: nobody looks at more, and "all" means those that are shown."""
_ACTION = re.compile(r"(take|dismiss)-(all|\d{1,3})|restore")


class Named(NamedTuple):
    """Somebody as the document calls him, and who that is so far."""

    key: str
    name: str
    person: str


@dataclass(frozen=True)
class Offer:
    """What is offered on one document."""

    proposals: Sequence[Proposal] = ()
    """At most SHOWN."""
    waiting: int = 0
    """How many come after them."""
    dismissed: int = 0
    more: bool = False
    """Whether intake found more than it keeps."""
    found: bool = False
    """Whether there ever was one."""
    seats: Sequence[Seat] = ()
    """Who may fill them in."""
    known: Mapping[str, str] = field(default_factory=dict)
    """Whom names of the document mean, as its sender took others of them."""

    @property
    def named(self) -> list[Named]:
        """Whom the proposals name, in the order of the document."""
        found: dict[str, Named] = {}
        for row in self.proposals:
            if row.party:
                key = party_key(row.party)
                known = found.get(key)
                taken = self.known.get(even_name(row.party), "")
                person = known.person if known and known.person else taken or row.person
                found[key] = Named(key, known.name if known else row.party, person)
        return list(found.values())

    @property
    def unnamed(self) -> int:
        """How many name nobody."""
        return sum(not row.party for row in self.proposals)

    def on_page(self, number: int) -> list[Proposal]:
        """Those of a page, from 1."""
        return [row for row in self.proposals if row.page == number - 1]

    def person(self, row: Proposal) -> str:
        """Who is chosen for one, until somebody says otherwise."""
        if not row.party:
            return self.seats[0].key if len(self.seats) == 1 else ""
        return next(one.person for one in self.named if one.key == party_key(row.party))

    def chosen(self, row: Proposal, form: Mapping[str, str]) -> str:
        """Who the form says; nobody where it names a stranger."""
        if row.party:
            person = form.get(f"named-{party_key(row.party)}", "")
        else:
            person = form.get(f"unnamed-{row.number}", "") or form.get("unnamed", "")
        return person if person in {seat.key for seat in self.seats} else ""


def party_key(party: str) -> str:
    """One for all ways to write a name."""
    return hashlib.sha256(even_name(party).encode()).hexdigest()[:8]


def offer_on(
    session: Session, document: Document, seats: Sequence[Seat], rows: Sequence[TypedField]
) -> Offer:
    """What its sender may decide on now. `rows` are the document's fields."""
    found = found_in(state().vault, session, document)
    proposals, known = proposed_on(found, document, seats, rows)
    return Offer(
        proposals[:SHOWN],
        max(0, len(proposals) - SHOWN),
        len(document.dismissed),
        found.more,
        bool(found.places),
        seats,
        known,
    )


def is_answer(action: str) -> bool:
    """Whether a button of ours was pressed."""
    return _ACTION.fullmatch(action) is not None


def anchor_after(action: str) -> str | None:
    """Where on the page somebody goes on: with the next proposal, or, after all of them, at the top
    of the page, where it stands what became of them."""
    return None if action.endswith("-all") else "proposals"


def answered(
    offer: Offer,
    document: Document,
    rows: Sequence[TypedField],
    form: Mapping[str, str],
    room: int,
) -> tuple[TypedField, ...]:
    """The document's rows after the button; `room` is how many more the envelope may have. What
    happened is said."""
    verb, _, which = form.get("action", "").partition("-")
    if verb == "restore":
        take_back(document)
        return tuple(rows)
    shown = [row for row in offer.proposals if which in ("all", str(row.number))]
    if verb == "dismiss":
        dismiss(document, [row.number for row in shown])
        return tuple(rows)
    people = [offer.chosen(row, form) for row in shown]
    # one alone is taken as it is, and its row says what is still missing
    taken = list(zip(shown, people, strict=True))
    taken = taken if which != "all" else together(shown, people, rows)
    if len(taken) > room:
        flash(words(TOO_MANY), "error")
        return tuple(rows)
    if which == "all":
        _say(len(taken), len(shown) - len(taken))
    new = [row.row(str(document.id), person) for row, person in taken]
    return (*rows, *new)


def _say(taken: int, left: int) -> None:
    if taken:
        flash(say("%(count)s個の候補を入力欄にしました。", count=taken), "success")
    if left:
        told = say(
            "%(count)s個の候補は、まだ置いていません。入力する人が選ばれていない、ほかの入力欄と"
            "重なる、または同じ人の2つ目の署名欄になるためです。",
            count=left,
        )
        flash(told, "warning")
