"""Conditions in chains: drafts take the stages of their amount, and nobody gets around one."""

import re
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.kinds import EnvelopeState, Role
from storage import people
from storage.tables import Chain, ChainUse, Deal, Envelope, LedgerEvent, Participant
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PASSWORD, PDF, Office, form, send, upload
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")

NAME = "金額で変わるルート"


@pytest.fixture
def head(office: Office) -> UUID:
    """部長."""
    new = people.NewMember("head@city.example", "部長 次郎", PASSWORD, (Role.CLERK,), "総務部")
    with office.database.transaction() as session:
        return people.create_member(session, office.organisation, new, now()).id


def typed_chain(office: Office, head: UUID, action: str = "save", **changes: str) -> dict[str, str]:
    """The administrator approves whatever it is; from a million yen on the head does too."""
    return {
        "name": NAME,
        "stages-0-name": "課長承認", "stages-0-rule": "all",
        "stages-0-people-0-kind": "approve",
        "stages-0-people-0-member": str(office.members["admin"].id),
        "stages-1-name": "部長承認", "stages-1-rule": "all", "stages-1-least": "1,000,000",
        "stages-1-people-0-kind": "approve", "stages-1-people-0-member": str(head),
        "action": action,
    } | changes  # fmt: skip


@pytest.fixture
def chain(office: Office, head: UUID) -> str:
    return make(office, head)


def make(office: Office, head: UUID, **changes: str) -> str:
    answer = office.browser("admin").post(
        "/admin/chains/new", data=typed_chain(office, head, **changes)
    )
    assert answer.status_code == 303, answer.text
    with office.database.reading() as session:
        return str(session.query(Chain).filter_by(name=NAME).one().id)


def ready(office: Office, clerk: FlaskClient, **typed: str) -> str:
    path = office.draft(clerk)
    upload(clerk, path, ("契約書.pdf", PDF))
    office.accept_documents()
    save(clerk, path, **typed)
    return path


def save(clerk: FlaskClient, path: str, action: str = "save", **typed: str) -> str:
    answer = clerk.post(f"{path}/draft", data=form(action=action, **typed))
    assert answer.status_code == 303
    return str(answer.location)


def page_of(clerk: FlaskClient, path: str) -> BeautifulSoup:
    """A draft's page, whose pictures' heights nobody knows before."""
    return BeautifulSoup(clerk.get(path).text, "html5lib")


def names(office: Office) -> list[str]:
    with office.database.reading() as session:
        return [row.name for row in session.query(Participant).order_by(Participant.position)]


@pytest.mark.parametrize(
    ("amount", "heads"), [("999,999", 0), ("１，０００，０００円", 1), ("5000000", 1)]
)
def test_the_amount_decides_who_is_asked_and_the_envelope_keeps_why(
    office: Office, chain: str, amount: str, heads: int
) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount=amount, contract_kind="工事請負契約")
    assert send(clerk, path).status_code == 303
    assert names(office).count("部長 次郎") == heads
    with office.database.reading() as session:
        use = session.query(ChainUse).one()
        deal = session.query(Deal).one()
        event = session.query(LedgerEvent).filter_by(tag="envelope:sent").one()
    assert [stage["asked"] for stage in use.stages] == [True, bool(heads)]
    assert (deal.amount, deal.kind) == (use.amount, "工事請負契約")
    assert event.data["chain"] == chain
    assert event.data["chain_version"] == 1
    assert event.data["amount"] == use.amount
    assert event.data["skipped"] == ([] if heads else [2])
    page = checked(clerk.get(path)).get_text()
    assert "第1版" in page
    assert ("部長承認（部長 次郎）" in page) == (not heads)


def test_a_chain_that_depends_on_the_amount_wants_one(office: Office, chain: str) -> None:
    clerk = office.browser("clerk")
    for amount, said in (("", "取引金額を入力してください"), ("-5", "0円以上の金額")):
        path = ready(office, clerk, chain_id=chain, amount=amount)
        assert clerk.get(f"{path}/confirm").status_code == 303
        page = page_of(clerk, f"{path}?check=1")
        assert page.select_one(".error-summary a[href='#amount']") is not None
        assert said in page.get_text()


