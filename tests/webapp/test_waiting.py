"""私の対応待ち: the list of whoever is logged in, and several acts from one page."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.kinds import EnvelopeState, LinkPurpose, SlotState
from domain.limits import MAX_REASON_CHARACTERS, MEMBER_IDLE, SIGNER_IDLE
from identity.links import token_sha256
from storage.tables import (
    Act,
    Document,
    Envelope,
    Link,
    LoginSession,
    Organisation,
    Participant,
    Revision,
    Slot,
    SlotCandidate,
    Stage,
    Visit,
)
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PDF, Office
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")


def asked(office: Office, title: str, **person: object) -> UUID:
    """An envelope in which the administrator is asked to approve. Returns his participant's id."""
    path = office.sent(office.browser("clerk"), chain_id=str(office.chain), title=title)
    envelope_id = UUID(path.rpartition("/")[2])
    with office.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        envelope.state = EnvelopeState.RUNNING.value
        for document in session.query(Document).filter_by(envelope_id=envelope_id):
            blob = office.vault.put(session, document.id, PDF)
            session.add(
                Revision(
                    document_id=document.id, version=1, number=0, kind="version", blob_id=blob,
                    sha256=uuid4().hex * 2, size=len(PDF), created_at=now(),
                )
            )  # fmt: skip
        stage = session.query(Stage).filter_by(envelope_id=envelope_id, position=0).one()
        stage.opened_at = now()
        slot = session.query(Slot).filter_by(stage_id=stage.id).one()
        slot.state, slot.asked_at = SlotState.ASKED.value, now()
        key = session.query(SlotCandidate).filter_by(slot_id=slot.id).one().participant_id
        row = session.get_one(Participant, key)
        for name, value in person.items():
            setattr(row, name, value)
        if person.get("kind") == "signer":
            slot.kind = "sign"
        session.add(Link(participant_id=key, purpose=LinkPurpose.ACT.value, issued_at=now()))
    return key


def ticked(browser: FlaskClient, *people: UUID) -> str:
    """The confirming page's address for these."""
    answer = browser.post("/waiting/several", data={"task": [str(key) for key in people]})
    assert answer.status_code == 303
    assert answer.location.startswith("/waiting/confirm?visit=")
    return answer.location


def form_of(browser: FlaskClient, path: str) -> dict[str, list[str]]:
    """What the confirming page's form posts as it stands."""
    return fields(checked(browser.get(path)))


def fields(page: BeautifulSoup) -> dict[str, list[str]]:
    """The same of a page that is there."""
    form = page.find("form", action="/waiting/act")
    assert form is not None
    found: dict[str, list[str]] = {}
    for field in form.find_all("input"):
        if field.get("type") != "checkbox" or field.has_attr("checked"):
            found.setdefault(str(field["name"]), []).append(str(field["value"]))
    return found


def acts(office: Office) -> list[Act]:
    with office.database.reading() as session:
        return session.query(Act).order_by(Act.posted_at).all()


def visit_of(office: Office, person: UUID) -> UUID:
    with office.database.reading() as session:
        return session.query(Visit).filter_by(participant_id=person).one().id


def test_the_list_leads_to_one_envelope_as_its_mail_would(office: Office) -> None:
    key = asked(office, "清掃契約")
    admin = office.browser("admin")
    page = checked(admin.get("/waiting"))
    assert "清掃契約" in page.get_text()
    navigation = page.find("nav")
    assert navigation is not None
    assert "対応待ち 1" in navigation.get_text(" ", strip=True)
    assert admin.get("/waiting?show=sign").text.count("清掃契約") == 0
    assert "対応待ちの封筒はありません" in checked(office.browser("clerk").get("/waiting")).text
    assert office.browser("clerk").post(f"/waiting/{key}/open").status_code == 404
    assert office.count(Visit) == 0
    answer = admin.post(f"/waiting/{key}/open")
    assert answer.location == f"/sign/{visit_of(office, key)}/"
    assert "承認をはじめる" in checked(admin.get(answer.location)).get_text()
    admin.post(f"/waiting/{key}/open")
    assert office.count(Visit) == 1


