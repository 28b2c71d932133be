"""A typed draft, checked: sentences for the fields, or a draft whose parts have their types."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from domain.chain_conditions import Facts
from domain.conclusion import Purpose
from domain.days import MAX_DEADLINE_DAYS, read_days
from domain.deals import MAX_KIND_CHARACTERS, Deal, read_amount, read_deal
from domain.drafts import WANTED, CheckedDraft, Order, Person, TypedDraft, TypedPerson
from domain.forms import CHOICE, FormCheck, FormProblems
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
from domain.stages import CheckedStage, Seat, check_stages


def check_draft(typed: TypedDraft) -> CheckedDraft:
    """The draft with its types. Raises FormProblems with every field that is wrong."""
    check = _Check()
    if typed.order == Order.STAGES:
        typed = typed.laid_out
    people = check.people(typed)
    deal = check.deal(typed)
    draft = CheckedDraft(
        title=check.line("title", typed.title, _TITLE, MAX_TITLE_CHARACTERS),
        message=check.text("message", typed.message, MAX_MESSAGE_CHARACTERS),
        deadline_days=check.days("deadline_days", typed.deadline_days),
        order=check.choice("order", typed.order, Order),
        chain_id=check.chain("chain_id", typed.chain_id),
        amount=deal.amount,
        contract_kind=deal.kind,
        people=people,
        stages=check.stages(typed, people) if typed.order == Order.STAGES else (),
        purpose=check.choice("purpose", typed.purpose, Purpose),
        deal=deal,
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

    def deal(self, typed: TypedDraft) -> Deal:
        """契約の情報, by the register's own rules; the form of drafts calls the kind otherwise."""
        found = FormCheck()
        deal = read_deal(found, typed.whole_deal)
        names = {"kind": "contract_kind"}
        self.problems |= {names.get(name, name): words for name, words in found.problems.items()}
        return deal

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
            documents=() if acts else tuple(dict.fromkeys(row.documents.split())),
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
