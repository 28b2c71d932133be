"""Chains that go on after the other side, with gates: made, drawn, tried and sent along."""

from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select

from domain.kinds import Role
from storage import people
from storage.tables import Chain, ChainUse, Member, Participant, Slot, Stage
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PASSWORD, Office, send
from tests.webapp.test_chain_conditions import page_of, ready
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")

NAME = "首長が最後に署名するルート"
WARNING = "相手方に手続きする人がいません"


@pytest.fixture
def admin(office: Office) -> FlaskClient:
    return office.browser("admin")


@pytest.fixture
def mayor(office: Office) -> UUID:
    new = people.NewMember("mayor@city.example", "市長 花子", PASSWORD, (Role.VIEWER,))
    with office.database.transaction() as session:
        return people.create_member(session, office.organisation, new, now()).id


def typed(office: Office, mayor: UUID, action: str = "save", **changes: str) -> dict[str, str]:
    """The administrator approves; the other side; from 100 yen on a gate; the mayor from 10 on."""
    return {
        "name": NAME, "action": action,
        "stages-0-kind": "people", "stages-0-name": "課長承認", "stages-0-rule": "all",
        "stages-0-people-0-kind": "approve",
        "stages-0-people-0-member": str(office.members["admin"].id),
        "stages-1-kind": "others",
        "stages-2-kind": "gate", "stages-2-title": "", "stages-2-opener": "role:clerk",
        "stages-2-least": "100",
        "stages-3-kind": "people", "stages-3-name": "市長署名", "stages-3-rule": "all",
        "stages-3-least": "10",
        "stages-3-people-0-kind": "sign", "stages-3-people-0-member": str(mayor),
    } | changes  # fmt: skip


def make(office: Office, mayor: UUID, **changes: str) -> str:
    data = typed(office, mayor, **changes)
    answer = office.browser("admin").post("/admin/chains/new", data=data)
    assert answer.status_code == 303, answer.text
    with office.database.reading() as session:
        return str(session.query(Chain).filter_by(name=NAME).one().id)


def stages_in(page: BeautifulSoup, where: str) -> list[str]:
    """What a picture says, stage by stage."""
    return [" ".join(found.get_text(" ").split()) for found in page.select(f"{where} .stage")]


def test_they_are_added_with_buttons_moved_and_come_back_as_they_were(
    office: Office, admin: FlaskClient, mayor: UUID
) -> None:
    def after(**form: str) -> BeautifulSoup:
        return checked(admin.post("/admin/chains/new", data=form))

    def kinds(page: BeautifulSoup) -> list[str]:
        return [str(tag["value"]) for tag in page.select("input[name$='-kind'][type=hidden]")]

    def sent(page: BeautifulSoup, action: str) -> dict[str, str]:
        found = page.select("#chain-form input[name]") + page.select("#chain-form option[selected]")
        rows = {str(tag["name"]): str(tag.get("value", "")) for tag in found if tag.get("name")}
        return rows | {"action": action}

    page = checked(admin.get("/admin/chains/new"))
    assert [str(tag["value"]) for tag in page.select(".chain-add button")] == [
        "add-stage", "add-gate", "add-others",
    ]  # fmt: skip
    page = after(**sent(page, "add-gate"))
    page = after(**sent(page, "add-others"))
    assert kinds(page) == ["people", "gate", "others"]
    assert page.select_one("button[value='add-others']") is None
    page = after(**sent(page, "up-stage-2"))
    assert kinds(page) == ["people", "others", "gate"]
    own = [str(tag["name"]) for tag in page.select("#stages-1 [name^='stages-1-']")]
    assert own == ["stages-1-kind", "stages-1-days", "stages-1-reminders"]
    chain = make(office, mayor)
    page = checked(admin.get(f"/admin/chains/{chain}"))
    assert kinds(page) == ["people", "others", "gate", "people"]
    least = page.find("input", id="stages-2-least")
    assert least is not None
    assert least["value"] == "100"
    answer = admin.post(f"/admin/chains/{chain}", data=typed(office, mayor))
    assert answer.status_code == 303
    with office.database.reading() as session:
        assert session.query(Chain).filter_by(name=NAME).count() == 1


