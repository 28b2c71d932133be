"""`make mails`: every mail as its reader sees it, as PNG in var/mails/ with a page that shows all.

The HTML part as mail programs show it, wide and on a phone, light and dark; the text part in a
typewriter's letters. Anything that a mail would load from elsewhere ends the command: readers'
programs hold it back, and whoever offers it could watch who reads.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Route

from domain.kinds import Language
from tests.chromium import chromium
from tests.notices.builders import html_of, text_of
from tests.notices.cases import CASES, mail_of

FOLDER = Path("var/mails")
MARGIN = 12


@dataclass(frozen=True)
class Look:
    """One way in which a mail is read; `width` in CSS pixels."""

    name: str
    width: int
    dark: bool = False
    text: bool = False


LOOKS = (
    Look("600", 600),
    Look("390", 390),
    Look("dark", 600, dark=True),
    Look("text", 700, text=True),
)


def main() -> None:
    """Draw all mails, or those whose names are given."""
    wanted = sys.argv[1:] or list(CASES)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for language in Language:
            mails = {name: mail_of(name, language) for name in wanted}
            for look in LOOKS:
                with _reader(browser, look) as context:
                    for name, mail in mails.items():
                        _draw(context, mail, look, _file(name, language, look))
    for name in wanted:
        for language in Language:
            _sheet(name, language)
    index = FOLDER / "index.html"
    index.write_text(_index(), encoding="utf-8")
    print(f"{len(wanted) * len(Language)} mails: {index.resolve()}")  # noqa: T201 - a command


@contextmanager
def _reader(browser: Browser, look: Look) -> Iterator[BrowserContext]:
    """A mail program: no scripts, nothing from the network."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 400},
        color_scheme="dark" if look.dark else "light",
        java_script_enabled=False,
    )
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    context.route("**", refuse)
    yield context
    context.close()
    if asked:
        raise SystemExit(f"a mail asks for {asked}")


def _draw(context: BrowserContext, mail: EmailMessage, look: Look, file: Path) -> None:
    page = context.new_page()
    page.set_content(_typewritten(mail) if look.text else html_of(mail))
    page.screenshot(path=file, full_page=True)
    page.close()


def _typewritten(mail: EmailMessage) -> str:
    """With what a reader sees of the headers above, and a line where 76 columns end."""
    head = "\n".join(
        f"{name}: {mail[name]}" for name in ("From", "Reply-To", "To", "Date", "Subject")
    )
    style = (
        "margin:0;padding:16px;font:14px/1.5 'Noto Sans Mono CJK JP','IPAGothic',monospace;"
        "white-space:pre-wrap;overflow-wrap:anywhere"
    )
    edge = "<div style='position:absolute;left:calc(16px + 76ch);top:0;bottom:0;width:1px;"
    return (
        f"<!DOCTYPE html><meta charset=utf-8><body style='margin:0;position:relative'>"
        f'<pre style="{style};background:#eee;border-bottom:1px solid #999">{escape(head)}</pre>'
        f'<pre style="{style}">{escape(text_of(mail))}</pre>'
        f"<div style=\"font:14px 'Noto Sans Mono CJK JP','IPAGothic',monospace\">"
        f"{edge}background:#e99'></div></div>"
    )


def _file(name: str, language: Language, look: Look) -> Path:
    return FOLDER / f"{name}-{language.value}-{look.name}.png"


def _sheet(name: str, language: Language) -> None:
    """All looks of one mail side by side."""
    pictures = [Image.open(_file(name, language, look)) for look in LOOKS]
    width = sum(picture.width + MARGIN for picture in pictures) + MARGIN
    height = max(picture.height for picture in pictures) + 2 * MARGIN
    sheet = Image.new("RGB", (width, height), "#8899aa")
    left = MARGIN
    for picture in pictures:
        sheet.paste(picture, (left, MARGIN))
        left += picture.width + MARGIN
        picture.close()
    sheet.save(_sheet_file(name, language))


def _sheet_file(name: str, language: Language) -> Path:
    return FOLDER / f"{name}-{language.value}-sheet.png"


def _index() -> str:
    rows = "".join(
        f"<h2 id='{name}-{language.value}'>{name} ({language.value})</h2>"
        f"<a href='{_sheet_file(name, language).name}'>"
        f"<img loading=lazy alt='' src='{_sheet_file(name, language).name}' width='100%'></a>"
        for name in CASES
        for language in Language
        if _sheet_file(name, language).exists()
    )
    return f"<!DOCTYPE html><meta charset=utf-8><title>Mails</title><h1>Mails</h1>{rows}"


if __name__ == "__main__":
    main()
