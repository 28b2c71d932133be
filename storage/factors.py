"""Factors as rows: what a person proved in which browser, when, in how many tries, for which act.

The signing worker reads these rows again before it uses the key: an act of somebody of whom a
factor is demanded needs one that was passed for that very act.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event, utc_text
from domain.factors import (
    SENT_FACTORS,
    TRIES,
    TRIES_A_DAY,
    WAIT_MINUTES,
    Factor,
    Moment,
    method,
)
from domain.kinds import ACT_OF_SLOT, ActKind, LinkPurpose
from domain.passkeys import EVIDENCE, key_sha256
from domain.phones import masked_phone
from domain.refusals import Refusal, RefusalCode
from storage import app_codes, ledger, one_time_codes, passkey_acts, passkeys, tries
from storage.app_codes import AppStep
from storage.database import Database
from storage.passkeys import PasskeyProof
from storage.standing import Holder
from storage.tables import Act, Envelope, FactorProof, Participant, Visit
from storage.tries import Limit
from storage.vault import Vault
from storage.visits import Visiting

LIMIT = Limit(TRIES, timedelta(minutes=WAIT_MINUTES), most=TRIES_A_DAY)
STEPPED_UP = frozenset(ACT_OF_SLOT.values())
"""Acts that agree to something ask again at their own moment."""


@dataclass(frozen=True)
class Proven:
    """A factor that was passed a moment ago, in so many tries."""

    factor: Factor
    at: datetime
    tries: int
    code_id: UUID | None = None
    """The one-time code that was entered, which is spent with it."""
    rows: tuple[UUID, ...] = ()
    """How the try was counted."""
    step: AppStep | None = None
    """The authenticator app's time step, which is taken with it."""
    passkey: PasskeyProof | None = None
    """What an authenticator answered, whose challenge is spent with it."""


@dataclass(frozen=True)
class Try:
    """A counted try: `wait` in seconds where the door is closed and nothing may be judged."""

    number: int
    wait: int | None = None
    rows: tuple[UUID, ...] = ()
    shared: int = 0
    """Tries of a member's app in all his envelopes: they count together."""

    @property
    def counted(self) -> int:
        """How many the door has counted."""
        return max(self.number, self.shared)

    @property
    def left(self) -> int:
        """Wrong ones after this one until the door closes."""
        return TRIES - self.counted % TRIES if self.counted % TRIES else 0


def demanded(participant: Participant) -> tuple[Factor, ...]:
    """What the sender demands of a person, in the order in which it is asked."""
    wanted = {
        Factor.ACCESS_CODE: bool(participant.access_code_hash),
        Factor.MAIL_CODE: participant.mail_code,
        Factor.SMS_CODE: bool(participant.phone),
        Factor.APP_CODE: participant.app_code,
        Factor.PASSKEY: participant.passkey,
    }
    return tuple(factor for factor, asked in wanted.items() if asked)


def demanded_to_open(holder: Holder) -> tuple[Factor, ...]:
    """A download's link comes by the mail that a code would come by; after the window, that mail
    is old, and a code shows whose the mailbox is today."""
    wanted = demanded(holder.participant)
    if holder.link.purpose != LinkPurpose.DOWNLOAD:
        return wanted
    told = tuple(factor for factor in wanted if factor is not Factor.MAIL_CODE)
    return (*told, Factor.MAIL_CODE) if holder.late_download else told


def missing(session: Session, visiting: Visiting) -> Factor | None:
    """The next factor that opens this visit; None once it is open."""
    holder = visiting.holder
    passed = _passed(session, visiting.visit.id, Moment.OPENING)
    wanted = demanded_to_open(holder)
    missed = next((factor for factor in wanted if not _is_met(factor, wanted, passed)), None)
    if missed is None or holder.link.purpose != LinkPurpose.DOWNLOAD:
        return missed
    if missed is Factor.PASSKEY and not passkeys.has_any(session, holder):
        # The contract is done, and he never had one: a code shows whose the mailbox is.
        return None if Factor.MAIL_CODE in passed else Factor.MAIL_CODE
    if missed is Factor.APP_CODE and app_codes.member_with_app(session, holder) is None:
        # The same of a member who has no app any more.
        others = [factor for factor in wanted if factor is not Factor.APP_CODE]
        rest = next((factor for factor in others if not _is_met(factor, wanted, passed)), None)
        return rest or (None if Factor.MAIL_CODE in passed else Factor.MAIL_CODE)
    return missed


def stands_in(factor: Factor, wanted: Iterable[Factor]) -> bool:
    """Whether a passkey may be used in this factor's place: for a code by mail, unless the sender
    demands both. It was registered with such a code, and proves more."""
    return factor is Factor.MAIL_CODE and Factor.PASSKEY not in set(wanted)


