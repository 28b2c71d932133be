"""Absent people are seen where a clerk looks: in the summary, and beside whoever is awaited."""

from uuid import UUID

import pytest

from domain.absences import NoDeputy
from domain.kinds import Role
from storage import people
from storage.tables import Member, Participant
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PASSWORD, PDF, Office, form, upload
from tests.webapp.test_absences import sent_to_admin, typed
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")


@pytest.fixture
def other(office: Office) -> UUID:
    """A colleague who has no part in anything."""
    new = people.NewMember("other@city.example", "課長 三郎", PASSWORD, (Role.CLERK,), "総務部")
    with office.database.transaction() as session:
        return people.create_member(session, office.organisation, new, now()).id


def absent(office: Office, deputy: UUID) -> None:
    """The administrator, whom the chain asks first."""
    answer = office.browser("admin").post(
        "/account/absence", data=typed(office, deputy=str(deputy))
    )
    assert answer.status_code == 303


def summary(office: Office, **changes: str) -> str:
    clerk = office.browser("clerk")
    path = office.draft(clerk)
    upload(clerk, path, ("契約書.pdf", PDF))
    office.accept_documents()
    clerk.post(f"{path}/draft", data=form(action="save", chain_id=str(office.chain), **changes))
    return checked(clerk.get(f"{path}/confirm")).get_text()


def page(office: Office, path: str) -> str:
    return checked(office.browser("clerk").get(path)).get_text()


def test_a_deputy_who_cannot_be_asked_is_said_with_the_reason(office: Office) -> None:
    path = sent_to_admin(office)
    assert "不在（〜" not in page(office, path)
    absent(office, office.members["clerk"].id)
    for text in (page(office, path), summary(office)):
        assert "不在（〜" in text
        assert f"代決者に依頼できません：{NoDeputy.SENDER.ja}" in text


def test_a_deputy_who_is_asked_is_named(office: Office, other: UUID) -> None:
    path = sent_to_admin(office)
    absent(office, other)
    for text in (page(office, path), summary(office)):
        assert "代決者の課長 三郎さんにも依頼します" in text


def test_a_deputy_who_acts_on_the_route_himself_or_lacks_the_app(
    office: Office, other: UUID
) -> None:
    absent(office, other)
    signer = {
        "people-1-name": "課長 三郎", "people-1-mail": "Other@city.example",
        "people-1-party": "own", "people-1-kind": "signer",
    }  # fmt: skip
    assert NoDeputy.ON_ROUTE.ja in summary(office, **signer)
    with office.database.transaction() as session:
        session.get_one(Member, other).active = False
    assert NoDeputy.LEFT.ja in summary(office)


def test_whoever_is_not_asked_yet_or_has_a_code_of_his_own(office: Office, other: UUID) -> None:
    path = sent_to_admin(office)
    absent(office, other)
    with office.database.transaction() as session:
        for row in session.query(Participant).filter_by(name="佐藤 健"):
            row.phone = "+819012345678"
    assert NoDeputy.CODE.ja in page(office, path)
