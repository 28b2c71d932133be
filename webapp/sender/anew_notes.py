"""What is different now from when the envelope was sent that a draft was made anew of: said on the
draft's page until its sender has seen to it."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from domain.drafts import WANTED, TypedDraft, TypedPerson
from domain.forms import FormProblems
from domain.kinds import ASKING_KINDS, LinkPurpose, NoticeState, PartyKind
from domain.typed_fields import TypedField
from storage import chains, own_fields
from storage.chain_plan import judge_typed
from storage.placing import fields_of
from storage.senders import senders_of
from storage.tables import Chain, Envelope, Link, Member, Notice, Participant, Visit
from webapp.language import say, words
from webapp.login import member

_LOST = (NoticeState.FAILED.value, NoticeState.BOUNCED.value)


def anew_notes(
    session: Session,
    draft: Envelope,
    before: Envelope,
    typed: TypedDraft,
    live: Iterable[TypedField],
) -> list[str]:
    """In words, in the order of the form. `live` are the draft's fields that have a person."""
    people = [person for person in typed.people if not person.untouched]
    return [
        *_of_kind(session, draft, typed),
        *_of_chain(session, draft, before, typed),
        *_of_people(session, before, people),
        *_of_fields(draft, live),
    ]


def _of_kind(session: Session, draft: Envelope, typed: TypedDraft) -> Iterator[str]:
    kind = typed.contract_kind.strip()
    defined = own_fields.listed(session, draft.organisation_id)
    if kind and any(row.name == kind and row.retired_at for row in defined):
        yield say(
            "契約の種類「%(kind)s」は使われなくなりました。別の種類を選んでください。", kind=kind
        )


# -- the chain ---------------------------------------------------------------------------------


def _of_chain(
    session: Session, draft: Envelope, before: Envelope, typed: TypedDraft
) -> Iterator[str]:
    old = session.get(Chain, before.chain_id) if before.chain_id else None
    if old is None:
        return
    offered = chains.newest(session, draft.organisation_id, only_active=True)
    chosen = next((row for row in offered if str(row.id) == typed.chain_id), None)
    if chosen is None:
        yield say(
            "元の封筒の承認ルート「%(name)s」は使えなくなりました。承認ルートを選び直してください。",
            name=old.name,
        )
        return
    if chosen.name != old.name:
        return
    if chosen.version != old.version:
        yield say(
            "承認ルート「%(name)s」は、元の封筒で使った第%(old)s版から変わっています。今の第%(new)s版で依頼します。段階と人を確かめてください。",
            name=old.name,
            old=old.version,
            new=chosen.version,
        )
    yield from _vacant(session, draft, chosen.id, typed)


def _vacant(session: Session, draft: Envelope, chain_id: UUID, typed: TypedDraft) -> Iterator[str]:
    """Somebody left, or a department has no head or nobody any more."""
    by = senders_of(session, draft, member())
    try:
        judged = judge_typed(session, by, chain_id, typed)
    except FormProblems as found:
        yield from map(words, found.problems.values())
        return
    yield from map(words, judged.vacant.values())


# -- people ------------------------------------------------------------------------------------


def _of_people(session: Session, before: Envelope, people: list[TypedPerson]) -> Iterator[str]:
    lost, left = _lost_addresses(session, before), _left_addresses(session, before, people)
    unreached = [one for one in people if _address(one) in lost]
    if unreached:
        yield say(
            "元の封筒のメールが届いていません。メールアドレスを確かめてください：%(people)s",
            people=_named(unreached),
        )
    gone = [one for one in people if one.party == PartyKind.OWN and _address(one) in left]
    if gone:
        yield say(
            "もう利用者ではない人がいます。別の人にしてください：%(people)s", people=_named(gone)
        )
    if wanted := [one for one in people if one.code == WANTED]:
        yield say(
            "アクセスコードは引き継いでいません。決め直して、本人に伝えてください：%(people)s",
            people=say("、").join(one.said for one in wanted),
        )
    yield from _handed_over(session, before, people)


def _address(person: TypedPerson) -> str:
    return person.mail.strip().lower()


def _named(people: Iterable[TypedPerson]) -> str:
    return say("、").join(one.said + say("（%(text)s）", text=one.mail.strip()) for one in people)


def _lost_addresses(session: Session, before: Envelope) -> set[str]:
    """Where a mail that asked somebody did not arrive, and no other way was found: he has opened no
    link since, and got no new one."""
    same_link = exists().where(
        Link.participant_id == Participant.id,
        Link.purpose == LinkPurpose.ACT.value,
        Link.issued_at <= Notice.queued_at,
    )
    visited = exists().where(
        Visit.participant_id == Participant.id, Visit.opened_at >= Notice.queued_at
    )
    rows = session.scalars(
        select(func.lower(Participant.mail))
        .join(Notice, Notice.participant_id == Participant.id)
        .where(
            Participant.envelope_id == before.id,
            Participant.left_at.is_(None),
            Notice.kind.in_([kind.value for kind in ASKING_KINDS]),
            Notice.state.in_(_LOST),
            same_link,
            ~visited,
        )
    )
    return set(rows)


def _left_addresses(session: Session, before: Envelope, people: Iterable[TypedPerson]) -> set[str]:
    rows = session.scalars(
        select(Member.mail).where(
            Member.organisation_id == before.organisation_id,
            Member.active.is_(False),
            Member.mail.in_({_address(person) for person in people}),
        )
    )
    return set(rows)


def _handed_over(
    session: Session, before: Envelope, people: Iterable[TypedPerson]
) -> Iterator[str]:
    rows = session.scalars(select(Participant).where(Participant.envelope_id == before.id)).all()
    after: dict[UUID | None, Participant] = {row.predecessor_id: row for row in rows}
    addresses = {_address(person) for person in people}
    said = [
        f"{row.name} → {_last(row, after).name}"
        for row in rows
        if row.id in after and row.predecessor_id is None and row.mail.lower() in addresses
    ]
    if said:
        yield say(
            "元の封筒では、別の人に引き継がれていました。必要なら宛先を直してください：%(people)s",
            people=say("、").join(said),
        )


def _last(row: Participant, after: dict[UUID | None, Participant]) -> Participant:
    found, seen = row, {row.id}
    while found.id in after and after[found.id].id not in seen:
        found = after[found.id]
        seen.add(found.id)
    return found


# -- fields ------------------------------------------------------------------------------------


def _of_fields(draft: Envelope, live: Iterable[TypedField]) -> Iterator[str]:
    shown = list(live)
    keys = {row.key for row in shown}
    if unowned := sum(not row.person for row in shown):
        yield say(
            "入力する人を選び直す入力欄が%(count)s個あります。「入力欄を置く」で選んでください。",
            count=unowned,
        )
    if left_out := sum(row.key not in keys for row in fields_of(draft)):
        yield say(
            "承認ルートの人のための入力欄%(count)s個は、今の承認ルートに同じ人がいないため使われません。必要なら置き直してください。",
            count=left_out,
        )
