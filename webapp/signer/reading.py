"""The reading page's facts: tabs, the open document's pages, and the list of what is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from domain.field_kinds import WITH_RANGE
from domain.kinds import FieldKind, SlotState
from storage.entering import fields_of_others
from storage.handed_in import HandedIn, handed_in
from storage.letters import choice_size
from storage.shown import ShownDocument
from storage.tables import Document, Field
from storage.vault import Vault
from storage.visits import Visiting
from webapp.language import say
from webapp.page_sizes import A4, page_size
from webapp.signer.asking import Asked
from webapp.signer.queries import Person, people_by_slot
from webapp.signer.words import field_noun


@dataclass(frozen=True)
class Tab:
    """One document above the reader; `opened` once this visit has fetched it."""

    number: int
    document: Document
    opened: bool


@dataclass(frozen=True)
class Sheet:
    """One page: its number from 1, its size in points, whether intake drew a picture of it."""

    number: int
    width: int
    height: int
    picture: bool


@dataclass(frozen=True)
class OtherField:
    """A field that somebody else fills in: shown as a place, never as an input."""

    field: Field
    person: Person | None

    @property
    def noun(self) -> str:
        """What is filled in there."""
        return self.field.label or field_noun(FieldKind(self.field.kind))

    @property
    def name(self) -> str:
        """Whose it is."""
        return self.person.called or self.person.party if self.person else say("ほかの方")

    @property
    def page(self) -> int:
        """From 1."""
        return self.field.page + 1


@dataclass(frozen=True)
class ReadingPage:
    """Everything the template shows."""

    tabs: tuple[Tab, ...]
    current: Tab
    sheets: tuple[Sheet, ...]
    size: int
    """Bytes of the open document."""
    done_before: tuple[Person, ...]
    asked: Asked
    others: tuple[OtherField, ...]
    handed_in: tuple[HandedIn, ...] = ()
    """Files that others have attached and signed for, whatever document they belong to."""

    def signed(self, tab: Tab) -> bool:
        """Whether nothing is left to do about the signature of a document."""
        return tab.opened and not self.wrong(tab)

    def wrong(self, tab: Tab) -> bool:
        """Whether the look of its signature is not settled."""
        look = self.asked.look
        return tab.document.id in self.asked.visible_on and look is not None and bool(look.error)

    @property
    def done(self) -> int:
        """Required items that were settled before."""
        inputs = sum(row.done for row in self.asked.inputs if row.required)
        return inputs + sum(self.signed(tab) for tab in self.tabs)

    @property
    def required(self) -> int:
        """A signature in each document, and the required fields."""
        return len(self.tabs) + sum(row.required for row in self.asked.inputs)

    @property
    def has_form(self) -> bool:
        """Whether there is anything to enter beside the open document."""
        number = self.current.number
        return bool(self.asked.on(number)) or self.asked.shows_look(number)

    @property
    def spots(self) -> list[dict[str, Any]]:
        """Places of all fields on the open document's pages, for the page's script."""
        own = [
            _spot(row.row.field, self.current.document, row.noun, row.anchor, row.label)
            | _marked(row.row.field)
            for row in self.asked.on(self.current.number)
            if row.placed
        ]
        signature = self.asked.signature_on(self.current.document.id)
        if signature is not None:
            own.append(_spot(signature, self.current.document, say("署名"), "look-name"))
        others = [
            _spot(row.field, self.current.document, say("%(name)s 様の欄", name=row.name))
            for row in self.others
        ]
        return own + others


def _spot(
    field: Field, document: Document, text: str, control: str = "", label: str = ""
) -> dict[str, Any]:
    """Left, top, width and height are percent of the page; without `control` it is another's."""
    sizes = document.page_sizes
    wide, high = sizes[field.page] if field.page < len(sizes) else A4
    x, y, width, height = field.rect or (0, 0, 0, 0)
    parts = (100 * x / wide, 100 * y / high, 100 * width / wide, 100 * height / high)
    return {
        "page": field.page + 1,
        "rect": [round(part, 3) for part in parts],
        "text": text,
        "label": label,
        "control": control,
    }


def _marked(field: Field) -> dict[str, Any]:
    """Of a box or a choice, whose squares and words the page shows already: what the script needs
    to put the mark where the signed file will have it. Lengths in points. Of a number: that it
    stands at the right."""
    if field.kind in WITH_RANGE:
        return {"figure": True}
    if field.kind not in {FieldKind.CHECKBOX, FieldKind.RADIO} or not field.rect:
        return {}
    width, height = float(field.rect[2]), float(field.rect[3])
    found: dict[str, Any] = {"size": [width, height]}
    if field.kind == FieldKind.RADIO:
        found["options"] = list(field.options)
        found["letter"] = choice_size(field.options, width, height)
    return found


def reading_page(  # noqa: PLR0913 - what is open, and what is asked
    session: Session,
    vault: Vault,
    visiting: Visiting,
    documents: Sequence[ShownDocument],
    wanted: int,
    asked: Asked,
) -> ReadingPage:
    """The page for document number `wanted`, from 1; a number out of range opens the first."""
    tabs = tuple(
        Tab(number, shown.document, shown.document.id in visiting.viewed)
        for number, shown in enumerate(documents, start=1)
    )
    current = tabs[wanted - 1] if 1 <= wanted <= len(tabs) else tabs[0]
    people = people_by_slot(session, visiting.holder)
    finished = tuple(
        person for person in people.values() if person.state in {SlotState.ACTED, SlotState.DONE}
    )
    others = tuple(
        OtherField(field, people.get(field.slot_id))
        for field in fields_of_others(session, visiting.holder, current.document.id)
    )
    return ReadingPage(
        tabs=tabs,
        current=current,
        sheets=sheets_of(current.document),
        size=documents[current.number - 1].revision.size,
        done_before=finished,
        asked=asked,
        others=others,
        handed_in=tuple(
            item
            for item in handed_in(session, vault, visiting.holder.envelope)
            if item.person.id != visiting.holder.participant.id
        ),
    )


def sheets_of(document: Document) -> tuple[Sheet, ...]:
    """All pages in their order."""
    return tuple(
        Sheet(number, *page_size(document, number), document.picture(number) is not None)
        for number in range(1, document.pages + 1)
    )
