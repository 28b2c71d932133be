"""A connection for single sign-on: its form, and the try that shows that it works."""

from collections.abc import Callable
from dataclasses import replace
from typing import IO, Any, cast

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.choices import chosen
from domain.forms import FormProblems
from domain.kinds import Role
from domain.networks import lets_administrators_in, lets_in, not_with_these_roles
from domain.permissions import ROLE_WORDS
from domain.refusals import Words
from domain.sso import WHY_WORDS, Protocol, SsoRefused
from domain.sso_forms import (
    CLAIMS,
    OIDC_CLAIMS,
    SAML_CLAIMS,
    CheckedConnection,
    TypedConnection,
    check_oidc,
    check_saml,
    groups_text,
)
from identity.saml_metadata import (
    MAX_METADATA,
    MetadataUnreadable,
    ends,
    read_certificates,
    read_metadata,
)
from storage import sso, sso_entering
from storage.people import VAULT_OWNER
from storage.sso import Secret
from storage.tables import Organisation, SsoConnection
from webapp.admin.blueprint import blueprint
from webapp.language import problem_texts, say, words
from webapp.login import login, member, now
from webapp.requests import HeldFile, ReceivedFile, arrived_files
from webapp.security import may, not_found, receives_files
from webapp.sso import oidc, saml
from webapp.sso.journeys import new_journey
from webapp.state import state

MAX_TYPED = 60_000
_FIELDS = ("issuer", "client_id", "scopes", "entity_id", "sso_url", "certificates")
_RULES = ("trusts_mail", "makes_members", "relinks")
_NO_METADATA = Words(
    "このファイルは、HTTP-Redirectで依頼できる認証サーバーのメタデータとして読み取れません。",
    "This file is no metadata of an identity provider that can be asked by HTTP-Redirect.",
)
DEFAULT_SCOPES = "openid email profile"


def prepare_metadata(protocol: str) -> Callable[[str], IO[bytes]]:
    """Where the file goes, before the body is read."""
    del protocol
    request.max_content_length = 2 * MAX_METADATA
    g.uploads = []
    return lambda name: cast("IO[bytes]", ReceivedFile(HeldFile(name, MAX_METADATA)))


@blueprint.get("/sso/<protocol>")
@may("organisation.configure")
def connection(protocol: str) -> Response:
    """What is kept, without the secret."""
    return _page(
        _protocol(protocol), _typed_of(_protocol(protocol), _kept(_protocol(protocol))), {}
    )


@blueprint.post("/sso/<protocol>")
@may("organisation.configure")
@receives_files(prepare_metadata)
def save_connection(protocol: str) -> BaseResponse:
    """Keep it; what is wrong stays as typed, but for the secret. A file of metadata takes the place
    of what was typed."""
    which, typed = _protocol(protocol), _typed()
    try:
        typed = _with_metadata(typed) if which is Protocol.SAML else typed
        wanted = _checked(which, typed)
    except FormProblems as found:
        return _page(which, typed, problem_texts(found.problems))
    organisation_id = member().organisation_id
    with state().database.transaction() as session:
        followed = [row.protocol for row in sso_entering.followed(session, member())]
        if which in followed and not _lets_administrators_in(session, wanted):
            address = request.remote_addr or ""
            return _page(which, typed, problem_texts({"groups": not_with_these_roles(address)}))
        secret = Secret()
        if wanted.secret:
            context = oidc.secret_context(organisation_id)
            sealed = state().vault.seal(
                session, VAULT_OWNER, organisation_id, wanted.secret.encode(), context
            )
            secret = Secret(sealed, keeps=False)
        changed = sso.save(session, member(), which, wanted, secret, now())
    flash(say("設定を保存しました。") if changed else say("設定は変わっていません。"), "success")
    return redirect(url_for("admin.connection", protocol=which.value), code=303)


def _lets_administrators_in(session: Session, wanted: CheckedConnection) -> bool:
    """Whether some group that makes administrators lets them in from here."""
    networks = session.get_one(Organisation, member().organisation_id).networks
    given = [roles for _, roles in wanted.rules.get("groups", ())]
    return lets_administrators_in(networks, given, request.remote_addr or "")


def _outside(kept: SsoConnection | None) -> list[str]:
    """Roles given by groups of which nobody works from here."""
    with state().database.reading() as session:
        networks = session.get_one(Organisation, member().organisation_id).networks
    given = {role for _, roles in kept.rules.get("groups", ()) for role in roles} if kept else set()
    address = request.remote_addr or ""
    return [
        words(ROLE_WORDS[role])
        for role in Role
        if role.value in given and not lets_in(networks, [role.value], address)
    ]


@blueprint.post("/sso/<protocol>/remove")
@may("organisation.configure")
def remove_connection(protocol: str) -> BaseResponse:
    """The connection goes; members stay."""
    with state().database.transaction() as session:
        removed = sso.remove(session, member(), _protocol(protocol), now(), but=login().id)
    if removed:
        flash(say("接続を削除しました。"), "success")
    return redirect(url_for("admin.single_sign_on"), code=303)


