"""承諾の設定: what counterparties agree to before they read and act, in versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.choices import chosen
from domain.consent_words import MEANS, MEANS_VERSION
from domain.consents import DEFAULT, ConsentText, ConsentWay, read_text, text_problems
from storage import consenting
from storage.consents import text_of
from storage.tables import ConsentVersion, Member, Organisation
from webapp.admin.blueprint import blueprint
from webapp.language import say, words
from webapp.login import member, now
from webapp.security import may
from webapp.state import state


@dataclass(frozen=True)
class Version:
    """One text, and who wrote it."""

    row: ConsentVersion
    author: str


@dataclass(frozen=True)
class Present:
    """What holds now, and all that was written so far, newest first."""

    way: ConsentWay
    text: ConsentText
    asked: ConsentVersion | None
    versions: Sequence[Version]

    @property
    def is_template(self) -> bool:
        """Whether the Japanese words are still those that came with the service."""
        return self.text.ja == DEFAULT.ja


@blueprint.get("/consent")
@may("organisation.configure")
def consent() -> Response:
    """The text of now, and the versions before it."""
    return _page()


@blueprint.post("/consent")
@may("organisation.configure")
def change_consent() -> BaseResponse:
    """Keep what was chosen and written; a changed text is a new version."""
    way = chosen(ConsentWay, request.form.get("way", ""), None)
    present = _present()
    text = ConsentText(
        read_text(request.form.get("ja", "")),
        read_text(request.form.get("en", "")),
        present.text.lasting if way in {None, ConsentWay.NONE} else way is ConsentWay.LASTING,
    )
    problems = text_problems(text)
    errors = {name: words(said) for name, said in problems.items()}
    if way is None:
        errors["way"] = say("どれか一つを選んでください。")
    if errors or way is None:
        return _page(way, text, errors)
    with state().database.transaction() as session:
        changed = consenting.ask_for(session, member(), way, text, now())
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(url_for("admin.consent"), code=303)


def _page(
    way: ConsentWay | None = None,
    text: ConsentText | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    present = _present()
    answer = make_response(
        render_template(
            "admin/consent.html",
            present=present,
            way=(way or present.way).value,
            text=text or present.text,
            means=MEANS[MEANS_VERSION],
            errors=errors or {},
        )
    )
    answer.status_code = 422 if errors else 200
    return answer


def _present() -> Present:
    with state().database.reading() as session:
        organisation = session.get_one(Organisation, member().organisation_id)
        return _read(session, organisation)


def _read(session: Session, organisation: Organisation) -> Present:
    rows = session.execute(
        select(ConsentVersion, Member.name)
        .join(Member, Member.id == ConsentVersion.created_by)
        .where(ConsentVersion.organisation_id == organisation.id)
        .order_by(ConsentVersion.version.desc())
    )
    versions = [Version(row, author) for row, author in rows]
    asked = next(
        (found.row for found in versions if found.row.id == organisation.consent_version_id), None
    )
    text = text_of(versions[0].row) if versions else DEFAULT
    way = ConsentWay.NONE
    if asked is not None:
        way = ConsentWay.LASTING if asked.lasting else ConsentWay.EACH
    return Present(way, text, asked, versions)
