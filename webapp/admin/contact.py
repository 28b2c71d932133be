"""組織名と連絡先: what the organisation is called, and whom its mails name as contact."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.organisations import Contact, check_contact
from storage import organisations
from storage.tables import Organisation
from webapp.admin.blueprint import blueprint
from webapp.language import say, words
from webapp.login import member, now
from webapp.security import may
from webapp.state import state

NAMES = ("name", "name_en", "department", "phone", "mail")


@blueprint.get("/contact")
@may("organisation.configure")
def contact() -> Response:
    """As it is."""
    with state().database.reading() as session:
        row = session.get_one(Organisation, member().organisation_id)
    known = Contact(
        row.name, row.name_en, row.contact_department, row.contact_phone, row.contact_mail
    )
    return _page(known)


@blueprint.post("/contact")
@may("organisation.configure")
def change_contact() -> BaseResponse:
    """Keep it; what is wrong stays as typed."""
    typed = Contact(*(request.form.get(name, "")[:MAX_TYPED_CHARACTERS] for name in NAMES))
    try:
        checked = check_contact(typed)
    except FormProblems as problems:
        return _page(typed, {name: words(text) for name, text in problems.problems.items()})
    with state().database.transaction() as session:
        changed = organisations.set_contact(session, member(), checked, now())
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(url_for("admin.contact"), code=303)


def _page(typed: Contact, errors: dict[str, str] | None = None) -> Response:
    body = render_template("admin/contact.html", typed=typed, errors=errors or {})
    return make_response(body, 422 if errors else 200)
