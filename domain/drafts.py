"""A draft as the sender typed it, and the checked form in which it may be sent.

What is typed is kept as typed; checking it answers with sentences for the fields, in both
languages, or with a draft whose parts have their types.
"""

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.chain_conditions import Facts
from domain.chain_slots import stored_filled
from domain.conclusion import Purpose
from domain.deals import MAX_KIND_CHARACTERS, read_amount
from domain.events import canonical
from domain.forms import CHOICE, MAX_TYPED_CHARACTERS, FormCheck, FormProblems
from domain.ids import read_id
from domain.kinds import HandoverPolicy, Language, ParticipantKind, PartyKind
from domain.limits import (
    DEADLINE_DAYS,
    MAX_MESSAGE_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_PARTICIPANTS,
    MAX_TITLE_CHARACTERS,
)
from domain.own_fields import filled
from domain.phones import read_mobile
from domain.refusals import Words
from domain.stages import CheckedStage, Seat, TypedStage, check_stages, typed_stages

MAX_DEADLINE_DAYS = 365

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
            **({"own": dict(own)} if (own := filled(self.own)) else {}),
            **({"filled": dict(self.filled)} if self.filled else {}),
        }

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
    own: tuple[tuple[str, str], ...] = ()
    """Own fields by id: as typed, until storage.own_fields.check_draft_own looked at them."""
    filled: tuple[tuple[str, str], ...] = ()
    """As typed; storage.chain_plan looks for the members."""


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
    )


def _stored_own(stored: object) -> tuple[tuple[str, str], ...]:
    rows = stored.items() if isinstance(stored, Mapping) else ()
    return filled((str(key), str(value)[:MAX_TYPED_CHARACTERS]) for key, value in rows)


def check_draft(typed: TypedDraft) -> CheckedDraft:
    """The draft with its types. Raises FormProblems with every field that is wrong."""
    check = _Check()
    if typed.order == Order.STAGES:
        typed = typed.laid_out
    people = check.people(typed)
    draft = CheckedDraft(
        title=check.line("title", typed.title, _TITLE, MAX_TITLE_CHARACTERS),
        message=check.text("message", typed.message, MAX_MESSAGE_CHARACTERS),
        deadline_days=check.days("deadline_days", typed.deadline_days),
        order=check.choice("order", typed.order, Order),
        chain_id=check.chain("chain_id", typed.chain_id),
        amount=read_amount(check, "amount", typed.amount),
        contract_kind=check.line("contract_kind", typed.contract_kind, None, MAX_KIND_CHARACTERS),
        people=people,
        stages=check.stages(typed, people) if typed.order == Order.STAGES else (),
        purpose=check.choice("purpose", typed.purpose, Purpose),
        own=filled(typed.own),
        filled=typed.filled,
    )
    if check.problems:
        raise FormProblems(check.problems)
    return draft


def typed_facts(typed: TypedDraft) -> Facts:
    """What a chain's conditions are held against while the form is typed: what cannot be read
    counts as not entered."""
    check = FormCheck()
    amount = read_amount(check, "amount", typed.amount)
    kind = check.line("contract_kind", typed.contract_kind, None, MAX_KIND_CHARACTERS)
    return Facts(amount, "" if "contract_kind" in check.problems else kind)


def check_person(typed: TypedPerson, prefix: str) -> Person:
    """One person by himself. Raises FormProblems, by `<prefix>-name` and so on."""
    check = _Check()
    person = check.person(prefix, typed)
    if check.problems:
        raise FormProblems(check.problems)
    return person


def read_days(value: str) -> int | None:
    """A number of days; full-width digits are digits too."""
    digits = unicodedata.normalize("NFKC", value).strip()
    good = digits.isascii() and digits.isdigit() and len(digits) <= len(str(MAX_DEADLINE_DAYS))
    return int(digits) if good and 1 <= int(digits) <= MAX_DEADLINE_DAYS else None


def usual_handover(party: PartyKind) -> HandoverPolicy:
    """What holds where the sender chose nothing."""
    own = party is PartyKind.OWN
    return HandoverPolicy.REFUSED if own else HandoverPolicy.ALLOWED


