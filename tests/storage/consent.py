"""Organisations that ask for consent, and people who give it and take it back."""

from uuid import UUID, uuid4

from sqlalchemy import select

from domain.consent_words import MEANS_VERSION
from domain.consents import DEFAULT, ConsentText, ConsentWay, shown_sha256
from domain.kinds import Language
from storage import consenting, consents, visits
from storage.consenting import Said
from storage.outbox import When
from storage.tables import Consent, ConsentVersion, Envelope
from storage.visits import Visiting
from tests.storage.world import CALLER, Journey, World, now

HOST = "sign.example.jp"
ONCE = DEFAULT._replace(lasting=False)


def ask_for(
    world: World, text: ConsentText = ONCE, way: ConsentWay = ConsentWay.EACH
) -> ConsentVersion | None:
    """As the administrator's page does it. Returns the version that is asked for."""
    with world.database.transaction() as session:
        member = world.member(session, world.member_id)
        consenting.ask_for(session, member, way, text, now())
    with world.reading() as session:
        return session.scalar(
            select(ConsentVersion)
            .where(ConsentVersion.organisation_id == world.organisation_id)
            .order_by(ConsentVersion.version.desc())
            .limit(1)
        )


def visiting(journey: Journey, name: str) -> Visiting:
    visit_id = journey.world.visit(journey.envelope_id, name)
    with journey.world.reading() as session:
        found = visits.find_visit(session, "c" * 64, visit_id, now())
    assert found is not None
    return found


def shown(journey: Journey) -> str:
    with journey.world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        version = consents.version_of(session, envelope)
    return shown_sha256(version.sha256, MEANS_VERSION) if version is not None else ""


def give(
    journey: Journey,
    name: str,
    nonce: str = "",
    shown_sha: str = "",
    language: Language = Language.JA,
) -> UUID:
    here = visiting(journey, name)
    said = Said(nonce or uuid4().hex, CALLER, language, shown_sha or shown(journey))
    with journey.world.database.transaction() as session:
        return consenting.give(session, here, said, now()).id


def withdraw(journey: Journey, name: str, nonce: str = "") -> list[UUID]:
    here = visiting(journey, name)
    said = Said(nonce or uuid4().hex, CALLER, Language.JA)
    with journey.world.database.transaction() as session:
        return [row.id for row in consenting.withdraw(session, here, said, When(now(), HOST))]


def rows(world: World) -> list[Consent]:
    with world.reading() as session:
        return list(session.scalars(select(Consent).order_by(Consent.at, Consent.id)))