def test_several_are_acted_on_each_by_its_own_act(office: Office) -> None:
    one, other = asked(office, "清掃契約"), asked(office, "警備契約")
    admin = office.browser("admin")
    path = ticked(admin, one, other)
    page = checked(admin.get(path)).get_text(" ", strip=True)
    for text in ("清掃契約", "警備契約", "SHA-256", "まだ開いていません"):
        assert text in page
    assert office.count(Act) == 0
    form = form_of(admin, path) | {f"comment-{visit_of(office, other)}": ["予算を確認済み"]}
    answer = admin.post("/waiting/act", data=form)
    assert "2件のうち2件を受け付けました" in checked(answer).get_text()
    rows = acts(office)
    assert {(row.kind, row.evidence["method"]) for row in rows} == {("approve", "login")}
    assert {row.participant_id: row.reason for row in rows} == {one: "", other: "予算を確認済み"}
    assert [act for _, act in office.gateway.submitted] == [row.id for row in rows] or len(
        office.gateway.submitted
    ) == 1
    done = checked(admin.get(f"/sign/{visit_of(office, one)}/done"))
    assert done.select_one("main a[href='/waiting']") is not None, "and not to a mail"
    again = admin.post("/waiting/act", data=form)
    assert "2件のうち2件を受け付けました" in checked(again).get_text()
    assert office.count(Act) == 2
    assert "対応待ちの封筒はありません" in admin.get("/waiting").text


def test_what_is_refused_for_one_is_told_for_that_one(office: Office) -> None:
    replaced, late, good = (asked(office, title) for title in ("差替", "期限切れ", "良好"))
    admin = office.browser("admin")
    form = form_of(admin, ticked(admin, replaced, late, good))
    with office.database.transaction() as session:
        envelope = session.get_one(Participant, replaced).envelope_id
        document = session.query(Document).filter_by(envelope_id=envelope).one()
        session.query(Revision).filter_by(document_id=document.id, kind="version").one().sha256 = (
            "0" * 64
        )
        envelope = session.get_one(Participant, late).envelope_id
        session.get_one(Envelope, envelope).deadline_at = now()
    page = checked(admin.post("/waiting/act", data=form)).get_text(" ", strip=True)
    assert "3件のうち1件を受け付けました" in page
    assert "お読みになった後で文書が差し替えられました" in page
    assert "期限を過ぎたため" in page
    assert [row.participant_id for row in acts(office)] == [good]


def test_what_was_ticked_too_long_ago_is_told_with_what_was_typed(office: Office) -> None:
    one, other = asked(office, "清掃契約"), asked(office, "警備契約")
    admin = office.browser("admin")
    form = form_of(admin, ticked(admin, one, other))
    visits = {key: visit_of(office, key) for key in (one, other)}
    typed = {f"comment-{visit}": ["予算を確認済み"] for visit in visits.values()}

    def sent_late(key: UUID) -> str:
        with office.database.transaction() as session:
            session.get_one(Visit, visits[key]).last_seen_at = now() - SIGNER_IDLE * 2
        return checked(admin.post("/waiting/act", data=form | typed)).get_text(" ", strip=True)

    page = sent_late(one)
    assert "2件のうち1件を受け付けました" in page
    assert page.count("しばらく操作がなかったため") == page.count("予算を確認済み") == 1
    assert [row.participant_id for row in acts(office)] == [other]
    page = sent_late(other)  # whose act this very form has brought
    assert "2件のうち1件を受け付けました" in page
    assert page.count("しばらく操作がなかったため") == page.count("受け付け済み") == 1
    assert office.count(Act) == 1


def test_whoever_is_to_set_up_an_app_acts_on_nothing_before(office: Office) -> None:
    admin = office.browser("admin")
    form = form_of(admin, ticked(admin, key := asked(office, "清掃契約")))
    with office.database.transaction() as session:
        session.get_one(Organisation, office.organisation).totp_since = now()
    for path, data in (
        ("/waiting/act", form),
        ("/waiting/several", {"task": [str(key)]}),
        (f"/waiting/{key}/open", {}),
    ):
        assert admin.post(path, data=data).location == "/account/required"
    assert office.count(Act) == 0


def test_only_what_is_still_ticked_is_done_and_nothing_typed_is_lost(office: Office) -> None:
    one, other = asked(office, "清掃契約"), asked(office, "警備契約")
    admin = office.browser("admin")
    form = form_of(admin, ticked(admin, one, other))
    first = str(visit_of(office, one))
    long = "あ" * (MAX_REASON_CHARACTERS + 1)
    answer = admin.post("/waiting/act", data=form | {"visit": [first], f"comment-{first}": [long]})
    assert answer.status_code == 422
    page = checked(answer)
    typed = page.find("textarea", id=f"comment-{first}")
    assert typed is not None
    assert typed.get_text().strip() == long
    assert len(page.select("input[name=visit][checked]")) == 1
    assert admin.post("/waiting/act", data=form | {"visit": []}).status_code == 422
    assert admin.post("/waiting/act", data=form | {"visit": [first]}).status_code == 200
    assert [row.participant_id for row in acts(office)] == [one]


