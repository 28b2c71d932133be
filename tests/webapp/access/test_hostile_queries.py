"""Whatever stands in the query of a page that searches is answered in words; all that it writes is
that somebody looked.

The forms are found on the pages; what their lists read besides (pages, orders) is added by hand.
"""

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest

from tests.webapp.access.forms import Form, page_forms
from tests.webapp.access.hostile import VALUES, faults, first_value, hostile_pairs
from tests.webapp.access.test_matrix import EVIDENCE, LOGGED
from tests.webapp.access.town import Town
from tests.webapp.access.watch import Watch

pytestmark = pytest.mark.timeout(600)
FEWEST_FORMS = 12
ROUNDS = 3
STEERS = ("page", "sort", "state", "from", "q", "within", "print", "encoding")
"""What lists and their exports read, whether a form has it or not."""
LONG = "あ" * 2_000
"""A query as long as servers take."""


def _queries(form: Form) -> Iterator[list[tuple[str, str]]]:
    start, names = first_value(form), dict.fromkeys((*form.names, *STEERS))
    for turn in range(ROUNDS):
        yield [*hostile_pairs(form, turn)]
    yield [(name, VALUES[(start + 5 * at) % len(VALUES)]) for at, name in enumerate(names)]
    yield [(name, VALUES[(start + at) % len(VALUES)]) for at, name in enumerate((*names, *names))]
    yield [(next(iter(names)), LONG)]


def _address(form: Form, pairs: list[tuple[str, str]]) -> str:
    query = "&".join(
        f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs
    )
    return f"{urlsplit(form.url).path}?{query}"


def test_a_hostile_query_is_answered_in_words_and_writes_nothing(town: Town, watch: Watch) -> None:
    forms = list(page_forms(town, watch, "get").values())
    assert len(forms) >= FEWEST_FORMS
    problems = []
    for form in forms:
        for pairs in _queries(form):
            url = _address(form, pairs)
            answer = form.caller.ask("GET", url)
            problems += [f"{url[:200]}: {fault}" for fault in faults(answer)]
            answer.close()
            written = watch.changed().keys() - LOGGED.keys() - EVIDENCE.keys()
            problems += [f"{url[:200]}: wrote {written}"] if written else []
    assert not problems, "\n".join(dict.fromkeys(problems))
