"""Stages on the sender's pages: laid out without scripts, checked in words, opened by one named."""

from datetime import UTC, datetime
from uuid import UUID

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.messages import ActAnswer
from storage.tables import Act, Envelope, Participant, ParticipantDocument, Slot, Stage
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, send, upload


def laid_out(office: Office, **changes: str) -> dict[str, str]:
    """An approval by any one of two, a gate that an administrator opens, then the vendor."""
    return form(
        **{
            "order": "stages",
            "people-0-stage": "3",
            "people-1-kind": "approver",
            "people-1-stage": "1",
            "people-2-name": "森 二郎",
            "people-2-mail": "mori@city.example",
            "people-2-party": "own",
            "people-2-company": "契約課",
            "people-2-kind": "approver",
            "people-2-language": "ja",
            "people-2-stage": "1",
            "stages-0-kind": "any",
            "stages-0-days": "５",
            "stages-1-kind": "gate",
            "stages-1-title": "議決",
            "stages-1-opener": f"member:{office.members['admin'].id}",
            "stages-2-kind": "all",
        }
        | changes,
    )


def drafted(office: Office, browser: FlaskClient, **changes: str) -> str:
    """A draft with a document, ready to be confirmed."""
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    browser.post(f"{path}/draft", data=laid_out(office, action="confirm") | changes)
    return path


def errors_on(browser: FlaskClient, path: str) -> str:
    """What the form says is wrong."""
    page = BeautifulSoup(browser.get(f"{path}?check=1").text, "html5lib")
    found = page.find(id="error-summary")
    return found.get_text() if found else ""


def test_a_stage_has_days_of_reminders_which_are_said_checked_and_kept(office: Office) -> None:
    """Also a gate: of whoever may open it."""
    browser = office.browser("clerk")
    days = {"stages-0-reminders": "2、４", "stages-1-reminders": "7", "stages-2-reminders": "0"}
    path = drafted(office, browser, **days)
    text = check_page(browser.get(f"{path}/confirm")).get_text()
    assert "再送：2、4日後" in text
    assert "再送しない" in text
    send(browser, path)
    with office.database.reading() as session:
        kept = [row.reminder_days for row in session.query(Stage).order_by(Stage.position)]
    assert kept == [[2, 4], [7], []]
    odd = drafted(office, browser, **{"stages-0-reminders": "soon"})
    assert "再送する日は" in errors_on(browser, odd)


def test_the_summary_says_who_is_enough_until_when_and_what_is_waited_for(office: Office) -> None:
    browser = office.browser("clerk")
    path = drafted(office, browser)
    text = check_page(browser.get(f"{path}/confirm")).get_text()
    for words in ("誰か1人", "依頼から5日", "条件待ち", "議決", "登録できる人：佐藤 健"):
        assert words in text


def test_what_is_sent_is_what_was_laid_out(office: Office) -> None:
    browser = office.browser("clerk")
    send(browser, drafted(office, browser))
    with office.database.reading() as session:
        stages = session.query(Stage).order_by(Stage.position).all()
        slots = session.query(Slot).all()
    assert [(stage.rule, stage.need, stage.deadline_days) for stage in stages] == [
        ("any", 1, 5),
        ("all", 0, None),
        ("all", 1, None),
    ]
    assert stages[1].gate_opener == f"member:{office.members['admin'].id}"
    assert [slot.stage_id for slot in slots].count(stages[0].id) == 1
    assert not [slot for slot in slots if slot.stage_id == stages[1].id]


def test_stages_are_added_moved_and_taken_out_and_people_go_along(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)

    def after(action: str, **changes: str) -> tuple[list[str], list[str]]:
        data = laid_out(office, action=action) | changes
        browser.post(f"{path}/draft", data=data)
        page = BeautifulSoup(browser.get(path).text, "html5lib")
        chosen, places = (
            [str(tag["value"]) for tag in page.select(f"select[name^={what}] option[selected]")]
            for what in ('"stages-"][name$="-kind"', '"people-"][name$="-stage"')
        )
        return chosen, places

    assert after("stage-add") == (["any", "gate", "all", "all"], ["3", "1", "1"])
    assert after("stage-up-2") == (["any", "all", "gate"], ["2", "1", "1"])
    assert after("stage-remove-1") == (["any", "all"], ["2", "1", "1"])
    assert after("stage-remove-0") == (["gate", "all"], ["2"])


