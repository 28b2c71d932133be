"""利用者: invited, changed, retired by an administrator, through the pages."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from domain.drafts import TypedDraft
from domain.kinds import LinkPurpose, Role
from domain.members import INVITATION_LIFE
from domain.template_content import TemplateContent
from domain.templates import CheckedTemplate, Share
from identity.links import InvitationMinter
from storage import people, templates
from storage.tables import (
    Department,
    Invitation,
    LoginSession,
    Member,
    OutboxItem,
    Participant,
    Slot,
    Template,
)
from tests.webapp.access.town import MINTER, issue
from tests.webapp.clock import Clock
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PASSWORD, PASSWORD_HASH, Office

pytestmark = pytest.mark.usefixtures("without_token")

NEW_PASSWORD = "tulip ladder frost 9 kettle"
MAIL = "newcomer@city.example"


def invite(office: Office, **changes: object) -> TestResponse:
    form: dict[str, object] = {"mail": MAIL, "roles": ["clerk"], "department": "", "language": "ja"}
    return office.browser("admin").post("/admin/members/invite", data=form | changes)


def token_of(office: Office) -> str:
    """The link as the worker mails it."""
    with office.database.transaction() as session:
        row = session.query(Invitation).one()
        issued = InvitationMinter(b"k" * 32).issue(row.id, row.generation)
        row.token_sha256, row.sent_at = issued.stored, row.invited_at
    return issued.code


def register(office: Office, token: str, **changes: str) -> TestResponse:
    form = {"name": "新井 さくら", "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    return office.browser().post(f"/invited/{token}", data=form | changes)


def member(office: Office, name: str) -> Member:
    with office.database.reading() as session:
        return session.get_one(Member, office.members[name].id)


def change(office: Office, who: str, seen: int = 1, **changes: object) -> TestResponse:
    row = member(office, who)
    form: dict[str, object] = {"name": row.name, "roles": row.roles, "department": "", "seen": seen}
    return office.browser("admin").post(f"/admin/members/{row.id}", data=form | changes)


def test_somebody_is_invited_registers_and_works_and_the_link_is_used_up(office: Office) -> None:
    assert invite(office).status_code == 303
    page = checked(office.browser("admin").get("/admin/members"))
    assert MAIL in page.text
    assert "送信待ち" in page.text
    token = token_of(office)
    seen = checked(office.browser().get(f"/invited/{token}"))
    assert "結市" in seen.text
    assert MAIL in seen.text
    browser = office.browser()
    form = {"name": "新井 さくら", "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    written = seen.select_one("main form")
    assert written is not None
    assert browser.post(str(written["action"]), data=form).status_code == 303
    assert browser.get("/envelopes").status_code == 200
    assert browser.get("/admin/members").status_code == 403
    assert office.browser().get(f"/invited/{token}").status_code == 410
    assert register(office, token).status_code == 410
    assert office.log_in(office.browser(), MAIL, NEW_PASSWORD).status_code == 303
    with office.database.reading() as session:
        row = session.query(Member).filter_by(mail=MAIL).one()
        assert (row.name, row.roles) == ("新井 さくら", ["clerk"])
        assert session.query(OutboxItem).filter_by(kind="invitation").count() == 1


def test_looking_at_an_invitation_writes_nothing(office: Office) -> None:
    invite(office)
    token = token_of(office)
    with office.database.reading() as session:
        before = vars(session.query(Invitation).one()).copy()
    for method in ("GET", "HEAD"):
        office.browser().open(f"/invited/{token}", method=method)
    with office.database.reading() as session:
        after = vars(session.query(Invitation).one())
        assert session.query(LoginSession).count() == 1  # the administrator's
    before.pop("_sa_instance_state")
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"password": "short", "again": "short"}, "password"),
        ({"password": MAIL + MAIL, "again": MAIL + MAIL}, "password"),
        ({"again": "another"}, "again"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_name_stays(
    office: Office, changes: dict[str, str], field: str
) -> None:
    invite(office)
    answer = register(office, token_of(office), **changes)
    assert answer.status_code == 422
    page = checked(answer)
    assert page.find(id=f"{field}-error") is not None
    assert changes.get("name") or page.find(id="name")["value"] == "新井 さくら"  # type: ignore[index]
    assert NEW_PASSWORD not in answer.text


def test_an_invitation_dies_after_three_days_and_a_new_mail_has_a_new_link(
    office: Office, clock: Clock
) -> None:
    invite(office)
    old = token_of(office)
    clock.at += INVITATION_LIFE + timedelta(seconds=1)
    assert office.browser().get(f"/invited/{old}").status_code == 410
    admin = office.browser("admin")
    assert "期限切れ" in checked(admin.get("/admin/members")).text
    with office.database.reading() as session:
        key = session.query(Invitation).one().id
    assert admin.post(f"/admin/invitations/{key}/again").status_code == 303
    clock.at += timedelta(hours=71)
    assert register(office, old).status_code == 410


@pytest.mark.parametrize("mail", ["clerk@city.example", "nobody"])
def test_who_cannot_be_invited_is_said_and_what_was_typed_stays(office: Office, mail: str) -> None:
    answer = invite(office, mail=mail, roles=["viewer"])
    assert answer.status_code == 422
    page = checked(answer)
    assert page.find(id="mail")["value"] == mail  # type: ignore[index]
    assert page.find(id="roles-viewer", checked=True) is not None
    assert page.find(id="roles-clerk", checked=True) is None


def test_a_member_of_another_organisation_can_be_invited_and_is_told_at_the_end(
    office: Office,
) -> None:
    """Otherwise an administrator could ask whose members people are."""
    assert invite(office, mail="neighbour@city.example").status_code == 303
    answer = register(office, token_of(office))
    assert answer.status_code == 422
    assert "別の組織" in answer.text


def test_roles_change_at_once_and_only_from_a_fresh_form(office: Office) -> None:
    clerk = office.browser("clerk")
    assert clerk.get("/envelopes").status_code == 200
    assert change(office, "clerk", roles=["approver"]).status_code == 303
    assert clerk.get("/envelopes").status_code == 403
    answer = change(office, "clerk", roles=["admin"])
    assert answer.status_code == 409
    checked(answer)
    assert member(office, "clerk").roles == ["approver"]


@pytest.mark.parametrize("roles", [["clerk"], []])
def test_the_last_administrator_cannot_be_taken_away(office: Office, roles: list[str]) -> None:
    answer = change(office, "admin", roles=roles)
    assert answer.status_code == 422
    assert checked(answer).find("p", class_="field-error") is not None
    assert Role.ADMIN.value in member(office, "admin").roles
    path = f"/admin/members/{office.members['admin'].id}/retire"
    answer = office.browser("admin").post(path, data={"seen": "1", "successor": "later"})
    assert answer.status_code == 422
    assert member(office, "admin").active


def test_who_retires_is_out_everywhere_and_his_drafts_are_the_successors(office: Office) -> None:
    browsers = [office.browser("clerk") for _ in range(2)]
    office.draft(browsers[0])
    sent = office.sent(browsers[0])
    path = f"/admin/members/{office.members['clerk'].id}/retire"
    admin = office.browser("admin")
    assert sent in checked(admin.get(path)).decode()
    assert admin.post(path, data={"seen": "1", "successor": ""}).status_code == 422
    successor = str(office.members["admin"].id)
    assert admin.post(path, data={"seen": "1", "successor": successor}).status_code == 303
    for browser in browsers:
        assert browser.get("/envelopes").status_code == 303
    assert office.log_in(office.browser(), "clerk@city.example", PASSWORD).status_code == 422
    facts = checked(admin.get(sent)).find(id="facts")
    assert facts is not None
    assert re.search("送信者.*田中 花子.*引き継いだ人.*佐藤 健", facts.text, re.DOTALL)
    assert "田中 花子" not in checked(admin.get("/admin/members")).text
    assert "田中 花子" in checked(admin.get("/admin/members?shown=retired")).text
    checked(admin.get(path))
    checked(admin.get(path.removesuffix("/retire")))


def test_an_administrator_who_retires_himself_is_out(office: Office) -> None:
    with office.database.transaction() as session:
        new = people.NewMember("second@city.example", "次席", PASSWORD_HASH, [Role.ADMIN])
        people.create_member(session, office.organisation, new, datetime.now(UTC))
    admin = office.browser("admin")
    path = f"/admin/members/{office.members['admin'].id}/retire"
    assert admin.post(path, data={"seen": "1", "successor": "later"}).location == "/login"
    assert admin.get("/admin/members").status_code == 303


def test_departments_are_kept_by_code_and_shown_where_members_are(office: Office) -> None:
    admin = office.browser("admin")
    add = {"code": "010", "name": "総務部契約課"}
    assert admin.post("/admin/departments", data=add).status_code == 303
    again = admin.post("/admin/departments", data={"code": "010", "name": "財政課"})
    assert again.status_code == 422
    assert checked(again).find(id="name")["value"] == "財政課"  # type: ignore[index]
    with office.database.reading() as session:
        key = session.query(Department).one().id
    assert change(office, "clerk", department=str(key)).status_code == 303
    admin.post(f"/admin/departments/{key}", data={"code": "010", "name": "契約検査課"})
    page = checked(admin.get(f"/admin/members?department={key}"))
    assert "契約検査課" in page.text
    assert "田中 花子" in page.text
    assert "佐藤 健" not in page.find("table").text  # type: ignore[union-attr]
    admin.post(f"/admin/departments/{key}/remove")
    assert "契約検査課" in checked(admin.get("/admin/departments")).text
    change(office, "clerk", seen=2)
    admin.post(f"/admin/departments/{key}/remove")
    assert "契約検査課" not in checked(admin.get("/admin/departments")).find("main").text.replace(  # type: ignore[union-attr]
        "部署「契約検査課」を削除しました。", ""
    )


def test_a_department_that_shares_templates_goes_once_it_is_said_where_they_go(
    office: Office,
) -> None:
    admin = office.browser("admin")
    for code, name in (("010", "契約課"), ("020", "総務課")):
        admin.post("/admin/departments", data={"code": code, "name": name})
    with office.database.transaction() as session:
        gone, heir = (
            session.query(Department).filter_by(code=code).one().id for code in ("010", "020")
        )
        maker = session.get_one(Member, office.members["clerk"].id)
        maker.department_id = gone
        checked_template = CheckedTemplate("清掃（年間）", "", Share.DEPARTMENT)
        row = templates.begin(session, maker, checked_template, datetime.now(UTC))
        templates.keep_first(session, row, maker, TemplateContent(TypedDraft()), datetime.now(UTC))
        template_id, maker.department_id = row.id, None
    page = checked(admin.get(f"/admin/departments/{gone}"))
    assert "清掃（年間）" in page.text
    assert "契約課" not in page.select_one("#to").text  # type: ignore[union-attr]
    refused = admin.post(f"/admin/departments/{gone}/remove")
    assert refused.status_code == 422
    error = checked(refused).select_one("#to-error")
    assert error is not None
    assert "行き先を選んでください" in error.text
    assert (
        admin.post(f"/admin/departments/{gone}/remove", data={"to": str(heir)}).status_code == 303
    )
    assert "ひな形1件の共有先を移しました。" in checked(admin.get("/admin/departments")).text
    with office.database.reading() as session:
        assert session.get_one(Template, template_id).department_id == heir
        assert session.get(Department, gone) is None


def test_a_foreign_department_is_no_choice(office: Office) -> None:
    neighbour = office.browser("neighbour")
    neighbour.post("/admin/departments", data={"code": "1", "name": "隣課"})
    with office.database.reading() as session:
        key = session.query(Department).one().id
    answer = change(office, "clerk", department=str(key))
    assert answer.status_code == 422
    assert member(office, "clerk").department_id is None


def test_links_that_were_mailed_to_a_member_open_nothing_once_he_has_retired(
    office: Office,
) -> None:
    """The contract waits rather than be signed by somebody who has left, whom its sender typed."""
    path = office.sent(office.browser("clerk"), **{"people-1-mail": "Clerk@city.example"})
    office.change(path, state="running")
    with office.database.transaction() as session:
        person = session.query(Participant).filter_by(mail="Clerk@city.example").one()
        slot = session.query(Slot).filter_by(participant_id=person.id).one()
        slot.state, slot.asked_at = "asked", datetime.now(UTC)
        link = issue(session, person.id, LinkPurpose.ACT)
    token = MINTER.token(link, 1)
    reader = office.browser()
    visit = reader.post(f"/l/{token}").location
    assert reader.get(visit).status_code == 200
    retire = f"/admin/members/{office.members['clerk'].id}/retire"
    admin = office.browser("admin")
    assert "本人への依頼が1件残っています" in checked(admin.get(retire)).text
    assert admin.post(retire, data={"seen": "1", "successor": "later"}).status_code == 303
    assert office.browser().get(f"/l/{token}").status_code == 404
    assert reader.get(visit).status_code == 404
    assert reader.get(f"{visit}read").status_code == 404


def test_no_organisation_makes_operators_of_a_server_that_others_share(office: Office) -> None:
    """They see the machinery of all; the server's own command makes them."""
    refused = change(office, "clerk", roles=["clerk", "operator"])
    assert refused.status_code == 422
    assert "musubi user add --role operator" in checked(refused).get_text()
    assert invite(office, roles=["operator"]).status_code == 422
    assert office.count(Invitation) == 0
    kept = change(office, "operator", roles=["operator", "viewer"])
    assert kept.status_code == 303, "who is one stays one"
