"""What a browser keeps between the button and the provider's answer: signed, for ten minutes.

Nothing is written before the answer comes, so that a button may be a link, and whoever follows it
a thousand times fills no table. The cookie goes with the answer, whatever that says. What the
answer says may be long, and waits in the database under a secret name that the browser keeps.
"""

import hmac
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from domain.sso import BEGUN_LIFE, Protocol, SsoRefused, Statement, Why
from identity.oidc import Begun
from identity.sessions import new_token, token_sha256
from storage import sso_arrivals
from storage.tables import SsoConnection
from webapp.login import now
from webapp.state import state

COOKIES = {Protocol.OIDC: "__Host-musubi-sso", Protocol.SAML: "__Host-musubi-saml"}
PENDING = "__Host-musubi-link"
LANDED = "__Host-musubi-landed"
MAX_TARGET_CHARACTERS = 2000
"""Of a page for afterwards. Browsers keep no cookie of more than 4,096 bytes, and this is the part
of it that somebody else may write."""
_LANDED_LIFE = timedelta(seconds=60)
_SECONDS = int(BEGUN_LIFE.total_seconds())


@dataclass(frozen=True)
class Journey:
    """A way to a provider."""

    connection: str
    revision: int
    state: str
    """OIDC: `state`. SAML: the request's id."""
    nonce: str = ""
    verifier: str = ""
    target: str = ""
    """A path of ours, for afterwards."""
    tried_by: str = ""
    """The administrator who tries the connection; nobody is logged in then."""

    @property
    def begun(self) -> Begun:
        """The part of it that OpenID Connect speaks of."""
        return Begun(self.state, self.nonce, self.verifier)


def new_journey(connection: SsoConnection, target: str, tried_by: UUID | None = None) -> Journey:
    """Three secrets of 256 bits. SAML's id is one of XML, and begins with no digit."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Journey(
        str(connection.id),
        connection.revision,
        f"_{state}",
        nonce,
        # RFC 7636, 4.1: 43 to 128 characters.
        verifier + secrets.token_urlsafe(16),
        target if len(target) <= MAX_TARGET_CHARACTERS else "",
        str(tried_by) if tried_by is not None else "",
    )


def keep(answer: Response, protocol: Protocol, journey: Journey) -> None:
    """SAML's answer is a form that another site posts, to which browsers give no cookie that is
    `Lax`; the cookie opens nothing."""
    _set(answer, COOKIES[protocol], _begun().dumps(asdict(journey)), protocol)


def read_any(protocol: Protocol) -> Journey:
    """The journey that this browser is on. Raises SsoRefused."""
    try:
        kept = _begun().loads(request.cookies.get(COOKIES[protocol], ""), max_age=_SECONDS)
        return Journey(**kept)
    except (BadSignature, TypeError):
        raise SsoRefused(Why.NOT_BEGUN, "cookie") from None


def read(protocol: Protocol, returned: str) -> Journey:
    """The journey whose answer this is. Raises SsoRefused."""
    journey = read_any(protocol)
    if not hmac.compare_digest(journey.state.encode(), returned.encode()):
        raise SsoRefused(Why.NOT_BEGUN, "state")
    return journey


def forget(answer: Response, protocol: Protocol) -> None:
    """The journey is over, where there was one: a form from elsewhere leaves the browser alone."""
    if COOKIES[protocol] in request.cookies:
        _set(answer, COOKIES[protocol], "", protocol)


@dataclass(frozen=True)
class Pending:
    """Somebody came back from the provider, and has to show once that the login here is his."""

    connection: str
    revision: int
    said: Statement
    target: str = ""


def keep_pending(answer: Response, pending: Pending) -> None:
    """For the page that asks."""
    _keep_arrival(answer, PENDING, asdict(pending), BEGUN_LIFE)


def read_pending() -> Pending | None:
    """What this browser brought from the provider."""
    kept = _arrival(PENDING)
    if kept is None:
        return None
    return Pending(said=_statement(kept.pop("said")), **kept)


def forget_pending(answer: Response) -> None:
    """It was shown, or given up."""
    _forget_arrival(answer, PENDING)


@dataclass(frozen=True)
class Landed:
    """An assertion that was posted by another site, and verified; our own cookies come with the
    next request."""

    journey: Journey
    said: Statement
    assertion: str
    until: str
    """Until when it must not be taken again; ISO 8601."""


def keep_landed(answer: Response, landed: Landed) -> None:
    """For the next request, which follows at once."""
    _keep_arrival(answer, LANDED, asdict(landed), _LANDED_LIFE)


def read_landed() -> Landed:
    """What was verified a moment ago. Raises SsoRefused."""
    kept = _arrival(LANDED)
    if kept is None:
        raise SsoRefused(Why.NOT_BEGUN, "cookie")
    said = _statement(kept.pop("said"))
    return Landed(Journey(**kept.pop("journey")), said, **kept)


def forget_landed(answer: Response) -> None:
    """It was taken, or refused."""
    _forget_arrival(answer, LANDED)


def _keep_arrival(answer: Response, name: str, kept: dict[str, Any], life: timedelta) -> None:
    token, moment = new_token(), now()
    with state().database.transaction() as db:
        sso_arrivals.keep(db, _hash(name, token), kept, moment + life, moment)
    _set(answer, name, token, Protocol.OIDC)


def _arrival(name: str) -> dict[str, Any] | None:
    token = request.cookies.get(name)
    if not token:
        return None
    with state().database.reading() as db:
        return sso_arrivals.find(db, _hash(name, token), now())


def _forget_arrival(answer: Response, name: str) -> None:
    token = request.cookies.get(name)
    if token:
        with state().database.transaction() as db:
            sso_arrivals.forget(db, _hash(name, token))
    _set(answer, name, "", Protocol.OIDC)


def _hash(name: str, token: str) -> str:
    """Under the cookie's name, so that neither passes for the other."""
    return token_sha256(f"{name}:{token}")


def _statement(kept: dict[str, Any]) -> Statement:
    said = Statement(**kept)
    return replace(
        said,
        groups=None if said.groups is None else tuple(said.groups),
        factors=tuple(said.factors),
    )


def _set(answer: Response, name: str, value: str, protocol: Protocol) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=_SECONDS if value else 0,
        secure=True,
        httponly=True,
        samesite="None" if protocol is Protocol.SAML else "Lax",
        path="/",
    )


def _begun() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="single sign-on")
