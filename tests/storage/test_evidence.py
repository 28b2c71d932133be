"""What the evidence record tells whom."""

from typing import Any

import pytest

from domain.drafts import Order
from domain.kinds import ActKind, EnvelopeState, PartyKind
from storage.evidence import evidence_record
from storage.tables import Act, Envelope
from tests.storage.test_corrections import correct
from tests.storage.world import APPROVER, Journey, World, person

REASON = "理由です"
"""Of whoever gives one in these stories."""


@pytest.fixture
def journey(world: World) -> Journey:
    """Somebody approves inside the city, then two sides sign."""
    return Journey.begin(
        world,
        person("課長", APPROVER, party=PartyKind.OWN, company="結び市"),
        person("市長", party=PartyKind.OWN, company="結び市"),
        person("社長"),
    )


def record_for(journey: Journey, reader: str | None) -> dict[str, Any]:
    """As one person gets it; None is the sending organisation."""
    world = journey.world
    participant = world.participant(journey.envelope_id, reader) if reader else None
    with world.reading() as session:
        return evidence_record(session, world.vault, journey.envelope_id, reader=participant)


@pytest.mark.parametrize(
    ("reader", "names"),
    [
        (None, ["課長", "市長", "社長"]),
        ("市長", ["課長", "市長", "社長"]),
        ("社長", [None, "市長", "社長"]),
    ],
)
def test_who_approved_inside_the_other_party_is_a_role_only(
    journey: Journey, reader: str | None, names: list[str | None]
) -> None:
    """Signers are part of the contract; internal approvers are not the other side's business."""
    people = record_for(journey, reader)["participants"]
    assert [row["name"] for row in people] == names
    assert [row["mail"] is None for row in people] == [name is None for name in names]
    assert [row["kind"] for row in people] == ["approver", "signer", "signer"]


def test_no_participant_learns_where_another_sat(journey: Journey) -> None:
    """Addresses and browsers stay with the organisation, which answers for the record."""
    journey.act("課長", ActKind.APPROVE)
    [whole] = record_for(journey, None)["acts"]
    [handed] = record_for(journey, "社長")["acts"]
    assert {"address", "agent"} <= set(whole["evidence"])
    assert not {"address", "agent"} & set(handed["evidence"])
    assert handed["evidence"]["method"] == whole["evidence"]["method"]


def test_the_record_names_every_version_and_what_took_the_place_of_what(world: World) -> None:
    """The old document with its signature stays in it, and everybody reads why it was replaced."""
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    [old] = world.documents(journey.envelope_id)
    journey.sign("a")
    act_id = correct(journey)
    [new] = world.documents(journey.envelope_id)
    record = record_for(journey, "b")
    assert record["envelope"]["version"] == 2
    before, after = record["documents"]
    assert (before["id"], before["until_version"]) == (str(old), 1)
    assert (after["id"], after["from_version"], after["replaces"]) == (str(new), 2, str(old))
    assert [row["kind"] for row in before["revisions"]] == ["upload", "version", "signature"]
    assert {row["version"] for row in before["fields"]} == {1}
    [said] = record["corrections"]
    assert (said["act"], said["from_version"], said["version"]) == (str(act_id), 1, 2)
    [replaced] = said["documents"]
    assert replaced["sha256"] == before["revisions"][1]["sha256"]
    assert replaced["replacement_sha256"] == after["revisions"][0]["sha256"]
    [act] = [row for row in record["acts"] if row["kind"] == "correct"]
    assert act["reason"] == "金額の誤り"


def test_why_one_of_several_declined_stays_inside_his_party(world: World) -> None:
    """It ended nothing, so nobody was told; what ended an envelope, everybody was."""
    journey = Journey.begin(
        world,
        person("課長", APPROVER, party=PartyKind.OWN, company="結び市"),
        person("市長", party=PartyKind.OWN, company="結び市"),
        person("社長"),
        order=Order.PARALLEL,
    )
    decline(journey, "課長", 1)
    assert reasons(journey, "社長") == [None]
    assert reasons(journey, "市長") == [REASON]
    decline(journey, "社長", 2)
    world.set(Envelope, journey.envelope_id, state=EnvelopeState.DECLINED.value)
    assert reasons(journey, "社長") == [None, REASON]
    assert reasons(journey, "市長") == [REASON, REASON]


def decline(journey: Journey, name: str, order: int) -> None:
    act_id = journey.world.post(journey.envelope_id, name, ActKind.DECLINE)
    journey.world.set(Act, act_id, accepted=True, answer_order=order)


def reasons(journey: Journey, reader: str) -> list[str | None]:
    return [act["reason"] for act in record_for(journey, reader)["acts"]]
