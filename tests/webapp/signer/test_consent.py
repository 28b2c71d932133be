"""承諾: before anything is read, a party agrees to electronic means, and may take that back."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from domain.consents import DEFAULT, ConsentText, ConsentWay
from storage import consenting
from storage.tables import Act, Consent, ConsentVersion, Envelope, Member, Notice, Participant
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

ONCE = DEFAULT._replace(lasting=False)


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.client()


@pytest.fixture(autouse=True)
def asking(world: World) -> None:
    ask(world, ONCE)


def ask(world: World, text: ConsentText) -> None:
    """The envelope asks for consent, as if its organisation had when it was sent."""
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        way = ConsentWay.LASTING if text.lasting else ConsentWay.EACH
        consenting.ask_for(session, member, way, text, datetime.now(UTC))
        version = session.query(ConsentVersion).order_by(ConsentVersion.version.desc()).first()
        assert version is not None
        session.get_one(Envelope, world.envelope_id).consent_version_id = version.id


def hidden(client: FlaskClient, path: str, action: str = "") -> dict[str, str]:
    """The form's hidden fields."""
    found = checked(client.get(path)).find("form", action=action or path)
    assert found is not None
    return {str(row["name"]): str(row["value"]) for row in found.find_all("input")}


def consent(client: FlaskClient, visit: str) -> None:
    path = f"/sign/{visit}/consent"
    answer = client.post(path, data=hidden(client, path))
    assert (answer.status_code, answer.location) == (303, f"/sign/{visit}/")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_of_the_way_is_in_order(
    world: World, client: FlaskClient, language: str
) -> None:
    world.change(Participant, world.participants[0], language=language)
    visit = world.enter(client)
    page = checked(client.get(f"/sign/{visit}/consent"))
    text, means = {
        "ja": ("建設業法第19条第3項", "電子情報処理組織"),
        "en": ("Construction Business Act", "Electronic data processing"),
    }[language]
    assert text in page.text
    assert means in page.text
    buttons = [found.text.strip() for found in page.select("main .button.primary")]
    assert buttons == [{"ja": "承諾する", "en": "Consent"}[language]]
    checked(client.get(f"/sign/{visit}/consent/refuse"))
    consent(client, visit)
    checked(client.get(f"/sign/{visit}/consent"))
    checked(client.get(f"/sign/{visit}/consent/withdraw"))
    client.post(
        f"/sign/{visit}/consent/withdraw", data=hidden(client, f"/sign/{visit}/consent/withdraw")
    )
    checked(client.get(f"/sign/{visit}/consent"))


def test_nothing_is_read_before_and_everything_after(world: World, client: FlaskClient) -> None:
    visit = world.enter(client)
    document = world.documents[0]
    paths = (
        "",
        "read",
        "confirm",
        f"documents/{document}/file",
        f"documents/{document}/pages/1",
        f"documents/{document}/text",
        f"documents/{document}/find?q=a",
    )
    for path in paths:
        answer = client.get(f"/sign/{visit}/{path}")
        assert (answer.status_code, answer.location) == (303, f"/sign/{visit}/consent"), path
    fragment = client.get(f"/sign/{visit}/read", headers={"HX-Request": "true"})
    assert fragment.headers["HX-Redirect"] == f"/sign/{visit}/consent"
    consent(client, visit)
    for path in paths:
        assert client.get(f"/sign/{visit}/{path}").status_code == 200, path


def test_the_own_side_is_not_asked(world: World, client: FlaskClient) -> None:
    visit = world.enter(client, 1)
    page = checked(client.get(f"/sign/{visit}/"))
    assert "承諾" not in page.text
    assert client.get(f"/sign/{visit}/consent").status_code == 303


def test_whoever_does_not_consent_asks_or_declines_all_the_same(
    world: World, client: FlaskClient
) -> None:
    visit = world.enter(client)
    for path in ("question", "decline"):
        checked(client.get(f"/sign/{visit}/{path}"))
    client.post(f"/sign/{visit}/decline", data={"reason": "紙で契約します。"})
    page = checked(client.post(f"/sign/{visit}/decline", data={"reason": "紙で契約します。"}))
    found = page.find("form", action=f"/sign/{visit}/act")
    assert found is not None
    data = {str(row["name"]): str(row["value"]) for row in found.find_all("input")}
    assert client.post(f"/sign/{visit}/act", data=data).status_code == 303
    with world.database.reading() as session:
        assert session.query(Act).one().kind == "decline"