@blueprint.get("/sso/<protocol>/try")
@may("organisation.configure")
def try_connection(protocol: str) -> BaseResponse:
    """To the provider and back; nobody is logged in by it."""
    which = _protocol(protocol)
    kept = _kept(which)
    if kept is None:
        return redirect(url_for("admin.connection", protocol=which.value), code=303)
    try:
        return _depart(kept)
    except SsoRefused as problem:
        flash(f"{words(WHY_WORDS[problem.why])} ({problem.detail})", "error")
        return redirect(url_for("admin.connection", protocol=which.value), code=303)


def _depart(kept: SsoConnection) -> Response:
    depart = oidc.depart if kept.protocol == Protocol.OIDC else saml.depart
    return depart(kept, new_journey(kept, "", member().id))


def _protocol(word: str) -> Protocol:
    found = chosen(Protocol, word, None)
    if found is None:
        raise not_found()
    return found


def _checked(protocol: Protocol, typed: TypedConnection) -> CheckedConnection:
    if protocol is Protocol.OIDC:
        return check_oidc(typed, loopback=state().settings.sso_loopback)
    try:
        certificates = read_certificates(typed.values.get("certificates", ""))
    except MetadataUnreadable:
        certificates = ()
    return check_saml(typed, certificates)


def _with_metadata(typed: TypedConnection) -> TypedConnection:
    """Raises FormProblems."""
    file = next((file for name, file in arrived_files() if name == "metadata"), None)
    if not isinstance(file, HeldFile) or not file.name:
        return typed
    try:
        found = read_metadata(bytes(file.data))
    except MetadataUnreadable:
        raise FormProblems({"metadata": _NO_METADATA}) from None
    read = {
        "entity_id": found.entity_id,
        "sso_url": found.sso_url,
        "certificates": "".join(found.certificates),
    }
    return replace(typed, values={**typed.values, **read})


def _kept(protocol: Protocol) -> SsoConnection | None:
    with state().database.reading() as session:
        return sso.connection_of(session, member().organisation_id, protocol)


def _typed() -> TypedConnection:
    form = request.form
    names = (*_FIELDS, *(f"claim-{claim}" for claim in CLAIMS))
    chosen_rules = form.getlist("rules")
    return TypedConnection(
        name=form.get("name", "")[:MAX_TYPED],
        values={name: form.get(name, "")[:MAX_TYPED] for name in names},
        secret=form.get("secret", "").strip()[:MAX_TYPED],
        groups=form.get("groups", "")[:MAX_TYPED],
        factors=form.get("factors", "")[:MAX_TYPED],
        trusts_mail="trusts_mail" in chosen_rules,
        makes_members="makes_members" in chosen_rules,
        relinks="relinks" in chosen_rules,
    )


def _typed_of(protocol: Protocol, kept: SsoConnection | None) -> TypedConnection:
    """The form as it would have been typed."""
    if kept is None:
        usual = OIDC_CLAIMS if protocol is Protocol.OIDC else SAML_CLAIMS
        claims = {f"claim-{claim}": name for claim, name in usual.items()}
        return TypedConnection(
            values={"scopes": DEFAULT_SCOPES, **claims},
            makes_members=True,
            # SAML has no word for it, so that nobody could come in.
            trusts_mail=protocol is Protocol.SAML,
        )
    link: dict[str, Any] = kept.link
    values = {name: link[name] for name in _FIELDS if isinstance(link.get(name), str)}
    values |= {f"claim-{claim}": name for claim, name in link["claims"].items()}
    values["scopes"] = " ".join(link.get("scopes", []))
    values["certificates"] = "".join(link.get("certificates", []))
    return TypedConnection(
        name=kept.name,
        values=values,
        groups=groups_text(kept.rules),
        factors="\n".join(kept.rules.get("factors", [])),
        trusts_mail=bool(kept.rules.get("trusts_mail")),
        makes_members=bool(kept.rules.get("makes_members")),
        relinks=bool(kept.rules.get("relinks")),
    )


def _page(protocol: Protocol, typed: TypedConnection, errors: dict[str, str]) -> Response:
    kept = _kept(protocol)
    organisation_id = member().organisation_id
    body = render_template(
        "admin/sso_connection.html",
        protocol=protocol.value,
        typed=typed,
        value=lambda name: typed.values.get(name, ""),
        rules=[name for name in _RULES if getattr(typed, name)],
        kept=kept,
        is_tried=kept is not None and sso.is_tried(kept),
        outside=_outside(kept),
        address=request.remote_addr or "―",
        redirect_uri=oidc.redirect_uri(organisation_id),
        ourselves=saml.ourselves(organisation_id),
        metadata_url=url_for("sso.saml_metadata", organisation_id=organisation_id),
        ends=[ends(one) for one in kept.link.get("certificates", [])] if kept else [],
        errors=errors,
    )
    return make_response(body, 422 if errors else 200)
