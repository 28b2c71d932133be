"""A draft as the sender typed it, and the checked form in which it may be sent.

What is typed is kept as typed; domain.draft_check answers with sentences for the fields, in both
languages, or with a draft whose parts have their types.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.chain_slots import stored_filled
from domain.conclusion import Purpose
from domain.deals import Deal, TypedDeal
from domain.events import canonical
from domain.forms import MAX_TYPED_CHARACTERS
from domain.kinds import HandoverPolicy, Language, ParticipantKind, PartyKind
from domain.limits import (
    DEADLINE_DAYS,
    MAX_PARTICIPANTS,
)
from domain.own_fields import filled
from domain.stages import CheckedStage, TypedStage, typed_stages

KEPT = "kept"
"""Of what a form does not bring along: a code, which never leaves the database again, and what is
known of a person."""
WANTED = "wanted"
"""Of an access code that a template asks for: nobody has chosen one yet."""


class Order(StrEnum):
    """How the people of a draft are asked."""

    SEQUENCE = "sequence"
    PARALLEL = "parallel"
    STAGES = "stages"
    """The sender lays the stages out himself."""


@dataclass(frozen=True)
class TypedPerson:
    """One row of the people's list, as typed. `key` stays with the row when rows move: fields
    refer to their person by it. Rows get one when the draft is stored; "" means not yet."""

    name: str = ""
    mail: str = ""
    company: str = ""
    party: str = PartyKind.COUNTERPARTY.value
    kind: str = ParticipantKind.SIGNER.value
    language: str = Language.JA.value
    key: str = ""
    stage: str = ""
    """Number of his stage, from 1, where the sender lays them out; "" is not chosen yet."""
    documents: str = ""
    """Of a recipient: ids of the documents that he gets, with blanks between; "" is all."""
    code: str = ""
    """Argon2id of his access code, never the code; "" is none. KEPT: as it was stored before.
    WANTED: still to be chosen."""
    mailcode: str = ""
    """"1" where a one-time code by mail is asked for."""
    smscode: str = ""
    """"1" where a one-time code by SMS is asked for."""
    phone: str = ""
    """The mobile number that it goes to."""
    appcode: str = ""
    """"1" where a code of the member's authenticator app is asked for."""
    withpasskey: str = ""
    """"1" where a passkey is asked for."""
    handover: str = ""
    """A HandoverPolicy; "" is the usual one: the other side may, our own side may not."""
    known: str = ""
    """What the address book knew of him when he was chosen (domain.facts). KEPT: as stored."""
    role: str = ""
    """What a template calls his place, like 受注者; "" where none does. KEPT: as stored."""

    @property
    def untouched(self) -> bool:
        """An empty row is no person: it is left out, not complained about. A template's place that
        nobody sits in yet is missing somebody."""
        return not (self.name.strip() or self.mail.strip() or self.role)

    @property
    def said(self) -> str:
        """What he is called while the draft is typed."""
        return self.name.strip() or self.mail.strip() or self.role


@dataclass(frozen=True)
class TypedDraft:
    """The whole form, as typed."""

    title: str = ""
    message: str = ""
    deadline_days: str = str(DEADLINE_DAYS)
    order: str = Order.SEQUENCE.value
    purpose: str = Purpose.CONTRACT.value
    chain_id: str = ""
    amount: str = ""
    """取引金額; the register takes it over."""
    contract_kind: str = ""
    route_seen: str = ""
    """The mark of the chain's route that the form last showed beside itself."""
    own: tuple[tuple[str, str], ...] = ()
    """Values of own fields, by field, in order; "" where the form shows a field that is empty."""
    filled: tuple[tuple[str, str], ...] = ()
    """Members whom the sender names for a chain's places, by the places' keys."""
    deal: TypedDeal = field(default_factory=TypedDeal)
    """契約の情報: what else the register will keep, without amount and kind, which stand above."""
    people: tuple[TypedPerson, ...] = (TypedPerson(),)
    stages: tuple[TypedStage, ...] = ()

    @property
    def laid_out(self) -> "TypedDraft":
        """Every stage and everybody's place in them: at first, one after another."""
        acting = [person for person in self.people if person.kind != ParticipantKind.RECIPIENT]
        stages = self.stages or tuple(TypedStage() for _ in acting) or (TypedStage(),)
        last = str(min(len(acting) or 1, len(stages)) if not self.stages else len(stages))
        people, number = [], 0
        for person in self.people:
            number += person.kind != ParticipantKind.RECIPIENT
            first = last if self.stages else str(max(1, number))
            people.append(replace(person, stage=person.stage or first))
        return replace(self, people=tuple(people), stages=stages)

    def as_json(self) -> dict[str, Any]:
        """What the `draft` column keeps."""
        return {
            "title": self.title,
            "message": self.message,
            "deadline_days": self.deadline_days,
            "order": self.order,
            "purpose": self.purpose,
            "chain_id": self.chain_id,
            "amount": self.amount,
            "contract_kind": self.contract_kind,
            "route_seen": self.route_seen,
            "people": [vars(person) for person in self.people],
            "stages": [vars(stage) for stage in self.stages],
            **({"deal": deal} if (deal := _entered(self.deal)) else {}),
            **({"own": dict(own)} if (own := filled(self.own)) else {}),
            **({"filled": dict(self.filled)} if self.filled else {}),
        }

    @property
    def whole_deal(self) -> TypedDeal:
        """What the register would be told, as typed."""
        return replace(self.deal, amount=self.amount, kind=self.contract_kind)

    @property
    def sha256(self) -> str:
        """Tells whether the draft changed after somebody looked at its summary."""
        return hashlib.sha256(canonical(self.as_json())).hexdigest()


