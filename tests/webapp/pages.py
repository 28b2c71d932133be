"""What every page of the service must be, whatever it shows."""

from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

UNNAMED = {"hidden", "submit", "button"}
FIELDS = {"input", "select", "textarea"}


def check_page(answer: TestResponse) -> BeautifulSoup:
    """Assert structure, accessibility and policy of a whole page; its parsed form."""
    page = BeautifulSoup(answer.get_data(as_text=True), "html5lib")
    _check_headings(page)
    check_part(page)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    for script in page.find_all("script"):
        assert script.get("src") or script.get("nonce"), f"script without nonce: {script}"
    return page


def check_part(page: BeautifulSoup, within: BeautifulSoup | None = None) -> None:
    """Assert what holds for parts of pages too; its links may lead to places of the page `within`
    which it stands."""
    # One walk for all: to look through a large page once for each rule takes seconds.
    tags: list[Tag] = page.find_all(name=True)
    around = within.find_all(id=True) if within is not None else []
    _check_ids(tags, frozenset(str(tag["id"]) for tag in around))
    _check_fields(tags)
    _check_forms(tags)
    _check_nothing_inline(tags)


def _check_headings(page: BeautifulSoup) -> None:
    headings = page.find_all("h1")
    assert len(headings) == 1, headings
    title = page.title.get_text() if page.title else ""
    assert headings[0].get_text(strip=True) in title
    html = page.find("html")
    assert isinstance(html, Tag)
    assert html.get("lang") in {"ja", "en"}
    for image in page.find_all("img"):
        assert image.has_attr("alt"), image


def _check_ids(tags: list[Tag], around: frozenset[str]) -> None:
    ids = [str(tag["id"]) for tag in tags if tag.has_attr("id")]
    known = set(ids)
    places = known | around
    assert len(ids) == len(known), f"an id is there twice: {sorted(ids)}"
    for tag in tags:
        for target in str(tag.get("aria-describedby", "")).split():
            assert target in known, f"{target} describes nothing"
        target = str(tag.get("href", "")) if tag.name == "a" else ""
        there = target[1:] in places
        assert not target.startswith("#") or there, f"{target} leads nowhere"


def _check_fields(tags: list[Tag]) -> None:
    labelled = {str(tag["for"]) for tag in tags if tag.name == "label" and tag.has_attr("for")}
    for tag in tags:
        if tag.name in FIELDS and tag.get("type") not in UNNAMED:
            assert str(tag.get("id")) in labelled, f"no label: {tag}"
        if tag.name == "button":
            assert tag.get_text(strip=True), f"no words: {tag}"


def _check_forms(tags: list[Tag]) -> None:
    for form in tags:
        if form.name != "form":
            continue
        assert form.get("action"), f"no action: {form}"
        if form.get("method") == "post":
            assert form.find("input", attrs={"name": "csrf_token"}), f"no token: {form}"


def _check_nothing_inline(tags: list[Tag]) -> None:
    for tag in tags:
        assert not tag.has_attr("style"), f"inline style: {tag}"
        handlers = [name for name in tag.attrs if name.startswith("on")]
        assert not handlers, f"inline handler: {tag}"