def test_another_order_forgets_the_stages(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    browser.post(f"{path}/draft", data=laid_out(office, action="save", order="sequence"))
    with office.database.reading() as session:
        kept = session.get_one(Envelope, UUID(path.rpartition("/")[2])).draft
    assert kept["stages"] == []
    assert {person["stage"] for person in kept["people"]} == {""}


def test_what_does_not_fit_together_is_said(office: Office) -> None:
    browser = office.browser("clerk")
    mixed = drafted(office, browser, **{"people-2-kind": "signer"})
    assert "同じ役割・同じ当事者" in errors_on(browser, mixed)
    empty = drafted(office, browser, **{"people-0-stage": "1"})
    assert "この段階には人がいません" in errors_on(browser, empty)
    many = drafted(office, browser, **{"stages-0-kind": "n_of", "stages-0-need": "3"})
    assert "1人から2人まで" in errors_on(browser, many)
    at_gate = drafted(office, browser, **{"people-2-stage": "2"})
    assert "条件待ちの段階には人を入れられません" in errors_on(browser, at_gate)
    gone = drafted(office, browser, **{"stages-1-opener": f"member:{UUID(int=1)}"})
    assert "選び直してください" in errors_on(browser, gone)
    long = drafted(office, browser, **{"stages-0-days": "400"})
    assert "段階の期限は1日から365日" in errors_on(browser, long)


def waiting(office: Office, browser: FlaskClient) -> tuple[str, UUID]:
    """Sent, and come to the gate, as the workflow projects it."""
    path = drafted(office, browser)
    send(browser, path)
    office.change(path, state="running")
    with office.database.transaction() as session:
        for slot in session.query(Slot):
            slot.state = "done" if slot.participant_id is None else "waiting"
        first, gate, _last = session.query(Stage).order_by(Stage.position).all()
        first.opened_at = gate.opened_at = datetime.now(UTC)
    return path, gate.id


def test_the_page_says_what_is_waited_for_and_only_who_was_named_can_enter_it(
    office: Office,
) -> None:
    clerk, admin = office.browser("clerk"), office.browser("admin")
    path, gate = waiting(office, clerk)
    page = check_page(clerk.get(path)).get_text()
    assert "議決待ち" in page
    assert "登録できる人：佐藤 健" in page
    assert "登録して次へ進む" not in page
    assert "議決待ち" in clerk.get("/envelopes").text
    data = {
        "nonce": "n1",
        "gate": str(gate),
        "resolution": "議案第12号",
        "resolved_on": "2026-11-20",
    }
    clerk.post(f"{path}/gate", data=data)
    assert office.count(Act) == 0
    office.gateway.answer = ActAnswer(accepted=True)
    assert "登録して次へ進む" in check_page(admin.get(path)).get_text()
    admin.post(f"{path}/gate", data=data)
    with office.database.reading() as session:
        act = session.query(Act).one()
    assert act.kind == "open_gate"
    assert act.evidence["resolution_number"] == "議案第12号"
    assert act.evidence["resolution_date"] == "2026-11-20"
    assert act.evidence["stage_id"] == str(gate)
    assert "登録しました" in admin.get(path).text


def test_a_resolution_without_number_or_of_a_day_to_come_is_not_taken(office: Office) -> None:
    admin = office.browser("admin")
    path, gate = waiting(office, office.browser("clerk"))
    good = {
        "nonce": "n1",
        "gate": str(gate),
        "resolution": "議案第12号",
        "resolved_on": "2026-11-20",
    }
    for change, told in (
        ({"resolution": " "}, "番号を"),
        ({"resolved_on": "昨日"}, "日付を入力"),
        ({"resolved_on": "2999-01-01"}, "先の日"),
    ):
        assert told in admin.post(f"{path}/gate", data=good | change).text
    assert office.count(Act) == 0


def test_a_closed_gate_stands_in_what_waits_for_who_may_open_it(office: Office) -> None:
    clerk, admin = office.browser("clerk"), office.browser("admin")
    path, _ = waiting(office, clerk)
    page = check_page(admin.get("/waiting?show=gate"))
    [row] = page.select("table.stacking tbody tr")
    assert "「議決」を待っています" in row.get_text()
    assert row.find("input") is None
    [link] = row.select("a")
    assert link["href"] == f"{path}#gate-heading"
    assert check_page(admin.get(path)).find(id="gate-heading")
    everything = check_page(admin.get("/waiting"))
    assert "登録できる封筒も並びます" in everything.get_text()
    count = everything.select_one("nav .count")
    assert count is not None
    assert count.get_text().startswith("1")
    assert "条件待ち" not in check_page(clerk.get("/waiting")).get_text()


def test_an_operator_sees_that_a_gate_waits_and_not_for_what(office: Office) -> None:
    waiting(office, office.browser("clerk"))
    page = office.browser("operator").get("/ops").text
    assert "議決などの登録待ち" in page
    assert "佐藤" not in BeautifulSoup(page, "html5lib").find("main").get_text()  # type: ignore[union-attr]


def test_a_recipient_is_given_what_was_ticked(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF), ("仕様書.pdf", PDF + b"%"))
    office.accept_documents()
    page = BeautifulSoup(browser.get(path).text, "html5lib")
    box = page.select_one('input[name^="people-0-document-"]')
    assert box is not None
    name = str(box["name"])
    typed = form(
        action="confirm",
        **{"people-0-kind": "recipient", name: "1"},
    )
    browser.post(f"{path}/draft", data=typed)
    again = BeautifulSoup(browser.get(path).text, "html5lib")
    ticked = [str(tag["name"]) for tag in again.select('input[type="checkbox"][checked]')]
    assert ticked == [name]
    assert "契約書" in check_page(browser.get(f"{path}/confirm")).get_text()
    send(browser, path)
    with office.database.reading() as session:
        row = session.query(ParticipantDocument).one()
        assert session.get_one(Participant, row.participant_id).kind == "recipient"
        assert name.endswith(str(row.document_id))
