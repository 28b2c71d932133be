"""A certificate and a photograph, asked for by the clerk, attached on a phone in both languages and
without scripts, signed for, and found again in the ZIP with a hash that the record proves."""

import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pikepdf
import pytest
from PIL import Image
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.chromium import chromium as start_chromium
from tests.e2e.pages import DESK, PHONE, SLOW, fits, log_in, new_draft
from tests.e2e.processes import kill, wait_until_up
from tests.files.generate import contract as any_pdf
from tests.webapp.accessibility.eyes import AXE, RULES

BUTTONS = {
    "ja": {
        "open": "文書を確認する",
        "begin": "署名をはじめる",
        "finish": "完了する",
        "send": "ファイルを送る",
        "save": "保存する",
        "act": "署名手続きを完了する",
        "download": "ダウンロード",
        "zip": "すべてまとめてダウンロード（ZIP）",
        "heic": "互換性優先",
        "removed": "撮影場所は取り除きました",
    },
    "en": {
        "open": "Review documents",
        "begin": "Start signing",
        "finish": "Finish",
        "send": "Send the file",
        "save": "Save",
        "act": "Sign now",
        "download": "Download",
        "zip": "Download all (ZIP)",
        "heic": "Most Compatible",
        "removed": "has been removed",
    },
}


@pytest.fixture
def chromium() -> Iterator[Chromium]:
    with start_chromium() as browser:
        yield browser


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """What lies on the signer's phone."""
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 41.0, 22.0), 3: "E", 4: (139.0, 41.0, 30.0)})
    picture = BytesIO()
    Image.effect_noise((1200, 900), 60).convert("RGB").save(picture, "JPEG", exif=exif)
    found = {
        "certificate": ("印鑑証明書.pdf", any_pdf()),
        "other": ("印鑑証明書（差替）.pdf", any_pdf() + b"\n% newer\n"),
        "photo": ("IMG_0001.JPG", picture.getvalue()),
        "heic": ("IMG_0002.HEIC", b"\x00\x00\x00\x18ftypheic" + bytes(2_000)),
    }
    folder = tmp_path / "phone"
    folder.mkdir()
    for name, data in found.values():
        (folder / name).write_bytes(data)
    return {key: folder / name for key, (name, _) in found.items()}


@pytest.mark.parametrize(
    ("language", "scripts"), [("ja", True), pytest.param("en", False, marks=pytest.mark.thorough)]
)
def test_files_that_a_vendor_attaches_reach_the_archive(
    stack: Stack,
    mailbox: Mailbox,
    chromium: Chromium,
    tmp_path: Path,
    files: dict[str, Path],
    language: str,
    scripts: bool,
) -> None:
    clerk = chromium.new_context(locale="ja-JP", viewport=DESK).new_page()
    phone = chromium.new_context(
        viewport=PHONE,
        locale="ja-JP" if language == "ja" else "en-GB",
        accept_downloads=True,
        java_script_enabled=scripts,
    ).new_page()
    for page in (clerk, phone):
        page.set_default_timeout(20_000)
    (sample,) = write_samples(tmp_path, 1)
    mail = f"attaching.{language}.{scripts}@selftest.example".lower()
    words = BUTTONS[language]

    _send(stack, clerk, sample, mail, language, tmp_path)
    _, link = mailbox.wait_for(mail, "/l/", Patience(60))
    attach = _attach if scripts else _attach_plainly
    _begin(phone, link, words)
    attach(phone, files, words, tmp_path)
    _sign(phone, words, tmp_path, scripts=scripts)
    _, link = mailbox.wait_for(mail, "/d/", Patience(120))
    if scripts:
        expect(clerk.locator("#attachments")).to_contain_text(
            "印鑑証明書（差替）.pdf", timeout=SLOW
        )
        clerk.screenshot(path=tmp_path / f"envelope-{language}.png", full_page=True)
    archive = _download(phone, link, words, tmp_path)
    _judge(stack, archive, files, tmp_path / "out")


