"""What is wrong with a chain as a whole, said in plain words beside the stage that it concerns.

An error keeps a chain from being offered: somebody would be asked who cannot act, a stage would
never be asked, or nobody at all for some amount. A warning is something to look at.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from uuid import UUID

from domain.chain_conditions import Condition, Facts, range_words, same_name
from domain.chain_finding import Finding
from domain.chain_gates import closed_gates
from domain.chain_names import lost_departments, lost_kinds
from domain.chain_seating import middle_of
from domain.chain_seats import Seat, Staff
from domain.chain_slots import ChainSlot
from domain.chain_vacancies import unreceived, vacancies
from domain.chains import ChainStage
from domain.kinds import SlotKind
from domain.refusals import Words

_OTHER = "\0"
"""A name that no condition has: whatever else there may be."""
_MAX_CASES = 400
"""Of kinds and departments together; beyond that they are looked at apart."""
_MAX_SAID = 6


@dataclass(frozen=True)
class _Case:
    """Kinds and departments for which nobody approves or signs at some amounts (`empty` counts
    them); None: whatever it is."""

    kind: str | None
    department: str | None
    empty: tuple[int, ...]


def findings(
    stages: Sequence[ChainStage],
    staff: Staff,
    recipients: Sequence[ChainSlot] = (),
    kinds: Sequence[str] | None = None,
) -> tuple[Finding, ...]:
    """Everything, errors first. `kinds` are the names of the kinds of contract in use; None where
    none was ever registered."""
    found = [
        *vacancies(stages, staff),
        *unreceived(recipients, staff),
        *lost_departments(stages, staff.people),
        *(lost_kinds(stages, kinds) if kinds is not None else ()),
        *closed_gates(stages, staff),
        *_gaps(stages),
        *_fewer(stages),
        *_unsigned(stages),
        *_asked_before(stages),
        *_gate_at_the_end(stages),
    ]
    return tuple(sorted(found, key=lambda one: not one.error))


def errors_of(found: Iterable[Finding]) -> dict[str, Words]:
    """What keeps a chain from being offered, by the field of its form."""
    errors: dict[str, Words] = {}
    for one in found:
        if one.error:
            before = errors.get(one.field)
            errors[one.field] = (
                Words(f"{before.ja}{one.words.ja}", f"{before.en} {one.words.en}")
                if before
                else one.words
            )
    return errors


def asked(stages: Sequence[ChainStage], facts: Facts) -> tuple[bool, ...]:
    """Which stages are asked, for an envelope of these facts."""
    return tuple(not stage.condition.unmet(facts) for stage in stages)


def asks_himself(
    seats: Sequence[Sequence[Seat]], holding: Sequence[bool], member_id: UUID
) -> list[int]:
    """The stages that are asked and in which the sender acts himself."""
    return [
        index
        for index, (row, holds) in enumerate(zip(seats, holding, strict=True))
        if holds and any(member_id in seat.people for seat in row)
    ]


HIMSELF = Words(
    "送信者または下書きを作った人が、この段階に入っています。自分の起案を自分で承認することになります。",
    "The sender, or who made the draft, acts in this stage: he would approve what he drew up "
    "himself.",
)


def _gaps(stages: Sequence[ChainStage]) -> Iterable[Finding]:
    """Nobody approves or signs: for some amounts an error; for whole kinds or departments the
    chain is simply not meant for them, and cannot be used there."""
    deciding = _deciding(stages)
    points = _points(stages)
    for case in _cases(stages, [stages[index] for index in deciding])[:_MAX_SAID]:
        whole = len(case.empty) == len(points)
        yield Finding(
            _nobody(stages, case, points, whole=whole),
            None if whole else _beside(stages, deciding, points, case.empty),
            error=not whole,
            part="least",
        )


def _nobody(
    stages: Sequence[ChainStage], case: _Case, points: Sequence[int], *, whole: bool
) -> Words:
    where = _case_words(stages, case)
    if whole:
        return Words(
            f"{where.ja or 'どの契約'}では、承認・署名する人が誰もいません。"
            "その場合、この承認ルートは使えません。",
            f"Nobody approves or signs {where.en or 'anything'}: the route cannot be used there.",
        )
    ranges = [range_words(*ends) for ends in _ranges(points, case.empty)]
    ja = "、".join(one.ja for one in ranges)
    en = ", ".join(one.en for one in ranges)
    return Words(
        f"{ja}{f'（{where.ja}）' if where.ja else ''}では、承認・署名する人が誰もいません。"
        "金額の条件にすき間がないか確かめてください。",
        f"For {en}{f' ({where.en})' if where.en else ''} nobody approves or signs. "
        "Check the amounts for gaps.",
    )


def _case_words(stages: Sequence[ChainStage], case: _Case) -> Words:
    parts = [
        ("種類", "kind", case.kind, _names(stages, lambda when: when.kinds)),
        ("送信者の部署", "sender’s department", case.department,
         _names(stages, lambda when: when.departments)),
    ]  # fmt: skip
    ja, en = [], []
    for word, english, name, names in parts:
        if name is None:
            continue
        if name != _OTHER:
            ja.append(f"{word}が「{name}」")
            en.append(f"{english} “{name}”")
        else:
            ja.append(f"{word}が「{'・'.join(names)}」以外")
            en.append(f"any {english} but “{', '.join(names)}”")
    return Words("、".join(ja), " and ".join(en))


def _fewer(stages: Sequence[ChainStage]) -> Iterable[Finding]:
    """A higher amount is decided by fewer of the same people: an upper limit too many, perhaps."""
    points = _points(stages)
    deciding = _deciding(stages)
    for lower, upper in pairwise(points):
        before = {index for index in deciding if _on_amount(stages[index], lower)}
        after = {index for index in deciding if _on_amount(stages[index], upper)}
        if after and after < before:
            index = min(before - after)
            yield Finding(
                Words(
                    f"{upper:,}円以上では、それより低い金額のときより、承認・署名する段階が少なくなります。"
                    "意図したものか確かめてください。",
                    f"From {upper:,} yen on fewer stages decide than below. "
                    "Check whether this is meant.",
                ),
                index,
            )


def _unsigned(stages: Sequence[ChainStage]) -> Iterable[Finding]:
    """A contract takes a signature of the own side; a chain may leave it to the envelope."""
    signing = [stage for stage in stages if any(_signs(slot.kind) for slot in stage.people)]
    for when in _lacking(stages, signing):
        yield Finding(
            Words(
                f"{when.ja}このルートには署名する人がいません。契約には自組織の署名も必要です。"
                "署名する人を、封筒の関係者に加えてください。",
                f"Nobody in this route signs{when.en}. A contract also needs our side’s signature: "
                "add a signer to the envelope.",
            )
        )


def _lacking(stages: Sequence[ChainStage], wanted: Sequence[ChainStage]) -> Iterable[Words]:
    """When none of these stages is asked, before and after a sentence: by amounts, kinds and
    departments. Where nobody of the chain decides for whole kinds or departments, that is said
    already, and the chain cannot be used there."""
    deciding, points = [stages[index] for index in _deciding(stages)], _points(stages)
    found = _cases(stages, wanted, beside=deciding)
    for case in found[:_MAX_SAID]:
        yield _when(points, case.empty, _case_words(stages, case))


def _when(points: Sequence[int], numbers: Sequence[int], where: Words) -> Words:
    """Before and after a sentence, the case for which it holds; nothing where that is all."""
    ja, en = ([where.ja], [where.en]) if where.ja else ([], [])
    if len(numbers) != len(points):
        ranges = [range_words(*ends) for ends in _ranges(points, numbers)]
        ja.append("、".join(one.ja for one in ranges))
        en.append(", ".join(one.en for one in ranges))
    if not ja:
        return Words("", "")
    return Words(f"{'、'.join(ja)}のとき、", f" for {' and '.join(en)}")


def _asked_before(stages: Sequence[ChainStage]) -> Iterable[Finding]:
    """The other side would be asked before anybody has decided on the envelope."""
    place = middle_of(stages)
    if place is None or not any(stage.asks for stage in stages):
        return
    before = [stages[index] for index in _deciding(stages) if index < place]
    for when in _lacking(stages, before):
        yield Finding(
            Words(
                f"{when.ja}相手方より前に承認・署名する段階がありません。決裁の前に相手方へ依頼が届きます。"
                "意図したものか確かめてください。",
                f"Nobody approves or signs before the other side is asked{when.en}. "
                "Check whether this is meant.",
            ),
            place,
        )


def _gate_at_the_end(stages: Sequence[ChainStage]) -> Iterable[Finding]:
    """Everybody would have acted already when it opens. Without a place of their own the draft's
    people follow."""
    if middle_of(stages) is not None and stages[-1].gate is not None:
        yield Finding(
            Words(
                "条件待ちの後に段階がありません。全員が承認・署名した後に待つことになります。"
                "意図したものか確かめてください。",
                "Nothing follows this gate: it would be waited for once everybody has approved and "
                "signed. Check whether this is meant.",
            ),
            len(stages) - 1,
        )


def _signs(kind: SlotKind | None) -> bool:
    return kind is SlotKind.SIGN


def _deciding(stages: Sequence[ChainStage]) -> list[int]:
    """The stages that approve or sign; of a chain without any, all that ask its people."""
    found = [
        index
        for index, stage in enumerate(stages)
        if any(slot.kind is not SlotKind.CONFIRM for slot in stage.people)
    ]
    return found or [index for index, stage in enumerate(stages) if stage.asks]


def _points(stages: Sequence[ChainStage]) -> list[int]:
    """The amounts at which something begins or ends; 0 among them."""
    ends = {end for one in stages for end in (one.condition.least, one.condition.below) if end}
    return sorted({0} | ends)


def _ranges(points: Sequence[int], numbers: Sequence[int]) -> list[tuple[int, int | None]]:
    """Neighbouring cells put together: from, and below; None is without end."""
    found: list[tuple[int, int | None]] = []
    for number in numbers:
        below = points[number + 1] if number + 1 < len(points) else None
        if found and found[-1][1] == points[number]:
            found[-1] = (found[-1][0], below)
        else:
            found.append((points[number], below))
    return found


def _on_amount(stage: ChainStage, amount: int) -> bool:
    return stage.condition.takes(amount)


def _names(stages: Sequence[ChainStage], part: Callable[[Condition], Iterable[str]]) -> list[str]:
    found: list[str] = []
    for stage in stages:
        found += [
            name for name in part(stage.condition) if not any(same_name(name, one) for one in found)
        ]
    return found


def _cases(
    stages: Sequence[ChainStage],
    wanted: Sequence[ChainStage],
    beside: Sequence[ChainStage] | None = None,
) -> list[_Case]:
    """Where none of `wanted` is asked, put together as far as kinds and departments do not matter.
    Pairs for which none of `beside` is ever asked are left out."""
    kinds = [_OTHER, *_names(stages, lambda when: when.kinds)]
    departments = [_OTHER, *_names(stages, lambda when: when.departments)]
    pairs = list(product(kinds, departments))
    if len(pairs) > _MAX_CASES:
        pairs = [*((kind, _OTHER) for kind in kinds), *((_OTHER, one) for one in departments)]
    groups: dict[tuple[int, ...], set[tuple[str, str]]] = {}
    for pair in pairs:
        if beside is not None and len(_empty(stages, beside, *pair)) == len(_points(stages)):
            continue
        groups.setdefault(_empty(stages, wanted, *pair), set()).add(pair)
    groups.pop((), None)
    return [case for empty, group in groups.items() for case in _together(group, pairs, empty)]


def _empty(
    stages: Sequence[ChainStage], wanted: Sequence[ChainStage], kind: str, department: str
) -> tuple[int, ...]:
    return tuple(
        number
        for number, amount in enumerate(_points(stages))
        if not any(asked(wanted, Facts(amount, kind, department)))
    )


def _together(
    group: set[tuple[str, str]], pairs: Sequence[tuple[str, str]], empty: tuple[int, ...]
) -> Iterable[_Case]:
    if group == set(pairs):
        yield _Case(None, None, empty)
        return
    rest = set(group)
    for kind in dict.fromkeys(kind for kind, _ in pairs):
        row = {pair for pair in pairs if pair[0] == kind}
        if row <= group:
            yield _Case(kind, None, empty)
            rest -= row
    for department in dict.fromkeys(department for _, department in pairs):
        row = {pair for pair in pairs if pair[1] == department}
        if row <= group and row & rest:
            yield _Case(None, department, empty)
            rest -= row
    for kind, department in sorted(rest):
        yield _Case(kind, department, empty)


def _beside(
    stages: Sequence[ChainStage],
    deciding: Sequence[int],
    points: Sequence[int],
    empty: Sequence[int],
) -> int | None:
    """The stage whose range ends where the gap begins, or begins where it ends."""
    for least, below in _ranges(points, empty):
        for index in deciding:
            when = stages[index].condition
            if (least and when.below == least) or (below and when.least == below):
                return index
    return None
