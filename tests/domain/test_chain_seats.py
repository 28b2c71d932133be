"""Places by role, by department head and by the sender's choice: whom they mean, and who lacks."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from domain.chain_checks import findings
from domain.chain_conditions import Condition
from domain.chain_rearranging import rearranged
from domain.chain_seating import needed, receiving, seats_of
from domain.chain_seats import Colleague, Seat, Sender, Staff, Unit
from domain.chain_slots import (
    SENDERS,
    ChainSlot,
    TypedSlot,
    Who,
    filled_key,
    kept_filled,
    place_words,
    posted_filled,
)
from domain.chains import (
    ChainStage,
    TypedChain,
    TypedChainStage,
    check_chain,
    kept_recipients,
    kept_stages,
    typed_chain,
)
from domain.forms import FormProblems
from domain.kinds import Role, SlotKind, StageRule

LEGAL, WORKS, EMPTY = (uuid4() for _ in range(3))
CLERK, CHIEF, HEAD, FIRST, SECOND = (uuid4() for _ in range(5))
LABEL = "主管課長"


def person(name: str, unit: UUID | None, *roles: Role) -> Colleague:
    return Colleague(name, active=True, department_id=unit, roles=frozenset(roles))


STAFF = Staff(
    {
        CLERK: person("担当", WORKS, Role.CLERK),
        CHIEF: person("課長", WORKS, Role.APPROVER),
        HEAD: person("部長", LEGAL, Role.APPROVER),
        FIRST: person("審査一", LEGAL, Role.AUDITOR),
        SECOND: person("審査二", LEGAL, Role.AUDITOR),
    },
    {WORKS: Unit("工事課", CHIEF), LEGAL: Unit("総務部", HEAD), EMPTY: Unit("空の課")},
)
SENDER = Sender(CLERK, WORKS)


def role(of: Role, unit: str = "", kind: SlotKind = SlotKind.APPROVE) -> ChainSlot:
    return ChainSlot(kind, who=Who.ROLE, role=of, unit=unit)


def head(unit: UUID | str = SENDERS, kind: SlotKind = SlotKind.APPROVE) -> ChainSlot:
    return ChainSlot(kind, who=Who.HEAD, unit=str(unit))


ASKED = ChainSlot(SlotKind.APPROVE, who=Who.FILLED, label=LABEL)


def stage(
    *people: ChainSlot, rule: StageRule = StageRule.ALL, need: int = 0, **when: int
) -> ChainStage:
    return ChainStage("", rule, need or len(people), None, people, Condition(**when))  # type: ignore[arg-type]


def seats(
    *stages: ChainStage, sender: Sender = SENDER, chosen: UUID | None = None, staff: Staff = STAFF
) -> list[list[Seat]]:
    named = {filled_key(LABEL): chosen} if chosen else {}
    return [list(row) for row in seats_of(stages, [True] * len(stages), staff, sender, named)]


def test_heads_roles_and_the_senders_choice_become_persons() -> None:
    [[own], [other], [crowd], [named]] = seats(
        stage(head()), stage(head(LEGAL)), stage(role(Role.AUDITOR)), stage(ASKED), chosen=CLERK
    )
    assert (own.people, other.people) == ((CHIEF,), (HEAD,))
    assert crowd.people == (FIRST, SECOND)
    assert named.people == (CLERK,)


def test_whoever_is_missing_is_said() -> None:
    for slot, sender, said in (
        (head(), Sender(CLERK, None), "送信者の部署が登録されていない"),
        (head(EMPTY), SENDER, "「空の課」に部署長がいません"),
        (role(Role.APPROVER, str(EMPTY)), SENDER, "「空の課」の承認者に、依頼できる人がいません"),
        (role(Role.CLERK), SENDER, "担当者に、依頼できる人がいません"),  # nobody but the sender
        (ASKED, SENDER, "「主管課長」を選んでください"),
    ):
        [[seat]] = seats(stage(slot), sender=sender)
        assert seat.people == ()
        assert seat.lacks is not None
        assert said in seat.lacks.ja


def test_everybody_is_asked_once_later_or_where_he_signs() -> None:
    [[first], [second]] = seats(stage(ASKED), stage(head()), chosen=CHIEF)
    assert (first.people, second.people) == ((), (CHIEF,))
    assert first.elsewhere is not None
    assert "段階2で依頼する" in first.elsewhere.ja
    signs = stage(head(kind=SlotKind.SIGN))
    [[first], [second]] = seats(signs, stage(ASKED), chosen=CHIEF)
    assert (first.people, second.people) == ((CHIEF,), ())
    both = stage(head(), role(Role.AUDITOR))
    [row, [crowd]] = seats(both, stage(role(Role.APPROVER)))
    assert needed(both, row) == 2
    assert crowd.people == (HEAD,)  # the other one is asked as head


def test_a_number_needs_as_many_people() -> None:
    for need, enough in ((2, True), (3, False)):
        some = stage(role(Role.AUDITOR), rule=StageRule.N_OF, need=need)
        [[seat]] = seats(some)
        assert (seat.lacks is None) == enough
        assert any("3人の対応が必要" in one.words.ja for one in findings([some], STAFF)) != enough


def errors(*stages: ChainStage, staff: Staff = STAFF) -> list[tuple[int | None, str]]:
    return [(one.stage, one.words.ja) for one in findings(stages, staff) if one.error]


def test_a_check_says_where_nobody_could_act() -> None:
    assert errors(stage(head(), role(Role.AUDITOR, str(LEGAL)), ASKED)) == []
    [(number, said)] = errors(stage(head()), stage(role(Role.AUDITOR, SENDERS)))
    assert (number, "「工事課」の監査者" in said) == (1, True)
    [(_, said)] = errors(stage(head(uuid4())))
    assert "一覧から削除された部署" in said
    [(_, said)] = errors(stage(head()), staff=replace(STAFF, units={}))
    assert "部署に所属する送信者がいない" in said
    both = stage(role(Role.APPROVER)), stage(role(Role.APPROVER, str(LEGAL)))
    [(number, said)] = errors(*both)
    assert (number, "段階1と同じ人" in said) == (1, True)
    assert errors(stage(role(Role.APPROVER), below=5), stage(role(Role.APPROVER), least=5)) == []


def test_a_department_without_a_head_is_a_warning_while_others_have_one() -> None:
    second = person("担当二", EMPTY, Role.CLERK)
    staff = replace(STAFF, people={**STAFF.people, uuid4(): second})
    found = [one for one in findings([stage(head())], staff) if "部署長" in one.words.ja]
    assert [one.error for one in found] == [False]


def test_too_many_who_hold_a_role_are_not_asked() -> None:
    many = {uuid4(): person(f"承認{number}", WORKS, Role.APPROVER) for number in range(20)}
    staff = replace(STAFF, people={**STAFF.people, **many})
    [[seat]] = seats(stage(role(Role.APPROVER)), staff=staff)
    assert seat.lacks is not None
    assert "22人います" in seat.lacks.ja


def test_what_was_chosen_is_kept_and_shown_again() -> None:
    rows = (
        TypedSlot("approve", who="head"),
        TypedSlot("approve", who="head", unit=str(LEGAL)),
        TypedSlot("sign", who="role", role="auditor", among=SENDERS),
        TypedSlot("confirm", who="filled", label=LABEL),
        TypedSlot("approve", str(CHIEF)),
    )
    typed = TypedChain("標準", (TypedChainStage(people=rows),))
    definition = check_chain(typed, [CHIEF], [LEGAL]).definition
    assert typed_chain("標準", definition) == typed
    [kept] = kept_stages(definition)
    said = [place_words(slot, STAFF.names, STAFF.unit_names).ja for slot in kept.people]
    assert said == [
        "送信者の部署の部署長",
        "総務部の部署長",
        "送信者の部署の監査者のうち誰か1人",
        "主管課長（送信のときに選ぶ）",
        "課長",
    ]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (TypedSlot(who="anybody"), "who"),
        (TypedSlot(who="role", role="operator"), "role"),
        (TypedSlot(who="role", among=str(uuid4())), "among"),
        (TypedSlot(who="head", unit=""), "unit"),
        (TypedSlot(who="filled"), "label"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(row: TypedSlot, field: str) -> None:
    typed = TypedChain("標準", (TypedChainStage(people=(TypedSlot("approve", str(CHIEF)), row)),))
    with pytest.raises(FormProblems) as found:
        check_chain(typed, [CHIEF], [LEGAL])
    assert f"stages-0-people-1-{field}" in found.value.problems


def test_a_place_is_said_once() -> None:
    for row, field in (
        (TypedSlot(who="filled", label=LABEL), "label"),
        (TypedSlot(who="role"), "role"),
    ):
        typed = TypedChain("標準", (TypedChainStage(people=(row, row)),))
        with pytest.raises(FormProblems) as found:
            check_chain(typed, [], [])
        assert set(found.value.problems) == {f"stages-0-people-1-{field}"}


def test_a_chain_asks_its_sender_for_so_many_people_only() -> None:
    rows = [TypedSlot(who="filled", label=f"{number}") for number in range(51)]
    stages = tuple(TypedChainStage(people=tuple(rows[at : at + 17])) for at in (0, 17, 34))
    check_chain(
        TypedChain("標準", (*stages[:2], replace(stages[2], people=tuple(rows[34:50])))), []
    )
    with pytest.raises(FormProblems) as found:
        check_chain(TypedChain("標準", stages), [])
    assert set(found.value.problems) == {"stages-2-people-16-label"}


def test_recipients_get_the_documents_once() -> None:
    everybody = ChainSlot(None, who=Who.ROLE, role=Role.AUDITOR)
    boss = ChainSlot(None, who=Who.HEAD, unit=str(LEGAL))
    found = receiving([everybody, boss, ChainSlot(None, SECOND)], {HEAD}, STAFF, SENDER, {})
    assert [seat.people for seat in found] == [(FIRST, SECOND), (), ()]
    assert [seat.lacks for seat in found] == [None, None, None]
    assert place_words(everybody, {}, {}).ja == "監査者の全員"
    himself = ChainSlot(None, who=Who.ROLE, role=Role.CLERK)
    [seat] = receiving([himself], {HEAD}, STAFF, SENDER, {})
    assert (seat.people, seat.lacks) == ((), None)
    [seat] = receiving([himself], {HEAD}, STAFF, Sender(CHIEF, WORKS), {})
    assert seat.people == (CLERK,)
    [lost] = findings([stage(head())], STAFF, [ChainSlot(None, who=Who.HEAD, unit=str(EMPTY))])[:1]
    assert (lost.error, lost.field) == (True, "recipients-0-unit")
    rows = (TypedSlot(who="role", role="auditor"), TypedSlot(member=str(CHIEF)))
    typed = rearranged(
        TypedChain("標準", (TypedChainStage(people=(TypedSlot(who="head"),)),)), "add-recipient"
    )
    assert typed.recipients == (TypedSlot(),)
    typed = replace(typed, recipients=rows)
    definition = check_chain(typed, [CHIEF]).definition
    assert typed_chain("標準", definition) == typed
    assert kept_recipients(definition)[1] == ChainSlot(None, CHIEF)
    assert rearranged(typed, "drop-recipient-0").recipients == rows[1:]


def test_a_draft_keeps_what_its_form_says_and_nothing_else() -> None:
    key = filled_key(LABEL)
    form = {f"filled-{key}": "x", "filled-": "y", "filled-zz": "z", f"filled-{'0' * 12}": ""}
    assert posted_filled(form) == (("0" * 12, ""), (key, "x"))
    stored = (("0" * 12, "w"), ("1" * 12, "of another chain"), (key, "v"))
    assert kept_filled(stored, posted_filled(form)) == (("1" * 12, "of another chain"), (key, "x"))