def _send(stack: Stack, page: Page, sample: Path, mail: str, language: str, folder: Path) -> None:
    log_in(stack, page)
    new_draft(page, sample)
    page.get_by_label("氏名").fill("青山 一郎")
    page.locator("#people-0-mail").fill(mail)
    page.get_by_label("会社名・団体名または部署").fill("株式会社青山建設")
    page.locator("#people-0-language").select_option(language)
    page.get_by_role("textbox", name="封筒名").fill("工事請負契約書")
    page.get_by_role("button", name="入力欄を置く").click()
    certificate = _add(page, 1, "attachment", "印鑑証明書")
    certificate.locator("details.geometry").evaluate("part => { part.open = true; }")
    certificate.locator("input[name$='-y']").fill("200")
    certificate.locator("details.rules").evaluate("part => { part.open = true; }")
    certificate.locator("input[name$='-guide']").fill("3か月以内に発行されたもの")
    photo = _add(page, 2, "attachment", "免許証の写真")
    photo.locator("select[name$='-accepts']").select_option("image")
    photo.locator("input[name$='-listed']").check()
    expect(photo.locator("details.geometry")).to_be_hidden()
    page.screenshot(path=folder / f"placing-{language}.png", full_page=True)
    page.get_by_role("button", name="下書きに戻る").click()
    expect(page.get_by_role("main")).to_contain_text("置いた入力欄：2個")
    page.get_by_role("button", name="内容を確認する").click()
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def _add(page: Page, number: int, kind: str, label: str) -> Locator:
    page.locator("#new-kind").select_option(kind)
    page.locator("#add").click()
    rows = page.locator("#rows > li")
    expect(rows).to_have_count(number, timeout=SLOW)
    row = rows.nth(number - 1)
    row.locator("input[name$='-label']").fill(label)
    return row


def _begin(page: Page, link: str, words: dict[str, str]) -> None:
    page.goto(link)
    page.get_by_role("button", name=words["open"]).click()
    page.wait_for_url("**/sign/**")
    page.get_by_role("link", name=words["begin"]).click()
    expect(page.locator("#required-count")).to_have_text("3")


def _field(page: Page, label: str) -> Locator:
    return page.locator(".attach").filter(has_text=label)


def _attach(page: Page, files: dict[str, Path], words: dict[str, str], folder: Path) -> None:
    """Chosen and sent at once; what is refused is told, what is better takes the place."""
    certificate, photo = _field(page, "印鑑証明書"), _field(page, "免許証の写真")
    certificate.locator("input[type=file]").set_input_files(files["heic"])
    expect(certificate).to_contain_text(words["heic"], timeout=SLOW)
    expect(page.locator("#done-count")).to_have_text("0")
    page.screenshot(path=folder / "refused.png", full_page=True)
    certificate.locator("input[type=file]").set_input_files(files["certificate"])
    expect(certificate.locator(".attached-name")).to_have_text("印鑑証明書.pdf", timeout=SLOW)
    expect(page.locator("#done-count")).to_have_text("1")
    photo.locator("input[type=file]").set_input_files(files["photo"])
    expect(photo).to_contain_text(words["removed"], timeout=SLOW)
    certificate.locator("input[type=file]").set_input_files(files["other"])
    expect(certificate.locator(".attached-name")).to_have_text(files["other"].name, timeout=SLOW)
    expect(certificate.locator(".progress")).to_be_empty()
    page.reload()
    expect(_field(page, "印鑑証明書")).to_contain_text(files["other"].name)
    photo = _field(page, "免許証の写真")
    photo.get_by_role("button").filter(has_text="免許証の写真").last.click()
    expect(photo.locator(".attached-name")).to_have_count(0, timeout=SLOW)
    expect(page.locator("#done-count")).to_have_text("2")  # with the document, which was read
    photo.locator("input[type=file]").set_input_files(files["photo"])
    expect(photo).to_contain_text(words["removed"], timeout=SLOW)
    fits(page)
    _sound(page, folder, "attached")
    page.locator("[data-item]").first.click()
    expect(page.locator("#done-count")).to_have_text("3", timeout=SLOW)


def _attach_plainly(page: Page, files: dict[str, Path], words: dict[str, str], _: Path) -> None:
    """A form, and a button that sends it: twice, since the check takes a second."""
    for label, key in (("印鑑証明書", "certificate"), ("免許証の写真", "photo")):
        field = _field(page, label)
        field.locator("input[type=file]").set_input_files(files[key])
        field.get_by_role("button", name=words["send"]).click()
        _until(page, label, words)
    field = _field(page, "印鑑証明書")
    field.locator("input[type=file]").set_input_files(files["other"])
    page.get_by_role("button", name=words["save"], exact=True).last.click()
    _until(page, "差替", words)


def _until(page: Page, text: str, words: dict[str, str]) -> None:
    for _ in range(60):
        field = page.locator(".attach").filter(has_text=text).locator(".attached-name")
        if field.count() and (text != "差替" or text in field.inner_text()):
            return
        page.wait_for_timeout(500)
        page.get_by_role("button", name=words["save"], exact=True).last.click()
    pytest.fail(f"{text} was not checked")


def _sign(page: Page, words: dict[str, str], folder: Path, *, scripts: bool) -> None:
    page.get_by_role("button", name=words["finish"], exact=True).click()
    expect(page.locator("#values")).to_contain_text("印鑑証明書（差替）.pdf")
    expect(page.locator("#values")).to_contain_text("SHA-256")
    fits(page)
    page.screenshot(path=folder / "confirm.png", full_page=True)
    page.get_by_role("button", name=words["act"]).click()
    page.wait_for_url("**/done", timeout=SLOW)
    if scripts:
        page.go_back()