@dataclass(frozen=True)
class Person:
    """A checked participant. `key` is his row's in the draft; of a chain's member, his id."""

    name: str
    mail: str
    company: str
    party: PartyKind
    kind: ParticipantKind
    language: Language
    key: str = ""
    handover: HandoverPolicy = HandoverPolicy.REFUSED
    stage: int = 0
    """Position of his stage, from 0, where the sender lays them out."""
    documents: tuple[str, ...] = ()
    """Of a recipient: ids of what he gets; none means everything."""
    row: int = 0
    """His in the form, where what is wrong with him is said."""
    access_code: str = ""
    """Argon2id hash; empty: none is asked for."""
    mail_code: bool = False
    """Whether a one-time code by mail is asked for."""
    phone: str = ""
    """E.164 of the mobile number that a one-time code by SMS goes to; empty: none is asked for."""
    app_code: bool = False
    """Whether a code of his authenticator app is asked for."""
    passkey: bool = False
    """Whether a passkey is asked for."""
    known: str = ""
    """What the address book knew of him, as the draft keeps it."""


@dataclass(frozen=True)
class CheckedDraft:
    """A draft that may be sent, as far as the form alone can tell."""

    title: str
    message: str
    deadline_days: int
    order: Order
    chain_id: UUID | None
    people: tuple[Person, ...]
    stages: tuple[CheckedStage, ...] = ()
    """Empty unless the sender lays them out."""
    amount: int | None = None
    """Yen; None: not entered."""
    contract_kind: str = ""
    purpose: Purpose = Purpose.ONE_SIDED
    """The form always says it; alone, one signature is enough."""
    deal: Deal = field(default_factory=Deal)
    """What else the register will keep; amount and kind are those above."""
    own: tuple[tuple[str, str], ...] = ()
    """Own fields by id: as typed, until storage.own_fields.check_draft_own looked at them."""
    filled: tuple[tuple[str, str], ...] = ()
    """As typed; storage.chain_plan looks for the members."""


DEAL_PARTS = (
    "made_on", "partner", "partner_code", "contract_number", "begins_on", "ends_on", "renews",
    "notice_days", "relation", "earlier", "retention_years",
)  # fmt: skip
"""Parts of 契約の情報, by their names in the register."""
DRAFT_TEXTS = (
    "title", "message", "deadline_days", "order", "purpose", "chain_id", "amount", "contract_kind",
    "route_seen",
)  # fmt: skip


def typed_draft(stored: Mapping[str, Any]) -> TypedDraft:
    """The form from the `draft` column; fields that are missing get their first values."""
    first = TypedDraft()
    rows = stored.get("people")
    people = tuple(
        TypedPerson(
            **{
                key: str(row.get(key, default))[:MAX_TYPED_CHARACTERS]
                for key, default in vars(TypedPerson()).items()
            }
        )
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, Mapping)
    )
    texts = {
        key: str(stored.get(key, getattr(first, key)))[:MAX_TYPED_CHARACTERS] for key in DRAFT_TEXTS
    }
    return TypedDraft(
        **texts,
        people=people[: MAX_PARTICIPANTS + 1] or first.people,
        stages=typed_stages(stored.get("stages")),
        own=_stored_own(stored.get("own")),
        filled=stored_filled(stored.get("filled")),
        deal=_stored_deal(stored.get("deal")),
    )


def _entered(deal: TypedDeal) -> dict[str, str]:
    return {name: value for name, value in vars(deal).items() if value}


def _stored_deal(stored: object) -> TypedDeal:
    rows = stored if isinstance(stored, Mapping) else {}
    known = [one.name for one in fields(TypedDeal) if one.name in DEAL_PARTS]
    return TypedDeal(
        **{name: str(rows[name])[:MAX_TYPED_CHARACTERS] for name in known if name in rows}
    )


def _stored_own(stored: object) -> tuple[tuple[str, str], ...]:
    rows = stored.items() if isinstance(stored, Mapping) else ()
    return filled((str(key), str(value)[:MAX_TYPED_CHARACTERS]) for key, value in rows)
