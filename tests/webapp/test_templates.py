"""Templates as members see them: saved from a draft, used, changed, and hidden from others."""

from urllib.parse import quote
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from storage.tables import Department, Envelope, Member, OperationEntry, Template, TemplateFile
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, send, upload

pytestmark = pytest.mark.usefixtures("without_token")


def drafted(office: Office, browser: FlaskClient, **changes: str) -> str:
    """A draft with one checked document."""
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    browser.post(f"{path}/draft", data=form(action="save", **changes))
    return path


def key_of(office: Office, path: str, number: int = 0) -> str:
    with office.database.reading() as session:
        row = session.get_one(Envelope, UUID(path.rpartition("/")[2]))
        return str(row.draft["people"][number]["key"])


def saved(office: Office, browser: FlaskClient, path: str, **typed: str) -> str:
    """The template's page. Its first person is left open."""
    key = key_of(office, path)
    whole = {
        "into": "new", "name": "清掃（年間）", "share": "organisation", f"open-{key}": "1",
        f"place-{key}": "受注者",
    }  # fmt: skip
    answer = browser.post(f"{path}/template", data=whole | typed)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def used(browser: FlaskClient, template: str) -> str:
    """A draft from it."""
    answer = browser.post(f"{template}/draft", data={})
    assert answer.status_code == 303
    return str(answer.location)


def value(page: BeautifulSoup, name: str) -> str:
    tag = page.find(id=name)
    assert tag is not None, name
    return tag.get_text() if tag.name == "textarea" else str(tag["value"])


def texts(answer: TestResponse) -> str:
    return " ".join(check_page(answer).get_text(" ").split())


def test_a_draft_becomes_a_template_and_a_template_a_filled_draft(
    office: Office, clerk: FlaskClient
) -> None:
    title = "{{受注者.会社名}} 清掃業務委託契約書"
    path = drafted(
        office, clerk, title=title, **{"people-0-withcode": "1", "people-0-code": "kumo-7291"}
    )
    answer = clerk.post(f"{path}/draft", data=form(action="template", title=title))
    assert answer.location == f"{path}/template"
    page = check_page(clerk.get(f"{path}/template"))
    assert "山田 太郎" in page.get_text()
    template = saved(office, clerk, path, description="年間契約のとき")
    shown = texts(clerk.get(template))
    for said in ("清掃（年間）", "第1版", "受注者：送信時に入力", "鈴木 一郎", title, "年間契約"):
        assert said in shown
    assert "山田" not in shown
    # The draft stays, and its people sit in the template's places: the same title is sent from it.
    assert "株式会社山田組 清掃業務委託契約書" in clerk.get(f"{path}/confirm").text
    page = check_page(clerk.get(f"{path}/template"))
    assert value(page, f"place-{key_of(office, path)}") == "受注者"
    assert value(page, "name") == "清掃業務委託契約書"
    new = used(clerk, template)
    page = check_page(clerk.get(new))
    assert value(page, "title") == title
    assert (value(page, "people-0-name"), value(page, "people-1-name")) == ("", "鈴木 一郎")
    assert "1人目（受注者）" in page.get_text()
    assert "清掃（年間）" in page.get_text()
    office.accept_documents()
    rest = {
        "people-0-key": key_of(office, new), "people-1-key": key_of(office, new, 1),
        "people-0-name": "佐藤", "people-0-mail": "sato@sato.example",
        "people-0-company": "佐藤工業", "people-0-hadcode": "1", "people-0-withcode": "1",
    }  # fmt: skip
    # The code is asked for, and was not copied.
    answer = clerk.post(f"{new}/draft", data=form(action="confirm", title=title, **rest))
    assert answer.location == f"{new}?check=1"
    assert "アクセスコードを入力してください。" in clerk.get(str(answer.location)).text
    clerk.post(
        f"{new}/draft",
        data=form(action="save", title=title, **rest, **{"people-0-code": "kaze-3806"}),
    )
    assert "佐藤工業 清掃業務委託契約書" in clerk.get(f"{new}/confirm").text
    assert send(clerk, new).status_code == 303
    shown = texts(clerk.get(new))
    assert "佐藤工業 清掃業務委託契約書" in shown
    assert "清掃（年間） 第1版" in shown
    assert "1通" in texts(clerk.get("/templates"))


