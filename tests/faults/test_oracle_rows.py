"""What the oracle says of imports, deletions, seals, files and consents, without a stack: rows that
the real writers made, and one thing in them that should never be."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Protocol, cast
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from cli.faults.oracle import acts, promises, register, waiting
from cli.faults.oracle.scene import Breach, Scene
from cli.home import Home
from domain.drafts import Order
from domain.kinds import MAIL_FAILED, ActKind, EnvelopeState, HindranceKind, Role
from domain.messages import Ending, HindranceChange
from signing.pool import ChildPool
from signing.timestamps import KeptToken
from signing.trust import TrustMaterial
from storage import consents, official_seal_uses
from storage.blobfiles import blob_path
from storage.desks.deletions import StoredDeletionDesk
from storage.tables import (
    Attachment,
    Blob,
    DataKey,
    Deletion,
    Envelope,
    Imported,
)
from tests.storage import consent
from tests.storage.attaching import asking, attach
from tests.storage.consent import ONCE
from tests.storage.importing import TOKEN, contract, indexed, stamped, taken, uploaded
from tests.storage.test_deletions import confirm, propose
from tests.storage.test_discarding import discard
from tests.storage.test_official_seals import added, own, posted, take
from tests.storage.verifying import concluded
from tests.storage.world import Journey, World, build_world, carry_out, now, person

AT_ONCE, LATER = timedelta(0), timedelta(days=20 * 365)
"""The tests of deletions let them happen in 2040."""


class Said(Protocol):
    """The oracle's answer."""

    def __call__(self, later: timedelta = AT_ONCE) -> set[str]:
        """Invariants."""
        ...


@pytest.fixture
def world(ready_url: str, tmp_path: Path) -> Iterator[World]:
    world = build_world(ready_url, tmp_path)
    yield world
    world.database.close()


@pytest.fixture(autouse=True)
def _tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' token holds over everything, and no other one does."""

    def judged(token: bytes, *_: object) -> KeptToken:
        return KeptToken(good=token == TOKEN)

    for module in (register, promises):
        monkeypatch.setattr(module, "judge_token", judged)


@pytest.fixture
def said(world: World, tmp_path: Path) -> "Said":
    """The invariants that are broken now, or later."""

    def judge(later: timedelta = AT_ONCE) -> set[str]:
        scene = Scene(
            Home(tmp_path), world.database, world.vault,
            cast("ChildPool", None), cast("TrustMaterial", None), now=now() + later,
        )  # fmt: skip
        with world.reading() as session:
            found: list[Breach] = [*register.check(scene, session), *promises.check(scene, session)]
        return {breach.invariant for breach in found}

    return judge


def change(world: World, plant: Callable[[Session], object]) -> None:
    with world.database.transaction() as session:
        plant(session)


# -- acts and what hinders -----------------------------------------------------------------------


def _judged(world: World, tmp_path: Path) -> set[str]:
    scene = Scene(
        Home(tmp_path), world.database, world.vault,
        cast("ChildPool", None), cast("TrustMaterial", None), temporal=False,
    )  # fmt: skip
    with world.reading() as session:
        found = [*acts.check(scene, session), *waiting.check(scene, session)]
    return {breach.invariant for breach in found}


def test_two_answers_with_one_number_are_found(world: World, tmp_path: Path) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    first, _ = journey.act("a"), journey.act("b")
    assert _judged(world, tmp_path) == set()
    world.forge_act(first, kind=ActKind.REMIND.value, slot_id=None)
    assert _judged(world, tmp_path) == {"I1"}


def test_what_has_ended_and_waits_for_a_step_is_found(world: World, tmp_path: Path) -> None:
    journey = Journey.begin(world, person("a"))
    journey.sign("a")
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    for reason, broken in ((MAIL_FAILED, set()), ("token_away", {"I7"})):
        world.envelopes.hinder(
            HindranceChange(
                envelope_id=journey.envelope_id,
                kind=HindranceKind.OPERATOR,
                reason=reason,
                begins=True,
            )
        )
        assert _judged(world, tmp_path) == broken


# -- imports -----------------------------------------------------------------------------------


@pytest.fixture
def imported(world: World) -> UUID:
    envelope_id = contract(world)
    stamped(world, envelope_id)
    return envelope_id


def test_an_import_with_its_time_stamp_is_good(imported: UUID, said: Said) -> None:
    assert imported
    assert said() == set()


def test_an_import_without_a_time_stamp_is_found_once_it_waits_too_long(
    world: World, said: Said
) -> None:
    contract(world)
    assert said() == set()
    assert said(LATER) == {"I12"}


@pytest.mark.parametrize(
    "values", [{"token": b"another"}, {"sha256": "0" * 64}, {"token": None}, {"taken_at": None}]
)
def test_what_differs_from_what_was_noted_is_found(
    world: World, imported: UUID, said: Said, values: dict[str, object]
) -> None:
    def differ(session: Session) -> None:
        row = session.get_one(Imported, imported)
        for name, value in values.items():
            setattr(row, name, value)

    change(world, differ)
    assert said() == {"I12"}


