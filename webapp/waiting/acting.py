"""Several acts from one page: each its own, written by the function that the single page uses.

What is refused for one is told for that one; the others go through. Nothing is decided here: turn,
version, values, authority and deadline are judged where the act is written.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from domain.evidence import NOTHING_FILLED
from domain.ids import read_ids
from domain.kinds import ACT_OF_SLOT, Look, SlotKind
from domain.limits import MAX_NONCE_CHARACTERS, MAX_REASON_CHARACTERS
from domain.refusals import WORDS, Refusal, Words
from domain.waiting import Alone
from storage import official_seals, waiting
from storage.filling import Filling
from storage.member_seals import registered_for
from storage.posting import PostedAct, answer_of, is_posted, post_act
from storage.shown import ShownDocument, shown_documents, shown_sha256
from storage.standing import Holder
from storage.tables import Envelope, OfficialSeal
from storage.visits import Visiting
from webapp.gateway import GatewayUnavailable
from webapp.language import language, say, words
from webapp.login import login
from webapp.security import may
from webapp.signer.about import OTHER_AMOUNT, About, about
from webapp.signer.links import fresh_nonce
from webapp.signer.looks import LookPart, look_part
from webapp.signer.visiting import browser_sha256, caller, now
from webapp.signer.words import RoleWords, words_of
from webapp.state import state
from webapp.waiting.blueprint import blueprint


@dataclass(frozen=True)
class Item:
    """One envelope on the confirming page."""

    visiting: Visiting
    documents: tuple[ShownDocument, ...]
    why: Words | None
    """Why it is opened by itself; None where it can be acted on here."""
    nonce: str
    version: str
    """What was shown: of a form that came back with an error, what it showed."""
    about: About
    """What it is about, by now."""
    filled: str = NOTHING_FILLED
    """Over what shows on the pages now."""
    amount: str = ""
    """As it was shown: of a form that came back, as it showed it."""
    look: LookPart | None = None
    """What a signer chose, whose signature shows on the pages, and how it will look."""
    seal: UUID | None = None
    """His registered seal, where it does not show yet and could."""
    official: tuple[OfficialSeal, ...] = ()
    """Seals of the organisation that he may use for it, but for the one that shows already."""
    shown_seal: str = ""
    """What the seal of the organisation is called that shows."""
    comment: str = ""
    error: str = ""
    """About the comment."""
    other_amount: bool = False
    """Whether the register says another amount than the form showed."""
    chosen: bool = True

    @property
    def key(self) -> UUID:
        """Of the visit."""
        return self.visiting.visit.id

    @property
    def holder(self) -> Holder:
        """Who is asked, for what."""
        return self.visiting.holder

    @property
    def words(self) -> RoleWords:
        """Of the act that is asked."""
        return words_of(self.holder.slot_kind)

    @property
    def alone(self) -> str:
        """The same for the page."""
        return words(self.why) if self.why is not None else ""

    @property
    def checking(self) -> bool:
        """Whether a seal that will show is being cleaned: a matter of seconds."""
        look = self.look
        return look is not None and look.chosen is Look.STAMP and look.checking

    @property
    def wrong(self) -> bool:
        """Whether something has to be looked at again."""
        return bool(self.error) or self.other_amount

    @property
    def comments(self) -> bool:
        """Whether a comment may be written: a signature says what it says."""
        return self.holder.slot_kind is not SlotKind.SIGN

    def unread(self, document: UUID) -> bool:
        """Whether this visit has not opened a document."""
        return document not in self.visiting.viewed


@dataclass(frozen=True)
class Outcome:
    """What became of one act."""

    item: Item
    refusal: str = ""
    """Why it was not taken; empty where it was."""
    answered: bool = False
    """Whether the route has said yes; otherwise it is kept, and carried on."""


@dataclass(frozen=True)
class Lapsed:
    """An envelope that was ticked, and whose visit was over by then."""

    envelope: Envelope
    comment: str
    taken: bool
    """By this form, when it was sent before."""


@blueprint.get("/waiting/confirm")
@may("task.use")
def confirm() -> AnyResponse:
    """Each envelope with its documents and their hashes, and the one button that does it all."""
    items = [item_of(visiting) for visiting in visits_of(request.args.getlist("visit"))]
    return confirm_page(items) if items else over()


@blueprint.post("/waiting/act")
@may("task.use")
def act() -> AnyResponse:
    """An act for each that is still ticked; a form that is sent twice is the same acts again."""
    items = [said_of(item_of(visiting)) for visiting in visits_of(request.form.getlist("shown"))]
    lapsed = _lapsed({item.key for item in items})
    if not items and not lapsed:
        return over()
    items = [_checked(item) for item in items]
    wanted = [item for item in items if item.chosen]
    waits = any(item.checking for item in wanted)
    if (not wanted and not lapsed) or waits or any(item.wrong for item in wanted):
        if waits:
            flash(
                say("登録した印影を準備しています。表示されてから、もう一度押してください。"),
                "error",
            )
        elif not wanted:
            flash(say("封筒を1件以上選んでください。"), "error")
        answer = confirm_page(items)
        answer.status_code = 422
        return answer
    outcomes = _carry_on([_write(item) for item in wanted])
    body = render_template("waiting/done.html", outcomes=outcomes, lapsed=lapsed)
    return make_response(body)


def visits_of(texts: list[str]) -> Sequence[Visiting]:
    """Those of a form that this login opened in this browser, and that still last."""
    keys = read_ids(texts)[: waiting.PAGE_SIZE]
    with state().database.reading() as session:
        return waiting.visits_of(session, keys, login(), browser_sha256(), now())


def _lapsed(alive: set[UUID]) -> list[Lapsed]:
    """What was ticked for nothing: nobody may take it for done, and no comment is lost."""
    keys = read_ids(request.form.getlist("visit"))[: waiting.PAGE_SIZE]
    gone = [key for key in keys if key not in alive]
    if not gone:
        return []
    with state().database.reading() as session:
        found = waiting.opened_by(session, gone, login(), browser_sha256())
        return [
            Lapsed(
                session.get_one(Envelope, person.envelope_id),
                _comment(key),
                is_posted(session, person, request.form.get(f"nonce-{key}", "")),
            )
            for key, person in found.items()
        ]


def item_of(visiting: Visiting) -> Item:
    """As it is now."""
    with state().database.reading() as session:
        documents = shown_documents(session, visiting.holder.envelope)
        why, shows = waiting.judge(session, state().vault, visiting.holder, now())
        known = about(session, visiting.holder)
        version = shown_sha256(documents)
        item = Item(visiting, documents, why, fresh_nonce(), version, known, amount=known.amount)
        return item if shows is None else _with_look(session, item, shows)


def _with_look(session: Session, item: Item, filling: Filling) -> Item:
    """With what shows on the pages of a signer who has nothing else to fill in."""
    offers = filling.typed.look is Look.NAME
    seal = registered_for(session, item.holder) if offers else None
    envelope, person = item.holder.envelope, item.holder.participant
    shown = filling.stamp.seal_id if filling.stamp is not None and not offers else None
    official = official_seals.offered(session, envelope, person, now())
    named = official_seals.find(session, envelope.organisation_id, shown) if shown else None
    return replace(
        item,
        official=tuple(row for row in official if row.id != shown),
        shown_seal=named.name if named is not None else "",
        filled=filling.sha256,
        look=look_part(filling, item.holder),
        seal=seal.id if seal is not None else None,
    )


def said_of(item: Item) -> Item:
    """With what the form said of it, and showed."""
    form, key = request.form, item.key
    return replace(
        item,
        nonce=form.get(f"nonce-{key}", "")[: MAX_NONCE_CHARACTERS + 1],
        version=form.get(f"version-{key}", ""),
        amount=form.get(f"amount-{key}", ""),
        comment=_comment(key) if item.comments else "",
        chosen=str(key) in form.getlist("visit"),
    )


def _comment(key: UUID) -> str:
    return request.form.get(f"comment-{key}", "").replace("\r\n", "\n").strip()


def _checked(item: Item) -> Item:
    """With what is wrong. An amount that has changed is shown from now on; of a form that was taken
    before nothing is asked again."""
    other = item.amount != item.about.amount and not _is_there(item)
    return replace(item, error=_comment_error(item), other_amount=other, amount=item.about.amount)


def _comment_error(item: Item) -> str:
    if len(item.comment) <= MAX_REASON_CHARACTERS:
        return ""
    return say(
        "コメントは%(limit)s文字以内で入力してください（いま%(count)s文字）。",
        limit=MAX_REASON_CHARACTERS,
        count=len(item.comment),
    )


def _write(item: Item) -> tuple[Outcome, UUID | None]:
    """The act as a row, or why there is none."""
    # Where he cannot act at all, the writing of the act says why.
    if item.why not in {None, Alone.NOT_NOW} and not _is_there(item):
        return Outcome(item, say("個別に開いてください（%(why)s）。", why=item.alone)), None
    posted = PostedAct(
        kind=ACT_OF_SLOT[item.holder.slot_kind],
        nonce=item.nonce,
        version_sha256=item.version,
        caller=caller(),
        language=language().value,
        reason=item.comment,
        filled_sha256=request.form.get(f"filled-{item.key}", NOTHING_FILLED),
    )
    try:
        act_id = post_act(state().database, state().vault, item.visiting, posted, now())
    except Refusal as refusal:
        return Outcome(item, words(WORDS[refusal.code])), None
    return Outcome(item), act_id


def _is_there(item: Item) -> bool:
    """Whether this form was taken before."""
    with state().database.reading() as session:
        return is_posted(session, item.holder.participant, item.nonce)


def _carry_on(written: Sequence[tuple[Outcome, UUID | None]]) -> list[Outcome]:
    """Tell the workflows. Where one does not answer in time, the relay carries the rest: nobody
    waits twenty times three seconds."""
    waits = False
    for outcome, act_id in written:
        if act_id is None or waits:
            continue
        try:
            waits = state().gateway.submit(outcome.item.holder.envelope.id, act_id) is None
        except GatewayUnavailable:
            waits = True
    with state().database.reading() as session:
        answers = [(one, answer_of(session, key) if key else None) for one, key in written]
    return [
        replace(
            one,
            refusal=words(WORDS[answer.refusal]) if answer and answer.refusal else one.refusal,
            answered=answer is not None and answer.accepted,
        )
        for one, answer in answers
    ]


def confirm_page(items: Sequence[Item]) -> Response:
    """Each of them, and the button for all."""
    chosen = [item for item in items if item.chosen]
    errors = {f"amount-{item.key}": words(OTHER_AMOUNT) for item in chosen if item.other_amount}
    errors |= {f"comment-{item.key}": item.error for item in chosen if item.error}
    return make_response(
        render_template(
            "waiting/confirm.html",
            items=items,
            errors=errors,
            summary=_summary(chosen, errors),
            ready=[item for item in items if not item.alone or item.checking],
            seals=[item for item in items if item.seal is not None],
            shared=_shared(chosen),
            waits=any(item.checking for item in items),
        )
    )


def _shared(items: Sequence[Item]) -> list[tuple[OfficialSeal, int]]:
    """Seals of the organisation that one press shows in several envelopes, and in how many."""
    offered = {row.id: row for item in items for row in item.official}
    found = Counter(row.id for item in items for row in item.official)
    return [(row, found[row.id]) for row in offered.values() if found[row.id] > 1]


def _summary(items: Sequence[Item], errors: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, with the envelope in which it is."""
    titles = {str(item.key): item.holder.envelope.title for item in items}
    found = ((name, titles[name.partition("-")[2]], text) for name, text in errors.items())
    return {name: f"{title}{say('：')}{text}" for name, title, text in found}


def over() -> AnyResponse:
    """Back to the list."""
    flash(
        say("この確認の画面は終了しました。一覧を確かめ、必要ならもう一度選んでください。"),
        "information",
    )
    return redirect(url_for("waiting.tasks"), 303)
