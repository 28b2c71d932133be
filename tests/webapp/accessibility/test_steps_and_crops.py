"""axe-core finds nothing on the steps of a draft, whatever is missing, nor where a seal is cropped,
with its frame and with numbers that are wrong."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from storage.desks import StoredStampDesk
from storage.tables import OfficialSeal
from tests.webapp.accessibility.eyes import AXE, DESK, PHONE, faults_on
from tests.webapp.served import browsing
from tests.webapp.stack import (
    HOST,
    PASSWORD,
    PDF,
    Office,
    build_office,
    form,
    sqlite_in,
    upload,
)

pytestmark = [pytest.mark.local_sockets, pytest.mark.timeout(600)]

LANGUAGES = ("ja", "en")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built = build_office(tmp_path, sqlite_in(tmp_path))
    yield built
    built.database.close()


def logged_in(browser: Browser, who: str, language: str) -> Page:
    """Whoever reads this language, with the library that looks for barriers."""
    context = browser.new_context(locale=language, bypass_csp=True)
    context.add_init_script(path=AXE)
    page = context.new_page()
    page.goto(f"{HOST}/login")
    page.locator("#mail").fill(f"{who}@city.example")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("#password")).to_have_count(0)
    return page


def faults(page: Page, where: str) -> list[str]:
    """Of a page that is open, at both widths; also what stands out of it."""
    found = []
    for width in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": 844})
        found += [f"{where}, {width} px: {fault}" for fault in faults_on(page)]
        if page.evaluate("document.scrollingElement.scrollWidth") > width:
            found.append(f"{where}, {width} px: it is wider")
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_steps_of_a_draft(office: Office, language: str) -> None:
    client, found = office.browser("clerk"), []
    path = office.draft(client)
    with browsing(office.app) as browser:
        page = logged_in(browser, "clerk", language)
        for where in (path, f"{path}?check=1"):  # everything is missing
            page.goto(f"{HOST}{where}")
            found += faults(page, f"empty {where}")
        upload(client, path, ("契約書.pdf", PDF))
        office.accept_documents()
        client.post(f"{path}/draft", data=form(action="save", title=""))  # one step is missing
        for where in (path, f"{path}/fields"):
            page.goto(f"{HOST}{where}")
            found += faults(page, f"without a title {where}")
        client.post(f"{path}/draft", data=form(action="save"))
        for where in ("", "/fields", "/confirm", "/preview"):
            page.goto(f"{HOST}{path}{where}")
            expect(page.locator("#draft-steps [aria-current=step]")).to_have_count(1)
            found += faults(page, f"complete {where}")
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_a_seal_is_cropped(office: Office, language: str, tmp_path: Path) -> None:
    found, picture, photograph = [], BytesIO(), tmp_path / "seal.png"
    Image.new("RGBA", (300, 200), (190, 30, 45, 255)).save(picture, "PNG")
    photograph.write_bytes(picture.getvalue())
    with browsing(office.app) as browser:
        page = logged_in(browser, "admin", language)
        for where, file in (("/account/seal", "#seal-file"), ("/admin/seals", "#stamp")):
            page.goto(f"{HOST}{where}")
            page.locator(file).set_input_files(photograph)
            expect(page.locator("#crop .crop-frame")).to_be_visible()
            found += faults(page, where)
            for side in ("left", "right"):  # more than there is
                page.locator(f"#crop_{side}").fill("60")
            with page.expect_navigation():
                page.locator("button[name=action][value=send]").click()
            expect(page.locator("#crop .field-error").first).to_be_visible()
            found += faults(page, f"{where}, wrong numbers")
        page.locator("#name").fill("市長印")
        page.locator("input[name=members]").last.check()
        page.locator("#seal-text").fill("結市之印")
        with page.expect_navigation():
            page.locator("button[name=action][value=make]").click()
        with office.database.reading() as session:
            seal = session.query(OfficialSeal).one().id
        StoredStampDesk(office.database, office.vault).accept(seal, picture.getvalue())
        page.locator("#crop-again summary").click()
        expect(page.locator("#again-crop .crop-frame")).to_be_visible()
        found += faults(page, "again")
        page.locator("#again-crop_left").fill("60")
        page.locator("#again-crop_right").fill("60")
        with page.expect_navigation():
            page.locator("#crop-again-do").click()
        found += faults(page, "again, wrong numbers")
    assert found == []