def test_half_a_batch_is_found(world: World, said: Said) -> None:
    batch_id = uploaded(world, ("a.pdf", b"%PDF a"), ("b.pdf", b"%PDF b"))
    lines = [f"{name}.pdf,2026-11-02,2026-11-01,青山建設,1" for name in "ab"]
    indexed(world, batch_id, *lines)
    assert taken(world, batch_id, "届いていなかったため") == 2
    assert said() == set()

    def undo(session: Session) -> None:
        row = session.query(Imported).filter_by(position=1).one()
        row.taken_at = None
        envelope = session.get_one(Envelope, row.envelope_id)
        envelope.state = EnvelopeState.IMPORTING.value

    change(world, undo)
    assert said() == {"I12"}


# -- deletions ---------------------------------------------------------------------------------


@pytest.fixture
def confirmed(world: World) -> tuple[UUID, UUID]:
    """Envelope and deletion; keys and bytes are still there."""
    envelope_id, second = concluded(world).envelope_id, world.join("second", Role.CLERK)
    propose(world, envelope_id, world.member_id)
    return envelope_id, confirm(world, envelope_id, second)


def erased(world: World, deletion_id: UUID) -> None:
    assert StoredDeletionDesk(world.database, world.vault).erase(deletion_id)


def test_a_deletion_that_was_carried_out_is_good(
    world: World, confirmed: tuple[UUID, UUID], said: Said
) -> None:
    erased(world, confirmed[1])
    assert said() == set()


def test_half_a_deletion_is_found(world: World, confirmed: tuple[UUID, UUID], said: Said) -> None:
    assert said() == set()
    assert said(LATER) == {"I13"}
    erased(world, confirmed[1])
    assert said() == set()


def test_a_file_and_a_key_that_outlive_their_deletion_are_found(
    world: World, confirmed: tuple[UUID, UUID], said: Said, tmp_path: Path
) -> None:
    erased(world, confirmed[1])
    with world.reading() as session:
        gone = session.query(DataKey).filter(DataKey.wrapped == b"").first()
        assert gone is not None
        blob = session.query(Blob).filter_by(data_key_id=gone.id).first()
        assert blob is not None
    file = blob_path(tmp_path / "blobs", blob.id)
    file.write_bytes(b"still here")
    assert said() == {"I13"}
    file.unlink()
    change(world, lambda s: setattr(s.get_one(DataKey, gone.id), "wrapped", b"a key"))
    assert said() == {"I13"}


def test_one_person_alone_and_nobody_at_all_are_found(
    world: World, confirmed: tuple[UUID, UUID], said: Said
) -> None:
    erased(world, confirmed[1])
    change(world, lambda s: setattr(_deletion(s, confirmed), "decided_by", world.member_id))
    assert said() == {"I13"}


def test_a_key_that_nobody_agreed_to_destroy_is_found(world: World, said: Said) -> None:
    concluded(world)
    change(world, lambda s: setattr(s.query(DataKey).first(), "wrapped", b""))
    assert said() == {"I13"}


def _deletion(session: Session, confirmed: tuple[UUID, UUID]) -> Deletion:
    return session.get_one(Deletion, confirmed[1])


# -- seals, files, consents --------------------------------------------------------------------


def sealed(world: World) -> None:
    """An act that shows the organisation's seal, and is signed."""
    seal_id, journey = added(world), own(world)
    take(world, journey, seal_id)
    act_id = posted(world, journey)
    journey.decide(act_id)
    carry_out(world, journey.envelope_id, act_id)
    world.signing.finish(act_id)


def test_a_use_of_a_seal_that_is_noted_is_good(world: World, said: Said) -> None:
    sealed(world)
    assert said() == set()


def test_a_use_of_a_seal_that_is_not_noted_is_found(
    world: World, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(official_seal_uses, "note_uses", lambda *_: None)
    sealed(world)
    assert said() == {"I14"}


def test_a_file_that_nobody_checks_is_found(world: World, said: Said) -> None:
    journey = asking(world)
    key = attach(world, journey.envelope_id)
    change(world, lambda s: setattr(s.get_one(Attachment, key), "state", "checking"))
    assert said() == set()
    assert said(LATER) == {"I7"}


def test_a_consent_without_its_time_stamp_is_found(world: World, said: Said) -> None:
    consent.ask_for(world)
    journey = Journey.begin(world, person("a"))
    consent.give(journey, "a")
    assert said() == set()
    assert said(LATER) == {"I7"}


@pytest.fixture
def agreed(world: World) -> Journey:
    """Somebody of the other side may sign, since his party has agreed."""
    consent.ask_for(world)
    journey = Journey.begin(world, person("a"))
    consent.give(journey, "a")
    return journey


def test_an_act_on_a_consent_is_good(agreed: Journey, said: Said) -> None:
    agreed.act("a")
    assert said() == set()


def test_an_act_that_rests_on_no_consent_is_found(
    agreed: Journey, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consents, "evidence_for", lambda *_: {})
    monkeypatch.setattr(consents, "objection", lambda *_: None)
    agreed.act("a")
    assert said() == {"I14"}


def test_a_consent_to_another_text_is_found(world: World, agreed: Journey, said: Said) -> None:
    agreed.act("a")
    later = consent.ask_for(world, ONCE._replace(ja="別の文面"))
    assert later is not None

    def differ(session: Session) -> None:
        session.get_one(Envelope, agreed.envelope_id).consent_version_id = later.id

    change(world, differ)
    assert said() == {"I14"}


def test_a_draft_that_was_given_up_takes_its_keys_with_it(world: World, said: Said) -> None:
    discard(world, world.draft())
    assert said() == set()
