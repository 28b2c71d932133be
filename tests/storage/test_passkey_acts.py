"""A passkey at the moment of an act: it stands for what was shown, entered and agreed to."""

import json
from copy import deepcopy
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.drafts import Order
from domain.kinds import ActKind, FieldKind, ParticipantKind, PartyKind
from domain.passkeys import EVIDENCE
from domain.refusals import Refusal, RefusalCode
from signing import evidence_passkeys
from storage.evidence import evidence_record
from storage.tables import Act, Passkey, PasskeyChallenge
from tests.authenticator import Authenticator, coded
from tests.storage import filling
from tests.storage.passkeys import Signer, keyed
from tests.storage.world import Journey, World, carry_out, now, person


@pytest.fixture
def signer(world: World) -> Signer:
    return Signer(Journey.begin(world, keyed(), person("b"), order=Order.PARALLEL)).registered()


def evidence(world: World, act_id: UUID) -> dict[str, Any]:
    with world.reading() as session:
        return session.get_one(Act, act_id).evidence


def refusal(signer: Signer, act_id: UUID) -> RefusalCode | None:
    return signer.world.acts.facts(signer.journey.envelope_id, act_id, 0).refusal


def test_the_act_keeps_the_assertion_and_the_worker_proves_it_again(signer: Signer) -> None:
    act_id = signer.sign()
    kept = evidence(signer.world, act_id)
    assert kept["method"] == "link+passkey"
    assert kept[EVIDENCE]["credential_id"] == coded(signer.device.credential_id)
    assert [(row["factor"], row["moment"]) for row in kept["factors"]] == [
        ("mail_code", "registering"),
        ("passkey", "opening"),
        ("passkey", "signing"),
    ]
    assert signer.journey.decide(act_id).accepted
    task = signer.world.signing.authorise(signer.journey.envelope_id, act_id)
    assert task.documents


def test_an_act_without_its_own_answer_is_refused(signer: Signer) -> None:
    with pytest.raises(Refusal, match="factor_missing"):
        signer.post(uuid4().hex)
    other = signer.answer(uuid4().hex)
    with pytest.raises(Refusal, match="factor_missing"):
        signer.post(uuid4().hex, other)


def test_a_replayed_answer_makes_no_second_act(signer: Signer) -> None:
    nonce = uuid4().hex
    proven = signer.answer(nonce)
    first = signer.post(nonce, proven)
    assert signer.post(nonce, proven) == first
    with pytest.raises(Refusal, match=r"factor_missing|already_acted"):
        signer.post(uuid4().hex, proven)


def test_another_authenticator_is_refused(signer: Signer) -> None:
    nonce = uuid4().hex
    stranger = Authenticator(credential_id=signer.device.credential_id)
    with pytest.raises(Refusal, match="factor_missing"):
        signer.post(nonce, signer.answer(nonce, device=stranger))
    unknown = signer.answer(nonce, device=Authenticator())
    with pytest.raises(Refusal, match="factor_missing"):
        signer.post(nonce, unknown)


def test_another_participants_signature_in_between_is_no_obstacle(signer: Signer) -> None:
    nonce = uuid4().hex
    proven = signer.answer(nonce)
    signer.journey.sign("b")
    act_id = signer.post(nonce, proven)
    assert signer.journey.decide(act_id).accepted
    carry_out(signer.world, signer.journey.envelope_id, act_id)


def test_an_answer_for_other_values_is_refused(world: World) -> None:
    envelope_id = filling.draft(world)
    [document] = world.documents(envelope_id)
    text = filling.field(document, "a", FieldKind.TEXT, "2")
    filling.place(world, envelope_id, document, text)
    people = (filling.signer("a", passkey=True), filling.signer("b"))
    journey = Journey.begin(world, *people, envelope_id=envelope_id, order=Order.PARALLEL)
    signer = Signer(journey).registered()

    def enter(words: str) -> str:
        field = filling.rows(world, envelope_id, "a")[FieldKind.TEXT]
        filling.type_in(world, envelope_id, "a", {str(field.id): words})
        return filling.filled(world, envelope_id, "a").sha256

    first = enter("百万円")
    nonce = uuid4().hex
    proven = signer.answer(nonce, filled=first)
    second = enter("二百万円")
    with pytest.raises(Refusal, match="values_changed"):
        signer.post(nonce, proven, filled=first)
    with pytest.raises(Refusal, match="factor_missing"):
        signer.post(nonce, proven, filled=second)
    with pytest.raises(Refusal, match="values_changed"):
        signer.answer(nonce, filled=first)
    nonce = uuid4().hex
    act_id = signer.post(nonce, signer.answer(nonce, filled=second), filled=second)
    assert journey.decide(act_id).accepted
    assert world.signing.authorise(envelope_id, act_id).documents


