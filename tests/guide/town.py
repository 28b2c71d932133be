"""The demo's town as the readers of one language know it: who reads English meets people whose
names he can read, and no contract with a title that he cannot."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.selftest.stack import Stack
from domain.contacts import Contact
from domain.kinds import Language
from storage import tables
from storage.contacts import write
from storage.tables import Chain, Envelope, Member, Organisation
from tests.guide.desk import rows_of, speak
from trial.seed import CHAIN, PEOPLE


@dataclass(frozen=True)
class Town:
    """What one language calls the demo's people and its chain, by the demo's words for roles."""

    names: dict[str, str]
    departments: dict[str, str]
    chain: str


TOWNS = {
    Language.JA: Town(
        names={person.role: person.name for person in PEOPLE},
        departments={person.role: person.department for person in PEOPLE},
        chain=CHAIN,
    ),
    Language.EN: Town(
        names={
            "admin": "Alice Adams",
            "clerk": "Carol Cooper",
            "approver": "Henry Hill",
            "signer": "Mary Mason",
            "operator": "Oscar Owen",
        },
        departments={
            "admin": "General Affairs",
            "clerk": "Contracts Section",
            "approver": "Head of Contracts",
            "signer": "Mayor",
            "operator": "Information Policy",
        },
        chain="Usual contracts",
    ),
}
_STAGES = ("Section", "Mayor")
_SAMPLE = "Service agreement (sample)"
_CONTACTS = (
    Contact(
        name="Sam Sample", mail="vendor@sample.test", company="Sample Ltd.", department="Sales",
        title="Head of sales", phone="+81312345678", language=Language.EN.value,
    ),
    Contact(
        name="Jane Carter", mail="jane@carter-cleaning.test", company="Carter Cleaning Ltd.",
        title="Director", phone="+819012345678", language=Language.EN.value,
    ),
)  # fmt: skip


def settle(stack: Stack, language: Language) -> None:
    """All members get their mails in this language, and are called as its readers expect."""
    speak(stack, language)
    if language is Language.EN:
        with rows_of(stack) as session:
            _rename(session)


def _rename(session: Session) -> None:
    town = TOWNS[Language.EN]
    called = {person.mail: person.role for person in PEOPLE}
    for member in session.scalars(select(Member)):
        role = called[member.mail]
        member.name, member.department = town.names[role], town.departments[role]
    organisation = session.scalars(select(Organisation)).one()
    organisation.name, organisation.contact_department = "Musubi City", "Contracts Section"
    chain = session.scalars(select(Chain)).one()
    chain.name = town.chain
    stages = chain.definition["stages"]
    named = [{**stage, "name": name} for stage, name in zip(stages, _STAGES, strict=True)]
    chain.definition = {**chain.definition, "stages": named}
    draft = session.scalars(select(Envelope)).one()
    draft.title, draft.draft = _SAMPLE, {**draft.draft, "title": _SAMPLE}
    for row, contact in zip(session.scalars(select(tables.Contact)), _CONTACTS, strict=True):
        write(row, contact)