def test_a_changed_amount_says_that_the_route_changes_before_it_is_built(
    office: Office, chain: str
) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="500000")
    page = page_of(clerk, path)
    assert "省きます" in page.get_text()
    seen = str(page.select_one("[name=route_seen]")["value"])  # type: ignore[index]
    assert seen == f"{chain}:0"
    changed = {"chain_id": chain, "amount": "1000000", "route_seen": seen}
    assert save(clerk, path, "confirm", **changed) == f"{path}#chain-route"
    page = page_of(clerk, path)
    assert "承認ルートが変わります" in page.get_text()
    assert "加わる段階：部長承認" in page.get_text()
    seen = str(page.select_one("[name=route_seen]")["value"])  # type: ignore[index]
    assert save(clerk, path, "confirm", **(changed | {"route_seen": seen})) == f"{path}/confirm"
    assert "部長 次郎" in checked(clerk.get(f"{path}/confirm")).get_text()


def test_the_picture_follows_what_is_typed_and_keeps_nothing(office: Office, chain: str) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id="", amount="1")
    seen = f"{chain}:0,1"
    answer = clerk.post(
        f"{path}/route", data={"chain_id": chain, "amount": "3", "route_seen": seen}
    )
    assert "省かれる段階：部長承認" in answer.text
    assert "取引金額が3円です（条件：1,000,000円以上）" in answer.text
    with office.database.reading() as session:
        assert session.query(Envelope).one().draft["amount"] == "1"
    assert office.browser("neighbour").post(f"{path}/route", data={}).status_code == 404


def test_an_amount_changed_behind_the_summary_is_not_sent_past_the_head(
    office: Office, chain: str
) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="999999")
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', clerk.get(f"{path}/confirm").text)
    assert shown is not None
    clerk.post(f"{path}/draft", data=form(action="autosave", chain_id=chain, amount="9000000"))
    answer = clerk.post(f"{path}/send", data={"shown": shown[1]})
    assert answer.location == f"{path}/confirm"
    assert names(office) == []
    assert send(clerk, path).status_code == 303
    assert "部長 次郎" in names(office)


def test_a_chain_changed_after_the_summary_is_not_sent(
    office: Office, head: UUID, chain: str
) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="5")
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', clerk.get(f"{path}/confirm").text)
    assert shown is not None
    newer = typed_chain(office, head, **{"stages-1-least": ""})
    assert office.browser("admin").post(f"/admin/chains/{chain}", data=newer).status_code == 303
    clerk.post(f"{path}/send", data={"shown": shown[1]})
    assert names(office) == []
    assert clerk.get(f"{path}/confirm").location == f"{path}#chain-route"
    assert "今の第2版で依頼します" in page_of(clerk, path).get_text()


def test_a_stage_for_one_department_only_and_a_sender_who_approves_himself(
    office: Office, head: UUID
) -> None:
    clerk_id = str(office.members["clerk"].id)
    chain = make(office, head, **{
        "stages-1-least": "", "stages-1-departments": "契約課",
        "stages-1-people-0-member": clerk_id,
    })  # fmt: skip
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain)
    page = checked(clerk.get(f"{path}/confirm")).get_text()
    assert "自分の起案を自分で承認する" in page
    with office.database.transaction() as session:
        session.get_one(type(office.members["clerk"]), UUID(clerk_id)).department = ""
    page = checked(clerk.get(f"{path}/confirm")).get_text()
    assert "送信者の部署が未入力です（条件：契約課）" in page
    assert "自分の起案を自分で承認する" not in page


def test_whoever_sends_anothers_draft_is_judged_and_named(
    office: Office, head: UUID, chain: str
) -> None:
    """The chain's first stage is the administrator's, who sends what the clerk has made."""
    clerk = office.browser("clerk")
    with office.database.transaction() as session:
        admin_row = session.get_one(type(office.members["admin"]), office.members["admin"].id)
        admin_row.roles = [*admin_row.roles, "clerk"]
    admin = office.browser("admin")
    path = ready(office, clerk, chain_id=chain, amount="5")
    assert "自分の起案を自分で承認する" not in checked(clerk.get(f"{path}/confirm")).get_text()
    assert "自分の起案を自分で承認する" in checked(admin.get(f"{path}/confirm")).get_text()
    assert send(admin, path).status_code == 303
    facts = checked(clerk.get(path)).select_one("#facts")
    assert facts is not None
    admin_name, clerk_name = (office.members[one].name for one in ("admin", "clerk"))
    assert f"送信者{admin_name}" in facts.get_text().replace("\n", "")
    assert f"下書きを作った人{clerk_name}" in facts.get_text().replace("\n", "")