def test_an_approval_is_answered_for_as_well(world: World) -> None:
    approver = keyed("a", kind=ParticipantKind.APPROVER)
    signer = Signer(Journey.begin(world, approver, person("b"))).registered()
    nonce = uuid4().hex
    with pytest.raises(Refusal, match="not_allowed"):
        signer.answer(nonce)
    proven = signer.answer(nonce, kind=ActKind.APPROVE)
    act_id = signer.post(nonce, proven, kind=ActKind.APPROVE)
    assert signer.journey.decide(act_id).accepted


def test_who_need_not_may_use_his_passkey_all_the_same(world: World) -> None:
    first = Signer(Journey.begin(world, keyed())).registered()
    free = Signer(Journey.begin(world, person("a")), device=first.device)
    act_id = free.sign()
    assert evidence(world, act_id)["method"] == "link+passkey"
    assert free.journey.decide(act_id).accepted
    plain = Signer(Journey.begin(world, person("a")))
    assert evidence(world, plain.post(uuid4().hex))["method"] == "link"


def test_a_passkey_answers_in_the_place_of_a_code_by_mail(world: World) -> None:
    first = Signer(Journey.begin(world, keyed())).registered()
    coded_ = Signer(Journey.begin(world, person("a", mail_code=True)), device=first.device)
    with pytest.raises(Refusal, match="factor_missing"):
        coded_.sign()
    coded_.open()
    act_id = coded_.sign()
    assert evidence(world, act_id)["method"] == "link+passkey"
    assert coded_.journey.decide(act_id).accepted


FORGERIES = ["signature", "client_data", "authenticator_data", "public_key", "nonce_sha256"]


def test_a_forged_part_of_the_evidence_is_refused(signer: Signer) -> None:
    act_id = signer.sign()
    signer.world.disarm()
    kept = evidence(signer.world, act_id)
    for part in FORGERIES:
        forged = kept | {EVIDENCE: kept[EVIDENCE] | {part: "AAAA"}}
        signer.world.set(Act, act_id, evidence=forged)
        assert refusal(signer, act_id) is RefusalCode.EVIDENCE_INCOMPLETE, part
    signer.world.set(Act, act_id, evidence=kept)
    assert refusal(signer, act_id) is None


def test_an_act_that_is_changed_in_the_database_is_not_the_one_that_was_answered(
    signer: Signer,
) -> None:
    act_id = signer.sign()
    assert refusal(signer, act_id) is None
    signer.world.disarm()
    signer.world.set(Act, act_id, values_sha256="0" * 64)
    assert refusal(signer, act_id) is RefusalCode.EVIDENCE_INCOMPLETE


def test_an_act_copied_under_another_nonce_is_refused(signer: Signer) -> None:
    forged = signer.world.forge_act(signer.sign())
    assert refusal(signer, forged) is RefusalCode.EVIDENCE_INCOMPLETE


def test_evidence_without_the_assertion_is_refused(signer: Signer) -> None:
    act_id = signer.sign()
    signer.world.disarm()
    kept = evidence(signer.world, act_id)
    signer.world.set(Act, act_id, evidence={k: v for k, v in kept.items() if k != EVIDENCE})
    assert refusal(signer, act_id) is RefusalCode.EVIDENCE_INCOMPLETE


def test_a_challenge_that_nobody_asked_for_is_refused(signer: Signer) -> None:
    act_id = signer.sign()
    challenge = UUID(evidence(signer.world, act_id)[EVIDENCE]["challenge_id"])
    signer.world.set(PasskeyChallenge, challenge, act_nonce="another")
    assert refusal(signer, act_id) is RefusalCode.EVIDENCE_INCOMPLETE


def test_a_passkey_that_somebody_wrote_into_the_database_signs_nothing(signer: Signer) -> None:
    """He knows everything in the database and holds the link, but not the vault's key."""
    thief = Authenticator()
    world = signer.world
    world.disarm()
    with world.database.transaction() as session:
        row = session.query(Passkey).one()
        row.public_key = coded(thief.public_key)
    thief.credential_id = signer.device.credential_id
    nonce = uuid4().hex
    with pytest.raises(Refusal, match="factor_missing"):
        signer.post(nonce, signer.answer(nonce, device=thief))


