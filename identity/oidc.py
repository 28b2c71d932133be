"""OpenID Connect: discovery, the way to the provider, and what its ID token says.

Authorization code with PKCE (RFC 9700), `state` and `nonce`. Authlib speaks OAuth and judges the
claims, joserfc the signature; only the asymmetric algorithms below are taken, so that neither
`none` nor a secret that is a public key's text makes a token. What leaves this file is verified.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, cast

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

from domain.sso import MAX_GROUPS, MAX_SUBJECT_CHARACTERS, SKEW, SsoRefused, Statement, Why
from identity.provider_http import Fetch, ProviderUnreachable

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
KEPT_SECONDS = 3600
"""How long a provider's description and keys are believed without asking again."""
AGAIN_SECONDS = 60
"""An unknown key makes us ask again, but no oftener than this."""
REST_SECONDS = 10
"""After an outage: threads that wait for a provider serve nobody else."""
FRESH_SECONDS = 600
"""How old an ID token may be that was asked for a moment ago."""
LEAST_RSA_BITS = 2048
_METHODS = ("client_secret_basic", "client_secret_post")
_AMR = frozenset(
    (
        *("face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd"),
        *("rba", "retina", "sc", "sms", "swk", "tel", "user", "vbm", "wia"),
    )
)
"""RFC 8176: words of `amr`, which nobody asks for by `acr_values`."""


@dataclass(frozen=True)
class Client:
    """What we are at a provider."""

    issuer: str
    client_id: str
    secret: str
    redirect_uri: str
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    claims: Mapping[str, str] | None = None
    """Names of the claims for `mail`, `name`, `department` and `groups`."""
    factors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Begun:
    """What the browser that began keeps until the answer comes."""

    state: str
    nonce: str
    verifier: str


@dataclass
class _Known:
    """A provider as this process knows it; moments are monotonic seconds."""

    described: Mapping[str, Any] | None = None
    described_at: float = 0.0
    keys: tuple[jwk.Key, ...] = ()
    keys_at: float = 0.0
    failed_at: float | None = None


