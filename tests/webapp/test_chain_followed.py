"""A draft follows its chain: newer versions are used and told, a stopped one is never let go in
silence. Every form is posted as its page renders it."""

from uuid import UUID

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from storage.tables import Chain, Envelope
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office, form, send
from tests.webapp.test_chain_conditions import (
    NAME,
    chain,
    head,
    names,
    page_of,
    ready,
    save,
    typed_chain,
)
from tests.webapp.test_templates import drafted, saved, used

__all__ = ["chain", "head"]
pytestmark = pytest.mark.usefixtures("without_token")


def as_rendered(page: BeautifulSoup) -> MultiDict[str, str]:
    """What a browser would post of a draft's form, without a button."""
    found: MultiDict[str, str] = MultiDict()
    whole = page.select_one("form#draft")
    assert whole is not None
    for one in whole.select("input[name], select[name], textarea[name]"):
        if one.get("type") in {"checkbox", "radio"} and not one.has_attr("checked"):
            continue
        if one.get("type") != "file":
            found.add(str(one["name"]), _value(one))
    return found


def _value(one: Tag) -> str:
    if one.name == "textarea":
        return one.get_text().removeprefix("\n")
    if one.name != "select":
        return str(one.get("value", ""))
    chosen = one.select_one("option[selected]") or one.select_one("option")
    return str(chosen["value"]) if chosen else ""


def press(clerk: FlaskClient, path: str, action: str) -> str:
    """The rendered form with a button of it, and where that leads."""
    typed = as_rendered(page_of(clerk, path))
    typed["action"] = action
    answer = clerk.post(f"{path}/draft", data=typed)
    assert answer.status_code in {200, 303}, answer.text
    return str(answer.location)


def kept(office: Office) -> str:
    with office.database.reading() as session:
        return str(session.query(Envelope).one().draft["chain_id"])


def newer(office: Office, head: UUID, chain: str) -> str:
    """The next version asks the head whatever the amount is."""
    typed = typed_chain(office, head, **{"stages-1-least": ""})
    assert office.browser("admin").post(f"/admin/chains/{chain}", data=typed).status_code == 303
    with office.database.reading() as session:
        return str(session.query(Chain).filter_by(version=2).one().id)


@pytest.mark.parametrize("button", ["confirm", "save", "autosave"])
def test_a_draft_takes_the_next_version_of_its_chain(
    office: Office, head: UUID, chain: str, button: str
) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="5")
    second = newer(office, head, chain)
    assert "今の第2版で依頼します" in page_of(clerk, path).get_text()
    press(clerk, path, button)
    assert kept(office) == second
    assert "今の第2版で依頼します" not in page_of(clerk, path).get_text()
    assert press(clerk, path, "confirm") == f"{path}/confirm"
    assert send(clerk, path).status_code == 303
    assert "部長 次郎" in names(office)
    with office.database.reading() as session:
        assert str(session.query(Envelope).one().chain_id) == second


def test_a_form_that_was_open_meanwhile_shows_the_new_version_before_the_summary(
    office: Office, head: UUID, chain: str
) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="5")
    newer(office, head, chain)
    assert save(clerk, path, "confirm", chain_id=chain, amount="5") == f"{path}#chain-route"
    assert clerk.get(f"{path}/confirm").location == f"{path}#chain-route"
    picture = clerk.post(f"{path}/route", data={"chain_id": chain, "amount": "5"})
    assert "今の第2版で依頼します" in picture.text


@pytest.mark.parametrize("button", ["confirm", "save", "autosave"])
def test_a_stopped_chain_stays_chosen_until_the_clerk_chooses(
    office: Office, chain: str, button: str
) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="5")
    office.browser("admin").post(f"/admin/chains/{chain}/stop")
    page = page_of(clerk, path)
    option = page.select_one("#chain_id option[selected]")
    assert option is not None
    assert option.get_text(strip=True) == "金額で変わるルート（停止中）"
    error = page.select_one("#chain_id-error")
    assert error is not None
    assert "使えなくなりました" in error.get_text()
    press(clerk, path, button)
    assert kept(office) == chain
    assert press(clerk, path, "confirm") == f"{path}?check=1"
    assert clerk.get(f"{path}/confirm").location == f"{path}?check=1"
    assert names(office) == []
    assert save(clerk, path, "confirm", chain_id="", amount="5") == f"{path}/confirm"


