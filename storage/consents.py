"""Consents to electronic means: whose is needed, which one holds, and whether an act had it.

A party's consent is one row; a withdrawal is another that names it. So a consent holds unless a
row says that it was withdrawn, and nobody can change when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from domain.consent_words import MEANS_VERSION
from domain.consents import CONSENTED_ACTS, ConsentKind, ConsentText
from domain.events import utc_text
from domain.kinds import (
    ENDED,
    ActKind,
    EnvelopeState,
    HandoverPolicy,
    LinkPurpose,
    ParticipantKind,
    PartyKind,
)
from domain.refusals import Refusal, RefusalCode
from storage.standing import Holder, Standing
from storage.tables import Act, Consent, ConsentVersion, Envelope, Organisation, Participant, Party

_TO_ACT = frozenset({Standing.OPEN, Standing.WAITING, Standing.SENT_BACK})
"""Of those who have not acted yet."""
_TAKES_PART = _TO_ACT | {Standing.ACTED, Standing.CORRECTING, Standing.CORRECTED}


def text_of(version: ConsentVersion) -> ConsentText:
    """As it was written."""
    return ConsentText(version.ja, version.en, version.lasting)


def demanded(envelope: Envelope, party: Party) -> bool:
    """Whether people of the party may read and act only with its consent."""
    return envelope.consent_version_id is not None and party.kind == PartyKind.COUNTERPARTY


def party_of(session: Session, holder: Holder) -> Party:
    """For which side somebody acts."""
    return session.get_one(Party, holder.participant.party_id)


def version_of(session: Session, envelope: Envelope) -> ConsentVersion | None:
    """What is asked for in this envelope."""
    key = envelope.consent_version_id
    return session.get_one(ConsentVersion, key) if key is not None else None


def asked_by(session: Session, organisation_id: UUID) -> ConsentVersion | None:
    """What an organisation asks for now, of envelopes that it sends."""
    key = session.get_one(Organisation, organisation_id).consent_version_id
    return session.get_one(ConsentVersion, key) if key is not None else None


def holding(session: Session, envelope: Envelope, party: Party) -> Sequence[Consent]:
    """Consents of a party that hold for an envelope: what was said in it first, then, if the text
    says that it lasts, what was said in others for the same party by an address that takes part
    in this one."""
    version = version_of(session, envelope)
    if version is None:
        return ()
    own = session.scalars(_valid(version).where(Consent.party_id == party.id)).all()
    return (*own, *_carried(session, envelope, party, version)) if version.lasting else own


def _valid(version: ConsentVersion) -> Any:  # noqa: ANN401 - a select of consents
    ending = aliased(Consent)
    ended = select(ending.id).where(ending.withdraws_id == Consent.id).exists()
    return (
        select(Consent)
        .where(Consent.kind == ConsentKind.GIVEN.value, Consent.version_id == version.id, ~ended)
        .order_by(Consent.at, Consent.id)
    )


def _carried(
    session: Session, envelope: Envelope, party: Party, version: ConsentVersion
) -> Sequence[Consent]:
    people = session.scalars(
        select(Participant.mail).where(
            Participant.party_id == party.id, Participant.left_at.is_(None)
        )
    )
    found: Sequence[Consent] = session.scalars(
        _valid(version)
        .join(Party, Party.id == Consent.party_id)
        .where(
            Consent.organisation_id == envelope.organisation_id,
            Consent.party_id != party.id,
            Consent.means == MEANS_VERSION,
            Consent.mail.in_([mail.casefold() for mail in people]),
            Party.name == party.name,
            Party.kind == party.kind,
        )
    ).all()
    return found


def relied_on(session: Session, envelope: Envelope, party: Party) -> Consent | None:
    """The consent that acts of the party's people stand on; None where there is none."""
    return next(iter(holding(session, envelope, party)), None)


def missing(session: Session, holder: Holder) -> bool:
    """Whether this person may not read or act before somebody of his party has consented."""
    if holder.envelope.consent_version_id is None or holder.link.purpose != LinkPurpose.ACT:
        return False
    if holder.standing not in _TO_ACT:
        return False
    party = party_of(session, holder)
    return demanded(holder.envelope, party) and not holding(session, holder.envelope, party)


def may_consent(holder: Holder) -> bool:
    """Whoever only names somebody else is not the one to agree."""
    return holder.may_act and holder.participant.handover != HandoverPolicy.DEMANDED


def may_withdraw(session: Session, holder: Holder) -> bool:
    """While the envelope is on its way, for anybody of the party who takes part in it."""
    state = holder.envelope_state
    under_way = state not in ENDED and state is not EnvelopeState.COMPLETING
    if not under_way or holder.envelope.consent_version_id is None:
        return False
    if holder.link.purpose != LinkPurpose.ACT or holder.standing not in _TAKES_PART:
        return False
    if holder.participant.handover == HandoverPolicy.DEMANDED:
        return False
    return bool(holding(session, holder.envelope, party_of(session, holder)))


# -- acts --------------------------------------------------------------------------------------


def evidence_of(session: Session, consent: Consent) -> dict[str, Any]:
    """What an act's evidence says of the consent that it stands on."""
    version = session.get_one(ConsentVersion, consent.version_id)
    return {
        "id": str(consent.id),
        "version": version.version,
        "text_sha256": version.sha256,
        "statement_sha256": consent.statement_sha256,
        "at": utc_text(consent.at),
    }


