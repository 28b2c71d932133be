"""まとめて署名 where signatures show on the pages: a name, or the signer's registered seal."""

from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.kinds import DocumentState, FieldKind
from domain.refusals import WORDS, RefusalCode
from storage.desks import StoredStampDesk
from storage.tables import (
    Act,
    Document,
    Field,
    Member,
    MemberSeal,
    OfficialSeal,
    Participant,
    Slot,
    SlotCandidate,
    Stamp,
    TypedValues,
    Visit,
)
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PNG, Office
from tests.webapp.test_waiting import acts, asked, fields, form_of, ticked, visit_of
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")
SEAL = "登録した印影にする"


def to_sign(office: Office, title: str) -> UUID:
    """An envelope whose one page shows the administrator's signature."""
    key = asked(office, title, kind="signer")
    with office.database.transaction() as session:
        slot_id = session.query(SlotCandidate).filter_by(participant_id=key).one().slot_id
        slot = session.get_one(Slot, slot_id)
        document = session.query(Document).filter_by(envelope_id=slot.envelope_id).one()
        session.query(Field).filter_by(slot_id=slot_id).delete()
        row = Field(
            id=uuid4(), document_id=document.id, version=1, slot_id=slot_id, name="FIELD_0900",
            kind=FieldKind.SIGNATURE.value, rect=[60, 60, 120, 60], position=1,
        )  # fmt: skip
        session.add(row)
    return key


def registers(office: Office, name: str) -> UUID:
    """A member's clean seal."""
    with office.database.transaction() as session:
        row = MemberSeal(
            id=uuid4(), member_id=office.members[name].id, size=len(PNG), created_at=now()
        )
        row.image_blob_id = row.upload_blob_id = office.vault.put(session, row.id, PNG)
        row.state, row.image_sha256 = DocumentState.READY.value, "5" * 64
        session.add(row)
        return row.id


def clean(office: Office) -> None:
    with office.database.reading() as session:
        waiting = session.query(Stamp).filter_by(state=DocumentState.CHECKING.value).all()
    for stamp in waiting:
        StoredStampDesk(office.database, office.vault).accept(stamp.id, PNG)


def confirm(admin: FlaskClient, path: str) -> BeautifulSoup:
    return checked(admin.get(path))


def test_the_name_is_shown_and_each_act_says_so(office: Office) -> None:
    one, other = to_sign(office, "清掃契約"), to_sign(office, "警備契約")
    admin = office.browser("admin")
    path = ticked(admin, one, other)
    page = confirm(admin, path)
    name = office.members["admin"].name
    shown = [tag.get_text("|") for tag in page.select(".signature-preview p")]
    assert all(name in text and "手続きを完了した日時" in text for text in shown)
    assert len(shown) == 2
    assert SEAL not in page.get_text(), "he has registered none"
    answer = admin.post("/waiting/act", data=form_of(admin, path))
    assert "2件のうち2件を受け付けました" in checked(answer).get_text()
    assert [row.evidence["look"] for row in acts(office)] == [{"kind": "name"}] * 2


def part(page: BeautifulSoup, admin: FlaskClient, key: UUID) -> BeautifulSoup:
    """What a card that waits asks for by itself."""
    waits = page.select_one(f"#look-{key}[hx-get]")
    assert waits is not None
    return BeautifulSoup(admin.get(str(waits["hx-get"])).text, "html5lib")