def test_a_factor_is_never_passed_over(office: Office) -> None:
    key = asked(office, "清掃契約", mail_code=True)
    admin = office.browser("admin")
    page = checked(admin.get("/waiting"))
    assert "個別に開いてください" in page.get_text()
    assert page.find("input", attrs={"name": "task"}) is None
    path = ticked(admin, key)  # by hand
    assert "個別に開いてください" in checked(admin.get(path)).get_text()
    visit = str(visit_of(office, key))
    forged = {"shown": [visit], "visit": [visit], f"nonce-{visit}": ["n" * 20]}
    assert "個別に開いてください" in checked(admin.post("/waiting/act", data=forged)).get_text()
    assert acts(office) == []
    assert admin.get(f"/sign/{visit}/").location == f"/sign/{visit}/prove"


def test_a_signature_needs_its_authority_here_too(office: Office) -> None:
    key = asked(office, "清掃契約", kind="signer")
    admin = office.browser("admin")
    form = form_of(admin, ticked(admin, key))
    with office.database.transaction() as session:
        session.get_one(Organisation, office.organisation).mandates_since = now()
    assert "今日有効な署名権限がありません" in checked(admin.get("/waiting")).get_text()
    refused = checked(admin.post("/waiting/act", data=form)).get_text()
    assert "今日有効な署名権限がありません" in refused
    assert acts(office) == []
    entry = {
        "member": str(office.members["admin"].id), "title": "市長", "begins_on": "2020-01-01",
        "ends_on": "", "most": "", "kinds": "", "basis": "規則",
    }  # fmt: skip
    assert admin.post("/admin/mandates", data=entry).status_code == 303
    assert "1件のうち1件" in checked(admin.post("/waiting/act", data=form)).get_text()
    [row] = acts(office)
    assert (row.kind, row.evidence["mandate"]["title"]) == ("sign", "市長")


def test_another_browser_and_another_login_act_on_nothing(office: Office) -> None:
    key = asked(office, "清掃契約")
    admin = office.browser("admin")
    path = ticked(admin, key)
    form = form_of(admin, path)
    for browser in (office.browser("admin"), office.browser("clerk"), office.browser("neighbour")):
        assert browser.get(path).location == "/waiting"
        assert browser.post("/waiting/act", data=form).location == "/waiting"
    with office.database.transaction() as session:
        visit = session.query(Visit).one()
        opened, visit.login_id = visit.login_id, None  # as by a mailed link, whosever it is
    assert admin.post("/waiting/act", data=form).location == "/waiting"
    with office.database.transaction() as session:
        session.query(Visit).one().login_id = opened
    admin.post("/logout")
    assert office.log_in(admin, office.members["admin"].mail).status_code == 303
    assert admin.post("/waiting/act", data=form).location == "/waiting"
    assert acts(office) == []


def test_who_came_from_the_list_is_led_back_to_it_and_never_to_a_mail(office: Office) -> None:
    key = asked(office, "清掃契約")
    admin = office.browser("admin")
    path = admin.post(f"/waiting/{key}/open").location
    notice = checked(admin.get(path)).find(id="ending")
    assert notice is not None
    assert all("私の対応待ち" in str(notice[name]) for name in ("data-last", "data-over"))
    with office.database.transaction() as session:
        session.query(Envelope).one().state = EnvelopeState.SENT_BACK.value
    stopped = admin.get(f"{path}done", follow_redirects=True)
    assert "再開されると「私の対応待ち」に表示され" in checked(stopped).get_text()
    with office.database.transaction() as session:
        session.query(Envelope).one().state = EnvelopeState.RUNNING.value
    admin.post(f"{path}pause")
    for page in (checked(admin.get(f"{path}left")), checked(admin.get(path))):
        assert page.select_one("main a[href='/waiting']") is not None
        assert "メール" not in page.select("main > p")[0].get_text()
    assert "私の対応待ち" in admin.get(f"{path}live", headers={"HX-Request": "true"}).text


def test_an_idle_login_takes_its_visits_along_and_work_in_one_keeps_it_awake(
    office: Office,
) -> None:
    key = asked(office, "清掃契約")
    admin = office.browser("admin")
    path = admin.post(f"/waiting/{key}/open").location
    idle(office, MEMBER_IDLE - timedelta(minutes=1))
    assert admin.get(path).status_code == 200
    with office.database.reading() as session:
        [login] = session.query(LoginSession).filter_by(member_id=office.members["admin"].id)
        assert now() - login.last_seen_at < timedelta(minutes=1)
    idle(office, MEMBER_IDLE + timedelta(seconds=1))
    assert admin.get("/waiting").location.startswith("/login")
    assert admin.get(path).status_code == 404
    assert admin.post(f"{path}act", data={"nonce": "n"}).status_code == 404
    assert acts(office) == []


