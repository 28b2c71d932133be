"""Two hundred hostile names on every page, typed and stored: each is a text and nothing more."""

import io
import json
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from runtime.zips import safe_names
from storage.tables import Base, Chain, Document, Envelope, Member, Organisation, Participant, Party
from storage.uploads import clean_file_name
from tests.hostile import NAMES, storable
from tests.webapp.access.cells import Target, every_route
from tests.webapp.access.town import Caller, Town
from tests.webapp.access.watch import Watch
from tests.webapp.stack import form
from webapp.signer.ranges import content_disposition

pytestmark = pytest.mark.timeout(600)  # the first test looks at every page
ADDRESSES = ("href", "src", "action", "formaction", "hx-get", "hx-post", "data-file")
A_ROUND = 20
"""Names at once, two in each place: rows take turns."""
PLACES = 10
AT_ONCE = 5
"""Names typed into one form, each into places of its own."""


class Shape(HTMLParser):
    """A page's elements with their attributes' names, its addresses, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.addresses: set[str] = set()
        self.scripts = 0
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.scripts += tag == "script"
        self.addresses |= {value or "" for name, value in attrs if name in ADDRESSES}

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """What is read, blanks aside."""
        return "".join("".join(self.words).split())


def _pages(town: Town) -> Iterator[tuple[Caller, Target]]:
    """Every page and file that is looked at, by those whom it is for."""
    for caller, target in every_route(town):
        if target.method == "GET" and not target.route.startswith("/static/"):
            yield caller, target
    for path in (town.deals["city-finished"].path, town.deals["city-draft"].path):
        yield town.callers["clerk"], Target("GET", path, path, target.rule)
    for name in ("ended envelope", "handed over"):
        for part in ("", "done"):
            url = f"/sign/{town.callers[name].visit}/{part}"
            yield town.callers[name], Target("GET", url, url, target.rule)


def _rename(town: Town, names: list[str]) -> None:
    """Write one name into each place where names stand."""
    texts = [storable(name) for name in names]
    places: dict[type[Base], dict[str, int]] = {
        Envelope: {"title": 0, "message": 1},
        Participant: {"name": 2, "company": 3},
        Party: {"name": 4},
        Document: {"title": 5, "file_name": 6},
        Organisation: {"name": 7, "name_en": 8, "contact_department": 9, "contact_mail": 1},
        Member: {"name": 8, "department": 0},
        Chain: {"name": 2},
    }
    with town.office.database.transaction() as session:
        for table, columns in places.items():
            for turn, row in enumerate(session.query(table)):
                for column, number in columns.items():
                    setattr(row, column, texts[number + turn % 2 * PLACES])
        for envelope in session.query(Envelope):
            draft: dict[str, Any] = json.loads(json.dumps(envelope.draft))
            for person in draft.get("people", []):
                person |= {"name": texts[3], "company": texts[4], "mail": texts[5]}
            envelope.draft = draft | {"title": texts[0], "message": texts[1]}


def _looked_at(town: Town) -> dict[str, Shape]:
    """Shapes of all pages by route; files are read and judged by what they are."""
    found = {}
    for caller, target in _pages(town):
        answer = caller.ask("GET", target.url)
        assert answer.status_code < 500, (target.route, answer.text[:500])
        kind = answer.mimetype
        data = answer.get_data()
        if kind == "text/html":
            found[f"{target.route} {answer.status_code}"] = Shape(data.decode())
            assert b"Macro" not in data, target.route
        elif kind == "application/json":
            json.loads(data)
        elif kind == "application/zip":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = archive.namelist()
                assert len(names) == len({name.casefold() for name in names})
                assert not any("/" in name or "\\" in name or name == ".." for name in names)
        for name, value in answer.headers:
            assert value.isascii(), (target.route, name)
            assert value.isprintable(), (target.route, name)
        answer.close()
    return found


@pytest.fixture(scope="module")
def harmless(town: Town, watch: Watch) -> dict[str, Shape]:
    """Every page as it is with everyday names."""
    _rename(town, ["山田 太郎"] * A_ROUND)
    found = _looked_at(town)
    watch.changed()
    return found


@pytest.mark.parametrize("start", range(0, len(NAMES), A_ROUND))
def test_a_stored_name_is_a_text_on_every_page(
    town: Town, watch: Watch, harmless: dict[str, Shape], start: int
) -> None:
    names = NAMES[start : start + A_ROUND]
    _rename(town, names)
    elements = set().union(*(shape.elements for shape in harmless.values()))
    for route, shape in _looked_at(town).items():
        assert shape.elements <= elements, (route, shape.elements - elements)
        assert shape.scripts == harmless[route].scripts, route
        for address in shape.addresses:
            assert address.startswith(("/", "#", "mailto:", "tel:", "data:image/", "?")), route
            assert not address.startswith("//"), route
    clerk = town.callers["clerk"]
    page = Shape(clerk.ask("GET", town.deals["city-running"].path).text)
    titles = ["".join(storable(name).split()) for name in (names[0], names[PLACES])]
    assert any(title in page.text for title in titles)
    watch.changed()


@pytest.mark.parametrize("start", range(0, len(NAMES), A_ROUND))
def test_a_typed_name_is_kept_and_shown_as_a_text(
    town: Town, watch: Watch, harmless: dict[str, Shape], start: int
) -> None:
    clerk, holder = town.callers["clerk"], town.callers["holder"]
    draft, visit = town.deals["city-draft"].path, f"/sign/{holder.visit}"
    elements = set().union(*(shape.elements for shape in harmless.values()))
    for first in range(start, start + A_ROUND, AT_ONCE):
        a, b, c, d, e = (
            name.encode("utf-8", "replace").decode() for name in NAMES[first : first + AT_ONCE]
        )
        row = {"name": a, "mail": b, "company": c, "party": d, "kind": e}
        people = {f"people-0-{part}": text for part, text in row.items()}
        typed = form(title=b, message=c, deadline_days=d, chain_id=e, **people)
        assert clerk.ask("POST", f"{draft}/draft", data=typed).status_code == 303
        shown = clerk.ask("GET", f"{draft}?check=1")
        assert shown.status_code == 200
        successor = {"new-name": c, "new-mail": d, "reason": e}
        answers = [
            shown,
            clerk.ask("GET", "/envelopes", query_string={"q": d, "state": e}),
            clerk.ask("POST", f"{town.deals['city-running'].path}/withdraw", data={"reason": a}),
            holder.ask("POST", f"{visit}/decline", data={"reason": b}),
            holder.ask("POST", f"{visit}/handover", data=successor),
            holder.ask("POST", f"{visit}/sendback", data={"reason": d}),
        ]
        for answer in answers:
            assert answer.status_code in {200, 303, 422}, first
            new = Shape(answer.text).elements - elements
            assert not {tag for tag, _ in new} & {"script", "svg", "iframe", "style"}, first
            assert not any(name.startswith("on") for _, names in new for name in names), first
    watch.changed()


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_file_name_stays_a_name(name: str) -> None:
    clean = clean_file_name(name)
    assert clean.isprintable()
    assert clean
    assert not set(clean) & set("/\\\x00")
    assert clean.strip(".")
    for header in (content_disposition(clean), content_disposition(storable(name))):
        assert header.isascii()
        assert header.isprintable()
        assert header.count('"') == 2
    (zipped,) = safe_names([clean])
    assert "/" not in zipped
    assert "\\" not in zipped
