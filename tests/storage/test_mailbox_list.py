"""What an address finds: all that it was told of, of every organisation, and nothing else."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.drafts import Order
from domain.kinds import ActKind, EnvelopeState, HandoverPolicy, LinkPurpose
from domain.mailbox import Files, Show, Status
from domain.messages import Ending
from domain.refusals import RefusalCode
from storage import fresh_links, mailbox_list
from storage.mailbox_list import PAGE_SIZE, Entry
from storage.tables import (
    Act,
    Envelope,
    LedgerEvent,
    MailboxVisit,
    Organisation,
    Participant,
    Slot,
)
from tests.storage.mailboxes import CALLER, opened
from tests.storage.test_fresh_links import ask as ask_by_token
from tests.storage.test_fresh_links import link_of, mailed, renew
from tests.storage.test_handovers import hand_over
from tests.storage.world import RECIPIENT, Journey, World, now, person

MAIL = "a@example.jp"


def found(world: World, mail: str = MAIL, show: Show = Show.ALL) -> list[Entry]:
    with world.reading() as session:
        return list(mailbox_list.entries(session, mail, show, 1, now()).entries)


def statuses(world: World, mail: str = MAIL) -> list[Status]:
    return [entry.status for entry in found(world, mail)]


def finish(journey: Journey) -> None:
    journey.world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))


# -- who finds what ----------------------------------------------------------------------------


def test_a_person_finds_what_he_was_asked_for_however_his_address_is_written(world: World) -> None:
    journey = Journey.begin(world, person("a", mail="A@Example.JP"))
    [entry] = found(world)
    assert entry.holder.envelope.id == journey.envelope_id
    assert (entry.status, entry.asked, entry.files) == (Status.YOURS, True, Files.NONE)
    assert entry.since == world.slot(journey.envelope_id, "a").asked_at


def test_rows_that_an_older_program_wrote_are_found(world: World) -> None:
    journey = Journey.begin(world, person("a", mail="A@Example.JP"))
    row = world.participant(journey.envelope_id, "a")
    world.set(Participant, row.id, mailbox=None)
    assert statuses(world) == [Status.YOURS]


@pytest.mark.parametrize("mail", ["b@example.jp", "", "%", "a@example.jp%", "_@example.jp"])
def test_nobody_else_finds_it(world: World, mail: str) -> None:
    Journey.begin(world, person("a"))
    assert not found(world, mail)
    with world.reading() as session:
        assert not mailbox_list.is_known(session, mail)


def test_whoever_comes_later_learns_of_it_when_he_is_asked(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    assert statuses(world, "b@example.jp") == []
    with world.reading() as session:
        assert not mailbox_list.is_known(session, "b@example.jp")
    journey.sign("a")
    journey.open()
    assert statuses(world, "b@example.jp") == [Status.YOURS]
    assert statuses(world) == [Status.OTHERS]


def test_recipients_find_it_once_it_is_completed(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("r", RECIPIENT))
    assert statuses(world, "r@example.jp") == []
    journey.sign("a")
    finish(journey)
    [entry] = found(world, "r@example.jp")
    assert (entry.status, entry.files, entry.asked) == (Status.DONE, Files.OPEN, False)


def test_whoever_handed_over_finds_that_he_did_and_the_new_one_how_it_goes_on(
    world: World,
) -> None:
    journey = Journey.begin(world, person("a", handover=HandoverPolicy.ALLOWED))
    hand_over(journey, "a", "c")
    assert statuses(world, "c@example.jp") == [Status.YOURS]
    journey.sign("c")
    finish(journey)
    assert statuses(world, "c@example.jp") == [Status.DONE]
    leaver = world.participant(journey.envelope_id, "a")
    [entry] = found(world, MAIL)
    assert (entry.status, entry.files, entry.handed) == (Status.HANDED_OVER, Files.NONE, None)
    assert (entry.asked, entry.since) == (False, leaver.left_at)
    assert entry.successor == world.participant(journey.envelope_id, "c").name
    with world.reading() as session:
        page = mailbox_list.entries(session, MAIL, Show.FINISHED, 1, now())
    assert page.counts == {Show.ALL: 1, Show.OPEN: 0, Show.FINISHED: 1}


def test_an_address_that_was_corrected_finds_it_no_more(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    row = world.participant(journey.envelope_id, "a")
    world.set(Participant, row.id, mail="Right@Example.jp")
    assert statuses(world) == []
    assert statuses(world, "right@example.jp") == [Status.YOURS]


def test_drafts_are_nobodys(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    world.set(Envelope, journey.envelope_id, state=EnvelopeState.DRAFT.value)
    assert statuses(world) == []


def test_all_organisations_of_the_installation_are_searched(world: World) -> None:
    Journey.begin(world, person("a"))
    neighbour = World(world.database, world.vault)
    with world.database.transaction() as session:
        organisation = Organisation(name="みどり市", contact_phone="03-1234-5678", created_at=now())
        session.add(organisation)
        session.flush()
        neighbour.organisation_id = organisation.id
    neighbour.member_id = world.join("neighbour", organisation_id=neighbour.organisation_id)
    Journey.begin(neighbour, person("a"))
    names = {entry.holder.organisation.name for entry in found(world)}
    assert names == {"あおば市", "みどり市"}


def test_one_row_is_found_by_its_own_address_only(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    own, other = (world.participant(journey.envelope_id, name).id for name in "ab")
    with world.reading() as session:
        assert mailbox_list.entry_of(session, MAIL, own, now()) is not None
        for key in (other, uuid4()):
            assert mailbox_list.entry_of(session, MAIL, key, now()) is None


# -- how it stands -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (EnvelopeState.WITHDRAWN, Status.WITHDRAWN),
        (EnvelopeState.DECLINED, Status.DECLINED),
        (EnvelopeState.EXPIRED, Status.EXPIRED),
        (EnvelopeState.SENT_BACK, Status.SENT_BACK),
        (EnvelopeState.SENDING, Status.CORRECTING),
        (EnvelopeState.COMPLETING, Status.WORKING),
    ],
)
def test_the_envelope_s_state_comes_first(
    world: World, state: EnvelopeState, status: Status
) -> None:
    journey = Journey.begin(world, person("a"))
    world.set(Envelope, journey.envelope_id, state=state.value)
    [entry] = found(world)
    assert (entry.status, entry.asked) == (status, False)
    assert entry.since is not None


def test_an_act_is_on_its_way_before_it_is_answered_and_others_follow(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    act_id = world.post(journey.envelope_id, "a")
    assert statuses(world) == [Status.WORKING]
    journey.decide(act_id)
    assert statuses(world) == [Status.WORKING]
    slot = world.slot(journey.envelope_id, "a")
    world.set(Slot, slot.id, state="done")
    [entry] = found(world)
    with world.reading() as session:
        assert entry.since == session.get_one(Act, act_id).posted_at
    assert entry.status is Status.OTHERS


def test_after_the_deadline_nothing_is_asked(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    world.set(Envelope, journey.envelope_id, deadline_at=now() - timedelta(minutes=1))
    [entry] = found(world)
    assert (entry.status, entry.asked) == (Status.EXPIRED, False)


@pytest.mark.parametrize(("late", "files"), [(True, Files.LATE), (False, Files.OVER)])
def test_files_are_there_for_the_window_and_after_it_as_the_organisation_allows(
    world: World, *, late: bool, files: Files
) -> None:
    journey = Journey.begin(world, person("a"))
    journey.sign("a")
    finish(journey)
    assert [entry.files for entry in found(world)] == [Files.OPEN]
    world.set(Envelope, journey.envelope_id, download_until=now() - timedelta(days=1))
    world.set(Organisation, world.organisation_id, late_downloads=late)
    assert [entry.files for entry in found(world)] == [files]


def test_the_choice_and_the_pages_count_what_they_show(world: World) -> None:
    journeys = [Journey.begin(world, person("a")) for _ in range(3)]
    world.set(Envelope, journeys[0].envelope_id, state="withdrawn", ended_at=now())
    world.set(Envelope, journeys[0].envelope_id, changed_at=now() + timedelta(hours=1))
    assert statuses(world) == [Status.YOURS, Status.YOURS, Status.WITHDRAWN], "the ended one last"
    assert len(found(world, show=Show.OPEN)) == 2
    assert [entry.status for entry in found(world, show=Show.FINISHED)] == [Status.WITHDRAWN]
    with world.reading() as session:
        page = mailbox_list.entries(session, MAIL, Show.ALL, 99, now())
    assert page.counts == {Show.ALL: 3, Show.OPEN: 2, Show.FINISHED: 1}
    assert (page.number, page.last, page.total) == (1, 1, 3)


def test_pages_follow_each_other_without_gap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PAGE_SIZE >= 2
    monkeypatch.setattr("storage.mailbox_list.PAGE_SIZE", 2)
    sent = {Journey.begin(world, person("a")).envelope_id for _ in range(3)}
    with world.reading() as session:
        pages = [mailbox_list.entries(session, MAIL, Show.ALL, n, now()) for n in (1, 2)]
    shown = [entry.holder.envelope for page in pages for entry in page.entries]
    assert {envelope.id for envelope in shown} == sent
    assert len(shown) == 3
    assert shown == sorted(shown, key=lambda row: row.changed_at, reverse=True)
    assert pages[0].last == 2


# -- a link from there -------------------------------------------------------------------------


def ask(world: World, visit: MailboxVisit, person_id: UUID, nonce: str = "") -> int | None:
    return fresh_links.post_by_mailbox(
        world.database, visit, person_id, CALLER, nonce or uuid4().hex, now()
    )


def fresh_acts(world: World) -> list[Act]:
    with world.reading() as session:
        return session.query(Act).filter_by(kind=ActKind.FRESH_LINK.value).all()


def test_a_link_is_asked_for_by_the_mailbox_and_goes_the_usual_way(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    mailed(journey, "a")
    visit = opened(world.database, MAIL, now())
    person_id = world.participant(journey.envelope_id, "a").id
    assert ask(world, visit, person_id, "n" * 32) is None
    assert ask(world, visit, person_id, "n" * 32) is None
    [act] = fresh_acts(world)
    assert (act.participant_id, act.evidence["method"]) == (person_id, "mailbox")
    assert act.evidence["mailbox_visit_id"] == str(visit.id)
    assert journey.decide(act.id).accepted
    renew(journey, act.id, "a")
    assert link_of(journey, "a").generation == 2
    with world.reading() as session:
        event = session.query(LedgerEvent).filter_by(tag="act:accepted").one()
    assert (event.data["kind"], event.data["method"]) == ("fresh_link", "mailbox")


def test_no_link_is_sent_for_others_nor_where_nothing_is_asked(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    visit = opened(world.database, MAIL, now())
    own, other = (world.participant(journey.envelope_id, name).id for name in "ab")
    for key in (other, uuid4()):
        with pytest.raises(LookupError):
            ask(world, visit, key)
    world.set(Envelope, journey.envelope_id, state="withdrawn")
    with pytest.raises(LookupError):
        ask(world, visit, own)
    assert not fresh_acts(world)


def test_the_hour_s_links_are_shared_with_those_of_an_old_mail(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    token = mailed(journey, "a")
    visit = opened(world.database, MAIL, now())
    person_id = world.participant(journey.envelope_id, "a").id
    assert ask_by_token(journey, token) is not None
    assert [ask(world, visit, person_id) for _ in range(2)] == [None, None]
    wait = ask(world, visit, person_id)
    assert wait is not None
    assert 3500 < wait <= 3601
    assert len(fresh_acts(world)) == 3


@pytest.mark.parametrize("case", ["other mailbox", "corrected address", "ended", "not one", "none"])
def test_an_act_without_an_open_visit_of_this_address_is_refused(world: World, case: str) -> None:
    journey = Journey.begin(world, person("a"))
    visit = opened(world.database, MAIL, now())
    person_id = world.participant(journey.envelope_id, "a").id
    ask(world, visit, person_id)
    [act] = fresh_acts(world)
    evidence = dict(act.evidence)
    if case == "other mailbox":
        world.set(MailboxVisit, visit.id, mail="b@example.jp")
    if case == "corrected address":
        world.set(Participant, person_id, mail="right@example.jp")
    if case == "ended":
        world.set(MailboxVisit, visit.id, ended_at=act.posted_at - timedelta(seconds=1))
    if case == "not one":
        evidence["mailbox_visit_id"] = str(uuid4())
    if case == "none":
        del evidence["mailbox_visit_id"]
    forged = world.forge_act(act.id, evidence=evidence)
    decision = journey.decision(forged)
    assert (decision.accepted, decision.refusal) == (False, RefusalCode.EVIDENCE_INCOMPLETE)


def test_the_purpose_of_what_was_asked_for_is_to_act(world: World) -> None:
    """Somebody who only has files to fetch is sent no link to act."""
    journey = Journey.begin(world, person("a"))
    journey.sign("a")
    finish(journey)
    assert world.link(journey.envelope_id, "a", LinkPurpose.DOWNLOAD) is not None
    visit = opened(world.database, MAIL, now())
    with pytest.raises(LookupError):
        ask(world, visit, world.participant(journey.envelope_id, "a").id)
