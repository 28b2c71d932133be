"""What every page of ours must have, whoever it is for."""

import re
from itertools import pairwise

from bs4 import BeautifulSoup
from werkzeug.test import TestResponse


def checked(answer: TestResponse) -> BeautifulSoup:
    """The page, once its headings, ids, labels, names and headers are in order."""
    html = answer.text
    page = BeautifulSoup(html, "html.parser")
    assert page.html is not None
    assert page.html["lang"] in {"ja", "en"}
    assert len(page.find_all("h1")) == 1
    assert page.title is not None
    assert page.title.text.strip()
    levels = [int(found.name[1]) for found in page.find_all(re.compile("^h[1-6]$"))]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    _ids(page)
    _labels(page)
    _policy(answer, page)
    # What a sender may write is shown to him as it is written: there only.
    assert "{{" not in re.sub("<code>[^<]*</code>", "", html)
    assert "%(" not in html
    assert "Macro" not in html
    return page


def _ids(page: BeautifulSoup) -> None:
    ids = [str(found["id"]) for found in page.find_all(id=True)]
    assert len(ids) == len(set(ids)), ids
    for attribute in ("aria-labelledby", "aria-describedby", "for"):
        for found in page.select(f"[{attribute}]"):
            assert set(str(found[attribute]).split()) <= set(ids), found
    for link in page.find_all("a", href=re.compile("^#.")):
        assert str(link["href"])[1:] in ids, link


def _labels(page: BeautifulSoup) -> None:
    labelled = {str(label["for"]) for label in page.find_all("label", attrs={"for": True})}
    for field in page.find_all(["input", "textarea", "select"]):
        if field.get("type") not in {"hidden", "submit"}:
            assert field.get("id") in labelled, field
    for found in page.find_all(["a", "button"]):
        name = found.get_text(strip=True) or found.get("aria-label")
        assert name, found
    for picture in page.find_all("img"):
        assert picture.has_attr("alt"), picture
        assert picture.has_attr("width"), picture
        assert picture.has_attr("height"), picture
    for found in page.select(":is(button, input, a):is([hx-post], [hx-get])"):
        assert found.get("id"), f"the focus comes back by the id, where this is replaced: {found}"
    for found in page.select(":is([aria-live], [role=status])[hx-swap=outerHTML]"):
        assert "hx-trigger" not in found.attrs, f"what is replaced is not read out: {found}"
    for form in page.find_all("form", method="post"):
        assert form.find("input", attrs={"name": "csrf_token"}), form


def _policy(answer: TestResponse, page: BeautifulSoup) -> None:
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    for found in page.select("*"):
        assert "style" not in found.attrs, found
        assert not [name for name in found.attrs if name.startswith("on")], found
    for script in page.find_all("script"):
        assert script.get("src") or script.get("nonce"), script


def without_csrf(text: str) -> str:
    """A page without the token of its forms, which holds the second at which it was made."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text)