def _download(page: Page, link: str, words: dict[str, str], folder: Path) -> Path:
    page.goto(link)
    page.get_by_role("button", name=words["download"], exact=True).click()
    expect(page.locator("#attachments")).to_contain_text("IMG_0001.JPG")
    fits(page)
    page.screenshot(path=folder / "download.png", full_page=True)
    with page.expect_download() as started:
        page.get_by_role("link", name=words["zip"]).click()
    target = folder / "all.zip"
    started.value.save_as(target)
    return target


def _judge(stack: Stack, archive: Path, files: dict[str, Path], folder: Path) -> None:
    """Files by person; the PDF as it was sent, the photo without its place; all proven."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    attached = sorted(file.name for file in (folder / "添付" / "1 青山 一郎").iterdir())
    assert attached == sorted(["IMG_0001.JPG", files["other"].name])
    kept = folder / "添付" / "1 青山 一郎" / files["other"].name
    assert kept.read_bytes() == files["other"].read_bytes()
    with Image.open(kept.with_name("IMG_0001.JPG")) as image:
        assert dict(image.getexif()) == {}
    (finished,) = folder.glob("*.pdf")
    with pikepdf.open(finished) as pdf:
        [field] = [row for row in pdf.Root.AcroForm.Fields if row.FT != "/Sig"]
        assert str(field.V).startswith("印鑑証明書（差替）.pdf SHA-256 ")
    roots = str(stack.home.trust / "roots.pem")
    command = VerifyCommand(("--trust", roots, "--evidence", str(folder / "evidence.json")))
    (report,) = command.run([finished])
    assert (report["verdict"], report["evidence"]["problems"]) == ("valid", [])


def _sound(page: Page, folder: Path, name: str) -> None:
    """A picture, and nothing that axe-core objects to."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    page.evaluate(AXE.read_text())
    faults = page.evaluate(
        "async tags => (await axe.run({exclude: ['.hiddenCanvasElement']}, {runOnly: tags}))"
        ".violations"
        ".flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target}`))",
        list(RULES),
    )
    assert faults == [], name


@pytest.mark.thorough  # half a minute; test_browser_kills and the faults kill the same processes
def test_killed_in_the_middle_nothing_is_stuck_or_lost(
    stack: Stack, mailbox: Mailbox, chromium: Chromium, tmp_path: Path, files: dict[str, Path]
) -> None:
    clerk = chromium.new_context(locale="ja-JP", viewport=DESK).new_page()
    phone = chromium.new_context(viewport=PHONE, locale="ja-JP").new_page()
    for page in (clerk, phone):
        page.set_default_timeout(20_000)
    (sample,) = write_samples(tmp_path, 1)
    mail = "attaching.killed@selftest.example"
    _send(stack, clerk, sample, mail, "ja", tmp_path)
    _, link = mailbox.wait_for(mail, "/l/", Patience(60))
    _begin(phone, link, BUTTONS["ja"])

    field = _field(phone, "印鑑証明書")
    field.locator("input[type=file]").set_input_files(files["certificate"])
    kill(stack, "documents")
    expect(field.locator(".attached-name")).to_have_text("印鑑証明書.pdf", timeout=3 * SLOW)
    wait_until_up(stack)

    with pytest.raises(httpx.TransportError):
        _break_off(phone, stack)
    wait_until_up(stack)
    phone.reload()
    expect(_field(phone, "印鑑証明書").locator(".attached-name")).to_have_text("印鑑証明書.pdf")
    expect(_field(phone, "免許証の写真").locator(".attached-name")).to_have_count(0)
    expect(phone.locator(".waiting")).to_have_count(0)


def _break_off(page: Page, stack: Stack) -> None:
    """Half of a photograph; then the web process dies."""
    form = page.locator("#fill")
    control = _field(page, "免許証の写真").locator("input[type=file]")
    name, token = control.get_attribute("name"), form.locator("[name=csrf_token]").input_value()

    def body() -> Iterator[bytes]:
        part = "--x\r\nContent-Disposition: form-data; name="
        yield f'{part}"csrf_token"\r\n\r\n{token}\r\n'.encode()
        yield f'{part}"{name}"; filename="a.jpg"\r\n\r\n'.encode()
        yield bytes(1_000_000)
        time.sleep(1)
        kill(stack, "web")
        yield bytes(1_000_000)
        yield b"\r\n--x--\r\n"

    cookies = {str(row.get("name")): str(row.get("value")) for row in page.context.cookies()}
    url = f"{stack.target().base_url}{form.get_attribute('action')}"
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Origin": stack.target().base_url}
    httpx.post(url, content=body(), cookies=cookies, headers=headers, timeout=60)