def test_it_stays_where_no_other_chain_is_offered_and_where_nobody_knows_it(
    office: Office, chain: str
) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="5")
    with office.database.transaction() as session:
        session.query(Chain).update({Chain.active: False})
    press(clerk, path, "autosave")
    assert kept(office) == chain
    for unknown in (str(UUID(int=7)), "none-of-ours"):
        clerk.post(f"{path}/draft", data=form(action="save", chain_id=unknown))
        press(clerk, path, "save")
        assert kept(office) == unknown
        assert press(clerk, path, "confirm") == f"{path}?check=1"


def test_a_newer_version_that_names_somebody_who_left_is_said_and_stays(
    office: Office, head: UUID, chain: str
) -> None:
    clerk = office.browser("clerk")
    path = ready(office, clerk, chain_id=chain, amount="5000000")
    second = newer(office, head, chain)
    with office.database.transaction() as session:
        session.get_one(type(office.members["clerk"]), head).active = False
    page = page_of(clerk, path)
    assert page.select_one("#chain_id-error") is not None
    assert "停止中" not in page.get_text()
    press(clerk, path, "autosave")
    assert kept(office) == second


def test_a_renamed_chain_is_followed_and_what_was_sent_keeps_its_name(
    office: Office, head: UUID, chain: str
) -> None:
    admin, clerk = office.browser("admin"), office.browser("clerk")
    template = saved(office, clerk, drafted(office, clerk, chain_id=chain, amount="5"))
    sent = ready(office, clerk, chain_id=chain, amount="5")
    send(clerk, sent)
    path = ready(office, clerk, chain_id=chain, amount="5")
    taken = admin.post(
        f"/admin/chains/{chain}", data=typed_chain(office, head, name="契約課の標準ルート")
    )
    assert taken.status_code == 409
    assert checked(taken).select_one(".error-summary a[href='#name']") is not None
    renamed = typed_chain(office, head, name="工事の承認")
    assert admin.post(f"/admin/chains/{chain}", data=renamed).status_code == 303
    assert "工事の承認" in checked(admin.get("/admin/chains")).get_text()
    assert NAME not in checked(admin.get("/admin/chains")).get_text()
    for page in (page_of(clerk, path), page_of(clerk, used(clerk, template))):
        option = page.select_one("#chain_id option[selected]")
        assert option is not None
        assert option.get_text(strip=True) == "工事の承認"
    press(clerk, path, "save")
    assert press(clerk, path, "confirm") == f"{path}/confirm"
    assert NAME in checked(clerk.get(sent)).get_text()
    assert "承認ルートの名前を変更" in checked(admin.get("/admin/log")).get_text()
    # A form that was opened before the renaming is shown beside it, and renames nothing back.
    answer = admin.post(f"/admin/chains/{chain}", data=typed_chain(office, head))
    assert answer.status_code == 409
    with office.database.reading() as session:
        rows = session.query(Chain).filter_by(name="工事の承認").order_by(Chain.version)
        assert [row.version for row in rows] == [1, 2]


def test_a_draft_from_a_template_keeps_a_stopped_chain_and_so_does_what_is_saved_of_it(
    office: Office, head: UUID, chain: str
) -> None:
    clerk = office.browser("clerk")
    path = drafted(office, clerk, chain_id=chain, amount="5")
    template = saved(office, clerk, path)
    second = newer(office, head, chain)
    office.browser("admin").post(f"/admin/chains/{second}/stop")
    copy = used(clerk, template)
    assert page_of(clerk, copy).select_one("#chain_id-error") is not None
    assert press(clerk, copy, "template") == f"{copy}/template"
    assert page_of(clerk, copy).select_one("#chain_id option[selected]")["value"] == chain  # type: ignore[index]
    office.browser("admin").post(f"/admin/chains/{second}/offer")
    again = used(clerk, template)
    assert page_of(clerk, again).select_one("#chain_id option[selected]")["value"] == second  # type: ignore[index]