def test_a_merge_field_that_means_nothing_is_refused_where_it_is_saved_and_sent(
    office: Office, clerk: FlaskClient
) -> None:
    path = drafted(office, clerk, title="{{7*7}} {% if x %} 契約書", message="{{受注者.会社名}}")
    answer = clerk.post(f"{path}/template", data={"into": "new", "name": "n", "share": "member"})
    assert answer.status_code == 422
    page = check_page(answer)
    summary = page.find(id="error-summary")
    assert summary is not None
    assert {str(link["href"]) for link in summary.find_all("a")} == {"#title", "#message"}
    assert "{{7*7}} は差し込みに使えません" in summary.get_text()
    assert "49" not in page.get_text()
    assert office.count(Template) == 0
    answer = clerk.post(f"{path}/draft", data=form(action="confirm", title="{{7*7}}"))
    assert answer.location == f"{path}?check=1"
    assert "{{7*7}} は差し込みに使えません" in clerk.get(str(answer.location)).text
    # what is no merge field is a text like any other
    clerk.post(f"{path}/draft", data=form(action="save", title="{% if x %} 契約書"))
    assert send(clerk, path).status_code == 303
    assert "{% if x %} 契約書" in clerk.get(path).text


def test_a_change_that_somebody_overtook_is_shown_and_loses_nothing(
    office: Office, clerk: FlaskClient
) -> None:
    path = drafted(office, clerk)
    template = saved(office, clerk, path)
    mine, theirs = used(clerk, template), used(clerk, template)
    admin = office.browser("admin")
    office.accept_documents()
    for client, draft, message in ((clerk, mine, "私の文"), (admin, theirs, "相手の文")):
        keys = {f"people-{n}-key": key_of(office, draft, n) for n in (0, 1)}
        typed = form(
            action="save", message=message, **keys, **{"people-0-name": "", "people-0-mail": ""}
        )
        assert client.post(f"{draft}/draft", data=typed).status_code == 303
    page = check_page(clerk.get(f"{mine}/template"))
    begun = {"into": "update", "seen": "1", "reason": "私の理由"}
    places = {f"place-{key_of(office, mine)}": "受注者", f"open-{key_of(office, mine)}": "1"}
    assert page.select_one("#into-update[checked]")
    for reason, status in (("", 422), ("単価", 303)):
        answer = admin.post(f"{theirs}/template", data=begun | places | {"reason": reason})
        assert answer.status_code == status
    answer = clerk.post(f"{mine}/template", data=begun | places)
    assert answer.status_code == 409
    page = check_page(answer)
    assert value(page, "reason") == "私の理由"
    shown = page.get_text()
    assert "ほかの人が先に新しい版を作りました" in shown
    table = page.select_one("table.template-both")
    assert table is not None
    cells = table.select("tbody tr")[0].find_all(["th", "td"])
    assert [cell.get_text(strip=True) for cell in cells] == ["メッセージ", "相手の文", "私の文"]
    assert "単価" in shown
    # Opened anew, nothing is chosen for him.
    page = check_page(clerk.get(f"{mine}/template"))
    assert not page.select("#into input[checked]")
    knowing = begun | places | {"seen": "2"}
    assert clerk.post(f"{mine}/template", data=knowing).status_code == 303
    old = texts(clerk.get(f"{template}/versions/2"))
    assert "相手の文" in old
    assert "前の版" in old
    now = texts(clerk.get(template))
    assert "私の文" in now
    assert "私の理由" in now
    # the same draft, unchanged, makes no further version
    again = clerk.post(f"{mine}/template", data=knowing | {"seen": "3"}, follow_redirects=True)
    assert "ひな形は変わっていません" in again.text