def idle(office: Office, length: timedelta) -> None:
    """Nobody has used any login for so long, and the visit for some minutes."""
    with office.database.transaction() as session:
        session.query(Visit).update({"last_seen_at": now() - timedelta(minutes=2)})
        session.query(LoginSession).update({"last_seen_at": now() - length})


def test_one_nobody_chose_leads_back(office: Office) -> None:
    admin = office.browser("admin")
    for form in ({}, {"task": "x"}, {"task": str(uuid4())}):
        answer = admin.post("/waiting/several", data=form)
        assert re.match(r"/waiting\?", answer.location)
    assert "いまは手続きできません" in checked(admin.get("/waiting")).get_text()


def test_what_a_login_opened_is_closed_where_its_member_may_not_work(office: Office) -> None:
    key = asked(office, "清掃契約")
    admin = office.browser("admin")
    inside = admin.post(f"/waiting/{key}/open").location
    assert admin.get(inside).status_code == 200
    with office.database.transaction() as session:
        organisation = session.get_one(Organisation, office.organisation)
        organisation.networks = {"everybody": ["127.0.0.1/32"]}
    assert admin.get(inside).status_code == 200
    admin.environ_base["REMOTE_ADDR"] = "198.51.100.1"
    refused = admin.get(inside)
    assert refused.status_code == 403
    assert "この接続元からは利用できません" in refused.text
    assert admin.post(f"{inside}decline", data={"reason": "外から"}).status_code == 403
    assert office.count(Act) == 0


def _token(person: UUID) -> str:
    return person.hex + "A" * 11


def test_a_mailed_link_of_a_member_is_no_way_round(office: Office) -> None:
    """One of the other side is asked too: nobody restricts him."""
    key = asked(office, "清掃契約")
    with office.database.transaction() as session:
        own = session.get_one(Participant, key)
        other = (
            session.query(Participant)
            .filter(Participant.envelope_id == own.envelope_id, Participant.id != key)
            .first()
        )
        assert other is not None
        session.get_one(Organisation, office.organisation).networks = {"admin": ["127.0.0.1/32"]}
        session.add(Link(participant_id=other.id, purpose=LinkPurpose.ACT.value, issued_at=now()))
        people = (key, other.id)
        session.flush()
        slot = session.get_one(
            Slot, session.query(SlotCandidate).filter_by(participant_id=other.id).one().slot_id
        )
        slot.state, slot.asked_at = SlotState.ASKED.value, now()
        session.get_one(Stage, slot.stage_id).opened_at = now()
        for person in people:
            link = session.query(Link).filter_by(participant_id=person).one()
            link.token_sha256 = token_sha256(_token(person))
    outside = []
    for person in people:
        browser = office.browser()
        browser.environ_base["REMOTE_ADDR"] = "198.51.100.1"
        inside = browser.post(f"/l/{_token(person)}").location
        outside.append(browser.get(inside).status_code)
    assert outside == [403, 200]


def test_the_list_of_envelopes_is_narrowed_to_what_waits_for_whoever_looks(office: Office) -> None:
    """Searches narrow it further; the clerk, who only sent it, finds nothing there."""
    asked(office, "道路補修工事")
    asked(office, "庁舎清掃")
    gone = asked(office, "済んだ契約")
    with office.database.transaction() as session:
        candidate = session.query(SlotCandidate).filter_by(participant_id=gone).one()
        session.get_one(Slot, candidate.slot_id).state = SlotState.DONE.value
    admin = office.browser("admin")
    text = checked(admin.get("/envelopes?state=waiting")).get_text()
    assert "道路補修工事" in text
    assert "庁舎清掃" in text
    assert "済んだ契約" not in text
    found = admin.get("/envelopes?state=waiting&q=清掃").text
    assert "庁舎清掃" in found
    assert "道路補修工事" not in found
    assert "道路補修工事" not in office.browser("clerk").get("/envelopes?state=waiting").text


def test_a_gate_that_he_may_open_is_in_the_narrowed_list(office: Office) -> None:
    key = asked(office, "議決の要る契約")
    with office.database.transaction() as session:
        candidate = session.query(SlotCandidate).filter_by(participant_id=key).one()
        slot = session.get_one(Slot, candidate.slot_id)
        slot.state = SlotState.DONE.value
        stage = session.get_one(Stage, slot.stage_id)
        stage.gate_opener, stage.gate_title = f"member:{office.members['admin'].id}", "議決"
    text = office.browser("admin").get("/envelopes?state=waiting").text
    assert "議決の要る契約" in text
