"""まとめて署名 with a registered seal, a seal of the organisation, and a vendor who has to consent
first, fills in a field and attaches a file."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from cli.faults.cells.office import Colleague, Office, pressed
from cli.faults.trial import Trial
from cli.selftest.browser import Browser, Interrupted
from cli.selftest.pages import Form, Page, Upload
from cli.selftest.patience import SelftestFailed
from cli.selftest.sender import persist
from cli.selftest.signer import ACT, Signer
from domain.consents import ConsentWay
from domain.kinds import FieldKind, Role

RETRY_SECONDS = 0.5
VISIBLE = {"kind": FieldKind.SIGNATURE.value, "height": "20"}
_SEAL = "seal-text"
_WAITS = "印影の準備ができたか確かめる"


def tell(trial: Trial) -> None:
    """Two envelopes: the mayor signs both at once with his seal, the clerk of seals signs the first
    with the organisation's, the vendor consents, fills in, attaches and signs."""
    with ExitStack() as windows:
        office, second = Office(trial, windows), Office(trial, windows)
        mayor, keeper = office.hire("mayor", Role.VIEWER), office.hire("keeper")
        vendor, at_desk = office.person("vendor"), mayor.browser()
        _register_seal(at_desk)
        with _official_seal(office, keeper), _consent_asked(office):
            _send(office, mayor, keeper, vendor)
            second.send([mayor.row], "parallel", {}, [(mayor.row, VISIBLE | {"y": "60"})])
            _fill_in(office, office.at_link(vendor))
            _with_official_seal(office.at_link(keeper.row))
            _sign_together(at_desk, 2)
            office.clerk.wait_until_done()
        second.clerk.wait_until_done()


def _send(office: Office, mayor: Colleague, keeper: Colleague, vendor: dict[str, str]) -> None:
    fields = [
        (mayor.row, VISIBLE | {"y": "60"}),
        (keeper.row, VISIBLE | {"y": "90"}),
        (vendor, {"kind": FieldKind.TEXT.value}),
        (vendor, {"kind": FieldKind.ATTACHMENT.value, "listed": "on"}),
    ]
    office.send([mayor.row, keeper.row, vendor], "parallel", {}, fields)


# -- what there is before anything is sent -----------------------------------------------------


def _register_seal(browser: Browser) -> None:
    """Made from his name, and cleaned."""

    def attempt() -> Page:
        page = browser.open("/account/seal")
        if _has_picture(page) or "/account/seal/state" in page.html:
            return page
        form = page.form("この文字で作る")
        form.put(_SEAL, "市長")
        return browser.submit(form)

    persist(browser.patience, attempt, "the registered seal")
    browser.patience.until(
        "the registered seal", lambda: _has_picture(browser.open("/account/seal")) or None
    )


def _has_picture(page: Page) -> bool:
    return bool(page.main.select("img[src$='.png']"))


@contextmanager
def _official_seal(office: Office, keeper: Colleague) -> Iterator[None]:
    """A seal of the organisation that he may use; retired at the end."""
    admin, name = office.admin(), f"公印{office.mark}"

    def found() -> str | None:
        return admin.open(f"/admin/seals?q={name}").link(name)

    def attempt() -> str | None:
        if (link := found()) is not None:
            return link
        form = admin.open("/admin/seals").form("この文字で追加する")
        form.set("name", name)
        form.put(_SEAL, "結び市印")
        form.put("members", str(keeper.id))
        answer = admin.submit(form)
        if answer.status >= 400:
            raise SelftestFailed(f"no seal was added: {answer.describe()}")
        return found()

    link = persist(office.patience, attempt, "the organisation's seal")
    if link is None:
        raise SelftestFailed("the organisation's seal is not in the list")
    office.patience.until(
        "the cleaning of the seal", lambda: _has_picture(admin.open(link)) or None
    )
    try:
        yield
    finally:
        pressed(admin, "the end of the seal", link, "/retire")


@contextmanager
def _consent_asked(office: Office) -> Iterator[None]:
    """Counterparties have to consent, envelope by envelope."""
    admin = office.admin()
    _ask_consent(admin, ConsentWay.EACH)
    try:
        yield
    finally:
        _ask_consent(admin, ConsentWay.NONE)


def _ask_consent(admin: Browser, way: ConsentWay) -> None:
    pressed(admin, "the setting of consents", "/admin/consent", "/admin/consent", way=way.value)


# -- those who are asked -----------------------------------------------------------------------


