"""Pages about consent to electronic means, as an envelope shows them that asks for it."""

from datetime import UTC, datetime

from domain.consent_words import MEANS_VERSION
from domain.consents import DEFAULT, ConsentWay, shown_sha256
from domain.kinds import Language
from storage import consenting, visits
from storage.consenting import Said
from storage.tables import ConsentVersion, Envelope, Visit
from tests.webapp.access.town import LINKS, Caller, Town
from tests.webapp.accessibility.eyes import spoken

CALLER = "other participant"


def consent_pages(town: Town, languages: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """By name and language. The envelope asks for consent only while they are fetched."""
    caller = town.callers[CALLER]
    envelope_id = town.deals[LINKS[CALLER][0]].envelope_id
    version = _asks(town)
    _let_ask(town, envelope_id, version)
    path = f"/sign/{caller.visit}/consent"
    found = {"asked": path, "refused": f"{path}/refuse"}
    pages = {name: _in(caller, url, languages) for name, url in found.items()}
    _gives(town, caller, version)
    found = {"given": path, "withdrawing": f"{path}/withdraw"}
    pages |= {name: _in(caller, url, languages) for name, url in found.items()}
    _let_ask(town, envelope_id, None)
    return pages


def _let_ask(town: Town, envelope_id: object, version: ConsentVersion | None) -> None:
    """What the envelope asks for."""
    with town.office.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        envelope.consent_version_id = version.id if version is not None else None


def _asks(town: Town) -> ConsentVersion:
    with town.office.database.transaction() as session:
        admin = session.merge(town.office.members["admin"])
        consenting.ask_for(session, admin, ConsentWay.LASTING, DEFAULT, datetime.now(UTC))
        version = session.query(ConsentVersion).filter_by(organisation_id=admin.organisation_id)
        return version.one()


def _gives(town: Town, caller: Caller, version: ConsentVersion) -> None:
    shown = shown_sha256(version.sha256, MEANS_VERSION)
    said = Said("axe", visits.Caller("192.0.2.1", ""), Language.JA, shown)
    now = datetime.now(UTC)
    with town.office.database.transaction() as session:
        visit = session.get_one(Visit, caller.visit)
        here = visits.find_visit(session, visit.cookie_sha256, visit.id, now)
        assert here is not None
        consenting.give(session, here, said, now)


def _in(caller: Caller, url: str, languages: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for language in languages:
        answer = spoken(caller, "GET", url, language)
        assert answer.status_code == 200, url
        found[language] = answer.text
        answer.close()
    return found