class OpenIdProviders:
    """All that organisations have named; one object a process."""

    def __init__(self, fetch: Fetch, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}
        self._lock = Lock()

    def way(self, client: Client, begun: Begun) -> str:
        """Where the browser is sent. Raises SsoRefused."""
        described = self._description(client.issuer)
        asked = sorted(client.factors - _AMR)
        url, _ = self._oauth(client, described).create_authorization_url(
            str(described["authorization_endpoint"]),
            state=begun.state,
            nonce=begun.nonce,
            code_verifier=begun.verifier,
            **({"acr_values": " ".join(asked)} if asked else {}),
        )
        return str(url)

    def statement(self, client: Client, code: str, begun: Begun, now: float) -> Statement:
        """What the provider says of the person behind the code. `now` in seconds since 1970.
        Raises SsoRefused."""
        described = self._description(client.issuer)
        answer = self._exchange(client, described, code, begun)
        access = answer.get("access_token")
        token = answer.get("id_token")
        if not isinstance(token, str) or not isinstance(access, str):
            raise SsoRefused(Why.UNTRUSTED, "no_id_token")
        claims = self._verified(client, described, token, begun.nonce, access, now)
        names = client.claims or {}
        wanted = {names.get("mail") or "email", names.get("name") or "name", *names.values()} - {""}
        if not wanted <= claims.keys() and "userinfo_endpoint" in described:
            claims = self._userinfo(described, access, claims, names.get("mail") or "email")
        return _statement(claims, client.issuer, names)

    def _description(self, issuer: str) -> Mapping[str, Any]:
        known = self._of(issuer)
        if known.described is not None and self._age(known.described_at) < KEPT_SECONDS:
            return known.described
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            found = self._document(known, url)
        except SsoRefused:
            if known.described is None:
                raise
            return known.described
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != issuer or not all(
            isinstance(found.get(name), str) for name in needed
        ):
            raise SsoRefused(Why.UNTRUSTED, "description")
        if not self._secure(issuer, found):
            raise SsoRefused(Why.UNTRUSTED, "endpoint")
        known.described, known.described_at = found, self._monotonic()
        return found

    @staticmethod
    def _secure(issuer: str, found: Mapping[str, Any]) -> bool:
        """A browser with a code or a password is sent to none that is less than the issuer."""
        if not issuer.startswith("https://"):
            return True
        return str(found["authorization_endpoint"]).startswith("https://")

    def _keys(self, issuer: str, described: Mapping[str, Any], kid: str | None) -> list[jwk.Key]:
        known = self._of(issuer)
        found = _fitting(known.keys, kid)
        age = self._age(known.keys_at)
        if known.keys and age < (KEPT_SECONDS if found else AGAIN_SECONDS):
            return found
        document = self._document(known, str(described["jwks_uri"]))
        keys = document.get("keys")
        known.keys = tuple(_read_keys(keys if isinstance(keys, list) else []))
        known.keys_at = self._monotonic()
        return _fitting(known.keys, kid)

    def _of(self, issuer: str) -> _Known:
        with self._lock:
            return self._known.setdefault(issuer, _Known())

    def _age(self, moment: float) -> float:
        return self._monotonic() - moment

    def _document(self, known: _Known, url: str) -> Mapping[str, Any]:
        """A JSON object. A provider that did not answer a moment ago is not waited for again."""
        if known.failed_at is not None and self._age(known.failed_at) < REST_SECONDS:
            raise SsoRefused(Why.UNREACHABLE, "lately")
        try:
            answer = self._fetch("GET", url, headers={"Accept": "application/json"})
        except ProviderUnreachable as error:
            known.failed_at = self._monotonic()
            raise SsoRefused(Why.UNREACHABLE, str(error)) from None
        found = _json_object(answer)
        if answer.status_code != httpx.codes.OK or found is None:
            known.failed_at = self._monotonic()
            raise SsoRefused(Why.UNREACHABLE, f"status_{answer.status_code}")
        known.failed_at = None
        return found

    def _oauth(self, client: Client, described: Mapping[str, Any]) -> OAuth2Client:
        return OAuth2Client(
            session=_Session(self._fetch),
            client_id=client.client_id,
            client_secret=client.secret,
            token_endpoint_auth_method=_method(client, described),
            redirect_uri=client.redirect_uri,
            scope=" ".join(client.scopes),
            code_challenge_method="S256",
        )

    def _exchange(
        self, client: Client, described: Mapping[str, Any], code: str, begun: Begun
    ) -> Mapping[str, Any]:
        try:
            answer = self._oauth(client, described).fetch_token(
                str(described["token_endpoint"]),
                grant_type="authorization_code",
                code=code,
                code_verifier=begun.verifier,
            )
        except ProviderUnreachable as error:
            raise SsoRefused(Why.UNREACHABLE, str(error)) from None
        except httpx.HTTPStatusError as error:
            raise SsoRefused(Why.UNREACHABLE, f"status_{error.response.status_code}") from None
        except (AuthlibBaseError, ValueError) as error:
            # `invalid_grant`, `invalid_client` ...: the provider's own code, if it is one.
            found = str(getattr(error, "error", "") or type(error).__name__)
            raise SsoRefused(Why.UNTRUSTED, f"token_{found[:40]}") from None
        return cast("Mapping[str, Any]", answer)

    def _verified(  # noqa: PLR0913 - whose token, and all that it is held against
        self,
        client: Client,
        described: Mapping[str, Any],
        token: str,
        nonce: str,
        access: str,
        now: float,
    ) -> Mapping[str, Any]:
        header, claims = self._opened(client.issuer, described, token)
        judged = CodeIDToken(
            claims,
            header,
            {
                "iss": {"essential": True, "value": client.issuer},
                "aud": {"essential": True, "value": client.client_id},
            },
            {"nonce": nonce, "client_id": client.client_id, "access_token": access},
        )
        try:
            judged.validate(now=int(now), leeway=int(SKEW.total_seconds()))
        except (JoseError, AuthlibBaseError, TypeError, ValueError) as error:
            raise SsoRefused(Why.UNTRUSTED, _claim_of(error)) from None
        issued = claims.get("iat")
        if isinstance(issued, bool) or not isinstance(issued, int | float):
            raise SsoRefused(Why.UNTRUSTED, "iat")
        if not -SKEW.total_seconds() <= now - issued <= FRESH_SECONDS:
            raise SsoRefused(Why.UNTRUSTED, "iat")
        return claims

    def _opened(
        self, issuer: str, described: Mapping[str, Any], token: str
    ) -> tuple[Mapping[str, Any], dict[str, Any]]:
        """Header and claims of a token that one of the provider's keys signed."""
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError):
            raise SsoRefused(Why.UNTRUSTED, "token") from None
        if header.get("alg") not in ALGORITHMS:
            raise SsoRefused(Why.UNTRUSTED, "algorithm")
        kid = header.get("kid")
        for key in self._keys(issuer, described, kid if isinstance(kid, str) else None):
            claims = _claims_if_signed(token, key)
            if claims is not None:
                return header, claims
        raise SsoRefused(Why.UNTRUSTED, "signature")

    def _userinfo(
        self, described: Mapping[str, Any], access: str, claims: Mapping[str, Any], mail: str
    ) -> Mapping[str, Any]:
        """What the ID token does not say, from the provider itself: about the same person only.
        Whoever is known by the token alone (`mail` is a claim of it) enters without the rest."""
        headers = {"Authorization": f"Bearer {access}", "Accept": "application/json"}
        try:
            answer = self._fetch("GET", str(described["userinfo_endpoint"]), headers=headers)
        except ProviderUnreachable as error:
            if mail in claims:
                return claims
            raise SsoRefused(Why.UNREACHABLE, str(error)) from None
        found = _json_object(answer) if answer.status_code == httpx.codes.OK else None
        if found is None:
            return claims
        if found.get("sub") != _subject(claims):
            raise SsoRefused(Why.UNTRUSTED, "userinfo")
        if mail in claims and found.get(mail) != claims[mail]:
            found.pop("email_verified", None)  # speaks of another address
        return {**found, **claims}


