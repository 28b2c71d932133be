"""An OpenID provider for tests: it checks what a good one checks, and lies where it is told to.

A Flask application; tests ask it without sockets (`fetch`), the browser's over loopback.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwk, jwt

CLIENT_ID, CLIENT_SECRET = "musubi", "a secret: of the client"
Claims = dict[str, Any]


def new_key(kid: str) -> jwk.RSAKey:
    return jwk.RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)


@dataclass
class Grant:
    """A code that was given out."""

    nonce: str
    challenge: str
    redirect_uri: str


@dataclass
class Provider:
    """`issuer` is where it is; `person` whoever sits before it."""

    issuer: str = "https://idp.city.example"
    keys: list[jwk.RSAKey] = field(default_factory=lambda: [new_key("one")])
    person: Claims = field(default_factory=dict)
    forge: Callable[[Claims], Claims | str] | None = None
    """Changes claims before they are signed, or makes another token of them."""
    describe: Callable[[Claims], Claims] | None = None
    publish: Callable[[Any], Claims] | None = None
    grants: dict[str, Grant] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Paths, in order."""
    away: bool = False
    more: Claims = field(default_factory=lambda: {"email": "from@userinfo.example"})
    """What only the userinfo endpoint says."""
    mute: bool = False
    """The userinfo endpoint does not answer."""

    def __post_init__(self) -> None:
        self.app = Flask("provider")
        self.app.add_url_rule("/.well-known/openid-configuration", view_func=self.description)
        self.app.add_url_rule("/keys", view_func=self.public_keys)
        self.app.add_url_rule("/authorize", view_func=self.authorize)
        self.app.add_url_rule("/token", view_func=self.exchange, methods=["POST"])
        self.app.add_url_rule("/userinfo", view_func=self.userinfo)
        self.app.before_request(lambda: self.asked.append(request.path))

    def description(self) -> Response:
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        found = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in names.items()}
        found |= {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        return jsonify(self.describe(found) if self.describe else found)

    def public_keys(self) -> Response:
        keys = [key.as_dict(private=False) for key in self.keys]
        return jsonify({"keys": [self.publish(key) if self.publish else key for key in keys]})

    def authorize(self) -> Any:
        """Nobody is asked: the person sits there."""
        asked = request.args
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.grants[code] = Grant(asked["nonce"], asked["code_challenge"], asked["redirect_uri"])
        answer = urlencode({"code": code, "state": asked["state"]})
        return redirect(f"{asked['redirect_uri']}?{answer}", code=302)

    def exchange(self) -> Any:
        basic = request.authorization
        grant = self.grants.pop(request.form.get("code", ""), None)
        if basic is None or basic.password is None:
            return jsonify({"error": "invalid_client"}), 401
        if (basic.username, basic.password) != (CLIENT_ID, CLIENT_SECRET):
            return jsonify({"error": "invalid_client"}), 401
        digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        fits = grant is not None and challenge == grant.challenge
        if not fits or grant is None or request.form.get("redirect_uri") != grant.redirect_uri:
            return jsonify({"error": "invalid_grant"}), 400
        access = secrets.token_urlsafe(16)
        token = self.id_token(grant.nonce)
        return jsonify({"access_token": access, "token_type": "Bearer", "id_token": token})

    def userinfo(self) -> Any:
        assert request.headers["Authorization"].startswith("Bearer ")
        return jsonify({"sub": self.person.get("sub"), **self.more})

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims: Claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
            **self.person,
        }
        forged = self.forge(claims) if self.forge else claims
        return forged if isinstance(forged, str) else self.signed(forged)

    def signed(self, claims: Claims, key: jwk.RSAKey | None = None, alg: str = "RS256") -> str:
        by = key or self.keys[0]
        return jwt.encode({"alg": alg, "kid": by.kid}, claims, by, algorithms=[alg])

    def fetch(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Implements identity.provider_http.Fetch, without a socket."""
        from identity.provider_http import ProviderUnreachable

        if self.away or (self.mute and url.endswith("/userinfo")):
            raise ProviderUnreachable("timeout")
        assert url.startswith(self.issuer), url
        path = url.removeprefix(self.issuer)
        answer = self.app.test_client().open(
            path, method=method, data=dict(form or {}), headers=dict(headers or {})
        )
        kind = {"content-type": answer.content_type or ""}
        asked = httpx.Request(method, url)
        return httpx.Response(answer.status_code, headers=kind, content=answer.data, request=asked)

    def go(self, way: str) -> str:
        """What a browser does that is sent to `way`: the address that it is sent back to."""
        parts = urlsplit(way)
        answer = self.app.test_client().get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 302, answer.text
        return str(answer.location)


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