def test_an_act_without_consent_is_refused_with_the_way_to_the_page(
    world: World, client: FlaskClient
) -> None:
    visit = world.enter(client)
    consent(client, visit)
    data = hidden(client, f"/sign/{visit}/confirm", f"/sign/{visit}/act")
    path = f"/sign/{visit}/consent/withdraw"
    client.post(path, data=hidden(client, path))
    answer = client.post(f"/sign/{visit}/act", data=data)
    assert answer.status_code == 409
    page = checked(answer)
    assert page.find("a", href=f"/sign/{visit}/consent") is not None
    assert world.count(Act) == 0
    consent(client, visit)
    assert client.post(f"/sign/{visit}/act", data=data).status_code == 303
    with world.database.reading() as session:
        row = session.query(Act).one()
        newest = session.query(Consent).filter_by(kind="given").order_by(Consent.at.desc()).first()
        assert newest is not None
        assert row.evidence["consent"]["id"] == str(newest.id)


def test_looking_leaves_nothing_and_a_repeated_form_one_row(
    world: World, client: FlaskClient
) -> None:
    visit = world.enter(client)
    path = f"/sign/{visit}/consent"
    data = hidden(client, path)
    client.get(f"{path}/refuse")
    assert world.count(Consent) == 0
    for _ in range(3):
        assert client.post(path, data=data).status_code == 303
    assert world.count(Consent) == 1
    with world.database.reading() as session:
        row = session.query(Consent).one()
        assert row.evidence["visit_id"] == visit
        assert row.evidence["address"] == "127.0.0.1"
    away = hidden(client, f"{path}/withdraw")
    for _ in range(3):
        assert client.post(f"{path}/withdraw", data=away).status_code == 303
    assert world.count(Consent) == 2
    assert world.count(Notice) == 1


def test_a_page_that_showed_something_else_is_shown_anew(world: World, client: FlaskClient) -> None:
    visit = world.enter(client)
    path = f"/sign/{visit}/consent"
    answer = client.post(path, data=hidden(client, path) | {"shown": "0" * 64})
    assert answer.status_code == 409
    assert checked(answer).find("form", action=path) is not None
    assert world.count(Consent) == 0


def test_another_browser_has_no_part_in_it(world: World, client: FlaskClient) -> None:
    visit = world.enter(client)
    path = f"/sign/{visit}/consent"
    data = hidden(client, path)
    assert world.client().post(path, data=data).status_code == 404
    assert world.count(Consent) == 0


def test_whoever_is_to_name_another_does_that_first(world: World, client: FlaskClient) -> None:
    world.change(Participant, world.participants[0], handover="demanded")
    visit = world.enter(client)
    answer = client.get(f"/sign/{visit}/")
    assert answer.location == f"/sign/{visit}/handover"
    checked(client.get(answer.location))
    page = checked(client.get(f"/sign/{visit}/consent"))
    assert page.find("form", action=f"/sign/{visit}/consent") is None
    assert client.post(f"/sign/{visit}/consent", data={"nonce": "n"}).status_code == 303
    assert world.count(Consent) == 0


def test_an_english_reader_sees_japanese_where_there_is_no_english(
    world: World, client: FlaskClient
) -> None:
    ask(world, ConsentText("電子的な方法に同意します。", "", lasting=True))
    world.change(Participant, world.participants[0], language="en")
    page = checked(client.get(f"/sign/{world.enter(client)}/consent"))
    found = page.find("p", lang="ja")
    assert found is not None
    assert found.text == "電子的な方法に同意します。"
    assert "later envelopes" in page.text


def test_text_of_an_organisation_is_text_and_nothing_else(
    world: World, client: FlaskClient
) -> None:
    ask(world, ConsentText("<script>alert(1)</script>\n二行目", "", lasting=False))
    answer = client.get(f"/sign/{world.enter(client)}/consent")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text