class _Session:
    """What Authlib posts with."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    def post(
        self,
        url: str,
        data: Mapping[str, str],
        headers: Mapping[str, str],
        auth: Any,  # noqa: ANN401 - Authlib has no types
    ) -> httpx.Response:
        """One form, with the client's own proof."""
        url, headers, body = auth.prepare("POST", url, dict(headers), _encoded(data))
        return self._fetch("POST", url, form=dict(httpx.QueryParams(body)), headers=headers)


def _encoded(data: Mapping[str, str]) -> str:
    return str(httpx.QueryParams(dict(data)))


def _method(client: Client, described: Mapping[str, Any]) -> str:
    """How the client proves itself: as the provider says, by header where it says nothing."""
    if not client.secret:
        return "none"
    offered = described.get("token_endpoint_auth_methods_supported")
    known = [name for name in _METHODS if isinstance(offered, list) and name in offered]
    return known[0] if known else _METHODS[0]


def _json_object(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        found = answer.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _read_keys(keys: list[Any]) -> list[jwk.Key]:
    """The public keys for signatures that we know how to use; others are passed over."""
    found = []
    for entry in keys[:50]:
        if not isinstance(entry, dict) or entry.get("kty") not in {"RSA", "EC"}:
            continue
        if entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwk.import_key(entry)
        except (JoseError, ValueError, KeyError, TypeError):
            continue
        if _is_strong(key):
            found.append(key)
    return found


def _is_strong(key: jwk.Key) -> bool:
    size = getattr(key.public_key, "key_size", 0) if isinstance(key, jwk.RSAKey) else None
    return size is None or size >= LEAST_RSA_BITS


def _fitting(keys: tuple[jwk.Key, ...], kid: str | None) -> list[jwk.Key]:
    return [key for key in keys if kid is None or key.kid == kid]


def _claims_if_signed(token: str, key: jwk.Key) -> dict[str, Any] | None:
    try:
        return jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError):
        return None


def _claim_of(error: Exception) -> str:
    """Which claim did not fit, as a code."""
    return str(getattr(error, "claim", "") or type(error).__name__)[:40]


def _statement(claims: Mapping[str, Any], issuer: str, names: Mapping[str, str]) -> Statement:
    mail, groups = names.get("mail") or "email", claims.get(names.get("groups") or "")
    # OpenID Connect Core, 5.1: it speaks of the claim `email`. People write some others themselves.
    verified = claims.get("email_verified") if mail == "email" else None
    return Statement(
        issuer=issuer,
        subject=_subject(claims),
        mail=_text(claims, mail).strip().lower(),
        mail_verified=None if verified is None else verified in (True, "true"),
        name=_text(claims, names.get("name") or "name"),
        department=_text(claims, names.get("department") or ""),
        groups=None if groups is None else _texts(groups),
        factors=(*_texts(claims.get("acr")), *_texts(claims.get("amr"))),
    )


def _subject(claims: Mapping[str, Any]) -> str:
    found = claims.get("sub")
    if not isinstance(found, str) or not 0 < len(found) <= MAX_SUBJECT_CHARACTERS:
        raise SsoRefused(Why.UNTRUSTED, "sub")
    return found


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name, "")
    return found if isinstance(found, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    many = value if isinstance(value, list) else [value]
    return tuple(item for item in many if isinstance(item, str))[:MAX_GROUPS]