def test_before_the_key_is_used_the_passkeys_seal_is_looked_at(signer: Signer) -> None:
    act_id = signer.sign()
    assert signer.journey.decide(act_id).accepted
    world = signer.world
    world.disarm()
    with world.database.transaction() as session:
        session.query(Passkey).one().sealed = b"x" * 60
    with pytest.raises(Refusal, match="evidence_incomplete"):
        world.signing.authorise(signer.journey.envelope_id, act_id)


def test_a_passkey_of_another_address_or_removed_before_the_act_proves_nothing(
    signer: Signer,
) -> None:
    act_id = signer.sign()
    world = signer.world
    [row] = _rows(world)
    posted = _act(world, act_id).posted_at
    world.set(Passkey, row.id, removed_at=now())
    assert refusal(signer, act_id) is None
    world.set(Passkey, row.id, removed_at=posted.replace(year=posted.year - 1))
    assert refusal(signer, act_id) is RefusalCode.EVIDENCE_INCOMPLETE
    world.set(Passkey, row.id, removed_at=None)
    world.disarm()
    world.set(Passkey, row.id, mail="other@example.jp")
    assert refusal(signer, act_id) is RefusalCode.EVIDENCE_INCOMPLETE


def _rows(world: World) -> list[Passkey]:
    with world.reading() as session:
        return session.query(Passkey).all()


def _act(world: World, act_id: UUID) -> Act:
    with world.reading() as session:
        return session.get_one(Act, act_id)


def record(signer: Signer, reader: str | None = None) -> dict[str, Any]:
    world = signer.world
    who = world.participant(signer.journey.envelope_id, reader) if reader else None
    with world.reading() as session:
        made = evidence_record(session, world.vault, signer.journey.envelope_id, reader=who)
    found: dict[str, Any] = json.loads(json.dumps(made))
    return found


def act_of(record: dict[str, Any]) -> dict[str, Any]:
    [act] = [row for row in record["acts"] if row["evidence"]["method"] == "link+passkey"]
    found: dict[str, Any] = act
    return found


def test_the_evidence_record_proves_the_passkey_by_itself(signer: Signer) -> None:
    signer.journey.decide(signer.sign())
    for reader in (None, "a", "b"):
        made = record(signer, reader)
        assert evidence_passkeys.was_used(act_of(made))
        assert evidence_passkeys.is_proven(act_of(made), made)
        nonce = _act(signer.world, UUID(act_of(made)["id"])).nonce
        assert nonce not in json.dumps(made)


def _change(record: dict[str, Any], path: str, value: object) -> None:
    *way, last = path.split(".")
    place = act_of(record)
    for name in way:
        place = place[name]
    place[last] = value


ALTERATIONS: dict[str, object] = {
    "version": 2,
    "version_sha256": "0" * 64,
    "values_sha256": "0" * 64,
    "values": {"a": "b"},
    "kind": "approve",
    "participant": str(UUID(int=1)),
    "evidence.visit_id": str(UUID(int=1)),
    "evidence.look": {"kind": "stamp"},
    "evidence.fields_sha256": "0" * 64,
    "evidence.passkey.signature": "AAAA",
    "evidence.passkey.nonce_sha256": "0" * 64,
    "evidence.passkey.challenge_id": str(UUID(int=1)),
    "evidence.passkey.origin": "https://example.jp",
    "evidence.passkey.rp_id": "example.jp",
    "evidence.passkey": None,
}


def test_an_altered_record_proves_no_passkey(signer: Signer) -> None:
    signer.journey.decide(signer.sign())
    whole = record(signer)
    for path, value in ALTERATIONS.items():
        made = deepcopy(whole)
        _change(made, path, value)
        assert evidence_passkeys.was_used(act_of(made)), path
        assert not evidence_passkeys.is_proven(act_of(made), made), path


def test_a_record_whose_key_the_ledger_does_not_name_proves_nothing(signer: Signer) -> None:
    signer.journey.decide(signer.sign())
    made = record(signer)
    made["ledger"] = [row for row in made["ledger"] if row["tag"] != "factor:passed"]
    assert not evidence_passkeys.is_proven(act_of(made), made)


def test_the_other_party_learns_no_key_of_whoever_approved(world: World) -> None:
    approver = keyed("a", kind=ParticipantKind.APPROVER, party=PartyKind.OWN)
    signer = Signer(Journey.begin(world, approver, person("b"))).registered()
    nonce = uuid4().hex
    proven = signer.answer(nonce, kind=ActKind.APPROVE)
    signer.journey.decide(signer.post(nonce, proven, kind=ActKind.APPROVE))
    assert EVIDENCE in act_of(record(signer, "a"))["evidence"]
    assert EVIDENCE not in act_of(record(signer, "b"))["evidence"]