def _fill_in(office: Office, signer: Signer) -> None:
    """Consent, a value, a file; then he signs."""
    browser = signer.browser
    visit = enter(signer)

    def consented() -> Page:
        page = browser.open(visit)
        return browser.submit(page.form("承諾する")) if page.has_button("承諾する") else page

    persist(browser.patience, consented, "the consent")
    file = Upload("", f"証明書{office.mark}.pdf", office.samples[0].read_bytes())

    def attached() -> Page:
        page = browser.open(f"{visit}read")
        if page.main.select(".attached-file, .attached [hx-get]"):
            return page
        form = _typed(page)
        control = str(page.main.select("input[type=file][name^='attach-']")[0]["name"])
        form.uploads.append(Upload(control, file.name, file.data))
        return browser.submit(form)

    persist(browser.patience, attached, "the attached file")
    browser.patience.until(
        "the check of the attached file",
        lambda: browser.open(f"{visit}read").main.select(".attached-file") or None,
    )
    finish(signer, visit)


def _typed(page: Page) -> Form:
    form = page.form_to("/fields")
    for name, _ in form.values:
        if name.startswith("field-"):
            form.set(name, "委託料は月末に支払う")
    return form


def _with_official_seal(signer: Signer) -> None:
    """He takes the seal that he may use, and signs."""
    browser, visit = signer.browser, enter(signer)

    def taken() -> Page:
        page = browser.open(f"{visit}read")
        form = page.form_to("/fields")
        button = page.main.select_one("button[value^='official-']")
        if button is None:
            raise SelftestFailed(f"no seal is offered on {page.describe()}")
        form.put("action", str(button["value"]))
        return browser.submit(form)

    persist(browser.patience, taken, "the organisation's seal")
    finish(signer, visit)


def enter(signer: Signer) -> str:
    """His link opened: the address of his visit, which ends with a slash."""
    page = persist(signer.patience, lambda: _opened(signer), "the link to open")
    head, _, rest = page.url.partition("/sign/")
    return f"{head}/sign/{rest.split('/')[0]}/"


def _opened(signer: Signer) -> Page:
    page = signer.browser.open(signer.link)
    if page.status >= 400:
        raise SelftestFailed(f"the mailed link is dead: {page.describe()}")
    return signer.browser.submit(page.form())


def finish(signer: Signer, visit: str) -> None:
    """What was read is confirmed, and signed."""
    browser = signer.browser

    def confirmation() -> Page:
        page = browser.open(f"{visit}read")
        for url in page.links_matching("/documents/"):
            if url.endswith("/file"):
                browser.download(url)
        form = page.form_to("/fields")
        form.put("action", "finish")
        return browser.submit(form)

    page = persist(browser.patience, confirmation, "the confirmation page")
    if not page.has_button(ACT):
        raise SelftestFailed(f"no button 「{ACT}」 on {page.describe()}")
    while page.has_button(ACT):
        try:
            page = browser.submit(page.form(ACT))
        except Interrupted:
            browser.patience.sleep(RETRY_SECONDS, "the act to be taken")
            page = browser.open(f"{visit}confirm")
    if page.status >= 400:
        raise SelftestFailed(f"the act was refused on {page.describe()}")


def _sign_together(browser: Browser, wanted: int) -> None:
    """Everything that waits for him, with his seal, by one press. Whoever sees an error looks at
    his list, and does what is left of it."""
    browser.patience.until("the mayor's tasks", lambda: len(_tasks(browser)) == wanted or None)

    def attempt() -> None:
        while tasks := _tasks(browser):
            page = _confirmed(browser, tasks)
            form = page.form_to("/waiting/act")
            answer = browser.submit(form)
            if answer.status >= 400:
                raise SelftestFailed(f"まとめて署名 was refused on {answer.describe()}")

    persist(browser.patience, attempt, "まとめて署名")


def _tasks(browser: Browser) -> list[str]:
    return [str(box["value"]) for box in browser.open("/waiting").main.select("input[name=task]")]


def _confirmed(browser: Browser, tasks: list[str]) -> Page:
    """The page with the button for all, each of them showing his seal."""
    form = browser.open("/waiting").form_to("/waiting/several")
    form.values += [("task", task) for task in tasks]
    page = browser.submit(form)
    while page.main.select("button[formaction$='/waiting/seal']"):
        if page.has_button(_WAITS):
            browser.patience.sleep(RETRY_SECONDS, "the seals of まとめて署名")
        page = browser.submit(page.form_to("/waiting/seal"))
    return page
