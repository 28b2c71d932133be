"""Names in conditions: a renamed department takes its stages along, and a name that nothing has is
said instead of skipping a stage in silence."""

from uuid import UUID

import pytest

from storage import departments, own_fields
from storage.tables import Chain, Member
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office, send
from tests.webapp.test_chain_conditions import NAME, head, make, names, page_of, ready
from webapp.login import now

__all__ = ["head"]
pytestmark = pytest.mark.usefixtures("without_token")


@pytest.fixture
def unit(office: Office) -> UUID:
    """契約課, in the list of departments, with its members."""
    with office.database.transaction() as session:
        admin = session.get_one(Member, office.members["admin"].id)
        row = departments.save(session, admin, None, "10", "契約課", now())
        for one in session.query(Member).filter_by(
            department="契約課", organisation_id=office.organisation
        ):
            departments.assign(session, one, row.id)
        return row.id


def rename(office: Office, unit: UUID, name: str) -> str:
    answer = office.browser("admin").post(
        f"/admin/departments/{unit}", data={"code": "10", "name": name, "head": ""},
        follow_redirects=True,
    )  # fmt: skip
    return checked(answer).get_text()


def conditions(office: Office) -> list[tuple[int, list[str]]]:
    """Versions of the chain, and the departments of the head's stage."""
    with office.database.reading() as session:
        rows = session.query(Chain).filter_by(name=NAME).order_by(Chain.version)
        return [(row.version, row.definition["stages"][1]["when"]["departments"]) for row in rows]


def test_a_renamed_department_takes_its_stages_along(
    office: Office, head: UUID, unit: UUID
) -> None:
    chain = make(office, head, **{"stages-1-least": "", "stages-1-departments": "契約課"})
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain)
    assert f"{NAME}（第2版）" in rename(office, unit, "契約管理課")
    assert conditions(office) == [(1, ["契約課"]), (2, ["契約管理課"])]
    assert "今の第2版で依頼します" in page_of(clerk, path).get_text()
    path = ready(office, clerk, chain_id=chain)
    second = page_of(clerk, path).select_one("#chain_id option[selected]")
    assert second is not None
    path = ready(office, clerk, chain_id=str(second["value"]))
    assert send(clerk, path).status_code == 303
    assert "部長 次郎" in names(office)
    assert "第3版" not in rename(office, unit, "契約管理課")
    assert "第3版" not in rename(office, unit, "契約管理 課")


def test_a_name_that_others_still_have_stays_beside_the_new_one(
    office: Office, head: UUID, unit: UUID
) -> None:
    make(office, head, **{"stages-1-departments": "契約課、総務部"})
    with office.database.transaction() as session:
        session.get_one(Member, head).department = "契約課"  # written by hand
        session.query(Chain).filter_by(name=NAME).update({Chain.active: False})
    rename(office, unit, "契約管理課")
    assert conditions(office)[-1] == (2, ["契約課", "契約管理課", "総務部"])


def test_nothing_is_sent_past_a_stage_whose_department_nobody_knows(
    office: Office, head: UUID, unit: UUID
) -> None:
    chain = make(office, head, **{"stages-1-departments": "契約課"})
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="2000000")
    with office.database.transaction() as session:
        for row in session.query(Member).filter_by(
            department="契約課", organisation_id=office.organisation
        ):
            row.department, row.department_id = "総務部", None
    assert "部署「契約課」" not in page_of(clerk, path).get_text()  # it is only empty
    answer = office.browser("admin").post(f"/admin/departments/{unit}/remove")
    assert answer.status_code == 303
    said = "段階2 部長承認の条件にある部署「契約課」が見つからない"
    assert said in page_of(clerk, path).get_text()
    assert clerk.get(f"{path}/confirm").location == f"{path}?check=1"
    assert names(office) == []
    path = ready(office, clerk, chain_id=chain, amount="5")  # skipped whatever the department is
    assert said not in page_of(clerk, path).get_text()
    assert send(clerk, path).status_code == 303


def define(office: Office, *kinds: str) -> None:
    with office.database.transaction() as session:
        admin = session.get_one(Member, office.members["admin"].id)
        for kind in kinds:
            own_fields.add(session, admin, kind, "", now())


def test_nothing_is_sent_past_a_stage_whose_kind_nobody_knows(office: Office, head: UUID) -> None:
    chain = make(office, head, **{"stages-1-least": "", "stages-1-kinds": "業務委宅"})
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, contract_kind="業務委託")
    said = "段階2 部長承認の条件にある契約の種類「業務委宅」が見つからない"
    assert said not in page_of(clerk, path).get_text()  # none is registered: all kinds are typed
    define(office, "業務委託")
    assert said in page_of(clerk, path).get_text()
    assert clerk.get(f"{path}/confirm").location == f"{path}?check=1"
    assert names(office) == []
    office.sent(clerk, contract_kind="業務委宅")  # it is one, then
    assert said not in page_of(clerk, path).get_text()


def test_a_kind_that_is_none_of_the_registered_ones_is_said_in_editor_and_list(
    office: Office, head: UUID
) -> None:
    admin = office.browser("admin")
    chain = make(office, head, **{"stages-1-kinds": "工事請負、業務 委託"})
    said = "種類「工事請負」は、登録されて使われている契約の種類にありません"
    assert said not in checked(admin.get("/admin/chains")).get_text()  # none is registered
    define(office, "工事請負契約", "業務委託")
    for path in ("/admin/chains", f"/admin/chains/{chain}"):
        assert said in checked(admin.get(path)).get_text()
    assert (
        "登録されている種類：工事請負契約、業務委託" in checked(admin.get("/admin/chains/new")).text
    )
    page = page_of(office.browser("clerk"), ready(office, office.browser("clerk")))
    assert [one["value"] for one in page.select("#kinds option")] == ["工事請負契約", "業務委託"]
    with office.database.transaction() as session:
        row = session.get_one(Member, office.members["admin"].id)
        for kind in own_fields.listed(session, office.organisation):
            own_fields.retire(session, row, kind.id, now(), back=False)
    text = checked(admin.get("/admin/chains")).get_text()
    assert "種類「工事請負・業務 委託」は、登録されて使われている契約の種類にありません" in text
