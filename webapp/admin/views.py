"""Chains and the choices of one's own organisation."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.chains import kept_recipients, kept_stages
from domain.draft_defaults import defaults_of
from storage import chains as stored_chains
from storage import organisations
from storage.chain_staff import staff_of
from storage.office_lists import CHAIN_SORTS
from storage.tables import Organisation
from webapp.admin.blueprint import blueprint
from webapp.admin.queries import chains_of
from webapp.language import say
from webapp.lists import asked, here_of
from webapp.login import member, now
from webapp.security import may
from webapp.state import state


@blueprint.get("/chains")
@may("chain.read")
def chains() -> str:
    """Reusable routes, the newest version of each."""
    wishes = asked(CHAIN_SORTS)
    with state().database.reading() as session:
        page = chains_of(session, member().organisation_id, wishes, now())
    return render_template(
        "admin/chains.html",
        page=page,
        asked=wishes,
        here=here_of("admin.chains", wishes.as_query()),
    )


@blueprint.get("/chains/<uuid:chain_id>/versions")
@may("chain.read")
def chain_versions(chain_id: UUID) -> str:
    """What a route was before, who changed it, and when."""
    number = request.args.get("page", 1, type=int)
    with state().database.reading() as session:
        row = stored_chains.find(session, member().organisation_id, chain_id)
        if row is None:
            abort(404)
        return render_template(
            "admin/chain_versions.html",
            row=row,
            page=stored_chains.versions(session, row, number),
            staff=staff_of(session, row.organisation_id),
            stages_of=lambda version: kept_stages(version.definition),
            recipients_of=lambda version: kept_recipients(version.definition),
        )


@blueprint.get("/policy")
@may("organisation.configure")
def policy() -> str:
    """What holds for all envelopes of the organisation."""
    with state().database.reading() as session:
        organisation = session.get_one(Organisation, member().organisation_id)
    return render_template(
        "admin/policy.html",
        organisation=organisation,
        defaults=defaults_of(organisation.draft_defaults),
        days=state().settings.download_days,
    )


@blueprint.post("/policy")
@may("organisation.configure")
def change_policy() -> BaseResponse:
    """Keep the choice. A form without one changes nothing."""
    names = ("late_downloads", "totp", "mandates")
    late, totp, mandates = (request.form.get(name, "") for name in names)
    chosen, changed = {"yes": True, "no": False}, False
    if chosen.keys().isdisjoint((late, totp, mandates)):
        return redirect(url_for("admin.policy"), code=303)
    with state().database.transaction() as session:
        if late in chosen:
            changed |= organisations.allow_late_downloads(
                session, member(), now(), allowed=chosen[late]
            )
        if totp in chosen:
            changed |= organisations.demand_totp(session, member(), now(), demanded=chosen[totp])
        if mandates in chosen:
            changed |= organisations.demand_mandates(
                session, member(), now(), demanded=chosen[mandates]
            )
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(url_for("admin.policy"), code=303)