def test_a_register_that_says_another_amount_later_is_pointed_at(
    office: Office, chain: str
) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="5")
    send(clerk, path)
    office.change(path, state=EnvelopeState.RUNNING.value)
    said = "取引情報と承認ルートが合っていません"
    assert said not in checked(clerk.get(path)).get_text()
    deal = {"amount": "7000000", "reason": "税込に訂正", "revision": "0"}
    assert clerk.post(f"{path}/deal", data=deal).status_code == 303
    assert said in checked(clerk.get(path)).get_text()


def test_a_draft_that_is_sent_again_takes_its_new_amount_to_the_register(
    office: Office, chain: str
) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="5")
    send(clerk, path)
    office.change(path, state=EnvelopeState.DRAFT.value)
    clerk.post(f"{path}/draft", data=form(action="save", chain_id=chain, amount="2000000"))
    send(clerk, path)
    with office.database.reading() as session:
        assert session.query(Deal).one().amount == 2_000_000
        uses = session.query(ChainUse).order_by(ChainUse.version).all()
    assert [use.amount for use in uses] == [5, 2_000_000]
    assert "2,000,000円" in checked(clerk.get(path)).get_text()


def test_a_chain_with_a_gap_is_not_offered_but_may_wait(office: Office, head: UUID) -> None:
    admin = office.browser("admin")
    gap = {"stages-0-below": "1000000", "stages-1-least": "1000001"}
    answer = admin.post("/admin/chains/new", data=typed_chain(office, head, **gap))
    assert answer.status_code == 422
    page = checked(answer)
    assert page.select_one(".error-summary a[href='#stages-0-least']") is not None
    assert "1,000,000円以上1,000,001円未満では、承認・署名する人が誰もいません" in page.get_text()
    parked = typed_chain(office, head, "park", **gap)
    assert admin.post("/admin/chains/new", data=parked).status_code == 303
    with office.database.reading() as session:
        row = session.query(Chain).filter_by(name=NAME).one()
    assert not row.active
    answer = admin.post(f"/admin/chains/{row.id}/offer", follow_redirects=True)
    assert "選べるようにできません" in checked(answer).get_text()
    mended = typed_chain(office, head, **(gap | {"stages-1-least": "1000000"}))
    assert admin.post(f"/admin/chains/{row.id}", data=mended).status_code == 303
    with office.database.reading() as session:
        newest = session.query(Chain).filter_by(name=NAME, version=2).one()
    assert not newest.active
    assert admin.post(f"/admin/chains/{newest.id}/offer").status_code == 303
    with office.database.reading() as session:
        assert session.get_one(Chain, newest.id).active


def test_somebody_who_left_is_said_in_the_list(office: Office, head: UUID, chain: str) -> None:
    with office.database.transaction() as session:
        session.get_one(type(office.members["clerk"]), head).active = False
    page = checked(office.browser("admin").get("/admin/chains"))
    assert "部長 次郎さんは利用者ではなくなった" in page.get_text()


@pytest.mark.parametrize(
    ("trial", "said", "skipped"),
    [
        ({"amount": "5"}, "取引金額が5円です（条件：1,000,000円以上）", 1),
        ({"amount": "5"}, "自組織の署名者がルートにいません", 1),
        ({"amount": "1000000"}, "試した封筒のルート", 0),
        ({"amount": "1000000", "sender": "head"}, "自分の起案を自分で承認する", 0),
        ({"kind": "工事"}, "取引金額を入力してください", 0),
        ({"amount": "many"}, "円の単位で数字だけ", 0),
        ({}, "条件：1,000,000円以上", 0),
    ],
)
def test_a_chain_is_tried_before_it_is_used(
    office: Office, head: UUID, trial: dict[str, str], said: str, skipped: int
) -> None:
    typed = {f"trial-{name}": str(head) if text == "head" else text for name, text in trial.items()}
    answer = office.browser("admin").post(
        "/admin/chains/new", data=typed_chain(office, head, "show", **typed)
    )
    page = checked(answer)
    assert said in page.get_text()
    assert len(page.select("#picture .skipped")) == skipped