_TITLE = Words("封筒名を入力してください。", "Enter a name for the envelope.")
_NAME = Words("氏名を入力してください。", "Enter a name.")
_TWICE = Words(
    "同じメールアドレスの人が2人います。1人につき1行にしてください。",
    "This address is there twice. Use one line for each person.",
)
_COMPANY = Words(
    "相手方の会社名または団体名を入力してください。",
    "Enter the company or organisation of the other side.",
)
_DAYS = Words(
    f"期限は1日から{MAX_DEADLINE_DAYS}日までの数字で入力してください。",
    f"Enter the deadline as a number of days from 1 to {MAX_DEADLINE_DAYS}.",
)
_CODE = Words("アクセスコードを入力してください。", "Enter an access code.")
_PEOPLE = Words(
    f"関係者は{MAX_PARTICIPANTS}人までです。", f"There may be at most {MAX_PARTICIPANTS} people."
)


@dataclass
class _Check(FormCheck):
    """Collects what is wrong while the form is read."""

    def days(self, name: str, value: str) -> int:
        """A number of days."""
        found = read_days(value)
        if found is None:
            self.problems[name] = _DAYS
        return DEADLINE_DAYS if found is None else found

    def code(self, name: str, value: str) -> str:
        """An access code's hash, or none."""
        if value == WANTED:
            self.problems[name] = _CODE
        return value

    def phone(self, name: str, value: str) -> str:
        """A mobile number as E.164."""
        read = read_mobile(value)
        if isinstance(read, Words):
            self.problems[name] = read
            return ""
        return read

    def chain(self, name: str, value: str) -> UUID | None:
        """A chain's id, or none."""
        if not value:
            return None
        found = read_id(value)
        if found is None:
            self.problems[name] = CHOICE
        return found

    def people(self, typed: TypedDraft) -> tuple[Person, ...]:
        """Every row that somebody touched."""
        found: list[Person] = []
        seen: set[str] = set()
        for index, row in enumerate(typed.people):
            if row.untouched:
                continue
            person = self.person(f"people-{index}", row)
            if person.mail.lower() in seen:
                self.problems.setdefault(f"people-{index}-mail", _TWICE)
            seen.add(person.mail.lower())
            found.append(replace(person, row=index))
        if len(found) > MAX_PARTICIPANTS:
            self.problems["people"] = _PEOPLE
        return tuple(found)

    def stages(self, typed: TypedDraft, people: Sequence[Person]) -> tuple[CheckedStage, ...]:
        """The stages, each with the people who act in it."""
        rows = [index for index, row in enumerate(typed.people) if not row.untouched]
        seats: dict[int, list[Seat]] = defaultdict(list)
        for index, person in zip(rows, people, strict=True):
            if person.kind is ParticipantKind.RECIPIENT:
                continue
            if not 0 <= person.stage < len(typed.stages):
                self.problems[f"people-{index}-stage"] = CHOICE
            seats[person.stage].append(Seat(index, person.kind, person.party, person.company))
        stages, problems = check_stages(typed.stages, seats)
        self.problems |= problems
        return stages

    def person(self, prefix: str, row: TypedPerson) -> Person:
        """One participant; the other side has a name, because consent belongs to a party."""
        party = self.choice(f"{prefix}-party", row.party, PartyKind)
        company = _COMPANY if party is PartyKind.COUNTERPARTY else None
        kind = self.choice(f"{prefix}-kind", row.kind, ParticipantKind)
        acts = kind is not ParticipantKind.RECIPIENT
        return Person(
            name=self.line(f"{prefix}-name", row.name, _NAME, MAX_NAME_CHARACTERS),
            mail=self.mail(f"{prefix}-mail", row.mail),
            company=self.line(f"{prefix}-company", row.company, company, MAX_NAME_CHARACTERS),
            party=party,
            kind=kind,
            language=self.choice(f"{prefix}-language", row.language, Language),
            key=row.key,
            stage=int(row.stage) - 1 if row.stage.isascii() and row.stage.isdigit() else 0,
            documents=tuple(dict.fromkeys(row.documents.split())),
            access_code=self.code(f"{prefix}-code", row.code),
            mail_code=row.mailcode == "1" and acts,
            phone=self.phone(f"{prefix}-phone", row.phone) if row.smscode == "1" and acts else "",
            app_code=row.appcode == "1" and acts,
            passkey=row.withpasskey == "1" and acts,
            known=row.known,
            handover=self.choice(f"{prefix}-handover", row.handover, HandoverPolicy)
            if row.handover
            else usual_handover(party),
        )