def test_one_press_shows_the_registered_seal_everywhere_and_acts_on_nothing(
    office: Office,
) -> None:
    registers(office, "admin")
    one, other = to_sign(office, "清掃契約"), to_sign(office, "警備契約")
    approval = asked(office, "工事契約")
    admin = office.browser("admin")
    path = ticked(admin, one, other, approval)
    assert f"{SEAL}（2件）" in confirm(admin, path).get_text()
    left_out, signed = visit_of(office, other), visit_of(office, one)
    typed = form_of(admin, path) | {f"comment-{visit_of(office, approval)}": ["予算を確認済み"]}
    typed["visit"] = [key for key in typed["visit"] if key != str(left_out)]
    page = checked(admin.post("/waiting/seal", data=typed))
    assert page.find(string="予算を確認済み") is not None, "what was typed stays"
    assert SEAL not in page.get_text()
    assert "準備しています" in part(page, admin, signed).get_text()
    form = fields(page)
    assert str(left_out) not in form["visit"], "and what was not ticked"
    early = admin.post("/waiting/act", data=form)
    assert early.status_code == 422
    assert "表示されてから" in checked(early).get_text()
    assert office.count(Act) == 0
    assert "印影の準備ができたか確かめる" in page.get_text(), "also without scripts"
    clean(office)
    swapped = {key: part(page, admin, key) for key in (signed, left_out)}
    pictures = [str(tag["src"]) for got in swapped.values() for tag in got.select("img")]
    assert [admin.get(picture).data for picture in pictures] == [PNG, PNG]
    assert office.browser("clerk").get(pictures[0]).status_code == 404
    for key, got in swapped.items():
        said = got.select_one("#seals-said[hx-swap-oob=innerHTML]")
        assert said is not None
        form[f"filled-{key}"] = [str(one["value"]) for one in got.select(f"[name=filled-{key}]")]
    assert "2件のうち2件" in checked(admin.post("/waiting/act", data=form)).get_text()
    assert {row.participant_id for row in acts(office)} == {one, approval}


def test_what_waits_for_a_visit_that_is_over_says_so_and_stops(office: Office) -> None:
    registers(office, "admin")
    one = to_sign(office, "清掃契約")
    admin = office.browser("admin")
    path = ticked(admin, one)
    page = checked(admin.post("/waiting/seal", data=form_of(admin, path)))
    waits = page.select_one("[hx-get]")
    assert waits is not None
    with office.database.transaction() as session:
        for visit in session.query(Visit):
            visit.ended_at = now()
    answer = admin.get(str(waits["hx-get"]))
    assert answer.status_code == 286
    assert "終了しました" in answer.text
    assert not getattr(office.app.view_functions["waiting.look"], "keeps_awake", True)


def test_one_envelope_s_unreadable_row_takes_nobody_s_list_away(office: Office) -> None:
    one, other = to_sign(office, "清掃契約"), to_sign(office, "警備契約")
    admin = office.browser("admin")
    registers(office, "admin")
    admin.post("/waiting/seal", data=form_of(admin, ticked(admin, one, other)))
    clean(office)
    with office.database.transaction() as session:
        row = session.query(TypedValues).filter_by(participant_id=one).one()
        row.sealed = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
    page = checked(admin.get("/waiting")).get_text()
    assert page.count("まだ用意できていません") == 1
    assert len(confirm(admin, ticked(admin, one, other)).select("[name=shown]")) == 1


def test_what_changed_after_the_page_was_shown_is_not_signed(office: Office) -> None:
    registers(office, "admin")
    one = to_sign(office, "清掃契約")
    admin = office.browser("admin")
    path = ticked(admin, one)
    seen = form_of(admin, path)
    admin.post("/waiting/seal", data=seen)
    clean(office)
    late = checked(admin.post("/waiting/act", data=seen)).get_text()
    assert WORDS[RefusalCode.VALUES_CHANGED].ja in late
    assert office.count(Act) == 0
    answer = admin.post("/waiting/act", data=form_of(admin, path))
    assert "1件を受け付けました" in checked(answer).get_text()
    look = acts(office)[0].evidence["look"]
    with office.database.reading() as session:
        stamp = session.query(Stamp).one()
    assert (look["kind"], look["stamp"]) == ("stamp", str(stamp.id))


def test_a_name_that_cannot_be_drawn_is_opened_by_itself(office: Office) -> None:
    one = to_sign(office, "清掃契約")
    with office.database.transaction() as session:
        session.get_one(Participant, one).name = "\U0001f600"
    admin = office.browser("admin")
    page = confirm(admin, ticked(admin, one))
    assert "まだ用意できていません" in page.get_text()
    assert page.select("[name=shown]") == []


def test_nobody_takes_another_member_s_seal(office: Office) -> None:
    registers(office, "admin")
    one = to_sign(office, "清掃契約")
    admin = office.browser("admin")
    seen = form_of(admin, ticked(admin, one))
    assert office.browser("clerk").post("/waiting/seal", data=seen).status_code in {302, 303}
    assert office.count(Stamp) == 0
    with office.database.transaction() as session:
        session.get_one(Member, office.members["admin"].id).mail = "other@city.example"
        session.query(MemberSeal).update({"removed_at": now()})
    admin.post("/waiting/seal", data=seen)
    assert office.count(Stamp) == 0


