"""The draft's form: fields as typed, and what the pressed button asks for."""

import re
from collections.abc import Mapping
from dataclasses import replace

from domain.chain_slots import posted_filled
from domain.conclusion import Purpose
from domain.deals import TypedDeal
from domain.drafts import DEAL_PARTS, KEPT, Order, TypedDraft, TypedPerson
from domain.forms import MAX_TYPED_CHARACTERS
from domain.kinds import HandoverPolicy, Language, ParticipantKind, PartyKind
from domain.limits import MAX_PARTICIPANTS
from domain.own_fields import posted_own
from domain.refusals import Words
from webapp.sender.stage_form import documents_from, stages_from

_PERSON = re.compile(
    r"people-(\d{1,3})-"
    r"(key|name|mail|company|party|kind|language|handover|stage|mailcode|smscode|"
    r"phone|appcode|withpasskey)"
)
_BUTTON = re.compile(r"(add|remove|up|down)(?:-(\d{1,3}))?")

PARTY_WORDS = {
    PartyKind.COUNTERPARTY: Words("相手方", "Other side"),
    PartyKind.OWN: Words("自社（自組織）", "Our side"),
}
KIND_WORDS = {
    ParticipantKind.SIGNER: Words("署名者", "Signer"),
    ParticipantKind.APPROVER: Words("承認者", "Approver"),
    ParticipantKind.REVIEWER: Words("確認者", "Reviewer"),
    ParticipantKind.RECIPIENT: Words("受領者", "Recipient"),
}
LANGUAGE_WORDS = {Language.JA: Words("日本語", "日本語"), Language.EN: Words("English", "English")}
HANDOVER_WORDS = {
    HandoverPolicy.ALLOWED: Words("可（本人が選べる）", "Allowed"),
    HandoverPolicy.DEMANDED: Words(
        "必須（担当者を指名してもらう）", "Required (must name the person in charge)"
    ),
    HandoverPolicy.REFUSED: Words("不可（本人だけ）", "Not allowed"),
}
ORDER_WORDS = {
    Order.SEQUENCE: Words("上から順番に依頼する", "Ask one after another, from the top"),
    Order.PARALLEL: Words("全員に同時に依頼する", "Ask everybody at the same time"),
    Order.STAGES: Words("段階を自分で決める", "Lay out the stages"),
}


def typed_from(form: Mapping[str, str]) -> TypedDraft:
    """The whole form. A field that was not sent counts as empty, a form without people has none.
    Access codes, what is known of people and what a template calls them are left as they were
    stored; see code_form."""
    rows: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        found = _PERSON.fullmatch(name)
        if found:
            rows.setdefault(int(found[1]), {})[found[2]] = value[:MAX_TYPED_CHARACTERS]
    documents = documents_from(form)
    people = tuple(
        TypedPerson(
            **rows[index], code=KEPT, known=KEPT, role=KEPT, documents=documents.get(index, "")
        )
        for index in sorted(rows)
    )
    names = (
        "title", "message", "deadline_days", "order", "chain_id", "amount", "contract_kind",
        "route_seen",
    )  # fmt: skip
    texts = {name: form.get(name, "")[:MAX_TYPED_CHARACTERS] for name in names}
    texts["purpose"] = form.get("purpose", Purpose.CONTRACT.value)[:MAX_TYPED_CHARACTERS]
    # Stages that nobody asked for are not kept: they would be there when the order changes.
    laid_out = texts["order"] == Order.STAGES
    if not laid_out:
        people = tuple(replace(person, stage="") for person in people)
    deal = {name: form.get(name, "")[:MAX_TYPED_CHARACTERS] for name in DEAL_PARTS}
    return TypedDraft(
        **texts,
        deal=TypedDeal(**deal),
        people=people[: MAX_PARTICIPANTS + 1],
        own=posted_own(form),
        filled=posted_filled(form),
        stages=stages_from(form) if laid_out else (),
    )


def row_numbers(form: Mapping[str, str]) -> list[int]:
    """Numbers of the people's rows, in their order."""
    return sorted({int(found[1]) for name in form if (found := _PERSON.fullmatch(name))})


def rearranged(typed: TypedDraft, action: str) -> tuple[TypedDraft, int]:
    """The draft after `add`, `remove-2`, `up-2` or `down-2`, and the row to look at next."""
    found = _BUTTON.fullmatch(action)
    people = list(typed.people)
    if found is None:
        return typed, 0
    verb, index = found[1], int(found[2] or 0)
    if verb == "add" and len(people) <= MAX_PARTICIPANTS:
        people.append(TypedPerson())
        return replace(typed, people=tuple(people)), len(people) - 1
    if index >= len(people):
        return typed, 0
    if verb == "remove":
        people.pop(index)
        people = people or [TypedPerson()]
        return replace(typed, people=tuple(people)), max(0, index - 1)
    other = index - 1 if verb == "up" else index + 1
    if not 0 <= other < len(people):
        return typed, index
    people[index], people[other] = people[other], people[index]
    return replace(typed, people=tuple(people)), other


def is_rearranging(action: str) -> bool:
    """Whether the button changes the list of people."""
    return _BUTTON.fullmatch(action) is not None
