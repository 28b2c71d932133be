"""Proposals beside the fields of a document: shown, taken one by one or together, dismissed.

They are buttons of the placing form, so that taking one loses nothing that is typed there.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from flask import flash
from flask import session as http_session
from sqlalchemy.orm import Session

from domain.called import even_name
from domain.field_words import TOO_MANY
from domain.proposals import Proposal, together
from domain.typed_fields import TypedField
from storage.placing import Seat
from storage.proposals import dismiss, found_in, proposed_on, take_back
from storage.tables import Document
from webapp.language import say, words
from webapp.sender.proposal_choices import choices
from webapp.state import state

SHOWN = 60
"""Proposals at once: nobody looks at more, and "all" means those that are shown."""
_ACTION = re.compile(r"(take|dismiss)-(all|[0-9]{1,3})|restore")


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
    typed: Mapping[str, str] = field(default_factory=dict)
    """Whom he has chosen so far, by the names of the page's fields."""
    gone: int = 0
    """How many were asked for that are not offered any more."""

    @property
    def named(self) -> list[Named]:
        """Whom the proposals name, in the order of the document."""
        found: dict[str, Named] = {}
        for row in self.proposals:
            if row.party:
                key = party_key(row.party)
                known = found.get(key)
                taken = self.known.get(even_name(row.party), "")
                said = known.person if known and known.person else taken or row.person
                person = self._typed(f"named-{key}") or said
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
            alone = self.seats[0].key if len(self.seats) == 1 else ""
            return self._typed(f"unnamed-{row.number}") or alone
        return next(one.person for one in self.named if one.key == party_key(row.party))

    @property
    def for_unnamed(self) -> str:
        """Who is chosen for all that name nobody."""
        return self._typed("unnamed")

    def chosen(self, row: Proposal) -> str:
        """Who the form says; nobody where it names a stranger."""
        if row.party:
            return self._typed(f"named-{party_key(row.party)}")
        return self._typed(f"unnamed-{row.number}") or self._typed("unnamed")

    def _typed(self, name: str) -> str:
        person = self.typed.get(name, "")
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
        choices(document.id),
    )


def is_answer(action: str) -> bool:
    """Whether a button of ours was pressed."""
    return _ACTION.fullmatch(action) is not None


def anchor_after(action: str) -> str | None:
    """Where on the page somebody goes on: with the next proposal, or, after all of them and where
    something is to be said, at the top of the page, where that stands."""
    return None if action.endswith("-all") or http_session.get("_flashes") else "proposals"


def asked_on(
    session: Session,
    document: Document,
    seats: Sequence[Seat],
    rows: Sequence[TypedField],
    form: Mapping[str, str],
) -> Offer:
    """Of what is offered now, whatever a button asks for: "all" are those that its page showed."""
    _, _, which = form.get("action", "").partition("-")
    one = {int(which)} if which.isdecimal() else set[int]()
    asked = {*_numbers(form.get("shown", ""))} if which == "all" else one
    found = found_in(state().vault, session, document)
    proposals, _ = proposed_on(found, document, seats, rows, asked)
    return Offer(proposals, seats=seats, typed=form, gone=len(asked) - len(proposals))


def answered(
    offer: Offer, document: Document, rows: Sequence[TypedField], action: str, room: int
) -> tuple[TypedField, ...]:
    """The document's rows after a button, with what it asks for; `room` is how many more the
    envelope may have. What happened is said."""
    verb, _, which = action.partition("-")
    if verb == "restore":
        take_back(document)
        return tuple(rows)
    if offer.gone:
        _say_gone(offer.gone)
    if verb == "dismiss":
        dismiss(document, [row.number for row in offer.proposals])
        return tuple(rows)
    people = [offer.chosen(row) for row in offer.proposals]
    # one alone is taken as it is, and its row says what is still missing
    taken = list(zip(offer.proposals, people, strict=True))
    taken = taken if which != "all" else together(offer.proposals, people, rows)
    if len(taken) > room:
        flash(words(TOO_MANY), "error")
        return tuple(rows)
    if which == "all":
        _say(len(taken), len(people) - len(taken))
    new = [row.row(str(document.id), person) for row, person in taken]
    return (*rows, *new)


def _numbers(shown: str) -> list[int]:
    """Those that the page says it showed."""
    return [int(number) for number in re.findall(r"\b\d{1,3}\b", shown, re.ASCII)[:SHOWN]]


def _say_gone(count: int) -> None:
    told = say(
        "%(count)s個の候補は、先に入力欄になったか外されたため、もうありません。", count=count
    )
    flash(told, "warning")


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
