"""ロゴ: sent, looked at, replaced and taken away by an administrator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, cast

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.kinds import DocumentState
from domain.refusals import WORDS, Refusal, RefusalCode
from storage import logos
from storage.incoming import Incoming
from storage.tables import Organisation, OrganisationLogo
from webapp.admin.blueprint import blueprint
from webapp.language import say, words
from webapp.login import member, now
from webapp.requests import arrived_files
from webapp.security import may, receives_files
from webapp.sender.seal import prepare_picture
from webapp.state import state
from webapp.tries import count_upload


@dataclass(frozen=True)
class LogoPage:
    """What is shown to signers, and what became of the picture that came last."""

    organisation: Organisation
    newest: OrganisationLogo | None

    @property
    def checking(self) -> bool:
        """Whether a picture is still being cleaned."""
        return self.newest is not None and self.newest.state == DocumentState.CHECKING

    @property
    def refusal(self) -> str:
        """Why the last picture cannot be used; empty: it can."""
        code = self.newest.refusal if self.newest is not None else None
        return words(WORDS[RefusalCode(code)]) if code else ""

    @property
    def mark(self) -> str:
        """Changes whenever the page looks different."""
        return f"{self.newest.id}-{self.newest.state}" if self.newest is not None else "none"


def _prepare() -> Callable[[str], IO[bytes]]:
    return prepare_picture()


@blueprint.get("/logo")
@may("organisation.configure")
def logo() -> str:
    """The logo of now, and a way to another one."""
    return render_template("admin/logo.html", page=_page())


@blueprint.post("/logo")
@may("organisation.configure")
@receives_files(_prepare)
def send_logo() -> BaseResponse:
    """Another picture: it is shown once it is clean."""
    count_upload(member().id)
    arrived = arrived_files()
    if not arrived:
        flash(say("ロゴの画像を選んでください。"), "warning")
        return make_response(render_template("admin/logo.html", page=_page()), 422)
    try:
        with state().database.transaction() as session:
            logos.finish_logo(session, member(), cast("Incoming", arrived[0][1]), now())
    except Refusal:
        flash(say("画像を追加できる回数の上限に達しました。明日もう一度お試しください。"), "error")
    return redirect(url_for("admin.logo"), code=303)


@blueprint.post("/logo/remove")
@may("organisation.configure")
def remove_logo() -> BaseResponse:
    """Signers see the organisation's name only."""
    with state().database.transaction() as session:
        removed = logos.remove(session, member(), now())
    if removed:
        flash(
            say("ロゴを削除しました。署名する方の画面には、組織名だけが表示されます。"), "success"
        )
    return redirect(url_for("admin.logo"), code=303)


@blueprint.get("/logo/state")
@may("organisation.configure", keeps_awake=False)
def logo_state() -> Response:
    """What became of the picture; 204 while nothing has."""
    page = _page()
    if request.args.get("seen") == page.mark:
        return make_response("", 204)
    return make_response(render_template("admin/logo_state.html", page=page))


def _page() -> LogoPage:
    with state().database.reading() as session:
        organisation = session.get_one(Organisation, member().organisation_id)
        return LogoPage(organisation, logos.newest(session, organisation.id))
