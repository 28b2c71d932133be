"""What the evidence record tells whom."""

from typing import Any

import pytest

from domain.kinds import ActKind, PartyKind
from storage.evidence import evidence_record
from tests.storage.world import APPROVER, Journey, World, person


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
