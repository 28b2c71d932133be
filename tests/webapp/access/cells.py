"""Requests for the matrix: every route and method, aimed at what it is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

from werkzeug.routing import Rule as UrlRule

from domain.kinds import LinkPurpose
from storage.tables import Envelope, Link
from tests.webapp.access.rules import RULES, Door, Rule, entitled
from tests.webapp.access.town import COUNTERPARTY, HOLDER, LINKS, Caller, Deal, Town

ENTITLED = {
    Door.PUBLIC: "clerk",
    Door.ENTRY: "clerk",
    Door.MEMBER: "clerk",
    Door.STAFF: "clerk",
    Door.ENVELOPE: "clerk",
    Door.DRAFT: "clerk",
    Door.READERS: "clerk",
    Door.EXPORT: "clerk",
    Door.READ: "clerk",
    Door.EVIDENCE: "clerk",
    Door.RUN: "clerk",
    Door.ADMIN: "admin",
    Door.CHAIN: "admin",
    Door.CONTACT: "clerk",
    Door.TEMPLATE: "clerk",
    Door.TEMPLATE_CHANGE: "clerk",
    Door.MEMBER_ROW: "admin",
    Door.LOG: "admin",
    Door.OWN_ROW: "colleague",
    Door.OWN_TABLE: "colleague",
    Door.IMPORT: "clerk",
    Door.OPERATOR: "operator",
    Door.VISIT: "holder",
    Door.DOWNLOAD: "owner",
    Door.MAILBOX: "mailbox",
    Door.MAILBOX_ROW: "mailbox",
}
"""A caller whom it is for, by what the route is for."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Target:
    """A route and method with an address of something that exists."""

    method: str
    route: str
    url: str
    rule: Rule


def routes(town: Town) -> list[tuple[str, UrlRule]]:
    """Every method of every route, in order."""
    return [
        (method, rule)
        for rule in sorted(town.office.app.url_map.iter_rules(), key=lambda rule: rule.rule)
        for method in METHODS
        if method in (rule.methods or set())
    ]


def targets(town: Town, *doors: Door) -> Iterator[Target]:
    """Every route behind these doors; without any, every route that needs no token."""
    for method, url_rule in routes(town):
        rule = RULES[method, url_rule.rule]
        if rule.door in doors or (not doors and "token" not in url_rule.arguments):
            yield Target(method, url_rule.rule, address(town, url_rule, method, rule.door), rule)


def address(town: Town, url_rule: UrlRule, method: str, door: Door, **other: object) -> str:
    """The URL about the things that the door guards; `other` replaces parts of it."""
    deal = town.deals[
        {Door.DRAFT: "city-draft", Door.DOWNLOAD: "city-finished"}.get(door, "city-running")
    ]
    download = town.callers["owner"].download
    values: dict[str, object] = (
        {
            "filename": "css/base.css",
            "token": "TOKEN",
            "kind": "request",
            "logo_id": uuid4(),
            "chain_id": town.office.chain,
            "organisation_id": town.office.organisation,
            "protocol": "oidc",
            "contact_id": town.contacts[0],
            "other_id": town.contacts[1],
            "template_id": town.template,
            "file_id": town.template_file,
            "person": _row_of(town, deal.envelope_id),
            "envelope_id": _envelope_of(town, url_rule.rule, deal),
            "document_id": deal.documents[0],
            "slot_id": town.deals["city-running"].slots[HOLDER],
            "recipient_id": uuid4(),
            "document": deal.documents[0],
            "page": 1,
            "version": 1,
            "stamp": uuid4(),
            "attachment": uuid4(),
            "attachment_id": uuid4(),
            "field": uuid4(),
            "pad": uuid4(),
            "participant": _of_mailbox(
                town, "finished" if "/files" in url_rule.rule else "running"
            ),
            "consent": uuid4(),
            "run_id": town.verification,
            "disclosure_id": town.disclosure,
            "member_id": town.office.members["clerk"].id,
            "invitation_id": town.invitation,
            "department_id": town.department,
            "kind_id": town.kind,
            "official_id": town.seal,
            "visit": download if door is Door.DOWNLOAD else town.callers["holder"].visit,
        }
        | town.rows
        | other
    )
    adapter = town.office.app.url_map.bind("localhost")
    chosen = {name: values[name] for name in url_rule.arguments}
    return adapter.build(url_rule.endpoint, chosen, method=method)


def _envelope_of(town: Town, route: str, deal: Deal) -> UUID:
    for beginning, name in (("/deals/imports/", "import file"), ("/deals/imported/", "imported")):
        if route.startswith(beginning):
            return town.rows[name]
    return deal.envelope_id


def _row_of(town: Town, envelope_id: UUID) -> str:
    """The key of the first person's row in the draft that became the envelope."""
    with town.office.database.reading() as session:
        return str(session.get_one(Envelope, envelope_id).draft["people"][0]["key"])


def _of_mailbox(town: Town, what: str) -> UUID:
    """The mailbox's own person in an envelope of the city."""
    with town.office.database.reading() as session:
        link = session.get_one(Link, town.deals[f"city-{what}"].links[HOLDER])
    return link.participant_id


def tokens(town: Town) -> dict[str, dict[str, str]]:
    """Tokens by door and by what they are."""
    deals, download = town.deals, LinkPurpose.DOWNLOAD
    finished, running = deals["city-finished"], deals["city-running"]
    return {
        "link": {
            "asked": running.token(HOLDER),
            "ended envelope": deals["city-withdrawn"].token(HOLDER),
            "finished envelope": finished.token(HOLDER),
            "handed over": deals["city-handed"].token(COUNTERPARTY),
            "older generation": deals["other-second"].token(HOLDER),
            "revoked": deals["other-second"].token(COUNTERPARTY),
            "other purpose": finished.token(HOLDER, download),
            "unknown": "x" * 43,
            "misshapen": "..",
        },
        "download link": {
            "finished envelope": finished.token(HOLDER, download),
            "closed window": deals["city-closed"].token(HOLDER, download),
            "handed over": deals["city-handed"].token(COUNTERPARTY, download),
            "other purpose": running.token(HOLDER),
            "unknown": "x" * 43,
            "misshapen": "%3Cscript%3E",
        },
    }


def every_route(town: Town) -> Iterator[tuple[Caller, Target]]:
    """Every route, with a caller whom it is for; those with tokens too."""
    for target in targets(town):
        who = ENTITLED[target.rule.door]
        assert entitled(target.rule, who)
        yield town.callers[who], target
    held = tokens(town)
    for target in targets(town, Door.LINK, Door.DOWNLOAD_LINK):
        kind = "asked" if target.rule.door is Door.LINK else "finished envelope"
        url = target.url.replace("TOKEN", held[target.rule.door][kind])
        yield town.callers["nobody"], Target(target.method, target.route, url, target.rule)


def own_visits(town: Town, name: str) -> Iterator[Target]:
    """The visits' routes, aimed at a caller's own visits and his own envelope's documents."""
    caller, deal = town.callers[name], town.deals[LINKS[name][0]]
    for method, url_rule in routes(town):
        rule = RULES[method, url_rule.rule]
        if rule.door not in {Door.VISIT, Door.DOWNLOAD}:
            continue
        for visit in (caller.visit, caller.download):
            if visit is not None:
                other = {"visit": visit, "document": deal.documents[0]}
                url = address(town, url_rule, method, rule.door, **other)
                yield Target(method, url_rule.rule, url, rule)
