"""A chain tried with a made-up envelope: what would be asked, what would be skipped, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.chain_checks import HIMSELF, asks_himself
from domain.chain_conditions import Facts, missing
from domain.chains import ChainStage
from domain.deals import MAX_KIND_CHARACTERS, read_amount
from domain.forms import FormCheck
from domain.kinds import SlotKind
from domain.refusals import Words
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
    remarks: Sequence[Words] = ()
    problems: Mapping[str, Words] = field(default_factory=dict)
    """What has to be entered, or cannot be read, by the name of the field."""

    def skipped(self, index: int) -> bool:
        """Whether a stage would not be asked."""
        return self.known and index < len(self.why) and bool(self.why[index])

    @property
    def himself_words(self) -> Words:
        """What is said beside a stage in which the sender acts."""
        return HIMSELF


def tried(stages: Sequence[ChainStage], typed: TypedTrial, people: Sequence[Member]) -> Trial:
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
    himself = asks_himself(stages, facts, sender.id) if sender else []
    return Trial(typed, known=True, why=why, himself=himself, remarks=_remarks(stages, why))


def _remarks(stages: Sequence[ChainStage], why: Sequence[Sequence[Words]]) -> list[Words]:
    asked = [stage for stage, reasons in zip(stages, why, strict=True) if not reasons]
    if not asked:
        return [_NOBODY]
    signs = any(slot.kind is SlotKind.SIGN for stage in asked for slot in stage.people)
    return [] if signs else [_NO_SIGNATURE]