def official(office: Office, name: str = "市長印", members: tuple[str, ...] = ()) -> UUID:
    """A clean seal of the organisation, for these members."""
    keys = [str(office.members[one].id) for one in members or ("admin",)]
    with office.database.transaction() as session:
        row = OfficialSeal(
            id=uuid4(), organisation_id=office.organisation, name=name, mm=21, members=keys,
            departments=[], roles=[], size=len(PNG), created_at=now(), revision=0,
            created_by=office.members["admin"].id, state=DocumentState.READY.value,
        )  # fmt: skip
        row.image_blob_id = row.upload_blob_id = office.vault.put(session, row.id, PNG)
        row.image_sha256 = "6" * 64
        session.add(row)
        return row.id


def buttons(page: BeautifulSoup, name: str) -> dict[str, str]:
    """What the buttons about a seal say, by what they send."""
    found = page.select("button[formaction='/waiting/seal']")
    return {str(one["value"]): one.get_text() for one in found if name in one.get_text()}


def test_an_official_seal_is_chosen_once_for_all_that_are_ticked_and_each_use_is_noted(
    office: Office,
) -> None:
    seal = official(office)
    official(office, "水道局長印", ("clerk",))
    keys = [to_sign(office, title) for title in ("清掃契約", "警備契約", "除雪契約")]
    admin = office.browser("admin")
    path = ticked(admin, *keys)
    page = confirm(admin, path)
    assert "水道局長印" not in page.get_text()
    assert "3件" in buttons(page, "市長印")[f"official-{seal}"]
    left_out = str(visit_of(office, keys[2]))
    typed = form_of(admin, path)
    typed["visit"].remove(left_out)
    page = checked(admin.post("/waiting/seal", data=typed | {"action": f"official-{seal}"}))
    assert page.get_text().count("公印「市長印」を表示します") == 2
    assert list(buttons(page, "市長印")) == [f"official-{seal}.{left_out}"]
    assert office.count(Act) == 0
    answer = admin.post("/waiting/act", data=fields(page))
    assert "2件のうち2件を受け付けました" in checked(answer).get_text()
    looks = [row.evidence["look"] for row in acts(office)]
    assert [look["seal"]["name"] for look in looks] == ["市長印"] * 2


def test_an_official_seal_is_chosen_for_one_envelope_alone(office: Office) -> None:
    seal, other = official(office), official(office, "契約担当者印")
    one, two = to_sign(office, "清掃契約"), to_sign(office, "警備契約")
    admin = office.browser("admin")
    path, typed = ticked(admin, one, two), {}
    for chosen, person in ((seal, one), (other, two)):
        typed = form_of(admin, path)
        action = f"official-{chosen}.{visit_of(office, person)}"
        page = checked(admin.post("/waiting/seal", data=typed | {"action": action}))
    assert "公印「市長印」を表示します" in page.get_text()
    assert "公印「契約担当者印」を表示します" in page.get_text()
    admin.post("/waiting/act", data=fields(page))
    found = {row.participant_id: row.evidence["look"]["seal"]["id"] for row in acts(office)}
    assert found == {one: str(seal), two: str(other)}


def test_an_official_seal_that_he_may_not_use_is_told_and_taken_by_nobody(office: Office) -> None:
    foreign, seal = official(office, "水道局長印", ("clerk",)), official(office)
    one = to_sign(office, "清掃契約")
    admin = office.browser("admin")
    typed = form_of(admin, ticked(admin, one))
    for action in (f"official-{foreign}", f"official-{uuid4()}"):
        page = checked(admin.post("/waiting/seal", data=typed | {"action": action}))
        assert WORDS[RefusalCode.SEAL_NOT_ALLOWED].ja in page.get_text()
    assert office.count(Stamp) == 0
    page = checked(admin.post("/waiting/seal", data=typed | {"action": f"official-{seal}"}))
    with office.database.transaction() as session:
        session.get_one(OfficialSeal, seal).retired_at = now()
    late = checked(admin.post("/waiting/act", data=fields(page))).get_text()
    assert "受け付けられませんでした" in late
    assert office.count(Act) == 0
