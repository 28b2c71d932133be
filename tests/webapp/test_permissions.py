"""Every route has a permission, and only those who hold it get in."""

import json
from uuid import uuid4

import pytest
from flask import Blueprint
from werkzeug.routing import Rule

from domain.kinds import Role
from tests.webapp.routes import FILE, table
from tests.webapp.stack import Office
from webapp.security import PERMISSIONS, PUBLIC, check_every_route, permission_of

VALUES = {"page": 1, "filename": "css/base.css", "token": "x" * 43}


def _cases(office: Office) -> list[tuple[str, str, str]]:
    """(method, path, permission) of every route of members."""
    adapter = office.app.url_map.bind("localhost")
    return [
        (method, adapter.build(rule.endpoint, _values(rule), method=method), permission)
        for rule in office.app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
        if (permission := permission_of(office.app, rule.endpoint)) in PERMISSIONS
    ]


def _values(rule: Rule) -> dict[str, object]:
    return {name: VALUES.get(name, uuid4()) for name in rule.arguments}


def test_the_checked_in_table_names_every_route_with_its_permission(office: Office) -> None:
    assert table(office.app) == json.loads(FILE.read_text(encoding="utf-8"))


def test_a_route_without_permission_keeps_the_application_from_starting(office: Office) -> None:
    office.app._got_first_request = False
    open_door = Blueprint("forgotten", __name__)
    open_door.add_url_rule("/forgotten", "view", lambda: "hello")
    office.app.register_blueprint(open_door)
    with pytest.raises(LookupError, match="forgotten"):
        check_every_route(office.app)
    assert office.browser("admin").get("/forgotten").status_code == 403


def test_nobody_gets_in_without_a_login(office: Office) -> None:
    cases = _cases(office)
    assert len(cases) > 15
    for method, path, _ in cases:
        answer = office.browser().open(path, method=method)
        assert answer.status_code == 303, (method, path)
        assert str(answer.location).startswith("/login"), (method, path)


@pytest.mark.parametrize(
    ("who", "roles"),
    [
        ("clerk", {Role.CLERK}),
        ("admin", {Role.ADMIN, Role.CLERK}),
        ("operator", {Role.OPERATOR}),
        ("operator", {Role.APPROVER}),
        ("operator", {Role.VIEWER}),
        ("operator", {Role.AUDITOR}),
        ("operator", {Role.VIEWER, Role.OPERATOR}),
        ("operator", set()),
    ],
)
def test_a_role_opens_its_routes_and_no_other(office: Office, who: str, roles: set[Role]) -> None:
    with office.database.transaction() as session:
        session.merge(office.members[who]).roles = [role.value for role in roles]
    browser = office.browser(who)
    for method, path, permission in _cases(office):
        status = browser.open(path, method=method).status_code
        if PERMISSIONS[permission] & roles:
            assert status != 403, (method, path)
        else:
            assert status == 403, (method, path)


def test_another_organisations_envelope_does_not_exist(office: Office) -> None:
    path = office.sent(office.browser("clerk"))
    draft = office.draft(office.browser("clerk"))
    neighbour = office.browser("neighbour")
    adapter = office.app.url_map.bind("localhost")
    seen = 0
    for rule in office.app.url_map.iter_rules():
        if "envelope_id" not in rule.arguments:
            continue
        for target in (path, draft):
            values = _values(rule) | {"envelope_id": target.rpartition("/")[2]}
            for method in (rule.methods or set()) & {"GET", "POST"}:
                url = adapter.build(rule.endpoint, values, method=method)
                answer = neighbour.open(url, method=method)
                assert answer.status_code == 404, (method, url)
                assert "契約書" not in answer.text
                seen += 1
    assert seen > 15


def test_a_foreign_id_and_an_unknown_one_get_the_same_answer(office: Office) -> None:
    path = office.sent(office.browser("clerk"))
    neighbour = office.browser("neighbour")
    foreign, unknown = neighbour.get(path), neighbour.get(f"/envelopes/{uuid4()}")
    assert foreign.status_code == unknown.status_code == 404


def test_a_member_who_is_switched_off_is_out_at_once(office: Office) -> None:
    browser = office.browser("clerk")
    with office.database.transaction() as session:
        session.merge(office.members["clerk"]).active = False
    assert browser.get("/envelopes").status_code == 303


def test_a_member_without_a_role_is_told_so_in_words(office: Office) -> None:
    browser = office.browser("clerk")
    with office.database.transaction() as session:
        session.merge(office.members["clerk"]).roles = []
    assert browser.get("/").status_code == 303
    assert browser.get("/", follow_redirects=True).status_code == 403


SSO_WAYS = ("oidc", "oidc/callback", "saml", "saml/acs", "saml/arrived", "saml/metadata")


def test_public_is_a_short_list(office: Office) -> None:
    found = {row["route"] for row in table(office.app) if row["permission"] == PUBLIC}
    assert found == {
        "/",
        "/account/remaining",
        "/check",
        "/help",
        "/d/<token>",
        "/healthz",
        "/invited/<token>",
        "/l/<token>",
        "/l/<token>/decide",
        "/l/<token>/fresh",
        "/language",
        "/logo/<uuid:logo_id>.png",
        "/login",
        "/login/again",
        "/login/code",
        "/login/forgotten",
        "/login/forgotten/sent",
        "/login/code/passkey",
        "/login/code/passkey/ask",
        "/login/passkey",
        "/login/passkey/ask",
        "/login/sso",
        "/login/sso/confirm",
        "/login/sso/confirm/passkey",
        *(f"/login/sso/<uuid:organisation_id>/{way}" for way in SSO_WAYS),
        "/logout",
        "/mailbox",
        "/mailbox/code",
        "/pad-sent",
        "/pad/<token>",
        "/readyz",
        "/reset/<token>",
        "/static/<path:filename>",
    }
