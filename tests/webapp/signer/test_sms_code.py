"""確認コード by SMS: to the number that the sender knows, and only its last digits are shown."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from domain.factors import TRIES, TRIES_A_DAY
from domain.kinds import LinkPurpose, NoticeKind
from domain.ports.notices import TIMED_OUT
from storage.tables import Act, Notice, OneTimeCode, OutboxItem, Participant
from tests.webapp.signer.pages import checked
from tests.webapp.signer.test_mail_code import act_form, codes, deliver, older
from tests.webapp.signer.world import World, small_world

NUMBER = "+819024681357"
WRONG = "00000000"


@pytest.fixture(params=["test", "https"])
def provider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MUSUBI_SMS_PROVIDER", request.param)
    return str(request.param)


@pytest.fixture
def texted(provider: str, tmp_path: Path, ready_url: str) -> Iterator[World]:
    """The first signer is asked for a code by SMS."""
    world = small_world(tmp_path, ready_url)
    world.change(Participant, world.participants[0], phone=NUMBER)
    yield world
    world.database.close()


def ask(client: FlaskClient, visit: str, moment: str = "opening") -> str:
    answer = client.post(f"/sign/{visit}/prove/sms", data={"moment": moment})
    assert answer.status_code == 303
    return str(answer.location)


def enter(client: FlaskClient, visit: str, code: str) -> int:
    return client.post(f"/sign/{visit}/prove", data={"sms_code": code}).status_code


def opened(world: World, client: FlaskClient, person: int = 0) -> str:
    visit = world.enter(client, person)
    ask(client, visit)
    assert enter(client, visit, deliver(world)) == 303
    return visit


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_are_in_order_and_show_the_last_digits_only(
    texted: World, provider: str, language: str
) -> None:
    texted.change(Participant, texted.participants[0], language=language)
    client = texted.client()
    visit = texted.enter(client)
    pages = [checked(client.get(f"/sign/{visit}/prove"))]
    ask(client, visit)
    pages.append(checked(client.get(f"/sign/{visit}/prove")))
    assert enter(client, visit, deliver(texted)) == 303
    pages.append(checked(client.get(f"/sign/{visit}/confirm")))
    for page in pages:
        assert "1357" in page.get_text()
        assert "2468" not in page.get_text()
        assert "9024681357" not in str(page)
        assert (("試験用" if language == "ja" else "For trial") in str(page.main)) == (
            provider == "test"
        )


TROUBLES = {
    "late": ({"state": "queued"}, "SMSの送信に時間がかかっています", "takes longer than usual"),
    "refused": (
        {"state": "failed", "report_status": ""},
        "番号には送れません",
        "number ending in 1357",
    ),
    "outage": (
        {"state": "failed", "report_status": TIMED_OUT},
        "SMSを送る事業者が応答しません",
        "provider did not answer",
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_says_why_nothing_comes(texted: World, language: str, trouble: str) -> None:
    texted.change(Participant, texted.participants[0], language=language)
    client = texted.client()
    visit = texted.enter(client)
    ask(client, visit)
    values, *words = TROUBLES[trouble]
    with texted.database.transaction() as session:
        session.add(
            Notice(
                id=uuid4(),
                once="code",
                envelope_id=texted.envelope_id,
                participant_id=texted.participants[0],
                kind=NoticeKind.SMS_CODE.value,
                occasion="code",
                language=language,
                message_id="code",
                attempts=1,
                queued_at=datetime.now(UTC),
                **values,
            )
        )
    page = checked(client.get(f"/sign/{visit}/prove")).get_text()
    assert words[language == "en"] in page


def test_looking_orders_nothing_and_the_button_orders_one(texted: World) -> None:
    client = texted.client()
    visit = texted.enter(client)
    client.get(f"/sign/{visit}/prove")
    assert not codes(texted)
    assert ask(client, visit) == f"/sign/{visit}/prove#factors"
    ask(client, visit)
    [code] = codes(texted)
    assert (code.visit_id, code.factor, code.moment) == (UUID(visit), "sms_code", "opening")
    with texted.database.reading() as session:
        assert session.query(OutboxItem).filter_by(kind="code").one().subject_id == code.id


def test_a_code_of_another_person_browser_moment_or_way_opens_nothing(texted: World) -> None:
    texted.change(Participant, texted.participants[0], mail_code=True)
    texted.change(Participant, texted.participants[1], phone="+818099998888")
    client, other, twin = (texted.client() for _ in range(3))
    visit, second, third = texted.enter(client), texted.enter(other, 1), texted.enter(twin)
    ask(other, second)
    theirs = deliver(texted, "11112222")
    # the way by mail comes first
    ask(client, visit)
    assert len(codes(texted)) == 1
    client.post(f"/sign/{visit}/prove/mail", data={"moment": "opening"})
    mailed = deliver(texted, "33334444")
    assert client.post(f"/sign/{visit}/prove", data={"mail_code": mailed}).status_code == 303
    ask(client, visit)
    own = deliver(texted, "55556666")
    assert enter(client, visit, theirs) == 422
    assert enter(client, visit, mailed) == 422
    assert enter(twin, third, own) == 422
    assert enter(client, visit, own) == 303
    form = act_form(client, visit)
    for code in (own, theirs):
        data = form | {"sms_code": code, "mail_code": code}
        assert client.post(f"/sign/{visit}/act", data=data).status_code == 422
    with texted.database.reading() as session:
        assert not session.query(Act).count()


def test_a_code_works_once_and_for_ten_minutes(texted: World) -> None:
    client = texted.client()
    visit = texted.enter(client)
    ask(client, visit)
    code = deliver(texted)
    older(texted, timedelta(minutes=10, seconds=1))
    assert enter(client, visit, code) == 422
    ask(client, visit)
    code = deliver(texted, "44443333")
    assert enter(client, visit, code) == 303
    again = texted.client()
    second = texted.enter(again)
    assert enter(again, second, code) == 422
    assert codes(texted)[-1].ended_why == "used"


def test_guessing_has_ten_tries_a_day_and_eight_digits(texted: World) -> None:
    client, tried = texted.client(), 0
    visit = texted.enter(client)
    ask(client, visit)
    code = deliver(texted)
    for _ in range(TRIES):
        tried += enter(client, visit, WRONG) == 422
    assert enter(client, visit, code) == 429
    assert tried == TRIES
    assert TRIES_A_DAY / 10 ** len(code) <= 1e-4


def test_the_act_keeps_number_times_and_tries(texted: World) -> None:
    client = texted.client()
    visit = opened(texted, client)
    assert ask(client, visit, "signing") == f"/sign/{visit}/confirm#factors"
    code = deliver(texted, "87654321")
    form = act_form(client, visit)
    assert client.post(f"/sign/{visit}/act", data=form | {"sms_code": WRONG}).status_code == 422
    for _ in range(2):
        answer = client.post(f"/sign/{visit}/act", data=form | {"sms_code": "８７６５ ４３２１"})
        assert answer.status_code == 303
    assert code == "87654321"
    with texted.database.reading() as session:
        act = session.query(Act).one()
    assert act.evidence["method"] == "link+sms_code"
    told = [(row["moment"], row["number"], row["tries"]) for row in act.evidence["factors"]]
    assert told == [("opening", "****1357", 1), ("signing", "****1357", 2)]


def test_the_download_asks_for_it_too(texted: World) -> None:
    client = texted.client()
    answer = client.post(f"/d/{texted.token(0, LinkPurpose.DOWNLOAD)}")
    visit = str(answer.location).rstrip("/").rpartition("/")[2]
    assert client.get(f"/download/{visit}/").status_code == 303
    ask(client, visit)
    assert enter(client, visit, deliver(texted)) == 303
    assert client.get(f"/download/{visit}/").status_code == 200


def test_without_a_provider_the_page_says_whom_to_ask(world: World) -> None:
    world.change(Participant, world.participants[0], phone=NUMBER)
    client = world.client()
    visit = world.enter(client)
    page = checked(client.get(f"/sign/{visit}/prove")).get_text()
    assert "いまはSMSを送れません" in page
    assert "契約課" in page
    ask(client, visit)
    assert world.count(OneTimeCode) == 0


def test_nobody_is_texted_who_is_asked_for_none(texted: World) -> None:
    client = texted.client()
    visit = texted.enter(client, 1)
    for moment in ("opening", "signing", "registering", "x"):
        ask(client, visit, moment)
    assert not codes(texted)


def test_handing_over_asks_for_the_new_persons_number(texted: World) -> None:
    texted.change(Participant, texted.participants[0], handover="allowed")
    client = texted.client()
    visit = opened(texted, client)
    good = {
        "new-name": "佐藤 花子",
        "new-mail": "hanako@yamada.example",
        "new-language": "ja",
        "reason": "担当が替わりました",
    }
    page = checked(client.post(f"/sign/{visit}/handover", data=good))
    assert "携帯電話番号を入力してください" in page.get_text()
    typed = good | {"new-phone": "０８０ー１１１１ー２２２２"}
    page = checked(client.post(f"/sign/{visit}/handover", data=typed))
    form = page.find("form", action=f"/sign/{visit}/handover/act")
    assert form is not None
    data = {str(field["name"]): str(field["value"]) for field in form.find_all("input")}
    without = {name: value for name, value in data.items() if name != "new-phone"}
    assert client.post(f"/sign/{visit}/handover/act", data=without).status_code == 422
    assert client.post(f"/sign/{visit}/handover/act", data=data).status_code == 303
    with texted.database.reading() as session:
        assert session.query(Act).one().evidence["successor"]["phone"] == "+818011112222"
