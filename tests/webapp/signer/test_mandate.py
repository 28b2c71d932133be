"""署名権限: a signer of the organisation without one is told why, and by whom it can be mended."""

from datetime import UTC, date, datetime

import pytest

from domain.mandates import CheckedMandate, Ending
from storage import mandates
from storage.tables import Act, Mandate, Member, Organisation, Participant
from tests.webapp.signer.pages import checked
from tests.webapp.signer.test_acts import hidden
from tests.webapp.signer.world import World

OWN = 1
"""鈴木 一郎, who signs for the organisation."""


@pytest.fixture(autouse=True)
def looking(world: World) -> None:
    """The organisation looks, and its clerk is an administrator as well."""
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        member.roles = ["admin"]
        person = session.get_one(Participant, world.participants[OWN])
        signer = Member(
            organisation_id=member.organisation_id, mail=person.mail, name=person.name,
            password_hash="", created_at=datetime.now(UTC),
        )  # fmt: skip
        session.add(signer)
        organisation = session.get_one(Organisation, member.organisation_id)
        organisation.mandates_since = datetime.now(UTC)


def enter(world: World, most: int | None = None) -> Mandate:
    with world.database.transaction() as session:
        admin = session.get_one(Member, world.member_id)
        signer = session.query(Member).filter_by(mail="p1@example.jp").one()
        checked_ = CheckedMandate(
            signer.id, "市長職務代理者", date(2020, 1, 1), None, most, (), "決裁第12号"
        )
        return mandates.enter(session, admin, checked_, datetime.now(UTC))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_confirmation_says_why_he_cannot_sign_and_who_can_help(
    world: World, language: str
) -> None:
    world.change(Participant, world.participants[OWN], language=language)
    client = world.client()
    visit = world.enter(client, OWN)
    assert ("まだ署名できません", "You cannot sign yet")[language == "en"] in client.get(
        f"/sign/{visit}/"
    ).text
    answer = client.get(f"/sign/{visit}/confirm")
    assert answer.status_code == 409
    page = checked(answer)
    text = page.get_text(" ", strip=True)
    for words in {
        "ja": ("今日有効な署名権限がありません", "入力した内容は保存されています"),
        "en": ("no authority to sign holds today", "What you entered is kept"),
    }[language]:
        assert words in text
    assert page.find("a", href="mailto:clerk@musubi.test") is not None
    enter(world)
    assert client.get(f"/sign/{visit}/confirm").status_code == 200
    assert client.get(f"/sign/{visit}/read").status_code == 200


def test_what_is_ended_after_the_page_was_shown_signs_nothing(world: World) -> None:
    row = enter(world)
    client = world.client()
    visit = world.enter(client, OWN)
    form = hidden(client, f"/sign/{visit}/confirm")
    with world.database.transaction() as session:
        admin = session.get_one(Member, world.member_id)
        found = session.get_one(Mandate, row.id)
        mandates.end(session, admin, found, Ending(None, "異動"), datetime.now(UTC))
    answer = client.post(f"/sign/{visit}/act", data=form)
    assert answer.status_code == 409
    assert "署名権限がないため、署名できません" in checked(answer).get_text()
    assert world.count(Act) == 0
    enter(world)
    assert client.post(f"/sign/{visit}/act", data=form).status_code == 303
    with world.database.reading() as session:
        assert session.query(Act).one().evidence["mandate"]["title"] == "市長職務代理者"


def test_the_other_side_is_asked_for_nothing(world: World) -> None:
    client = world.client()
    visit = world.enter(client, 0)
    form = hidden(client, f"/sign/{visit}/confirm")
    assert client.post(f"/sign/{visit}/act", data=form).status_code == 303