def test_a_long_chains_folded_stages_come_along(
    office: Office, admin: FlaskClient, mayor: UUID
) -> None:
    more = {
        f"stages-{number}-{name}": value
        for number in range(4, 12)
        for name, value in (("kind", "gate"), ("title", f"待ち{number}"), ("opener", "role:admin"))
    }
    chain = make(office, mayor, **more)
    page = checked(admin.get(f"/admin/chains/{chain}"))
    lines = page.select("li.chain-line")
    assert len(lines) == 12
    assert "段階2 相手方" in " ".join(lines[1].get_text(" ").split())
    assert "待ち4" in lines[4].get_text()
    data = {str(tag["name"]): str(tag["value"]) for tag in page.select("li.chain-line input")}
    data |= {"action": "save", "name": NAME}
    assert admin.post(f"/admin/chains/{chain}", data=data).status_code == 303
    with office.database.reading() as session:
        assert session.query(Chain).filter_by(name=NAME).count() == 1


@pytest.mark.parametrize(("amount", "skipped"), [("9", [3, 4]), ("99", [3]), ("100", [])])
def test_the_picture_and_its_trial_show_them_in_their_place(
    office: Office, admin: FlaskClient, mayor: UUID, amount: str, skipped: list[int]
) -> None:
    trial = {"trial-amount": amount, "trial-sender": str(mayor)}
    page = checked(admin.post("/admin/chains/new", data=typed(office, mayor, "show") | trial))
    found = stages_in(page, "#picture")
    assert len(found) == 4
    assert found[1].startswith("段階2 相手方 封筒の関係者")
    assert "条件待ち 議決 登録できる人：担当者の誰でも" in found[2]
    assert [number for number, text in enumerate(found, 1) if "省きます" in text] == skipped
    assert ("自分の起案を自分で承認する" in found[3]) == (4 not in skipped)
    no_signer = "自組織の署名者がルートにいません"
    assert (no_signer in page.get_text()) == (4 in skipped)


def test_a_gate_and_the_other_side_alone_are_no_route(
    office: Office, admin: FlaskClient, mayor: UUID
) -> None:
    all_skipped = {"stages-0-least": "500", "stages-2-least": "", "trial-amount": "9"}
    data = typed(office, mayor, "show", **all_skipped)
    page = checked(admin.post("/admin/chains/new", data=data))
    assert "この承認ルートでは送信できません" in page.get_text()


def test_what_is_wrong_with_them_is_said_beside_them(
    office: Office, admin: FlaskClient, mayor: UUID
) -> None:
    wrong = {
        "stages-4-kind": "others",
        "stages-2-title": "あ" * 61, "stages-2-opener": f"member:{mayor}",
    }  # fmt: skip
    answer = admin.post("/admin/chains/new", data=typed(office, mayor, **wrong))
    assert answer.status_code == 422
    page = checked(answer)
    links = {link["href"]: link.get_text() for link in page.select(".error-summary a")}
    assert set(links) == {"#stages-4-kind", "#stages-2-title"}
    assert links["#stages-4-kind"].startswith("段階5：「相手方」は1つのルートに1つだけです")
    answer = admin.post(
        "/admin/chains/new", data=typed(office, mayor, **{"stages-2-opener": f"member:{mayor}"})
    )
    assert answer.status_code == 422
    page = checked(answer)
    assert page.select_one(".error-summary a[href='#stages-2-opener']") is not None
    assert "市長 花子さんは、番号と日付を登録できなくなりました" in page.get_text()
    with office.database.reading() as session:
        assert session.query(Chain).filter_by(name=NAME).count() == 0


def test_the_list_and_the_versions_say_them_and_who_left_is_missed(
    office: Office, admin: FlaskClient, mayor: UUID
) -> None:
    opener = office.members["clerk"].id
    chain = make(office, mayor, **{"stages-2-opener": f"member:{opener}"})
    changed = typed(office, mayor, **{"stages-2-title": "議会の議決"})
    assert admin.post(f"/admin/chains/{chain}", data=changed).status_code == 303
    for path in ("/admin/chains", f"/admin/chains/{chain}/versions"):
        text = " ".join(checked(admin.get(path)).get_text(" ").split())
        assert "段階2 相手方 封筒の関係者" in text
        assert "条件待ち 議会の議決 登録できる人：担当者の誰でも" in text
    with office.database.transaction() as session:
        for row in session.query(Member).filter(Member.roles.isnot(None)):
            row.roles = [role for role in row.roles if role != Role.CLERK.value]
    text = checked(admin.get("/admin/chains")).get_text()
    assert "番号と日付を登録できる人（担当者）が誰もいません" in text