def evidence_for(session: Session, holder: Holder, kind: ActKind) -> dict[str, Any]:
    """What an act that is being posted stands on; nothing where nothing is demanded. Raises Refusal
    CONSENT_MISSING."""
    party = party_of(session, holder)
    if kind not in CONSENTED_ACTS or not demanded(holder.envelope, party):
        return {}
    consent = relied_on(session, holder.envelope, party)
    if consent is None:
        raise Refusal(RefusalCode.CONSENT_MISSING)
    return {"consent": evidence_of(session, consent)}


def objection(session: Session, act: Act, envelope: Envelope) -> RefusalCode | None:
    """Whether the act stands on a consent that its party had given, and not withdrawn, when it was
    posted."""
    if act.kind not in CONSENTED_ACTS:
        return None
    person = session.get_one(Participant, act.participant_id)
    party = session.get_one(Party, person.party_id)
    if not demanded(envelope, party):
        return None
    told = act.evidence.get("consent")
    consent = _named(session, told)
    if consent is None or told != evidence_of(session, consent):
        return RefusalCode.CONSENT_MISSING
    held = _held(session, consent, act.posted_at) and _speaks_for(session, consent, party, envelope)
    return None if held else RefusalCode.CONSENT_MISSING


def _named(session: Session, told: object) -> Consent | None:
    try:
        key = UUID(str(told["id"])) if isinstance(told, dict) else None
    except (KeyError, ValueError):
        return None
    return session.get(Consent, key) if key is not None else None


def _held(session: Session, consent: Consent, at: datetime) -> bool:
    ended = session.scalar(select(Consent.at).where(Consent.withdraws_id == consent.id))
    given = consent.kind == ConsentKind.GIVEN and consent.at <= at
    return given and (ended is None or at < ended)


def _speaks_for(session: Session, consent: Consent, party: Party, envelope: Envelope) -> bool:
    if consent.version_id != envelope.consent_version_id:
        return False
    if consent.party_id == party.id:
        return True
    lasting = session.get_one(ConsentVersion, consent.version_id).lasting
    said = session.get_one(Party, consent.party_id)
    same = (said.kind, said.name) == (party.kind, party.name)
    return lasting and same and consent.organisation_id == envelope.organisation_id


# -- pages -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PartyConsent:
    """How it stands with one party of an envelope."""

    party: Party
    version: ConsentVersion
    consent: Consent | None
    """The one that holds, or the last one, if it was withdrawn."""
    person: Participant | None
    withdrawn: Consent | None
    withdrawn_by: Participant | None

    @property
    def holds(self) -> bool:
        """Whether people of the party may read and act."""
        return self.consent is not None and self.withdrawn is None

    @property
    def carried(self) -> bool:
        """Whether it was given in an earlier envelope."""
        return self.consent is not None and self.consent.party_id != self.party.id


def of_envelope(session: Session, envelope: Envelope) -> tuple[PartyConsent, ...]:
    """For each party that is asked, in the order of its people; empty where nobody is."""
    version = version_of(session, envelope)
    if version is None:
        return ()
    parties = session.scalars(
        select(Party)
        .join(Participant, Participant.party_id == Party.id)
        .where(
            Party.envelope_id == envelope.id,
            Party.kind == PartyKind.COUNTERPARTY.value,
            Participant.kind != ParticipantKind.RECIPIENT.value,
        )
        .order_by(Participant.position)
    )
    return tuple(standing_of(session, envelope, party, version) for party in dict.fromkeys(parties))


def standing_of(
    session: Session, envelope: Envelope, party: Party, version: ConsentVersion
) -> PartyConsent:
    """How it stands with one party."""
    consent = relied_on(session, envelope, party)
    withdrawn = None if consent is not None else _last_withdrawal(session, party)
    if withdrawn is not None and withdrawn.withdraws_id is not None:
        consent = session.get_one(Consent, withdrawn.withdraws_id)
    return PartyConsent(
        party,
        version,
        consent,
        _person(session, consent),
        withdrawn,
        _person(session, withdrawn),
    )


def _last_withdrawal(session: Session, party: Party) -> Consent | None:
    """Said in this envelope, or of what was said in it."""
    given = select(Consent.id).where(Consent.party_id == party.id).scalar_subquery()
    found: Consent | None = session.scalar(
        select(Consent)
        .where(
            Consent.kind == ConsentKind.WITHDRAWN.value,
            (Consent.party_id == party.id) | Consent.withdraws_id.in_(given),
        )
        .order_by(Consent.at.desc(), Consent.id)
        .limit(1)
    )
    return found


def _person(session: Session, consent: Consent | None) -> Participant | None:
    return session.get_one(Participant, consent.participant_id) if consent is not None else None


def rows_for_evidence(session: Session, envelope_id: UUID) -> Sequence[Consent]:
    """What was said in the envelope, and elsewhere as far as its acts stand on it; oldest first."""
    acts = session.scalars(select(Act.evidence).where(Act.envelope_id == envelope_id))
    stood_on = [row for row in (_named(session, told.get("consent")) for told in acts) if row]
    known = [row.id for row in stood_on]
    return session.scalars(
        select(Consent)
        .where(
            (Consent.envelope_id == envelope_id)
            | Consent.id.in_(known)
            | Consent.withdraws_id.in_(known)
        )
        .order_by(Consent.at, Consent.id)
    ).all()
