"""What a template holds: a draft without what belongs to one envelope, and what differs in two.

Documents have keys of their own in it ("1", "2" …), so that the same file may stand in it twice and
every draft that is made from it has documents of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from domain.deals import TypedDeal
from domain.drafts import WANTED, Order, TypedDraft, TypedPerson, typed_draft
from domain.own_fields import filled
from domain.refusals import Words
from domain.typed_fields import TypedField, typed_field


class Part(StrEnum):
    """Parts that two versions are compared by."""

    TITLE = "title"
    MESSAGE = "message"
    DOCUMENTS = "documents"
    PEOPLE = "people"
    ORDER = "order"
    CHAIN = "chain_id"
    FIELDS = "fields"
    DEADLINE = "deadline_days"
    PURPOSE = "purpose"
    AMOUNT = "amount"
    KIND = "contract_kind"
    DEAL = "deal"
    OWN = "own"


PART_WORDS: dict[Part, Words] = {
    Part.TITLE: Words("封筒名", "Envelope name"),
    Part.MESSAGE: Words("メッセージ", "Message"),
    Part.DOCUMENTS: Words("文書", "Documents"),
    Part.PEOPLE: Words("関係者", "People"),
    Part.ORDER: Words("依頼の順番", "Order"),
    Part.CHAIN: Words("承認ルート", "Approval route"),
    Part.FIELDS: Words("入力欄", "Fields"),
    Part.DEADLINE: Words("期限（日数）", "Deadline (days)"),
    Part.PURPOSE: Words("署名の目的", "Purpose of signing"),
    Part.AMOUNT: Words("取引金額", "Amount"),
    Part.KIND: Words("契約の種類", "Kind of contract"),
    Part.DEAL: Words("契約の情報", "Contract data"),
    Part.OWN: Words("契約の独自項目", "Own fields of the contract"),
}


@dataclass(frozen=True)
class TemplateDocument:
    """A document of a template: `file` is the id of its stored bytes."""

    key: str
    file: str
    title: str
    file_name: str


@dataclass(frozen=True)
class TemplateContent:
    """One version's content. People's documents and the fields name documents by their keys."""

    draft: TypedDraft
    fields: tuple[TypedField, ...] = ()
    documents: tuple[TemplateDocument, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What the version's row keeps."""
        return {
            "draft": self.draft.as_json(),
            "fields": [row.as_json() for row in self.fields],
            "documents": [vars(document) for document in self.documents],
        }


def content_of(stored: Mapping[str, Any]) -> TemplateContent:
    """The content of a row."""
    return TemplateContent(
        typed_draft(stored.get("draft") or {}),
        tuple(typed_field(row) for row in stored.get("fields") or ()),
        tuple(
            TemplateDocument(
                str(row.get("key", "")), str(row.get("file", "")), str(row.get("title", "")),
                str(row.get("file_name", "")),
            )
            for row in stored.get("documents") or ()
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class DraftDocument:
    """A document of the draft, and the template's file that holds the same bytes."""

    id: str
    file: str
    title: str
    file_name: str


def content_from(
    typed: TypedDraft,
    fields: Sequence[TypedField],
    documents: Sequence[DraftDocument],
    places: Mapping[str, str],
    left_open: Collection[str],
) -> TemplateContent:
    """The draft as a template. Nobody's access code goes along, but that one is asked for does.

    `places` are names of people's places and `left_open` who is left out, by their keys.
    """
    keys = {document.id: str(number) for number, document in enumerate(documents, 1)}
    people = tuple(
        _kept(person, places.get(person.key, ""), keys, left_open=person.key in left_open)
        for person in typed.people
        if not person.untouched
    )
    gone = {person.key for person in typed.people} - {person.key for person in people}
    kept = [
        replace(row, document=keys[row.document])
        for row in fields
        if row.document in keys and row.person not in gone
    ]
    return TemplateContent(
        replace(typed, people=people, route_seen="", deal=_lasting(typed.deal)),
        tuple(kept),
        tuple(
            TemplateDocument(keys[document.id], document.file, document.title, document.file_name)
            for document in documents
        ),
    )


def _lasting(deal: TypedDeal) -> TypedDeal:
    """What the next contract of the sort has too: no day, no number, no other side."""
    return TypedDeal(
        renews=deal.renews, notice_days=deal.notice_days, retention_years=deal.retention_years
    )


def _kept(
    person: TypedPerson, place: str, keys: Mapping[str, str], *, left_open: bool
) -> TypedPerson:
    documents = " ".join(keys[one] for one in person.documents.split() if one in keys)
    code = WANTED if person.code else ""
    kept = replace(person, role=place, documents=documents, code=code)
    return replace(kept, name="", mail="", company="", phone="", known="") if left_open else kept


def drafted(
    content: TemplateContent, ids: Mapping[str, str], chain_id: str
) -> tuple[TypedDraft, tuple[TypedField, ...]]:
    """Form and fields of a new draft. `ids` are its documents' by the template's keys, `chain_id`
    is the chain's newest version."""
    typed = content.draft
    people = tuple(
        replace(
            person,
            documents=" ".join(ids[one] for one in person.documents.split() if one in ids),
        )
        for person in typed.people
    )
    fields = tuple(
        replace(row, document=ids[row.document]) for row in content.fields if row.document in ids
    )
    first = TypedDraft().people
    return replace(typed, people=people or first, chain_id=chain_id), fields


def differing(before: TemplateContent, after: TemplateContent) -> tuple[Part, ...]:
    """Parts that are not the same in two contents."""
    return tuple(part for part in Part if _compared(before, part) != _compared(after, part))


def _compared(content: TemplateContent, part: Part) -> object:
    draft = content.draft
    match part:
        case Part.DOCUMENTS:
            return [(one.file, one.title) for one in content.documents]
        case Part.FIELDS:
            # a field that lies in another document lies elsewhere, whatever that one's number is
            files = {one.key: (one.file, one.title) for one in content.documents}
            rows = [row.as_json() | {"document": files.get(row.document)} for row in content.fields]
            return sorted(map(str, rows))
        case Part.PEOPLE:
            return [_described(content, person) for person in draft.people]
        case Part.ORDER:
            laid_out = draft.order == Order.STAGES
            return draft.order, draft.laid_out.stages if laid_out else ()
        case Part.OWN | Part.DEAL:
            return filled(draft.own) if part is Part.OWN else draft.deal
    text = getattr(draft, part.value).strip()
    return (text, draft.filled) if part is Part.CHAIN else text


def _described(content: TemplateContent, person: TypedPerson) -> dict[str, object]:
    """Rows whose stage is not used may say one all the same."""
    files = {one.key: one.file for one in content.documents}
    of = {"documents": [files.get(key) for key in person.documents.split()]}
    stage = {} if content.draft.order == Order.STAGES else {"stage": ""}
    return vars(person) | of | stage
