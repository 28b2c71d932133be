"""The steps from an empty draft to a sent envelope: what is done, what is missing, where each is.

They tell what the check before sending would say, with its own sentences; nobody has to follow
their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from flask import Flask, url_for

from domain.drafts import DEAL_PARTS
from domain.kinds import DocumentState
from domain.refusals import WORDS, RefusalCode, Words
from webapp.language import words
from webapp.sender.draft_page import DraftPage, draft_page
from webapp.sender.drafting import draft_problems
from webapp.sender.scope import envelope_or_404
from webapp.state import state


class StepName(StrEnum):
    """In the order in which they are shown; also their anchors on the draft's page."""

    DOCUMENTS = "documents"
    PEOPLE = "people"
    DETAILS = "details"
    FIELDS = "fields"
    CONFIRM = "confirm"


_TITLES = {
    StepName.DOCUMENTS: Words("文書", "Documents"),
    StepName.PEOPLE: Words("関係者と順番", "People and order"),
    StepName.DETAILS: Words("封筒名・期限", "Title and deadline"),
    StepName.FIELDS: Words("入力欄（任意）", "Fields (optional)"),
    StepName.CONFIRM: Words("確認・送信", "Review and send"),
}
_DETAILS = {"title", "deadline_days", "message", *DEAL_PARTS}
_ON_PAGE = (StepName.DOCUMENTS, StepName.PEOPLE, StepName.DETAILS)
"""Cards of the draft's own page."""


@dataclass(frozen=True)
class DraftStep:
    """One of them, as it is shown."""

    name: StepName
    title: str
    missing: tuple[str, ...]
    """What has to be done yet, in sentences."""
    done: bool
    """Whether there is something, and nothing is missing."""
    href: str
    """Where it is; empty while it cannot be reached."""
    current: bool

    @property
    def leaves(self) -> bool:
        """Whether it is on another page than the draft's form, which is to be kept before."""
        return self.name not in _ON_PAGE


def steps_of(
    envelope_id: UUID,
    here: str = "",
    page: DraftPage | None = None,
    found: Mapping[str, str] | None = None,
) -> list[DraftStep]:
    """Of a draft; none of an envelope that is sent. `here`: the step whose page it is; empty on the
    draft's own page, where it is the first one that is not done. `found`: what the check before
    sending says, where that is known."""
    if page is None:
        with state().database.reading() as session:
            page = draft_page(session, envelope_or_404(session, envelope_id))
    if not page.is_draft:
        return []
    problems = dict(draft_problems(page) if found is None else found)
    if not page.people_typed and not page.typed.chain_id:
        # the check finds that last, once everything that is typed is right
        problems.setdefault("people", words(WORDS[RefusalCode.NO_SIGNER]))
    missing = _sorted(problems)
    current = StepName(here) if here else _first_open(missing)
    return [_step(name, page, missing, current) for name in StepName]


def _sorted(problems: Mapping[str, str]) -> dict[StepName, tuple[str, ...]]:
    found: dict[StepName, list[str]] = {name: [] for name in StepName}
    for name, text in problems.items():
        sentences = found[_of(name)]
        if text not in sentences:  # two people without a name are one sentence
            sentences.append(text)
    return {name: tuple(sentences) for name, sentences in found.items()}


def _of(problem: str) -> StepName:
    """The step to which a field of the form belongs."""
    named = {"files": StepName.DOCUMENTS, "step-fields": StepName.FIELDS}
    if problem == "contact":
        return StepName.CONFIRM
    if problem in _DETAILS or problem.startswith("merge-"):
        return StepName.DETAILS
    return named.get(problem, StepName.PEOPLE)


def _first_open(missing: Mapping[StepName, tuple[str, ...]]) -> StepName:
    return next((name for name in _ON_PAGE if missing[name]), StepName.DETAILS)


def _step(
    name: StepName,
    page: DraftPage,
    missing: Mapping[StepName, tuple[str, ...]],
    current: StepName,
) -> DraftStep:
    empty = (name is StepName.FIELDS and not page.fields) or name is StepName.CONFIRM
    return DraftStep(
        name=name,
        title=words(_TITLES[name]),
        missing=missing[name],
        done=not empty and not missing[name],
        href=_href(name, page, complete=not any(missing.values())),
        current=name is current,
    )


def _href(name: StepName, page: DraftPage, *, complete: bool) -> str:
    if name in _ON_PAGE:
        return url_for("sender.envelope", envelope_id=page.envelope_id, _anchor=f"step-{name}")
    if name is StepName.FIELDS:
        ready = any(document.state == DocumentState.READY for document in page.documents)
        return url_for("sender.fields", envelope_id=page.envelope_id) if ready else ""
    return url_for("sender.confirm", envelope_id=page.envelope_id) if complete else ""


def init_draft_steps(app: Flask) -> None:
    """For the draft's pages, and for what a form says that saved itself."""
    app.jinja_env.globals.update(steps_of=steps_of)
