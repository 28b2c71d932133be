"""ロゴ: sent by an administrator, seen by signers, and nobody else's to change."""

import io
from uuid import UUID, uuid4

import pytest
from werkzeug.datastructures import FileStorage

from storage.desks.stamps import StoredStampDesk
from storage.tables import Organisation, OrganisationLogo
from tests.webapp.pages import check_page
from tests.webapp.stack import PNG, Office, post_multipart

pytestmark = pytest.mark.usefixtures("without_token")


def send(office: Office, who: str = "admin") -> int:

    file = FileStorage(io.BytesIO(PNG), "logo.png", "logo")
    return post_multipart(office.browser(who), "/admin/logo", {"logo": file}).status_code


def cleaned(office: Office) -> UUID:
    with office.database.reading() as session:
        key = session.query(OrganisationLogo).one().id
    StoredStampDesk(office.database, office.vault).accept(key, PNG)
    return key


def test_a_logo_is_public_once_it_is_clean_and_gone_once_it_is_removed(office: Office) -> None:
    admin = office.browser("admin")
    check_page(admin.get("/admin/logo"))
    assert send(office) == 303
    assert "確認しています" in admin.get("/admin/logo").text
    key = cleaned(office)
    page = check_page(admin.get("/admin/logo"))
    picture = page.select_one("img.sender-logo")
    assert picture is not None
    with office.database.reading() as session:
        assert picture["alt"] == session.get_one(Organisation, office.organisation).name
    answer = office.browser().get(str(picture["src"]))
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", PNG)
    assert office.browser().get(f"/logo/{uuid4()}.png").status_code == 404
    assert admin.post("/admin/logo/remove").status_code == 303
    assert office.browser().get(f"/logo/{key}.png").status_code == 404


def test_nothing_sent_is_said_and_clerks_have_no_say(office: Office) -> None:
    answer = post_multipart(office.browser("admin"), "/admin/logo", {})
    assert answer.status_code == 422
    assert send(office, "clerk") == 403
    assert office.count(OrganisationLogo) == 0
