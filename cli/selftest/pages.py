"""Reads pages as a person does: by what buttons, links and labels say."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag

from cli.selftest.patience import SelftestFailed

Values = list[tuple[str, str]]


@dataclass(frozen=True)
class Upload:
    """A file put into a form."""

    field: str
    name: str
    data: bytes
    media_type: str = "application/pdf"


@dataclass
class Form:
    """A form as the browser would send it: its action and its present values."""

    action: str
    method: str
    values: Values
    uploads: list[Upload] = field(default_factory=list)

    def set(self, name: str, value: str) -> None:
        """Type into the field of this name; other values with the name are replaced."""
        if not any(key == name for key, _ in self.values):
            raise SelftestFailed(f"the form at {self.action} has no field {name}")
        place = next(index for index, (key, _) in enumerate(self.values) if key == name)
        rest = [pair for pair in self.values if pair[0] != name]
        self.values = [*rest[:place], (name, value), *rest[place:]]

    def put(self, name: str, value: str) -> None:
        """Choose a radio button, an option or a box, which may have been empty before."""
        self.values = [pair for pair in self.values if pair[0] != name] + [(name, value)]


class Page:
    """One answer of the web app."""

    def __init__(self, url: str, status: int, html: str) -> None:
        self.url = url
        self.status = status
        self.html = html
        self._soup: BeautifulSoup | None = None

    @property
    def soup(self) -> BeautifulSoup:
        """The page as a tree; read when somebody looks at it. Not `cached_property`: until
        Python 3.12 its lock lets only one page of all be read at a time."""
        if self._soup is None:
            self._soup = BeautifulSoup(self.html, "lxml")
        return self._soup

    def take(self, html: str) -> None:
        """Put parts that came alone where the parts with their ids were."""
        for part in BeautifulSoup(html, "lxml").find_all(id=True):
            place = self.soup.find(id=str(part["id"]))
            if isinstance(place, Tag) and part.find_parent(id=True) is None:
                place.replace_with(part)

    @property
    def main(self) -> Tag:
        """What the page is about, without header and footer."""
        found = self.soup.find("main") or self.soup.body
        assert isinstance(found, Tag)
        return found

    @property
    def text(self) -> str:
        """Visible words of the main part, on one line."""
        return " ".join(self.main.get_text(" ", strip=True).split())

    def has_button(self, label: str) -> bool:
        """Whether a button or link says exactly this."""
        return self._pressable(label) is not None

    def link(self, label: str) -> str | None:
        """Where the link with these words leads, as an absolute URL."""
        found = self._pressable(label)
        if found is None or found.name != "a":
            return None
        return urljoin(self.url, str(found["href"]))

    def links_matching(self, part: str) -> list[str]:
        """Every distinct address in the page that contains `part`, in order."""
        attributes = ("href", "src", "action", "data-url", "data-file", "data-src")
        found = (
            urljoin(self.url, str(tag[name]))
            for tag in self.soup.select("*")
            for name in attributes
            if tag.has_attr(name)
        )
        return list(dict.fromkeys(url for url in found if part in url))

    def form(self, label: str | None = None) -> Form:
        """The form that the button with this label sends; without a label, the main part's one."""
        return self._sent_by(self._submit(label))

    def _sent_by(self, button: Tag) -> Form:
        form = self._form_of(button)
        values = _values(form)
        if button.get("name"):
            values.append((str(button["name"]), str(button.get("value", ""))))
        action = button.get("formaction") or form.get("action") or self.url
        method = str(button.get("formmethod") or form.get("method") or "get").lower()
        return Form(urljoin(self.url, str(action)), method, values)

    def form_to(self, ending: str) -> Form:
        """The form, or the button with a target of its own, that sends to this path."""
        for button in self.main.select("button, input[type=submit]"):
            owner = (
                self._form_of(button) if button.get("form") or button.find_parent("form") else None
            )
            target = button.get("formaction") or (owner.get("action") if owner else None)
            if target is not None and str(target).split("?")[0].split("#")[0].endswith(ending):
                return self._sent_by(button)
        raise SelftestFailed(f"no form sends to {ending} on {self.describe()}")

    def field_name(self, label: str) -> str:
        """The name of the field whose label contains these words."""
        for tag in self.main.find_all("label"):
            if label in tag.get_text(" ", strip=True):
                target = self.soup.find(id=str(tag["for"])) if tag.get("for") else None
                target = target or tag.find(["input", "select", "textarea"])
                if isinstance(target, Tag) and target.get("name"):
                    return str(target["name"])
        raise SelftestFailed(f"no field is labelled 「{label}」 on {self.describe()}")

    def describe(self) -> str:
        """Address without secrets, status and the first words: for messages of failure."""
        path = "/".join(piece[:12] for piece in self.url.split("?")[0].split("/")[3:])
        return f"/{path} (HTTP {self.status}: {self.text[:300]})"

    def _pressable(self, label: str) -> Tag | None:
        for tag in self.main.find_all(["a", "button", "input"]):
            if tag.name == "a" and not tag.get("href"):
                continue
            if _words(tag) == label and not tag.has_attr("disabled"):
                return tag
        return None

    def _submit(self, label: str | None) -> Tag:
        if label is not None:
            found = self._pressable(label)
            if found is not None and found.name != "a":
                return found
            raise SelftestFailed(f"no button 「{label}」 on {self.describe()}")
        buttons = self.main.select("form button, form input[type=submit]")
        primary = [tag for tag in buttons if "primary" in (tag.get("class") or [])]
        if len(found_one := primary or buttons) == 1:
            return found_one[0]
        raise SelftestFailed(f"not one obvious button on {self.describe()}")

    def _form_of(self, button: Tag) -> Tag:
        owner = button.get("form")
        form = self.soup.find(id=str(owner)) if owner else button.find_parent("form")
        if not isinstance(form, Tag):
            raise SelftestFailed(f"a button without a form on {self.describe()}")
        return form


def _words(tag: Tag) -> str:
    if tag.name == "input":
        return str(tag.get("value", "")) if tag.get("type") in {"submit", "button"} else ""
    return " ".join(tag.get_text(" ", strip=True).split())


def _values(form: Tag) -> Values:
    """What a browser would send. A box that must be ticked is ticked: people read it first."""
    values: Values = []
    for tag in form.find_all(["input", "select", "textarea"]):
        name, kind = str(tag.get("name", "")), str(tag.get("type", "text"))
        if not name or tag.has_attr("disabled") or kind in {"submit", "button", "file", "image"}:
            continue
        if tag.name == "select":
            values.append((name, _chosen(tag)))
        elif tag.name == "textarea":
            values.append((name, tag.get_text().removeprefix("\n")))
        elif kind in {"checkbox", "radio"}:
            if tag.has_attr("checked") or (kind == "checkbox" and _required(tag)):
                values.append((name, str(tag.get("value", "on"))))
        else:
            values.append((name, str(tag.get("value", ""))))
    return values


def _required(tag: Tag) -> bool:
    return tag.has_attr("required") or tag.get("aria-required") == "true"


def _chosen(select: Tag) -> str:
    options = select.find_all("option")
    chosen = next((option for option in options if option.has_attr("selected")), None)
    chosen = chosen or (options[0] if options else None)
    if chosen is None:
        return ""
    return str(chosen.get("value", chosen.get_text(strip=True)))


def upload_of(path: Path, field_name: str = "files") -> Upload:
    """A file of this disk, for an upload form."""
    return Upload(field_name, path.name, path.read_bytes())
