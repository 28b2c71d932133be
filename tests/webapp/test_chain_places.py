"""Chains by role, by department head and with persons whom the clerk names, from form to rows."""

from uuid import UUID

import pytest

from domain.chain_slots import filled_key
from domain.kinds import Role
from storage import departments, people
from storage.tables import Chain, ChainUse, Participant, Slot, SlotCandidate, Stage
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PASSWORD, Office, send
from tests.webapp.test_chain_conditions import page_of, ready, save
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")

FIELD = f"filled-{filled_key('主管課長')}"


@pytest.fixture
def staff(office: Office) -> dict[str, UUID]:
    """A department with a head, to which the clerk belongs, and two auditors."""
    found: dict[str, UUID] = {}
    with office.database.transaction() as session:
        admin, clerk = (session.merge(office.members[name]) for name in ("admin", "clerk"))
        for name, role in (
            ("課長", Role.APPROVER),
            ("審査一", Role.AUDITOR),
            ("審査二", Role.AUDITOR),
        ):
            new = people.NewMember(f"m{len(found)}@city.example", name, PASSWORD, (role,))
            found[name] = people.create_member(session, office.organisation, new, now()).id
        unit = departments.save(session, admin, None, "10", "契約課", now(), found["課長"])
        departments.assign(session, clerk, unit.id)
    return found


def make(office: Office) -> str:
    """The head of the sender's department, beside any auditor; then whom the clerk names."""
    form = {
        "name": "部署長のルート", "action": "save",
        "stages-0-rule": "all",
        "stages-0-people-0-kind": "approve", "stages-0-people-0-who": "head",
        "stages-0-people-0-unit": "sender",
        "stages-0-people-1-kind": "confirm", "stages-0-people-1-who": "role",
        "stages-0-people-1-role": "auditor", "stages-0-people-1-among": "",
        "stages-1-rule": "all", "stages-1-name": "主管",
        "stages-1-people-0-kind": "approve", "stages-1-people-0-who": "filled",
        "stages-1-people-0-label": "主管課長",
        "recipients-0-who": "role", "recipients-0-role": "clerk", "recipients-0-among": "",
    }  # fmt: skip
    admin = office.browser("admin")
    trial = {"action": "show", "trial-sender": str(office.members["clerk"].id)}
    picture = checked(admin.post("/admin/chains/new", data=form | trial)).select_one("#picture")
    assert picture is not None
    assert "審査一、審査二" in picture.get_text()
    answer = admin.post("/admin/chains/new", data=form)
    assert answer.status_code == 303, answer.text
    assert "送信者の部署の部署長" in checked(admin.get("/admin/chains")).get_text()
    with office.database.reading() as session:
        chain = session.query(Chain).filter_by(name="部署長のルート").one()
    page = checked(admin.get(f"/admin/chains/{chain.id}"))
    chosen = page.select_one("#stages-0-people-1-who option[selected]")
    assert chosen is not None
    assert chosen["value"] == "role"
    return str(chain.id)


def test_the_clerk_names_a_person_and_everybody_becomes_a_row(
    office: Office, staff: dict[str, UUID]
) -> None:
    chain, clerk = make(office), office.browser("clerk")
    path = ready(office, clerk, chain_id=chain)
    page = page_of(clerk, f"{path}?check=1")
    assert page.select_one(f".error-summary a[href='#{FIELD}']") is not None
    assert "段階2 主管：「主管課長」を選んでください" in page.get_text()
    admin = str(office.members["admin"].id)
    with office.database.transaction() as session:  # who joins meanwhile is a recipient too
        new = people.NewMember("second@city.example", "担当 次郎", PASSWORD, (Role.CLERK,))
        second = people.create_member(session, office.organisation, new, now()).id
    save(clerk, path, chain_id=chain, **{FIELD: admin})
    chosen = page_of(clerk, path).select_one(f"#{FIELD} option[selected]")
    assert chosen is not None
    assert chosen["value"] == admin
    said = "同じ枠の人のうち、誰か1人が手続きします"
    assert checked(clerk.get(f"{path}/confirm")).get_text().count(said) == 2
    assert send(clerk, path).status_code == 303
    assert checked(clerk.get(path)).get_text().count(said) == 2
    with office.database.reading() as session:
        stages = session.query(Stage).order_by(Stage.position).all()
        slots = session.query(Slot).filter_by(stage_id=stages[0].id).order_by(Slot.position).all()
        sizes = [session.query(SlotCandidate).filter_by(slot_id=row.id).count() for row in slots]
        asked = {
            row.member_id
            for row in session.query(Participant).filter(Participant.kind != "recipient")
            if row.member_id
        }
        [recipient] = session.query(Participant).filter_by(kind="recipient")
        use = session.query(ChainUse).one()
    assert (stages[0].need, sizes) == (2, [1, 2])
    assert asked == {*staff.values(), office.members["admin"].id}
    assert recipient.member_id == second
    assert use.stages[0]["people"] == ["課長", "審査一", "審査二"]


def test_another_head_behind_the_summary_is_seen_before_it_is_sent(
    office: Office, staff: dict[str, UUID]
) -> None:
    chain, clerk = make(office), office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, **{FIELD: str(office.members["admin"].id)})
    shown = checked(clerk.get(f"{path}/confirm")).select_one("[name=shown]")
    assert shown is not None
    form = {"code": "10", "name": "契約課", "head": str(staff["審査一"])}
    admin = office.browser("admin")
    with office.database.reading() as session:
        [unit] = departments.listed(session, office.organisation)
    assert admin.post(f"/admin/departments/{unit.id}", data=form).status_code == 303
    assert "審査一" in checked(admin.get("/admin/departments")).get_text()
    assert clerk.post(f"{path}/send", data={"shown": shown["value"]}).location.endswith("confirm")
    form["head"] = "nobody"
    assert (
        "部署長は、利用者から選んでください"
        in checked(admin.post(f"/admin/departments/{unit.id}", data=form)).get_text()
    )
