"""Templates in words: what a version holds, part by part."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.choices import chosen
from domain.conclusion import PURPOSE_WORDS, Purpose
from domain.deal_words import RELATIONS, VALUE_WORDS
from domain.deals import Relation, TypedDeal
from domain.drafts import Order, TypedDraft, TypedPerson
from domain.ids import read_id
from domain.kinds import ParticipantKind, PartyKind
from domain.merging import MERGE_MEANING, MERGE_NAMES, PLACE_NAMES
from domain.own_fields import filled
from domain.refusals import Words
from domain.template_content import PART_WORDS, Part, TemplateContent, differing
from domain.templates import (
    SHARE_HINTS,
    SHARE_WORDS,
    TEMPLATE_EVENT_WORDS,
    Share,
    TemplateEvent,
)
from storage.own_fields import definitions
from storage.tables import Chain, Member
from webapp.language import say, words
from webapp.sender.forms import KIND_WORDS, ORDER_WORDS, PARTY_WORDS

_FINER = Words("（細かい設定が違います）", "(details differ)")


@dataclass(frozen=True)
class PartShown:
    """A part of a template in lines."""

    part: Part
    lines: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return words(PART_WORDS[self.part])


@dataclass(frozen=True)
class PartDiffers:
    """A part that is not the same in a template and the member's draft, or in two forms of one
    draft."""

    part: Part
    name: str
    theirs: tuple[str, ...]
    mine: tuple[str, ...]
    finer: str = ""
    """Said where both read the same."""


def parts_shown(session: Session, member: Member, content: TemplateContent) -> list[PartShown]:
    """Every part that says something."""
    chains = _chains(session, member, content)
    labels = _own_labels(session, member)
    found = [PartShown(part, _lines(content, part, chains, labels)) for part in Part]
    return [part for part in found if part.lines]


def parts_differing(
    session: Session, member: Member, theirs: TemplateContent, mine: TemplateContent
) -> list[PartDiffers]:
    """What the newest version and the draft say differently."""
    chains = _chains(session, member, theirs) | _chains(session, member, mine)
    labels = _own_labels(session, member)
    found = []
    for part in differing(theirs, mine):
        both = _lines(theirs, part, chains, labels), _lines(mine, part, chains, labels)
        finer = words(_FINER) if both[0] == both[1] else ""
        found.append(PartDiffers(part, words(PART_WORDS[part]), *both, finer))
    return found


def person_line(person: TypedPerson) -> str:
    """Somebody of a template: his place, and who sits in it."""
    who = person.name.strip() or person.mail.strip() or say("送信時に入力")
    company = say("（%(text)s）", text=person.company.strip()) if person.company.strip() else ""
    side = words(PARTY_WORDS[PartyKind(person.party)]) if person.party in set(PartyKind) else ""
    kind = (
        words(KIND_WORDS[ParticipantKind(person.kind)])
        if person.kind in set(ParticipantKind)
        else ""
    )
    place = say("%(place)s：", place=person.role) if person.role else ""
    return f"{place}{who}{company} ・ {side} ・ {kind}"


def merge_rows() -> list[tuple[str, str]]:
    """Every merge field as it is written, with what it stands for."""
    rows = [
        (f"{{{{{words(name)}}}}}", words(MERGE_MEANING[merge]))
        for merge, name in MERGE_NAMES.items()
    ]
    place = say("受注者")
    return rows + [
        (
            f"{{{{{place}.{words(name)}}}}}",
            say("枠の名前が「%(place)s」の人の%(part)s", place=place, part=words(name)),
        )
        for name in PLACE_NAMES.values()
    ]


def _lines(
    content: TemplateContent, part: Part, chains: Mapping[str, str], labels: Mapping[str, str]
) -> tuple[str, ...]:
    draft = content.draft
    match part:
        case Part.DOCUMENTS:
            found = [document.title for document in content.documents]
        case Part.PEOPLE:
            found = [person_line(person) for person in draft.people if not person.untouched]
        case Part.ORDER:
            found = [_order_text(draft)]
        case Part.CHAIN:
            gone = say("使えなくなったルート")
            found = [chains.get(draft.chain_id, gone)] if draft.chain_id else []
        case Part.FIELDS:
            number = len(content.fields)
            found = [say("%(number)s個", number=number)] if number else []
        case Part.OWN:
            found = [
                say("%(label)s：%(value)s", label=labels.get(key, say("独自項目")), value=value)
                for key, value in filled(draft.own)
            ]
        case Part.DEAL:
            found = _deal_lines(draft.deal)
        case Part.PURPOSE:
            known = draft.purpose in set(Purpose)
            found = [words(PURPOSE_WORDS[Purpose(draft.purpose)])] if known else []
        case _:
            found = str(getattr(draft, part.value)).strip().splitlines()
    return tuple(found)


def _deal_lines(deal: TypedDeal) -> list[str]:
    """As typed; what is chosen of a list in its words."""
    relation = chosen(Relation, deal.relation, None)
    said = vars(deal) | {
        "renews": say("あり") if deal.renews else "",
        "relation": words(RELATIONS[relation]) if relation else "",
    }
    return [
        say("%(label)s：%(value)s", label=words(VALUE_WORDS[name]), value=value.strip())
        for name, value in said.items()
        if value.strip()
    ]


def _own_labels(session: Session, member: Member) -> dict[str, str]:
    """Of every own field of the organisation."""
    known = definitions(session, member.organisation_id)
    return {field.id: words(field.label) for one in known for field in one.fields}


def _order_text(draft: TypedDraft) -> str:
    if draft.order not in set(Order):
        return ""
    text = words(ORDER_WORDS[Order(draft.order)])
    if draft.order != Order.STAGES:
        return text
    return text + say("（段階の数：%(number)s）", number=len(draft.laid_out.stages))


def _chains(session: Session, member: Member, content: TemplateContent) -> dict[str, str]:
    """The name of the chosen chain, by its id as the draft keeps it."""
    chain_id = read_id(content.draft.chain_id)
    if chain_id is None:
        return {}
    row = session.scalar(
        select(Chain).where(Chain.id == chain_id, Chain.organisation_id == member.organisation_id)
    )
    if row is None:
        return {}
    text = say("%(name)s 第%(version)s版", name=row.name, version=row.version)
    return {content.draft.chain_id: text}


def share_text(share: str) -> str:
    """Whom a template is for."""
    return words(SHARE_WORDS[Share(share)])


def init_template_words(app: Flask) -> None:
    """For Jinja's templates."""
    app.jinja_env.globals.update(
        share_text=share_text,
        share_rows=lambda shares: [
            (share.value, words(SHARE_WORDS[share]), words(SHARE_HINTS[share])) for share in shares
        ],
        template_event_text=lambda kind: words(TEMPLATE_EVENT_WORDS[TemplateEvent(kind)]),
        template_person=person_line,
        merge_rows=merge_rows,
    )
