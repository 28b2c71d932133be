"""To an OpenID provider and back. The address of the way back holds the organisation, so that what
one provider answers is never taken for another's (RFC 9700, 4.4)."""

from uuid import UUID

from flask import Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.sso import Protocol, SsoRefused, Statement, Why
from identity.oidc import Client
from storage import sso
from storage.people import VAULT_OWNER
from storage.tables import SsoConnection
from webapp import login as logins
from webapp.security import public
from webapp.sso import arriving, journeys
from webapp.sso.blueprint import blueprint
from webapp.sso.journeys import Journey
from webapp.state import state

_PATH = "/login/sso/<uuid:organisation_id>/oidc"


def redirect_uri(organisation_id: UUID) -> str:
    """What the provider is told, and nothing else: never from the request's headers."""
    path = url_for("sso.oidc_callback", organisation_id=organisation_id, _external=False)
    return state().settings.base_url.rstrip("/") + path


def secret_context(organisation_id: UUID) -> bytes:
    """What a sealed secret belongs to."""
    return b"sso:" + organisation_id.bytes


def client_of(connection: SsoConnection) -> Client:
    """What we are at this provider, with the secret in clear."""
    secret = ""
    if connection.secret_sealed is not None:
        owner = connection.organisation_id
        with state().database.reading() as db:
            secret = (
                state()
                .vault.unseal(
                    db, VAULT_OWNER, owner, connection.secret_sealed, secret_context(owner)
                )
                .decode()
            )
    link = connection.link
    return Client(
        issuer=link["issuer"],
        client_id=link["client_id"],
        secret=secret,
        redirect_uri=redirect_uri(connection.organisation_id),
        scopes=tuple(link["scopes"]),
        claims=link["claims"],
        factors=frozenset(connection.rules.get("factors", [])),
    )


@blueprint.get(_PATH)
@public
def begin_oidc(organisation_id: UUID) -> BaseResponse:
    """The browser is sent on. Nothing is written: this is a link."""
    if logins.signed_in() is not None:
        return redirect(url_for("public.home"), code=303)
    with state().database.reading() as db:
        connection = sso.find_offered(db, organisation_id, Protocol.OIDC)
    if connection is None:
        return arriving.refused(SsoRefused(Why.NOT_BEGUN, "off"))
    target = logins.safe_path(request.args.get("next", ""))
    try:
        return depart(connection, journeys.new_journey(connection, target))
    except SsoRefused as problem:
        return arriving.refused(problem)


def depart(connection: SsoConnection, journey: Journey) -> Response:
    """To the provider. Raises SsoRefused."""
    way = state().open_id.way(client_of(connection), journey.begun)
    answer = make_response(redirect(way, code=303))
    journeys.keep(answer, Protocol.OIDC, journey)
    return answer


@blueprint.get(f"{_PATH}/callback")
@public
def oidc_callback(organisation_id: UUID) -> BaseResponse:
    """What the provider answers, once, to the browser that left. A scanner that opens the address
    has no cookie, and HEAD asks for nothing."""
    if request.method != "GET":
        return arriving.refused(SsoRefused(Why.NOT_BEGUN, "method"))
    return arriving.arrive(Protocol.OIDC, organisation_id, request.args.get("state", ""), _said)


def _said(connection: SsoConnection, journey: Journey) -> Statement:
    if "error" in request.args:
        raise SsoRefused(Why.DENIED, _code(request.args["error"]))
    # RFC 9207: whoever names himself must be the one we asked.
    if request.args.get("iss", connection.link["issuer"]) != connection.link["issuer"]:
        raise SsoRefused(Why.UNTRUSTED, "iss_parameter")
    code = request.args.get("code", "")
    if not code:
        raise SsoRefused(Why.UNTRUSTED, "no_code")
    now = logins.now().timestamp()
    return state().open_id.statement(client_of(connection), code, journey.begun, now)


def _code(text: str) -> str:
    """An error's code as the standard writes it; what is none is not repeated."""
    plain = text[:40]
    return plain if plain.replace("_", "").isalnum() and plain.isascii() else "other"