def test_name_and_sharing_are_changed_with_a_reason_and_retired_ones_make_no_draft(
    office: Office, clerk: FlaskClient
) -> None:
    template = saved(office, clerk, drafted(office, clerk))
    typed = {"name": "清掃", "description": "", "share": "member", "seen": "1"}
    answer = clerk.post(template, data=typed)
    assert answer.status_code == 422
    assert value(check_page(answer), "name") == "清掃"
    assert clerk.post(template, data=typed | {"reason": "短く"}).status_code == 303
    answer = clerk.post(template, data=typed | {"name": "別名", "reason": "遅い"})
    assert answer.status_code == 409
    page = check_page(answer)
    assert (value(page, "name"), value(page, "reason")) == ("別名", "遅い")
    assert "ほかの人が先に変更しました" in page.get_text()
    for path, data in (("retire", {}), ("retire", {"seen": "1"})):
        answer = clerk.post(f"{template}/{path}", data=data, follow_redirects=True)
        assert "ほかの人がこのひな形を変更しました" in answer.text
    clerk.post(f"{template}/retire", data={"seen": "2"})
    assert "清掃" not in check_page(clerk.get("/templates")).get_text()
    assert "清掃" in texts(clerk.get("/templates?standing=retired"))
    drafts = office.count(Envelope)
    assert clerk.post(f"{template}/draft", data={}).location == template
    assert office.count(Envelope) == drafts
    clerk.post(f"{template}/restore", data={"seen": "3"})
    used(clerk, template)


def test_another_departments_template_does_not_exist(office: Office, clerk: FlaskClient) -> None:
    with office.database.transaction() as session:
        for name in ("clerk", "admin"):
            city = office.members[name].organisation_id
            row = Department(
                organisation_id=city,
                code=name,
                name=f"{name}課",
                created_at=office.members[name].created_at,
            )
            session.add(row)
            session.flush()
            session.get_one(Member, office.members[name].id).department_id = row.id
    path = drafted(office, clerk)
    template = saved(office, clerk, path, share="department")
    with office.database.reading() as session:
        file = session.query(TemplateFile).one()
    admin = office.browser("admin")
    assert "clerk課" in texts(clerk.get("/templates"))
    assert "清掃" not in admin.get("/templates").text
    for method, url in (
        ("GET", template), ("GET", f"{template}/versions/1"),
        ("GET", f"{template}/files/{file.id}"),
        ("POST", template), ("POST", f"{template}/retire"), ("POST", f"{template}/draft"),
    ):  # fmt: skip
        data = {"seen": "1"} if method == "POST" else None
        assert admin.open(url, method=method, data=data).status_code == 404
    # The draft is everybody's; the template's name is not.
    page = admin.get(path).text
    assert "清掃（年間）" not in page
    assert "あなたに共有されていないひな形" in page
    assert clerk.get(f"{template}/files/{file.id}").data == PDF


@pytest.mark.parametrize("query", ["", "?q=清掃&sort=name&share=organisation&page=7"])
def test_the_list_says_what_it_is_narrowed_to_and_the_log_who_looked(
    office: Office, clerk: FlaskClient, query: str
) -> None:
    assert "ひな形はまだありません" in texts(clerk.get("/templates"))
    template = saved(office, clerk, drafted(office, clerk))
    page = check_page(clerk.get(f"/templates{quote(query, safe='?&=')}"))
    assert "清掃（年間）" in page.get_text()
    assert "条件に合うひな形はありません" in texts(clerk.get("/templates?q=nothing"))
    clerk.get(template)
    with office.database.reading() as session:
        tags = {row.tag for row in session.query(OperationEntry)}
    assert {"template:saved", "template:viewed", "templates:searched"} <= tags
    log = office.browser("admin").get("/admin/log?what=templates")
    assert "清掃（年間）" in texts(log)