def _is_met(factor: Factor, wanted: Iterable[Factor], passed: Container[Factor]) -> bool:
    return factor in passed or (stands_in(factor, wanted) and Factor.PASSKEY in passed)


def count_try(
    database: Database, person: UUID, factor: Factor, now: datetime, member: UUID | None = None
) -> Try:
    """Count a try before it is judged, so that parallel ones do not slip through. `member` is
    whose app's code it is: six digits, of which three are right at any time, bear ten tries a day
    in all, however many envelopes ask for them."""
    bucket, shared = _bucket(person, factor), _shared(member)
    with database.transaction() as session:
        tried = tries.count(session, dict.fromkeys((bucket, *shared), LIMIT), now)
        number = tries.remembered(session, bucket, LIMIT, now)
        of_all = [tries.remembered(session, name, LIMIT, now) for name in shared]
    return Try(number, tried.wait, tried.counted, max(of_all, default=0))


def waiting(
    session: Session, person: UUID, factor: Factor, now: datetime, member: UUID | None = None
) -> int | None:
    """Seconds until the next try, without counting one."""
    buckets = (_bucket(person, factor), *_shared(member))
    waits = [tries.wait_of(session, bucket, LIMIT, now) for bucket in buckets]
    return max((wait for wait in waits if wait is not None), default=None)


def _shared(member: UUID | None) -> tuple[str, ...]:
    return (f"{Factor.APP_CODE.value}-member:{member}",) if member is not None else ()


def refuse(
    database: Database, visiting: Visiting, factor: Factor, moment: Moment, at: datetime
) -> None:
    """It was wrong: the ledger keeps that somebody tried."""
    with database.transaction() as session:
        said = _said_of_number(visiting, factor)
        data = {"factor": factor, "moment": moment, **said}
        _note(session, Event.FACTOR_REFUSED, visiting, data, at)


def open_with(database: Database, visiting: Visiting, proven: Proven) -> None:
    """One factor of the visit is passed; earlier slips do not count any more."""
    pass_at(database, visiting, proven, Moment.OPENING)


def pass_at(database: Database, visiting: Visiting, proven: Proven, moment: Moment) -> None:
    """The same at a moment that is no act's."""
    with database.transaction() as session:
        _write(session, visiting, proven, moment, None)


def prove_now(
    session: Session, vault: Vault, visiting: Visiting, act: Act, proofs: Sequence[Proven]
) -> None:
    """Write what was passed for an act that is being posted, in its own transaction, and put it
    into its evidence. The act has its values already: a passkey's answer stands for them too.

    Raises Refusal FACTOR_MISSING.
    """
    visit, person = visiting.visit, visiting.holder.participant
    if not demanded(person) and not proofs:
        return
    for proven in proofs:
        _write(session, visiting, proven, Moment.SIGNING, act.nonce)
        if proven.passkey is not None:
            passkey_acts.keep(session, vault, visiting, act, proven.passkey)
    passed = _used(session, visit.id, ActKind(act.kind), act.nonce)
    told = evidence_of(session, visit.id, act.nonce)
    how = method(passed, str(act.evidence["method"]))
    act.evidence = act.evidence | {"method": how, "factors": told}
    if not prove(session, act, visiting.holder.envelope, visit, person):
        raise Refusal(RefusalCode.FACTOR_MISSING)


def _write(
    session: Session, visiting: Visiting, proven: Proven, moment: Moment, nonce: str | None
) -> None:
    said, kept = _said_of_number(visiting, proven.factor), dict[str, Any]()
    if proven.factor in SENT_FACTORS:
        _spend(session, visiting.visit, proven)
    if proven.factor is Factor.APP_CODE:
        said = {"member": str(app_codes.take(session, visiting.holder, proven.step))}
        # Whoever guesses shares the member's bucket: a right code forgives none of the wrong ones.
        tries.give_back(session, proven.rows)
    if proven.factor is Factor.PASSKEY:
        used = passkeys.use(session, visiting, proven.passkey, moment, nonce, proven.at)
        kept = {"passkey": used.id, "key_sha256": key_sha256(used.public_key)}
    _add(session, visiting, proven, moment, nonce, said, kept)


def _said_of_number(visiting: Visiting, factor: Factor) -> dict[str, Any]:
    number = visiting.holder.participant.phone
    return {"number": masked_phone(number)} if factor is Factor.SMS_CODE and number else {}


def pass_by_registering(session: Session, visiting: Visiting, at: datetime) -> None:
    """Who has just registered a passkey was verified by it: his visit is open."""
    _add(session, visiting, Proven(Factor.PASSKEY, at, 1), Moment.OPENING, None, {}, {})


