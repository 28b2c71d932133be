"""Saying yes to electronic means, and taking it back: each a row of its own, with its evidence,
its event in the ledger, and a time-stamp that follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.consent_words import MEANS_VERSION
from domain.consents import (
    DEFAULT,
    ConsentKind,
    ConsentText,
    ConsentWay,
    sha256_of,
    shown_sha256,
    statement,
    statement_sha256,
)
from domain.events import Event, Json, utc_text
from domain.evidence import person_sha256
from domain.factors import method
from domain.kinds import (
    Language,
    LinkPurpose,
)
from domain.limits import MAX_NONCE_CHARACTERS
from domain.refusals import Refusal, RefusalCode
from storage import consents, factors, ledger, withdrawals
from storage.locks import locked, take_turn
from storage.organisations import note_change
from storage.outbox import When
from storage.standing import Holder, holder_of
from storage.tables import (
    Consent,
    ConsentVersion,
    Envelope,
    Link,
    Member,
    Organisation,
    OutboxItem,
    Participant,
    Party,
    Visit,
)
from storage.visits import MAX_ADDRESS_CHARACTERS, MAX_AGENT_CHARACTERS, Caller, Visiting

CONSENT = "consent"
"""Kind of the outbox item that starts the time-stamping."""


# -- what an organisation asks for ----------------------------------------------------------------


def ask_for(
    session: Session, member: Member, way: ConsentWay, text: ConsentText, now: datetime
) -> bool:
    """What envelopes that are sent from now on ask of counterparties. A text that differs from the
    present one is a new version, also where nothing is asked; the older ones stay. False where
    nothing changes."""
    organisation = locked(session, Organisation, member.organisation_id)
    if organisation is None:
        raise LookupError(str(member.organisation_id))
    newest = _newest(session, organisation.id)
    written = _is_new(newest, way, text)
    version = _write(session, member, newest, text, now) if written else newest
    before = organisation.consent_version_id
    after = None if way is ConsentWay.NONE or version is None else version.id
    if before == after and not written:
        return False
    organisation.consent_version_id = after
    note_change(
        session,
        member,
        now,
        "consent",
        before=_noted(session, before),
        after=_noted(session, after),
        written=version.version if written and version is not None else None,
    )
    return True


def _newest(session: Session, organisation_id: UUID) -> ConsentVersion | None:
    found: ConsentVersion | None = session.scalar(
        select(ConsentVersion)
        .where(ConsentVersion.organisation_id == organisation_id)
        .order_by(ConsentVersion.version.desc())
        .limit(1)
    )
    return found


def _is_new(newest: ConsentVersion | None, way: ConsentWay, text: ConsentText) -> bool:
    """Whoever asks for nothing, and wrote nothing, leaves no version."""
    if newest is not None:
        return newest.sha256 != text.sha256
    return way is not ConsentWay.NONE or text != DEFAULT


def _write(
    session: Session,
    member: Member,
    newest: ConsentVersion | None,
    text: ConsentText,
    now: datetime,
) -> ConsentVersion:
    version = ConsentVersion(
        organisation_id=member.organisation_id,
        version=(newest.version if newest is not None else 0) + 1,
        ja=text.ja,
        en=text.en,
        lasting=text.lasting,
        sha256=text.sha256,
        created_by=member.id,
        created_at=now,
    )
    session.add(version)
    session.flush()
    return version


def _noted(session: Session, key: UUID | None) -> dict[str, Any] | None:
    if key is None:
        return None
    version = session.get_one(ConsentVersion, key)
    return {"version": version.version, "sha256": version.sha256, "lasting": version.lasting}


# -- what a party says ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A form as it was posted; `shown_sha256` is what its page showed, of a consent."""

    nonce: str
    caller: Caller
    language: Language
    shown_sha256: str = ""


def give(session: Session, visiting: Visiting, said: Said, now: datetime) -> Consent:
    """Keep the consent of the person's party. One that holds already is not said twice.

    Raises Refusal NOT_ALLOWED (nothing is asked, or not of him, or a form that nobody made),
    FACTOR_MISSING, CONSENT_CHANGED where the page showed something else.
    """
    holder, party = _speaking(session, visiting, said, now)
    version = consents.version_of(session, holder.envelope)
    if version is None or not consents.demanded(holder.envelope, party):
        raise Refusal(RefusalCode.NOT_ALLOWED)
    known = consents.relied_on(session, holder.envelope, party)
    if known is not None:
        return known
    if not consents.may_consent(holder) or is_known(session, said.nonce):
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if said.shown_sha256 != shown_sha256(version.sha256, MEANS_VERSION):
        raise Refusal(RefusalCode.CONSENT_CHANGED)
    speaking = _speaking_of(session, visiting, holder, party, said, now)
    return speaking.write(ConsentKind.GIVEN, version)


def withdraw(session: Session, visiting: Visiting, said: Said, when: When) -> list[Consent]:
    """Take back whatever the party's people stand on, in this envelope and for others; senders
    of envelopes that stood on it are told. Nothing happens where nothing holds any more.

    Raises Refusal NOT_ALLOWED (ended, or not his to say), FACTOR_MISSING.
    """
    holder, party = _speaking(session, visiting, said, when.at)
    held = consents.holding(session, holder.envelope, party)
    if not held:
        return []
    if not consents.may_withdraw(session, holder) or is_known(session, said.nonce):
        raise Refusal(RefusalCode.NOT_ALLOWED)
    speaking = _speaking_of(session, visiting, holder, party, said, when.at)
    made = [
        speaking.write(
            ConsentKind.WITHDRAWN,
            session.get_one(ConsentVersion, consent.version_id),
            consent,
            number,
        )
        for number, consent in enumerate(held)
    ]
    others = withdrawals.under_way(session, held[0], party, {consent.mail for consent in held})
    withdrawals.tell(session, dict.fromkeys([holder.envelope, *others]), made[0], when)
    return made


