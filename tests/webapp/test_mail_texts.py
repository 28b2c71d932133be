"""メールの差出人と文面: what an administrator writes, sees as the real mail, and takes back."""

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.kinds import NoticeKind
from domain.mail_texts import TEXT_KINDS
from storage.tables import MailTextVersion
from tests.webapp.pages import check_page
from tests.webapp.stack import Office

pytestmark = pytest.mark.usefixtures("without_token")
PATH = "/admin/mails/withdrawn"


@pytest.fixture
def admin(office: Office) -> FlaskClient:
    return office.browser("admin")


def values(page: BeautifulSoup) -> dict[str, str]:
    fields = page.select("input[name], textarea[name]")
    return {str(one["name"]): str(one.get("value", one.get_text())).strip() for one in fields}


def test_words_are_kept_in_versions_and_taken_back(office: Office, admin: FlaskClient) -> None:
    check_page(admin.get("/admin/mails"))
    typed = {
        "seen": "0",
        "what": "save",
        "ja-subject": "{{封筒名}}の取り下げ",
        "ja-opening": "拝啓",
    }
    assert admin.post(PATH, data=typed).status_code == 303
    page = check_page(admin.get(PATH))
    assert values(page)["ja-opening"] == "拝啓"
    assert "組織の文面あり" in check_page(admin.get("/admin/mails")).get_text()
    assert admin.post(PATH, data={"seen": "1", "what": "reset"}).status_code == 303
    page = check_page(admin.get(PATH))
    assert values(page)["ja-opening"] == ""
    assert [one.get_text() for one in page.select("del")][:2] == ["{{封筒名}}の取り下げ", "拝啓"]
    with office.database.reading() as session:
        assert session.query(MailTextVersion).count() == 2
    assert "組織の設定を変更" in admin.get("/admin/log").text


def test_what_is_wrong_is_said_by_line_and_kept_as_typed(admin: FlaskClient) -> None:
    typed = {"ja-opening": "一\n<script>x</script>", "en-closing": "{{nobody}}", "what": "save"}
    answer = admin.post(PATH, data=typed)
    assert answer.status_code == 422
    page = check_page(answer)
    assert "2行目" in page.select_one("#ja-opening-error").get_text()  # type: ignore[union-attr]
    assert "1行目" in page.select_one("#en-closing-error").get_text()  # type: ignore[union-attr]
    assert "<script>x</script>" in values(page)["ja-opening"]
    huge = admin.post(PATH, data={"ja-opening": "あ" * 15_000, "what": "save"})
    assert huge.status_code == 422
    assert admin.post(PATH, data={"ja-opening": "あ" * 4_000_000}).status_code == 413


def test_who_was_slower_sees_what_the_other_wrote_and_keeps_what_he_typed(
    office: Office, admin: FlaskClient
) -> None:
    admin.post(PATH, data={"seen": "0", "what": "save", "ja-opening": "先の文"})
    answer = admin.post(PATH, data={"seen": "0", "what": "save", "ja-opening": "後の文"})
    assert answer.status_code == 409
    page = check_page(answer)
    assert "先の文" in page.select("#overtaken")[0].get_text()
    assert (values(page)["ja-opening"], values(page)["seen"]) == ("後の文", "1")
    again = admin.post(PATH, data={"seen": "1", "what": "save", "ja-opening": "後の文"})
    assert again.status_code == 303


@pytest.mark.parametrize("kind", TEXT_KINDS)
def test_the_preview_is_the_real_mail_and_keeps_nothing(
    office: Office, admin: FlaskClient, kind: NoticeKind
) -> None:
    typed = {
        "what": "preview",
        "ja-opening": "{{組織名}}です。",
        "en-opening": "From {{organisation}}.",
    }
    page = check_page(admin.post(f"/admin/mails/{kind.value}", data=typed))
    japanese, english = (one.get_text() for one in page.select("pre"))
    assert "確認のことば" in japanese
    assert "From " in english
    assert "{{" not in japanese + english
    html = admin.post(f"/admin/mails/{kind.value}/html", data=typed | {"language": "ja"})
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert "5050000111" in html.text
    with office.database.reading() as session:
        assert session.query(MailTextVersion).count() == 0


def test_the_sender_is_a_name_and_no_address(office: Office, admin: FlaskClient) -> None:
    wrong = admin.post("/admin/mails", data={"name": "mayor@city.example", "reply_to": "x"})
    assert wrong.status_code == 422
    assert {"name", "reply_to"} == {
        str(one["id"]).removesuffix("-error") for one in check_page(wrong).select(".field-error")
    }
    typed = {"seen": "0", "name": "結市 契約課", "reply_to": "bid@city.example"}
    assert admin.post("/admin/mails", data=typed).status_code == 303
    shown = check_page(admin.get("/admin/mails"))
    assert values(shown)["name"] == "結市 契約課"
    assert "結市 契約課" in check_page(admin.post(PATH, data={"what": "preview"})).get_text()
    assert admin.post("/admin/mails", data=typed | {"name": "別"}).status_code == 409
    assert admin.get("/admin/mails/bounced").status_code == 404
    assert office.browser("neighbour").get("/admin/mails").status_code in {200, 403}
