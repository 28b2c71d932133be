"""Chains and the choices of one's own organisation."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from storage import organisations
from storage.tables import Organisation
from webapp.admin.blueprint import blueprint
from webapp.admin.queries import chains_of
from webapp.language import say
from webapp.login import member, now
from webapp.security import may
from webapp.state import state


@blueprint.get("/chains")
@may("chain.read")
def chains() -> str:
    """Reusable routes, newest version first."""
    with state().database.reading() as session:
        rows = chains_of(session, member().organisation_id)
    return render_template("admin/chains.html", chains=rows)


@blueprint.get("/policy")
@may("organisation.configure")
def policy() -> str:
    """What holds for all envelopes of the organisation."""
    with state().database.reading() as session:
        organisation = session.get_one(Organisation, member().organisation_id)
    return render_template(
        "admin/policy.html", organisation=organisation, days=state().settings.download_days
    )


@blueprint.post("/policy")
@may("organisation.configure")
def change_policy() -> BaseResponse:
    """Keep the choice. A form without one changes nothing."""
    late, totp = (request.form.get(name, "") for name in ("late_downloads", "totp"))
    chosen, changed = {"yes": True, "no": False}, False
    if late not in chosen and totp not in chosen:
        return redirect(url_for("admin.policy"), code=303)
    with state().database.transaction() as session:
        if late in chosen:
            changed |= organisations.allow_late_downloads(
                session, member(), now(), allowed=chosen[late]
            )
        if totp in chosen:
            changed |= organisations.demand_totp(session, member(), now(), demanded=chosen[totp])
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(url_for("admin.policy"), code=303)
