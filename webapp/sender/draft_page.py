"""What the draft's page reads."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy.orm import Session

from domain.deal_words import RELATIONS
from domain.deals import Relation
from domain.demands import Demands
from domain.draft_defaults import defaults_of
from domain.draft_merging import marks_of
from domain.drafts import DEAL_PARTS, TypedDraft, TypedPerson, typed_draft
from domain.kinds import DocumentState, EnvelopeState
from domain.refusals import WORDS, RefusalCode, Words
from domain.typed_fields import TypedField
from storage.chains import newest
from storage.deals import earlier_of
from storage.drafts import documents_of
from storage.editions import edition_of
from storage.placing import live_fields
from storage.route_plan import openers
from storage.tables import Document, Envelope, Member, Organisation
from storage.template_drafts import newest_chain
from webapp.language import say, words
from webapp.login import member
from webapp.marks import mark
from webapp.sender.anew_links import AnewLinks, anew_links
from webapp.sender.anew_notes import anew_notes
from webapp.sender.chain_choice import (
    ChosenChain,
    chain_choices,
    chain_trouble,
    chosen_chain,
    kinds_to_offer,
)
from webapp.sender.own_fields import OwnInput, own_inputs
from webapp.sender.placing import problems_of
from webapp.sender.rule_form import name_of
from webapp.sender.template_used import TemplateUsed, template_used
from webapp.titles import distinct_titles


@dataclass(frozen=True)
class DraftPage:
    """A draft with its documents and the chains to choose from."""

    envelope_id: UUID
    number: str
    is_draft: bool
    refusal: Words | None
    typed: TypedDraft
    documents: Sequence[Document]
    chains: Sequence[tuple[str, str]]
    """Ids and names, also of the one that is kept and not offered any more."""
    openers: Sequence[Member] = ()
    """Members who may be named for a gate."""
    fields: Sequence[TypedField] = ()
    fields_wrong: bool = False
    """Whether a field has to be changed before the envelope can be sent."""
    route: ChosenChain | None = None
    """The chosen chain for what was typed."""
    chain_trouble: Words | None = None
    """Why there is none, though one is kept."""
    kinds: Sequence[str] = ()
    """Kinds of contract to choose from."""
    own: Sequence[OwnInput] = ()
    """Own fields of the kind that was typed."""
    template: TemplateUsed | None = None
    """The template that it came from."""
    edition: int = 0
    """Of the form: what is saved later says which it was made from."""
    has_contact: bool = True
    """Whether mails can say whom their reader may call."""
    demands: Demands = field(default_factory=Demands)
    """What people are asked for at least, for a contract of this kind."""

    @property
    def base(self) -> str:
        """What each part of the form was when the page was made."""
        return marks_of(self.typed)

    @property
    def sha256(self) -> str:
        """Over all that the summary shows: form, chain's route, documents and fields."""
        parts = [self.typed.sha256, self.demands.mark]
        parts += [self.route.mark, self.route.judged.seated] if self.route else [""]
        parts += [*(str(document.id) for document in self.documents)]
        parts += [json.dumps(field.as_json(), sort_keys=True) for field in self.fields]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def fields_on(self, document_id: UUID) -> int:
        """How many fields lie on a document."""
        return sum(field.document == str(document_id) for field in self.fields)

    relations: Sequence[tuple[str, str]] = ()
    """What the contract may be to an earlier one."""

    earlier: Envelope | None = None
    """The contract that this one is said to follow."""

    anew: AnewLinks | None = None
    """What it was made anew of."""
    anew_notes: Sequence[str] = ()
    """What is not as it was there."""

    @property
    def deal_entered(self) -> bool:
        """Whether anything of 契約の情報 was typed."""
        return any(value.strip() for value in vars(self.typed.deal).values())

    def deal_open(self, errors: Mapping[str, str]) -> bool:
        """Whether the part is shown unfolded: what is wrong, or was entered, is not hidden."""
        return self.deal_entered or bool(errors.keys() & set(DEAL_PARTS))

    @property
    def people_typed(self) -> list[TypedPerson]:
        """Rows that somebody touched."""
        return [person for person in self.typed.people if not person.untouched]

    def gone(self, person: TypedPerson) -> list[str]:
        """Ids of documents that were chosen for him and are not in the envelope. They stay chosen
        until somebody chooses anew: without them he would get everything."""
        here = {str(document.id) for document in self.documents}
        return [one for one in person.documents.split() if one not in here]

    @property
    def checking(self) -> bool:
        """Whether a document's check is still running."""
        busy = {DocumentState.CHECKING, DocumentState.UPLOADING}
        return any(document.state in busy for document in self.documents)

    @property
    def orphans(self) -> list[str]:
        """Fields whose rules name one that went with its document."""
        keys = {row.key for row in self.fields}
        titles = distinct_titles(self.documents)
        return [
            say("%(label)s（%(document)s）", label=name_of(row), document=title)
            for row in self.fields
            for title in [titles.get(UUID(row.document), "")]
            if row.named - keys
        ]

    @property
    def documents_mark(self) -> str:
        """Changes whenever the list of documents looks different."""
        rows = [
            f"{document.id}{document.state}{document.pages}{len(document.thumbnail_blob_ids)}"
            f"{document.mends}"
            for document in self.documents
        ]
        return mark(rows)


def draft_page(session: Session, envelope: Envelope) -> DraftPage:
    """Everything that the page shows."""
    documents = documents_of(session, envelope.id)
    fields = live_fields(session, envelope, documents, member())
    stored = typed_draft(envelope.draft)
    offered = newest(session, envelope.organisation_id, only_active=True)
    route = chosen_chain(session, envelope, stored)
    # What the page shows is what its form posts back: the version that is used.
    newest_id = newest_chain(session, envelope.organisation_id, stored.chain_id)
    typed = replace(stored, chain_id=newest_id)
    organisation = session.get_one(Organisation, envelope.organisation_id)
    links = anew_links(session, envelope)
    origin = links.origin
    return DraftPage(
        envelope_id=envelope.id,
        number=envelope.number,
        is_draft=envelope.state == EnvelopeState.DRAFT,
        refusal=WORDS[RefusalCode(envelope.refusal)] if envelope.refusal else None,
        typed=typed,
        documents=documents,
        chains=chain_choices(session, offered, envelope.organisation_id, typed.chain_id),
        openers=openers(session, envelope.organisation_id),
        fields=fields,
        fields_wrong=bool(fields and problems_of(session, envelope)),
        route=route,
        chain_trouble=None if route else chain_trouble(session, envelope, typed),
        kinds=kinds_to_offer(session, envelope.organisation_id),
        own=own_inputs(session, envelope.organisation_id, typed.contract_kind, dict(typed.own)),
        template=template_used(session, envelope),
        edition=edition_of(envelope).number,
        relations=[("", say("なし")), *((one.value, words(RELATIONS[one])) for one in Relation)],
        earlier=earlier_of(session, envelope, typed.deal.earlier),
        anew=links,
        anew_notes=anew_notes(session, envelope, origin, typed, fields) if origin else (),
        has_contact=bool(organisation.contact_phone),
        demands=defaults_of(organisation.draft_defaults).demands(typed.contract_kind.strip()),
    )


def refusal_words(code: str) -> Words:
    """Why a document was refused."""
    return WORDS[RefusalCode(code)]