def _add(  # noqa: PLR0913 - the parts of one row
    session: Session,
    visiting: Visiting,
    proven: Proven,
    moment: Moment,
    nonce: str | None,
    said: dict[str, Any],
    kept: dict[str, Any],
) -> None:
    """`said` goes into evidence and ledger, `kept` into the ledger only."""
    visit = visiting.visit
    tries.forget(session, _bucket(visit.participant_id, proven.factor))
    session.add(
        FactorProof(
            visit_id=visit.id,
            participant_id=visit.participant_id,
            factor=proven.factor.value,
            moment=moment.value,
            tries=proven.tries,
            act_nonce=nonce,
            said=said or None,
            passed_at=proven.at,
        )
    )
    session.flush()
    data = {"factor": proven.factor, "moment": moment, "tries": proven.tries, **said, **kept}
    _note(session, Event.FACTOR_PASSED, visiting, data, proven.at)


def _spend(session: Session, visit: Visit, proven: Proven) -> None:
    if proven.code_id is None:
        raise Refusal(RefusalCode.FACTOR_MISSING)
    one_time_codes.use(session, proven.code_id, visit.id, proven.at, proven.factor)


def evidence_of(session: Session, visit_id: UUID, nonce: str) -> list[dict[str, Any]]:
    """What an act's evidence says of factors: those that opened its visit, and its own."""
    rows = session.scalars(
        select(FactorProof)
        .where(FactorProof.visit_id == visit_id)
        .order_by(FactorProof.passed_at, FactorProof.factor, FactorProof.id)
    )
    return [
        {
            "factor": row.factor,
            "moment": row.moment,
            "at": utc_text(row.passed_at),
            "tries": row.tries,
            **(row.said or {}),
        }
        for row in rows
        if row.act_nonce in {None, nonce}
    ]


def prove(
    session: Session, act: Act, envelope: Envelope, visit: Visit, participant: Participant
) -> bool:
    """Whether every demanded factor was passed: in this visit, and for this act if it agrees to
    something. The evidence must say exactly what the rows say, and a passkey's kept answer must
    be one to this very act."""
    wanted = demanded(participant)
    stepped = _passed(session, visit.id, Moment.SIGNING, act.nonce)
    if not wanted and not stepped and EVIDENCE not in act.evidence:
        return True
    opened = _passed(session, visit.id, Moment.OPENING)
    if ActKind(act.kind) in STEPPED_UP and not _all_met(wanted, stepped):
        return False
    if act.evidence.get("factors") != evidence_of(session, visit.id, act.nonce):
        return False
    answered = Factor.PASSKEY in stepped or EVIDENCE in act.evidence
    if answered and not passkey_acts.prove(session, act, envelope, participant):
        return False
    return _all_met(wanted, opened)


def _all_met(wanted: Iterable[Factor], passed: Container[Factor]) -> bool:
    return all(_is_met(factor, wanted, passed) for factor in wanted)


def _used(session: Session, visit_id: UUID, kind: ActKind, nonce: str) -> tuple[Factor, ...]:
    """What was passed for an act, or for the visit of one that agrees to nothing, in order."""
    own = kind in STEPPED_UP
    moment = Moment.SIGNING if own else Moment.OPENING
    passed = _passed(session, visit_id, moment, nonce if own else None)
    return tuple(factor for factor in Factor if factor in passed)


def passed_in(session: Session, visit_id: UUID) -> set[tuple[Factor, Moment]]:
    """What a visit has shown, and when."""
    rows = session.execute(
        select(FactorProof.factor, FactorProof.moment).where(FactorProof.visit_id == visit_id)
    )
    return {(Factor(factor), Moment(moment)) for factor, moment in rows}


def _passed(
    session: Session, visit_id: UUID, moment: Moment, nonce: str | None = None
) -> set[Factor]:
    query = select(FactorProof.factor).where(
        FactorProof.visit_id == visit_id, FactorProof.moment == moment.value
    )
    if nonce is not None:
        query = query.where(FactorProof.act_nonce == nonce)
    return {Factor(word) for word in session.scalars(query)}


def _bucket(person: UUID, factor: Factor) -> str:
    return f"{factor.value}:{person}"


def _note(
    session: Session, tag: Event, visiting: Visiting, data: dict[str, Any], at: datetime
) -> None:
    visit = visiting.visit
    ledger.append(
        session,
        tag,
        at=at,
        actor=f"participant:{visit.participant_id}",
        envelope_id=visiting.holder.envelope.id,
        data={"visit": visit.id, **data},
    )
