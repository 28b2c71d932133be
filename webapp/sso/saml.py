"""To a SAML provider and back. The response is a form that the provider's page posts: a foreign
post, without our cookies but for the one that says which request it answers. So it is verified,
kept for a minute, and taken by the request that follows, which has the others.
"""

from datetime import datetime
from uuid import UUID

from flask import Response, g, make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.sso import Protocol, SsoRefused, Why
from identity import saml
from identity.saml import IdentityProvider, Ourselves
from identity.saml_metadata import our_metadata
from storage import sso, sso_assertions
from storage.tables import SsoConnection
from webapp import login as logins
from webapp.entering import note_sso_refusal
from webapp.security import public, takes_foreign_posts
from webapp.sso import arriving, journeys
from webapp.sso.blueprint import blueprint
from webapp.sso.journeys import Journey, Landed
from webapp.state import state

_PATH = "/login/sso/<uuid:organisation_id>/saml"


def ourselves(organisation_id: UUID) -> Ourselves:
    """What an organisation's provider calls us, and where it answers to; from the base URL only."""
    base = state().settings.base_url.rstrip("/")
    names = ("sso.saml_metadata", "sso.saml_response")
    entity, acs = (base + url_for(name, organisation_id=organisation_id) for name in names)
    return Ourselves(entity, acs)


def provider_of(connection: SsoConnection) -> IdentityProvider:
    """Who answers by this connection."""
    link = connection.link
    return IdentityProvider(link["entity_id"], link["sso_url"], tuple(link["certificates"]))


@blueprint.get(f"{_PATH}/metadata")
@public
def saml_metadata(organisation_id: UUID) -> Response:
    """Ours, for an organisation's provider: of any id, so that it tells nothing of any."""
    answer = make_response(our_metadata(ourselves(organisation_id)))
    answer.mimetype = "application/samlmetadata+xml"
    answer.headers["Content-Disposition"] = 'attachment; filename="musubi-metadata.xml"'
    return answer


@blueprint.get(_PATH)
@public
def begin_saml(organisation_id: UUID) -> BaseResponse:
    """The browser is sent on. Nothing is written: this is a link."""
    if logins.signed_in() is not None:
        return redirect(url_for("public.home"), code=303)
    with state().database.reading() as db:
        connection = sso.find_offered(db, organisation_id, Protocol.SAML)
    if connection is None:
        return arriving.refused(SsoRefused(Why.NOT_BEGUN, "off"))
    target = logins.safe_path(request.args.get("next", ""))
    return depart(connection, journeys.new_journey(connection, target))


def depart(connection: SsoConnection, journey: Journey) -> Response:
    """To the provider. Where the member wants to go afterwards stays in our cookie: no RelayState
    goes out, and none that comes in is looked at."""
    us = ourselves(connection.organisation_id)
    way = saml.request_url(provider_of(connection), us, journey.state, logins.now())
    answer = make_response(redirect(way, code=303))
    journeys.keep(answer, Protocol.SAML, journey)
    return answer


@blueprint.post(f"{_PATH}/acs")
@public
@takes_foreign_posts
def saml_response(organisation_id: UUID) -> BaseResponse:
    """The response, from the browser that left with the request which it answers."""
    try:
        journey = journeys.read_any(Protocol.SAML)
        connection = arriving.connection_of(Protocol.SAML, organisation_id, journey)
    except SsoRefused as problem:
        answer = arriving.turned_away(Protocol.SAML, organisation_id, problem)
    else:
        answer = _land(connection, journey)
    journeys.forget(answer, Protocol.SAML)
    return answer


def _land(connection: SsoConnection, journey: Journey) -> Response:
    try:
        found = saml.read_response(
            request.form.get("SAMLResponse", ""),
            provider_of(connection),
            ourselves(connection.organisation_id),
            journey.state,
            connection.link["claims"],
            logins.now(),
        )
    except SsoRefused as problem:
        note_sso_refusal(connection, problem)
        if not journey.tried_by:
            return arriving.refused(problem)
        return arriving.not_tried(connection, problem)
    page = url_for("sso.saml_arrived", organisation_id=connection.organisation_id)
    answer = make_response(redirect(page, code=303))
    until = found.until.isoformat()
    journeys.keep_landed(answer, Landed(journey, found.said, found.assertion_id, until))
    return answer


@blueprint.get(f"{_PATH}/arrived")
@public
def saml_arrived(organisation_id: UUID) -> BaseResponse:
    """Take what was verified a moment ago, once."""
    if request.method != "GET":
        return arriving.refused(SsoRefused(Why.NOT_BEGUN, "method"))
    g.passing = True
    try:
        landed = journeys.read_landed()
        connection = arriving.connection_of(Protocol.SAML, organisation_id, landed.journey)
        arriving.check_trier(landed.journey)
    except SsoRefused as problem:
        answer = arriving.turned_away(Protocol.SAML, organisation_id, problem)
    else:

        def once(db: Session) -> None:
            until = datetime.fromisoformat(landed.until)
            sso_assertions.take(db, connection.id, landed.assertion, until, logins.now())

        answer = arriving.finish(connection, landed.journey, lambda: landed.said, once)
    journeys.forget_landed(answer)
    return answer
