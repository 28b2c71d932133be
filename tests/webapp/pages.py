"""What every page of the service must be, whatever it shows."""

from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

UNNAMED = {"hidden", "submit", "button"}


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


def check_part(page: BeautifulSoup) -> None:
    """Assert what holds for parts of pages too."""
    _check_ids(page)
    _check_fields(page)
    _check_forms(page)
    _check_nothing_inline(page)


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


def _check_ids(page: BeautifulSoup) -> None:
    ids = [str(tag["id"]) for tag in page.select("[id]")]
    assert sorted(ids) == sorted(set(ids)), "an id is there twice"
    for tag in page.select("[aria-describedby]"):
        for target in str(tag["aria-describedby"]).split():
            assert target in ids, f"{target} describes nothing"
    for link in page.select("a[href]"):
        target = str(link["href"])
        assert not target.startswith("#") or target[1:] in ids, f"{target} leads nowhere"


def _check_fields(page: BeautifulSoup) -> None:
    labelled = {str(label["for"]) for label in page.select("label[for]")}
    for field in page.find_all(["input", "select", "textarea"]):
        if field.get("type") in UNNAMED:
            continue
        assert str(field.get("id")) in labelled, f"no label: {field}"
    for button in page.find_all("button"):
        assert button.get_text(strip=True), f"no words: {button}"


def _check_forms(page: BeautifulSoup) -> None:
    for form in page.find_all("form"):
        assert form.get("action"), f"no action: {form}"
        if form.get("method") == "post":
            assert form.find("input", attrs={"name": "csrf_token"}), f"no token: {form}"


def _check_nothing_inline(page: BeautifulSoup) -> None:
    for tag in page.select("*"):
        assert not tag.has_attr("style"), f"inline style: {tag}"
        handlers = [name for name in tag.attrs if name.startswith("on")]
        assert not handlers, f"inline handler: {tag}"
