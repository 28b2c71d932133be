"""Every form that a page offers, with what a browser would send: harvested, not written by hand."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

from tests.webapp.access.cells import every_route
from tests.webapp.access.town import Caller, Town
from tests.webapp.access.watch import Watch

TYPED = {
    "reason": "金額に誤りがあるため",
    "new-name": "後任 次郎",
    "new-mail": "jiro@successor.example",
    "mail": "corrected@yamada.example",
    "days": "7",
}
"""What somebody types where a page leaves an input empty."""


@dataclass(frozen=True)
class Form:
    """A form as a page offers it to somebody."""

    caller: Caller
    url: str
    fields: dict[str, str]
    page: str = ""
    """Where it was found."""
    names: tuple[str, ...] = ()
    """Of all its inputs, also of what an untouched form does not send."""
    files: tuple[str, ...] = ()
    """Of those for files; the form is multipart then."""
    offered: dict[str, str] = field(default_factory=dict)
    """What somebody chooses who has not chosen yet, by a list's name."""


def page_forms(town: Town, watch: Watch, method: str = "post") -> dict[tuple[str, str], Form]:
    """Forms of all pages, one per address and button; with `get`, those that search."""
    found: dict[tuple[str, str], Form] = {}
    pages = [
        (caller, target.url)
        for caller, target in every_route(town)
        if target.method == "GET" and not target.route.startswith("/static/")
    ]
    pages += [(town.callers["clerk"], town.deals["city-draft"].path)]
    for caller, url in pages:
        answer = caller.ask("GET", url)
        for form in _forms(caller, url, answer, method):
            found.setdefault(_key(form), form)
        answer.close()
        watch.undo()
    return found


def every_form(town: Town, watch: Watch) -> list[Form]:
    """Forms of all pages, and those of the pages that these lead to. One per address and button."""
    found = page_forms(town, watch)
    for form in list(found.values()):
        answer = form.caller.ask("POST", form.url, data=form.fields)
        for further in _forms(form.caller, form.url, answer):
            found.setdefault(_key(further), further)
        watch.undo()
    return list(found.values())


def _key(form: Form) -> tuple[str, str]:
    return form.url, form.fields.get("action", "")


def _forms(caller: Caller, url: str, answer: TestResponse, method: str = "post") -> Iterator[Form]:
    """A form without an address goes back to where its page came from."""
    if answer.mimetype != "text/html":
        return
    page = BeautifulSoup(answer.get_data(as_text=True), "html5lib")
    for form in page.find_all("form"):
        if str(form.get("method", "get")) != method:
            continue
        fields = dict(_fields(page, form))
        controls = _controls(page, form)
        named = [
            (str(tag["name"]), tag.get("type") == "file") for tag in controls if tag.get("name")
        ]
        names = tuple(dict.fromkeys(name for name, is_file in named if not is_file))
        files = tuple(dict.fromkeys(name for name, is_file in named if is_file))
        offered = dict(_offered(controls))
        buttons = [tag for tag in controls if tag.name == "button" and tag.get("type") != "button"]
        for button in [tag for tag in buttons if tag.get("name")] or buttons[:1]:
            address = str(button.get("formaction") or form.get("action") or url)
            chosen = (
                {str(button["name"]): str(button.get("value", ""))} if button.get("name") else {}
            )
            yield Form(caller, address, fields | chosen, url, names, files, offered)


def _controls(page: BeautifulSoup, form: Tag) -> list[Tag]:
    """Controls within the form, and those elsewhere that name it."""
    names = ["input", "select", "textarea", "button"]
    own = str(form.get("id", ""))
    outside = page.find_all(names, attrs={"form": own}) if own else []
    return [*form.find_all(names), *outside]


def _fields(page: BeautifulSoup, form: Tag) -> Iterator[tuple[str, str]]:
    for tag in _controls(page, form):
        name, kind = str(tag.get("name", "")), str(tag.get("type", ""))
        if not name or tag.name == "button" or kind in {"file", "submit"}:
            continue
        if kind in {"checkbox", "radio"} and not tag.has_attr("checked"):
            continue
        yield name, _value(tag) or TYPED.get(name, "")


def _offered(controls: list[Tag]) -> Iterator[tuple[str, str]]:
    for tag in controls:
        values = [str(option.get("value", "")) for option in tag.find_all("option")]
        if any(values):
            yield str(tag["name"]), next(value for value in values if value)


def _value(tag: Tag) -> str:
    if tag.name == "textarea":
        return tag.get_text()
    if tag.name == "select":
        options = tag.find_all("option")
        chosen = [option for option in options if option.has_attr("selected")]
        return str((chosen or options)[0].get("value", "")) if options else ""
    return str(tag.get("value", ""))
