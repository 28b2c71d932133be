"""`open`: what 100,000 envelopes cost over 1,000, in pages, projection and relay; and how long the
slowest of twenty searches of the ledger takes."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import insert, select

from bench.crowd import count_anew, multiply
from bench.report import Row, measured, row
from bench.varied import RARE_PARTNER, RARE_TITLE, RARE_WORD, vary
from domain.drafts import Order
from domain.events import Event
from domain.kinds import HindranceKind, LinkPurpose
from domain.messages import Ending, HindranceChange
from domain.own_definitions import TypedOwnField
from domain.own_fields import OwnKind
from identity.links import token_sha256
from storage import ledger, own_fields
from storage.migrations import upgrade
from storage.tables import Deal, DealValue, Link, Member
from tests.postgresql import running_cluster
from tests.storage.world import Journey, World, person
from tests.webapp.stack import Office, build_office
from workers.relay import BATCH

SUBJECT = "open"
FEW, MANY, RUNS = 1_000, 100_000, 40
GOAL = 1.5
"""Times what it takes with few."""
SEARCHED_WITHIN = 100.0
"""Milliseconds, of 95 of 100 searches of the register and the list."""
Step = Callable[[], object]


def run() -> list[Row]:
    """All rows of the subject."""
    with tempfile.TemporaryDirectory() as name, running_cluster() as cluster:
        rows = _rows("SQLite", Path(name), lambda size: f"sqlite:///{name}/{size}.db")
        with cluster.database() as few, cluster.database() as many:
            urls = {FEW: few, MANY: many}
            return rows + _rows("PostgreSQL", Path(name), lambda size: urls[size])


def _rows(kind: str, folder: Path, url_of: Callable[[int], str]) -> list[Row]:
    with ExitStack() as doors:
        towns = [
            doors.enter_context(crowded(folder / f"{kind}-{size}", url_of(size), size))
            for size in (FEW, MANY)
        ]
        few, many = (steps(found) for found in towns)
        return [
            row(SUBJECT, f"{kind}: {what}", times[1], baseline=times[0], **_goals(what))
            for what in few
            for times in [measured([few[what], many[what]], RUNS)]
        ]


def _goals(what: str) -> dict[str, float]:
    """Searches are to be quick, whatever is found; everything else no slower than with few."""
    searched = what.startswith(("list", "register"))
    return {"limit": SEARCHED_WITHIN} if searched else {"goal": GOAL}


@dataclass
class Crowded:
    """An office whose database holds many envelopes, half of them under way."""

    office: Office
    world: World
    clerk: FlaskClient
    operator: FlaskClient
    fresh: Journey
    """An envelope that nobody copied: asked, with an act that nobody answered, and hindered."""
    signer: FlaskClient
    """The browser of somebody who is asked."""
    own: Sequence[str]
    """Ids of own fields that every contract but the fresh one has: a text and an amount."""


@contextmanager
def crowded(folder: Path, url: str, size: int) -> Iterator[Crowded]:
    """The rows of `size` envelopes."""
    folder.mkdir()
    upgrade(url)
    office = build_office(folder, url)
    world = World(office.database, office.vault, office.members["clerk"].id, office.organisation)
    _under_way(world).sign("甲")
    _done(world)
    for item in world.relay.starts(100):
        world.relay.started(item.item_id)
    multiply(office.database.engine, size // 2 - 1)
    vary(world)
    own = _own_values(world)
    count_anew(office.database.engine)
    fresh = _under_way(world)
    world.post(fresh.envelope_id, "甲")
    world.envelopes.hinder(
        HindranceChange(
            envelope_id=fresh.envelope_id, kind=HindranceKind.TIMESTAMP, reason="tsa", begins=True
        )
    )
    yield Crowded(
        office,
        world,
        office.browser("clerk"),
        office.browser("operator"),
        fresh,
        office.browser(),
        own,
    )
    office.database.close()


def _own_values(world: World) -> Sequence[str]:
    """Two own fields; no two contracts have the same amount."""
    rows = [TypedOwnField(ja="場所"), TypedOwnField(ja="予定価格", kind=OwnKind.MONEY.value)]
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        kind = own_fields.add(session, member, "工事請負契約", "", _now())
        own_fields.save(session, member, kind.id, rows, "", 1, _now())
        found = own_fields.find(session, world.organisation_id, kind.id)
        where, amount = (field.id for field in found.fields) if found else ("", "")
        values = [
            {"envelope_id": envelope_id, "field_id": UUID(field), **value}
            for number, envelope_id in enumerate(session.scalars(select(Deal.envelope_id)))
            for field, value in (
                (
                    where,
                    {"value": f"青山{number}丁目", "even": f"青山{number}丁目", "number": None},
                ),
                (amount, {"value": str(number), "even": "", "number": number}),
            )
        ]
        session.execute(insert(DealValue), values)
    return where, amount


def _visit(world: World, envelope_id: UUID, browser: FlaskClient) -> str:
    """乙 opens his mailed link; the path of his visit."""
    token = token_urlsafe(32)
    link = world.link(envelope_id, "乙", LinkPurpose.ACT)
    if link is None:
        raise LookupError("no link")
    world.set(Link, link.id, token_sha256=token_sha256(token))
    return str(browser.post(f"/l/{token}").location)


def _under_way(world: World) -> Journey:
    return Journey.begin(world, person("甲"), person("乙"), order=Order.PARALLEL)


def _done(world: World) -> None:
    journey = _under_way(world)
    journey.sign("甲")
    journey.sign("乙")
    world.envelopes.end(Ending(snapshot=journey.complete(), at=_now()))


def _now() -> datetime:
    return datetime.now(UTC)


def steps(found: Crowded) -> Mapping[str, Step]:
    """What is measured, by its words."""
    envelope = found.fresh.envelope_id
    pages = {
        "list": "/envelopes",
        "list, under way": "/envelopes?state=running",
        "list, 要確認": "/envelopes?state=attention",
        "list, found by number": f"/envelopes?q={_number(found)}",
        "list, found by title": "/envelopes?q=小学校",
        "list, found by a rare title": f"/envelopes?q={RARE_TITLE}",
        "list, nothing found": "/envelopes?q=見当たらない",
        "list, by title": "/envelopes?sort=title",
        "list, by state, last page": "/envelopes?sort=state&page=50",
        "list, by deadline, last page": "/envelopes?sort=deadline&page=50",
        "list, found by title, by state": "/envelopes?q=小学校&sort=state-down",
        "register": "/deals",
        "register, found by an own text": f"/deals?own-text-{found.own[0]}=青山7丁目",
        "register, own text not found": f"/deals?own-text-{found.own[0]}=見当たらない",
        "register, found by an own amount": (
            f"/deals?own-money-{found.own[1]}-from=100&own-money-{found.own[1]}-to=120"
        ),
        "register, every own amount": f"/deals?own-money-{found.own[1]}-from=0",
        "register, by date": "/deals?since=2020-04-01&until=2021-03-31",
        "register, by date, last page": "/deals?since=2016-04-01&until=2016-12-31&page=99",
        "register, by amount": "/deals?least=1000000&most=2000000&sort=largest",
        "register, by partner": "/deals?partner=青山",
        "register, by a rare partner": f"/deals?partner={RARE_PARTNER}",
        "register, no such partner": "/deals?partner=見当たらない",
        "register, by kind": "/deals?kind=覚書",
        "register, by number": f"/deals?number={_number(found)[:6]}",
        "register, by contract number": "/deals?number=R05-0123",
        "register, by title": "/deals?title=図書館",
        "register, by a rare title": f"/deals?title={RARE_TITLE}",
        "register, no such title": "/deals?title=見当たらない",
        "register, date, amount and partner": (
            "/deals?since=2020-04-01&until=2024-03-31&least=500000&most=900000&partner=青山"
        ),
        "register, everything together": (
            "/deals?since=2020-04-01&least=500000&partner=青山&kind=覚書&title=図書館&number=R05"
        ),
        "register, no amount": "/deals?blank=amount",
        "register, no date": "/deals?blank=made_on",
        "register, no own text": f"/deals?own-text-{found.own[0]}-none=1",
        "register, by partner's name": "/deals?sort=partner",
        "register, by titles": "/deals?sort=title",
        "register, by kinds, of a title": "/deals?sort=kind-down&title=図書館",
        "register, by ends, last page": "/deals?sort=ending&page=200",
        "register, text in most": "/deals?text=契約書",
        "register, text in few": f"/deals?text={RARE_WORD}",
        "register, several words": "/deals?text=前払金 騒音 火災保険",
        "register, text nowhere": "/deals?text=見当たらない",
        "register, text, date and amount": "/deals?text=火災保険&since=2020-04-01&least=90000000",
        "an envelope's page": f"/envelopes/{envelope}",
    }
    return {what: _page(found.clerk, path) for what, path in pages.items()} | {
        "operations page": _page(found.operator, "/ops"),
        "a signer's guide": _signers_page(found, ""),
        "a signer reads": _signers_page(found, "read"),
        "a signer confirms": _signers_page(found, "confirm"),
        "projection": lambda: _project(found),
        "relay": lambda: _relay(found.world),
        "an event in the ledger": lambda: _note(found.world, envelope),
    }


def _page(browser: FlaskClient, path: str) -> Step:
    def read() -> None:
        answer = browser.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: HTTP {answer.status_code}")

    return read


def _signers_page(found: Crowded, part: str) -> Step:
    """In a visit that begins here: one from before the other pages has ended meanwhile."""
    visit: list[str] = []

    def read() -> None:
        if not visit:
            visit.append(_visit(found.world, found.fresh.envelope_id, found.signer))
        _page(found.signer, f"{visit[0]}{part}")()

    return read


def _number(found: Crowded) -> str:
    return found.world.envelope(found.fresh.envelope_id).number


def _project(found: Crowded) -> None:
    found.world.envelopes.project(found.fresh.route.snapshot())


def _relay(world: World) -> None:
    """One round, as far as rows answer it."""
    starts = world.relay.starts(BATCH)
    acts = world.relay.waiting_acts(BATCH)
    if len(starts) < 1 or len(acts) < 1:
        raise RuntimeError("the relay found nothing to carry")


def _note(world: World, envelope_id: UUID) -> None:
    with world.database.transaction() as session:
        ledger.append(
            session, Event.LINK_OPENED, at=_now(), actor="system", envelope_id=envelope_id
        )
