"""A chain tried with a made-up envelope: what would be asked, what would be skipped, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.chain_checks import HIMSELF, asks_himself
from domain.chain_conditions import Facts, missing
from domain.chain_seating import seats_of
from domain.chain_seats import Seat, Sender, Staff
from domain.chains import ChainStage
from domain.deals import MAX_KIND_CHARACTERS, read_amount
from domain.forms import FormCheck
from domain.kinds import SlotKind
from domain.refusals import Words
from storage.chain_staff import sender_of
from storage.tables import Member
from webapp.admin.chain_form import TypedTrial

_NOBODY = Words(
    "この条件では、すべての段階が省かれます。この承認ルートでは送信できません。",
    "Every stage is skipped: nothing can be sent along this route.",
)
_NO_SIGNATURE = Words(
    "この条件では、自組織の署名者がルートにいません。契約の締結では、封筒の関係者に自組織の署名者が必要です。",
    "Nobody of our side signs in this case. To conclude a contract, the envelope needs a signer.",
)


@dataclass(frozen=True)
class Trial:
    """The outcome, stage by stage; `known` says whether enough was entered to tell."""

    typed: TypedTrial
    known: bool = False
    why: Sequence[Sequence[Words]] = ()
    """By stage: why it is skipped, nothing where it is asked."""
    himself: Sequence[int] = ()
    """Stages in which the sender would act."""
    seats: Sequence[Sequence[Seat]] = ()
    """By stage: the places, with the persons who would be asked."""
    names: Mapping[UUID, str] = field(default_factory=dict)
    remarks: Sequence[Words] = ()
    problems: Mapping[str, Words] = field(default_factory=dict)
    """What has to be entered, or cannot be read, by the name of the field."""

    def skipped(self, index: int) -> bool:
        """Whether a stage would not be asked."""
        return self.known and index < len(self.why) and bool(self.why[index])

    def seat(self, index: int, place: int, places: int) -> Seat | None:
        """A place of a stage, once enough was entered to tell who sits there. `places` are those
        in the form: what is still being typed cannot be told apart."""
        row = self.seats[index] if self.typed.sender and index < len(self.seats) else ()
        return row[place] if self.known and len(row) == places else None

    @property
    def himself_words(self) -> Words:
        """What is said beside a stage in which the sender acts."""
        return HIMSELF


def tried(
    stages: Sequence[ChainStage], typed: TypedTrial, people: Sequence[Member], staff: Staff
) -> Trial:
    """Nothing is known before anything was typed."""
    if not typed.begun:
        return Trial(typed)
    check = FormCheck()
    sender = next((one for one in people if str(one.id) == typed.sender), None)
    facts = Facts(
        read_amount(check, "trial-amount", typed.amount),
        check.line("trial-kind", typed.kind, None, MAX_KIND_CHARACTERS),
        sender.department if sender else "",
    )
    lacking = missing([stage.condition for stage in stages], facts)
    names = {"amount": "trial-amount", "contract_kind": "trial-kind"}
    problems = {names[name]: said for name, said in lacking.items()} | check.problems
    if problems:
        return Trial(typed, problems=problems)
    why = [stage.condition.unmet(facts) for stage in stages]
    holding = [not reasons for reasons in why]
    seats = seats_of(stages, holding, staff, sender_of(sender) if sender else Sender(), {})
    why = [reasons or _elsewhere(row) for reasons, row in zip(why, seats, strict=True)]
    return Trial(
        typed,
        known=True,
        why=why,
        himself=asks_himself(seats, holding, sender.id) if sender else [],
        seats=seats,
        names=staff.names,
        remarks=_remarks(stages, why),
    )


def _elsewhere(row: Sequence[Seat]) -> tuple[Words, ...]:
    """Why a stage falls away whose people are all asked in others; nothing otherwise."""
    found = tuple(seat.elsewhere for seat in row if seat.elsewhere is not None)
    return found if row and len(found) == len(row) else ()


def _remarks(stages: Sequence[ChainStage], why: Sequence[Sequence[Words]]) -> list[Words]:
    asked = [stage for stage, no in zip(stages, why, strict=True) if stage.asks and not no]
    if not asked:
        return [_NOBODY]
    signs = any(slot.kind is SlotKind.SIGN for stage in asked for slot in stage.people)
    return [] if signs else [_NO_SIGNATURE]