def _speaking(
    session: Session, visiting: Visiting, said: Said, now: datetime
) -> tuple[Holder, Party]:
    """Who speaks, as rows stand now, and for whom; others of his party wait."""
    if not 0 < len(said.nonce) <= MAX_NONCE_CHARACTERS:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    link = session.get_one(Link, visiting.visit.link_id)
    if link.purpose != LinkPurpose.ACT:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if factors.missing(session, visiting) is not None:
        raise Refusal(RefusalCode.FACTOR_MISSING)
    party = consents.party_of(session, visiting.holder)
    # By its name: in another envelope somebody may take back the same consent just now.
    take_turn(session, f"consents of {party.name} to {visiting.holder.organisation.id}")
    return holder_of(session, link, now), party


def is_known(session: Session, nonce: str) -> bool:
    """Whether the form was sent before."""
    found = select(Consent.id).where(Consent.nonce == _nonce(nonce, 0))
    return session.scalar(found) is not None


def _nonce(nonce: str, number: int) -> str:
    return f"{nonce}.{number}"


def _speaking_of(  # noqa: PLR0913 - who speaks, in which visit, for whom, what, when
    session: Session, visiting: Visiting, holder: Holder, party: Party, said: Said, now: datetime
) -> "Speaking":
    visit = session.get_one(Visit, visiting.visit.id)
    proof = {
        "method": method(factors.demanded(holder.participant)),
        "factors": factors.evidence_of(session, visit.id, said.nonce),
        "visit_id": str(visit.id),
        "visit_opened_at": utc_text(visit.opened_at),
        "link_id": str(visit.link_id),
        "link_generation": visit.generation,
    }
    return Speaking(session, holder.envelope, holder.participant, party, said, proof, now)


@dataclass(frozen=True)
class Speaking:
    """One person who says something for his party; `proof`: how he has shown that it is he."""

    session: Session
    envelope: Envelope
    participant: Participant
    party: Party
    said: Said
    proof: Mapping[str, Any]
    now: datetime

    def write(
        self,
        kind: ConsentKind,
        version: ConsentVersion,
        ended: Consent | None = None,
        number: int = 0,
    ) -> Consent:
        """The row, its event, and the order to time-stamp it."""
        evidence = self._evidence()
        _, language = consents.text_of(version).in_language(self.said.language)
        row = Consent(
            id=uuid4(),
            nonce=_nonce(self.said.nonce, number),
            kind=kind.value,
            organisation_id=self.envelope.organisation_id,
            envelope_id=self.envelope.id,
            party_id=self.party.id,
            participant_id=self.participant.id,
            version_id=version.id,
            means=ended.means if ended is not None else MEANS_VERSION,
            language=language.value,
            mail=self.participant.mail.casefold(),
            withdraws_id=ended.id if ended is not None else None,
            evidence=evidence,
            at=self.now,
        )
        row.statement = statement(_stated(row, version))
        row.statement_sha256 = statement_sha256(row.statement)
        self.session.add(row)
        self.session.add(OutboxItem(kind=CONSENT, subject_id=row.id, created_at=self.now))
        self.session.flush()
        self._note(row, version)
        return row

    def _evidence(self) -> dict[str, Any]:
        person, nonce = self.participant, self.said.nonce
        return {
            **self.proof,
            "address": self.said.caller.address[:MAX_ADDRESS_CHARACTERS],
            "agent": self.said.caller.agent[:MAX_AGENT_CHARACTERS],
            "at": utc_text(self.now),
            "person_sha256": person_sha256(nonce, person.name, person.mail, person.company),
        }

    def _note(self, row: Consent, version: ConsentVersion) -> None:
        given = row.kind == ConsentKind.GIVEN
        ledger.append(
            self.session,
            Event.CONSENT_GIVEN if given else Event.CONSENT_WITHDRAWN,
            at=row.at,
            actor=f"participant:{row.participant_id}",
            envelope_id=row.envelope_id,
            data={
                "consent": row.id,
                "party": row.party_id,
                "version": version.version,
                "text_sha256": version.sha256,
                "statement_sha256": row.statement_sha256,
                **({} if given else {"withdraws": row.withdraws_id}),
            },
            once=f"consent:{row.id}",
        )


def _stated(row: Consent, version: ConsentVersion) -> dict[str, Json]:
    """Ids and hashes: who somebody is, stands beside it in the record, under its own rules. The
    nonce, which is never handed over, keeps others from guessing an address from the hash."""
    evidence = sha256_of({**row.evidence, "nonce": row.nonce})
    return {
        "consent": str(row.id),
        "kind": row.kind,
        "organisation": str(row.organisation_id),
        "envelope": str(row.envelope_id),
        "party": str(row.party_id),
        "participant": str(row.participant_id),
        "version": version.version,
        "text_sha256": version.sha256,
        "means": row.means,
        "shown_sha256": shown_sha256(version.sha256, row.means),
        "language": row.language,
        "withdraws": str(row.withdraws_id) if row.withdraws_id else None,
        "method": str(row.evidence["method"]),
        "at": utc_text(row.at),
        "evidence_sha256": evidence,
    }