def test_an_opener_who_left_is_not_replaced_unseen(
    office: Office, admin: FlaskClient, mayor: UUID
) -> None:
    opener = f"member:{office.members['clerk'].id}"
    chain = make(office, mayor, **{"stages-2-opener": opener})
    with office.database.transaction() as session:
        session.get_one(Member, office.members["clerk"].id).active = False
    chosen = checked(admin.get(f"/admin/chains/{chain}")).select_one(
        "#stages-2-opener option[selected]"
    )
    assert chosen is not None
    assert (chosen["value"], chosen.get_text()) == (opener, "登録のない利用者")
    data = typed(office, mayor, **{"stages-2-opener": opener})
    answer = admin.post(f"/admin/chains/{chain}", data=data)
    assert answer.status_code == 422
    assert "もう利用者ではありません" in checked(answer).get_text()


def test_the_draft_the_summary_and_the_envelope_show_them(office: Office, mayor: UUID) -> None:
    chain, clerk = make(office, mayor), office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="99")
    found = stages_in(page_of(clerk, path), "#chain-route")
    assert [" ".join(text.split()[:2]) for text in found] == [
        "段階1 課長承認",
        "段階2 相手方",
        "段階3 省きます",
        "段階4 市長署名",
    ]
    page = checked(clerk.get(f"{path}/confirm"))
    route = stages_in(page, "#main")
    assert ["佐藤 健" in route[0], "市長 花子" in route[-1]] == [True, True]
    assert "承認ルートの「相手方」" in route[1]
    assert "議決 取引金額が99円です" in " ".join(page.get_text(" ").split())
    assert WARNING not in page.get_text()
    path = ready(office, clerk, chain_id=chain, amount="100")
    seen = {"chain_id": chain, "amount": "99", "route_seen": f"{chain}:0,1,2,3"}
    assert "省かれる段階：議決" in clerk.post(f"{path}/route", data=seen).text
    send(clerk, path)
    with office.database.reading() as session:
        gates = [row.gate_opener for row in session.query(Stage).order_by(Stage.position)]
        assert session.query(ChainUse).one().stages[1]["others"] is True
    assert gates == [None, None, None, "role:clerk", None]


def test_nobody_of_the_other_side_is_said_before_sending(office: Office, mayor: UUID) -> None:
    chain, clerk = make(office, mayor), office.browser("clerk")
    own = {"people-0-party": "own", "people-0-company": "契約課", "purpose": "one_sided"}
    path = ready(office, clerk, chain_id=chain, amount="9", **own)
    assert WARNING in checked(clerk.get(f"{path}/confirm")).get_text()


def test_a_gate_that_was_skipped_stands_on_the_envelopes_page(office: Office, mayor: UUID) -> None:
    chain, clerk = make(office, mayor), office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="99")
    send(clerk, path)
    text = " ".join(checked(clerk.get(path)).get_text(" ").split())
    assert "省いた段階 議決 取引金額が99円です（条件：100円以上）" in text


def test_the_mayor_before_and_behind_the_other_side_is_asked_twice(
    office: Office, admin: FlaskClient, mayor: UUID
) -> None:
    both = {"stages-0-people-0-member": str(mayor)}
    chain = make(office, mayor, **both)
    for lang, twice in (("ja", "両方で"), ("en", "Nobody can be asked both")):
        admin.post("/language", data={"language": lang, "back": "/"})
        assert twice not in checked(admin.get(f"/admin/chains/{chain}")).get_text()
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="99")
    route = stages_in(checked(clerk.get(f"{path}/confirm")), "#main")
    assert ["市長 花子" in text for text in (route[0], route[-1])] == [True, True]
    assert send(clerk, path).status_code == 303
    with office.database.reading() as session:
        parts = session.scalars(
            select(Participant).where(Participant.member_id == mayor).order_by(Participant.position)
        ).all()
        assert [row.kind for row in parts] == ["approver", "signer"]
        stages = session.execute(
            select(Stage.position, Slot.kind, Slot.participant_id)
            .join(Slot, Slot.stage_id == Stage.id)
            .where(Slot.participant_id.in_([row.id for row in parts]))
            .order_by(Stage.position)
        ).all()
    assert [(row.kind, row.participant_id) for row in stages] == [
        ("approve", parts[0].id), ("sign", parts[1].id),
    ]  # fmt: skip
    assert stages[0].position < stages[1].position - 1, "the other side is between them"
    assert checked(clerk.get(path)).get_text().count("市長 花子") >= 2
