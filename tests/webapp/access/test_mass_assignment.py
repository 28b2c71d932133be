"""Every column's name sent with every form: nothing is written but what the form is for."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, Uuid

from storage.tables import Base
from tests.webapp.access.cells import targets
from tests.webapp.access.forms import Form, every_form
from tests.webapp.access.rules import Door
from tests.webapp.access.town import Town
from tests.webapp.access.watch import Cells, Watch

COLUMNS: dict[str, Column[Any]] = {
    column.name: column for table in Base.metadata.tables.values() for column in table.columns
}
MARK = "massassigned"
WORDS = {
    "state": "done",
    "roles": '["admin", "clerk", "operator"]',
    "kind": "own",
    "purpose": "download",
    "handover": "allowed",
}
"""Values that would do harm where they were believed; other texts bear the mark."""
LATER, NUMBER = "2031-03-03T03:03:03", 77_117
VOLATILE = frozenset({"id", "token_sha256", "cookie_sha256", "hash", "previous"})
"""New with every row."""
UNTICKED = frozenset({"renews"})
"""Boxes of forms: what they are for, and not among what an untouched form sends."""
SENT = {"/account/passkeys/ask": {"name": "x", "password": "wrong"}}
"""What scripts send, and no form of a page holds. A wrong password is counted."""
FEWEST_FORMS, FEWEST_COLUMNS = 30, 150


def _marked(name: str) -> str:
    return f"{MARK}-{name}"


def _harmful(name: str, foreign: str) -> str:
    kind = COLUMNS[name].type
    if isinstance(kind, Uuid):
        return foreign
    if isinstance(kind, Boolean):
        return "true"
    if isinstance(kind, Integer):
        return str(NUMBER)
    if isinstance(kind, DateTime):
        return f"{LATER}Z"
    if isinstance(kind, LargeBinary):
        return MARK
    return WORDS.get(name, _marked(name))


def _attacks(form: Form, foreign: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The form as it is, with every column beside it: beside, below, in the address, as JSON.
    What would do harm bears the mark wherever a text fits, so a mark in the other columns, which
    take no text, is tried in one place."""
    spared = {*form.fields, *UNTICKED}
    marked = {name: _marked(name) for name in COLUMNS if name not in spared}
    harmful = {name: _harmful(name, foreign) for name in marked}
    owners = ("people-0-", "envelope.", "member[")
    for how, more in (("marked", marked), ("harmful", harmful)):
        below = {f"{owner}{name}": value for owner in owners for name, value in more.items()}
        below = {name: value for name, value in below.items() if name not in form.fields}
        yield f"{how} beside", {"data": more | form.fields}
        if how == "marked":
            continue
        yield f"{how} below", {"data": below | form.fields}
        if "?" not in form.url:  # the client takes one query
            yield f"{how} in the address", {"data": form.fields, "query_string": more}
    as_json = {"Content-Type": "application/json"}
    yield "as JSON", {"data": json.dumps(marked | harmful | form.fields), "headers": as_json}


def _intended(form: Form, watch: Watch) -> tuple[dict[str, set[str]], Cells, int]:
    answer = form.caller.ask("POST", form.url, data=form.fields)
    status = answer.status_code
    answer.close()
    return *watch.written(), status


def _unintended(intended: Cells, cells: Cells, foreign: str) -> Iterator[str]:
    """Values that came from a column's name and not from the form."""
    posted = {foreign.replace("-", ""), str(NUMBER), LATER.replace("T", " "), *WORDS.values()}
    for (table, column), values in cells.items():
        if column == "rowid":
            continue
        usual = intended.get((table, column), set())
        for value in values - usual:
            plain = value.replace("-", "").removesuffix(".000000")
            if MARK in value or plain in posted or value in posted:
                yield f"{table}.{column} = {value[:80]}"
            if isinstance(Base.metadata.tables[table].columns[column].type, Boolean):
                yield f"{table}.{column} = {value}"


@pytest.fixture(scope="module")
def forms(town: Town, watch: Watch) -> list[Form]:
    """Forms of all pages, and for every route that has none of them an empty one. What a draft
    has a button for only at times, e.g. for a repair, comes with the draft's own fields: they are
    kept with every press."""
    found = every_form(town, watch)
    known = {form.url.partition("?")[0] for form in found}
    draft = next(form for form in found if form.url == f"{town.deals['city-draft'].path}/draft")
    typed = {name: value for name, value in draft.fields.items() if name != "action"}
    for target in targets(town):
        if target.method == "POST" and target.url not in known:
            caller = town.callers["holder" if target.url.startswith("/sign/") else "clerk"]
            fields = typed if target.rule.door is Door.DRAFT else SENT.get(target.route, {})
            found.append(Form(caller, target.url, fields))
    return found


def test_there_are_forms_and_columns_to_try(forms: list[Form]) -> None:
    assert len(forms) >= FEWEST_FORMS
    assert len(COLUMNS) >= FEWEST_COLUMNS
    assert sum(bool(form.fields) for form in forms) >= FEWEST_FORMS / 2


@pytest.mark.timeout(600)
def test_no_form_writes_what_it_is_not_for(town: Town, watch: Watch, forms: list[Form]) -> None:
    foreign = str(town.office.members["neighbour"].organisation_id)
    problems, writing = [], 0
    for form in forms:
        marks, intended, status = _intended(form, watch)
        writing += bool(marks)
        for how, attack in _attacks(form, foreign):
            answer = form.caller.ask("POST", form.url, **attack)
            wrote, cells = watch.written()
            where = f"{form.url} {form.fields.get('action', '')} {how}"
            if answer.status_code >= 500:
                problems.append(f"{where}: {answer.status_code} instead of {status}")
            answer.close()
            if "JSON" not in how and not _within(wrote, marks):
                problems.append(f"{where}: wrote {wrote} instead of {marks}")
            problems += [f"{where}: {found}" for found in _unintended(intended, cells, foreign)]
    assert not problems, "\n".join(problems)
    assert writing >= FEWEST_FORMS / 3


def _within(wrote: dict[str, set[str]], marks: dict[str, set[str]]) -> bool:
    """Whether no table and column was written that the form itself does not write."""
    return all(
        columns <= marks.get(table, set()) | {"last_seen_at"} for table, columns in wrote.items()
    )
