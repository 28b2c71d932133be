"""The list, by deadline, and what leads on from it: one envelope, or several together."""

from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from domain.choices import chosen
from domain.ids import read_ids
from domain.lists import Asked
from domain.waiting import SHOW_WORDS, Show
from identity.links import token_sha256
from storage import waiting
from storage.standing import Holder
from storage.visits import open_visit
from storage.waiting import GateTask, Task
from webapp.language import say, words
from webapp.lists import asked, here_of
from webapp.login import login, member
from webapp.security import may, not_found
from webapp.signer.about import About, about, about_envelope
from webapp.signer.links import closed
from webapp.signer.visiting import caller, cookie_token, now, set_cookie
from webapp.signer.words import words_of
from webapp.state import state
from webapp.waiting.blueprint import blueprint


@blueprint.get("/waiting")
@may("task.use")
def tasks() -> Response:
    """What waits for whoever is logged in, twenty at a time."""
    return list_page()


@blueprint.post("/waiting/<uuid:participant>/open")
@may("task.use")
def open_one(participant: UUID) -> AnyResponse:
    """As his mailed link would: whatever is demanded besides is asked there."""
    holder = _holder(participant)
    if not holder.may_act:
        return closed(holder)
    token = cookie_token()
    with state().database.transaction() as session:
        visit = visit_of(session, holder, token)
    answer = make_response(redirect(url_for("signer.guide", visit=visit), 303))
    set_cookie(answer, token)
    return answer


@blueprint.post("/waiting/several")
@may("task.use")
def open_several() -> AnyResponse:
    """Those that were ticked, to the page that names each of them. Nothing is acted on yet."""
    wanted = read_ids(request.form.getlist("task"))
    if not wanted:
        flash(say("封筒を1件以上選んでください。"), "error")
        return _back()
    token, visits = cookie_token(), []
    for key in wanted[: waiting.PAGE_SIZE]:
        with state().database.transaction() as session:
            holder = waiting.holder_for(session, member(), key, now())
            if holder is not None and holder.may_act:
                visits.append(visit_of(session, holder, token))
    if not visits:
        flash(say("選んだ封筒は、いまは手続きできません。一覧を確かめてください。"), "error")
        return _back()
    answer = make_response(redirect(url_for("waiting.confirm", visit=visits), 303))
    set_cookie(answer, token)
    return answer


def visit_of(session: Session, holder: Holder, token: str) -> UUID:
    """The visit that he has in this browser, or a new one."""
    found = waiting.live_visit(session, holder, login(), token_sha256(token), now())
    if found is not None:
        return found.visit.id
    return open_visit(session, holder, token_sha256(token), caller(), now(), login=login())


def list_page() -> Response:
    """The list as its address narrows it."""
    show = _shown()
    wishes = asked(waiting.SORTS)
    with state().database.reading() as session:
        page = waiting.tasks(session, state().vault, member(), show, wishes, now())
        counts = waiting.counts(session, member(), now())
        body = render_template(
            "waiting/list.html",
            page=page,
            show=show,
            asked=wishes,
            here=here_of("waiting.tasks", wishes.as_query(), show=show.value),
            choices=[
                (key, words(text), counts[key])
                for key, text in SHOW_WORDS.items()
                if key is not Show.GATE or show is key or counts[key]
            ],
            words_of=words_of,
            known={task.key: _about(session, task) for task in page.rows},
            total=counts[Show.ALL],
            gates=counts[Show.GATE],
        )
    return make_response(body)


def _about(session: Session, task: Task | GateTask) -> About:
    if isinstance(task, GateTask):
        return about_envelope(session, task.envelope)
    return about(session, task.holder)


def _holder(participant: UUID) -> Holder:
    with state().database.reading() as session:
        holder = waiting.holder_for(session, member(), participant, now())
    if holder is None:
        raise not_found()
    return holder


def _shown() -> Show:
    return chosen(Show, request.values.get("show", ""), Show.ALL)


def _back() -> AnyResponse:
    """To the page of the list that the button was on."""
    wishes = Asked.read(request.form, waiting.SORTS)
    here = here_of("waiting.tasks", wishes.as_query(), show=_shown().value)
    return redirect(here(page=wishes.number), 303)
