"""What a provider says counts only where everything about it fits."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from domain.sso import SsoRefused, Statement, Why
from identity.oidc import Begun, Client, OpenIdProviders
from tests.sso.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Claims,
    Provider,
    new_key,
    query_of,
)

BACK = "https://musubi.example/login/sso/x/oidc/callback"
PERSON = {"sub": "u-1", "email": "Hanako@City.example", "email_verified": True, "name": "花子"}
BEGUN = Begun("state", "nonce", "v" * 50)
ONE, OTHER = new_key("one"), new_key("other")


@pytest.fixture
def provider() -> Provider:
    return Provider(keys=[ONE], person=dict(PERSON))


def client(provider: Provider, **changes: Any) -> Client:
    values: dict[str, Any] = {
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "secret": CLIENT_SECRET,
        "redirect_uri": BACK,
        "claims": {"mail": "email", "name": "name", "department": "dep", "groups": "groups"},
    }
    return Client(**values | changes)


def come_back(
    provider: Provider,
    providers: OpenIdProviders | None = None,
    begun: Begun = BEGUN,
    left: Begun = BEGUN,
    **changes: Any,
) -> Statement:
    """To the provider and back; `left` is what the browser left with."""
    providers = providers or OpenIdProviders(provider.fetch)
    wanted = client(provider, **changes)
    back = provider.go(providers.way(wanted, left))
    return providers.statement(wanted, query_of(back)["code"], begun, time.time())


def refusal(provider: Provider, **changes: Any) -> tuple[Why, str]:
    with pytest.raises(SsoRefused) as found:
        come_back(provider, **changes)
    return found.value.why, found.value.detail


def test_a_person_comes_back_with_what_the_provider_says(provider: Provider) -> None:
    provider.person |= {"dep": "契約課", "groups": ["a", "b"], "acr": "gold", "amr": ["pwd", "otp"]}
    assert come_back(provider) == Statement(
        provider.issuer,
        "u-1",
        "hanako@city.example",
        mail_verified=True,
        name="花子",
        department="契約課",
        groups=("a", "b"),
        factors=("gold", "pwd", "otp"),
    )


def test_the_way_holds_state_nonce_and_a_challenge_and_asks_for_accepted_contexts(
    provider: Provider,
) -> None:
    providers = OpenIdProviders(provider.fetch)
    asked = query_of(providers.way(client(provider, factors=frozenset({"gold", "mfa"})), BEGUN))
    assert (asked["state"], asked["nonce"], asked["redirect_uri"]) == ("state", "nonce", BACK)
    assert asked["code_challenge_method"] == "S256"
    assert asked["acr_values"] == "gold"
    assert BEGUN.verifier not in str(asked)


def _without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize(
    ("forge", "detail"),
    [
        (lambda claims: claims | {"iss": "https://evil.example"}, "iss"),
        (lambda claims: claims | {"aud": "another client"}, "aud"),
        (lambda claims: claims | {"aud": [CLIENT_ID, "another"]}, "azp"),
        (lambda claims: claims | {"azp": "another client"}, "azp"),
        (lambda claims: claims | {"exp": int(time.time()) - 600}, "exp"),
        (lambda claims: claims | {"iat": int(time.time()) - 3600}, "iat"),
        (lambda claims: claims | {"iat": int(time.time()) + 3600}, "iat"),
        (lambda claims: claims | {"iat": "yesterday"}, "iat"),
        (lambda claims: claims | {"nonce": "of another login"}, "nonce"),
        (_without("nonce"), "nonce"),
        (_without("exp"), "exp"),
        (_without("aud"), "aud"),
        (_without("sub"), "sub"),
        (lambda claims: claims | {"sub": ""}, "sub"),
        (lambda claims: claims | {"sub": 7}, "sub"),
        (lambda claims: claims | {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
    ],
)
def test_a_token_that_says_something_else_is_refused(
    provider: Provider, forge: Callable[[Claims], Claims], detail: str
) -> None:
    provider.forge = forge
    why, found = refusal(provider)
    assert (why, found) == (Why.UNTRUSTED, detail)


def _unsigned(claims: Claims) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(_base64(json.dumps(part).encode()) for part in parts) + "."


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _with_public_key_as_secret(claims: Claims) -> str:
    """By hand: the library makes no such thing."""
    parts = ({"alg": "HS256", "kid": "one"}, claims)
    signed = ".".join(_base64(json.dumps(part).encode()) for part in parts)
    made = hmac.digest(ONE.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{_base64(made)}"


@pytest.mark.parametrize(
    ("forge", "detail"),
    [
        (_unsigned, "algorithm"),
        (_with_public_key_as_secret, "algorithm"),
        (lambda _: "not a token", "token"),
        (lambda claims: Provider(keys=[ONE]).signed(claims)[:-8] + "AAAAAAAA", "signature"),
        # By a key that the provider does not have, under the name of one that it has.
        (lambda claims: Provider(keys=[new_key("one")]).signed(claims), "signature"),
        (lambda claims: Provider(keys=[OTHER]).signed(claims), "signature"),
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_refused(
    provider: Provider, forge: Callable[[Claims], str], detail: str
) -> None:
    provider.forge = forge
    assert refusal(provider) == (Why.UNTRUSTED, detail)


def test_a_code_that_another_browser_was_given_is_worth_nothing(provider: Provider) -> None:
    stolen = Begun("state", "nonce", "w" * 50)
    assert refusal(provider, left=stolen) == (Why.UNTRUSTED, "token_invalid_grant")


def test_a_wrong_secret_is_the_provider_s_word(provider: Provider) -> None:
    assert refusal(provider, secret="wrong") == (Why.UNTRUSTED, "token_invalid_client")


def test_new_keys_are_fetched_once_and_an_unknown_one_asks_no_oftener_than_once_a_minute(
    provider: Provider,
) -> None:
    moment = [1000.0]
    providers = OpenIdProviders(provider.fetch, lambda: moment[0])
    for _ in range(3):
        come_back(provider, providers)
    assert provider.asked.count("/keys") == 1
    assert provider.asked.count("/.well-known/openid-configuration") == 1
    provider.keys = [OTHER]
    assert refusal(provider, providers=providers) == (Why.UNTRUSTED, "signature")
    assert provider.asked.count("/keys") == 1
    moment[0] += 61
    come_back(provider, providers)
    assert provider.asked.count("/keys") == 2


def test_a_provider_that_is_away_is_not_waited_for_by_everybody(provider: Provider) -> None:
    provider.away, moment = True, [1000.0]
    providers = OpenIdProviders(provider.fetch, lambda: moment[0])
    assert refusal(provider, providers=providers) == (Why.UNREACHABLE, "timeout")
    assert refusal(provider, providers=providers) == (Why.UNREACHABLE, "lately")
    provider.away = False
    moment[0] += 11
    come_back(provider, providers)
    provider.away = True
    moment[0] += 3601
    providers.way(client(provider), BEGUN)  # what it said an hour ago is better than nothing


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"issuer": "https://idp.city.example/"},
        {"authorization_endpoint": "http://idp.city.example/authorize"},
        {"token_endpoint": None},
    ],
)
def test_a_description_of_somebody_else_is_refused(
    provider: Provider, change: dict[str, Any]
) -> None:
    provider.describe = lambda found: found | change
    assert refusal(provider)[0] is Why.UNTRUSTED


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_weak_keys_and_keys_for_encryption_sign_nothing(provider: Provider) -> None:
    provider.publish = lambda key: key | {"use": "enc"}
    assert refusal(provider) == (Why.UNTRUSTED, "signature")
    provider.publish = lambda key: {"kty": "oct", "k": "AAAA", "kid": "one"}
    assert refusal(provider) == (Why.UNTRUSTED, "signature")
    provider.publish = lambda key: key | {"n": _base64(b"\xc1" * 128)}
    assert refusal(provider) == (Why.UNTRUSTED, "signature")


def test_what_the_token_leaves_out_the_provider_is_asked_for(provider: Provider) -> None:
    del provider.person["email"]
    assert come_back(provider).mail == "from@userinfo.example"
    provider.forge = lambda claims: claims | {"sub": "somebody else"}
    assert refusal(provider) == (Why.UNTRUSTED, "userinfo")


def test_each_claim_that_is_configured_is_asked_for(provider: Provider) -> None:
    provider.more = {"groups": ["a"], "dep": "契約課", "name": "another", "email_verified": False}
    said = come_back(provider)
    assert (said.groups, said.department) == (("a",), "契約課")
    assert (said.mail, said.name) == ("hanako@city.example", "花子")
    provider.person |= {"groups": ["b"], "dep": "総務課"}
    provider.asked.clear()
    assert come_back(provider).groups == ("b",)
    assert "/userinfo" not in provider.asked


def test_another_address_is_not_verified_by_what_userinfo_says_of_its_own(
    provider: Provider,
) -> None:
    del provider.person["email_verified"]
    provider.more = {"email": "other@city.example", "email_verified": True}
    assert come_back(provider).mail_verified is None
    provider.more["email"] = provider.person["email"]
    assert come_back(provider).mail_verified is True


def test_groups_that_nobody_speaks_of_are_not_known_and_empty_ones_are(
    provider: Provider,
) -> None:
    assert come_back(provider).groups is None
    provider.more = {"groups": None}
    assert come_back(provider).groups is None
    provider.more = {"groups": []}
    assert come_back(provider).groups == ()


def test_whose_address_is_known_enters_while_userinfo_is_away(provider: Provider) -> None:
    provider.mute = True
    assert come_back(provider).mail == "hanako@city.example"
    del provider.person["email"]
    assert refusal(provider)[0] is Why.UNREACHABLE


@pytest.mark.parametrize(
    ("said", "means"), [(True, True), ("true", True), (False, False), (1, True)]
)
def test_an_address_is_verified_where_the_provider_says_so(
    provider: Provider, said: object, means: bool
) -> None:
    provider.person["email_verified"] = said
    assert come_back(provider).mail_verified is means
    del provider.person["email_verified"]
    assert come_back(provider).mail_verified is None


@pytest.mark.parametrize("said", [True, False])
def test_an_address_from_another_claim_is_verified_by_nothing_that_is_said_of_email(
    provider: Provider, said: bool
) -> None:
    provider.person |= {"email_verified": said, "preferred_username": "boss@city.example"}
    found = come_back(provider, claims={"mail": "preferred_username"})
    assert (found.mail, found.mail_verified) == ("boss@city.example", None)
