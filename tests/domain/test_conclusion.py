"""A contract takes a signature of each party: which routes make sure of it."""

import pytest

from domain.conclusion import OTHER, OWN, Place, Side, Stage, side_of, unsigned
from domain.kinds import PartyKind

VENDOR = Side(PartyKind.COUNTERPARTY, "株式会社山田組")
PARTNER = Side(PartyKind.COUNTERPARTY, "株式会社青山建設")
GATE = Stage(0, ())


def signs(*sides: Side) -> list[Place]:
    return [Place(side, signs=True) for side in sides]


def approves(*sides: Side) -> list[Place]:
    return [Place(side, signs=False) for side in sides]


def every(*places: Place) -> Stage:
    return Stage(len(places), places)


@pytest.mark.parametrize(
    ("stages", "missing"),
    [
        ([every(*signs(OWN, VENDOR))], set()),
        ([every(*approves(OWN)), GATE, every(*signs(VENDOR)), every(*signs(OWN))], set()),
        ([every(*signs(VENDOR))], {OWN}),
        ([every(*approves(OWN), *signs(VENDOR))], {OWN}),
        ([every(*signs(OWN))], {OTHER}),
        ([every(*signs(OWN), *approves(VENDOR))], {VENDOR}),
        ([every(*signs(OWN, VENDOR), *approves(PARTNER))], {PARTNER}),
        ([every(*signs(OWN, VENDOR, PARTNER))], set()),
        ([], {OWN, OTHER}),
    ],
)
def test_each_party_that_acts_has_a_signer(stages: list[Stage], missing: set[Side]) -> None:
    """Of a joint venture, each company; of our own side, whichever department."""
    assert set(unsigned(stages)) == missing
    assert side_of(PartyKind.OWN, "契約課") == OWN


@pytest.mark.parametrize(
    ("stage", "sure"),
    [
        (Stage(1, signs(OWN)), True),
        (Stage(2, signs(OWN, OWN)), True),
        (Stage(1, [*signs(OWN), *approves(OWN)]), False),
        (Stage(2, [*signs(OWN, OWN), *approves(OWN)]), True),
        (Stage(2, [*signs(OWN), *approves(OWN, OWN)]), False),
        (Stage(3, [*signs(OWN), *approves(OWN, OWN)]), True),
    ],
)
def test_where_some_are_enough_a_signature_counts_only_if_no_others_are(
    stage: Stage, *, sure: bool
) -> None:
    """Any one of a signer and an approver may turn out to be the approver."""
    missing = unsigned([every(*signs(VENDOR)), stage])
    assert set(missing) == (set() if sure else {OWN})
    if not sure:
        assert "次の段階へ進むことがあります" in missing[OWN].ja


def test_what_is_missing_is_said_with_the_party_s_name_and_the_way_out() -> None:
    [(side, words)] = unsigned([every(*signs(OWN), *approves(VENDOR))]).items()
    assert side == VENDOR
    assert words.ja.startswith("株式会社山田組の署名者がいません。")
    assert words.en.startswith("Nobody signs for 株式会社山田組.")
    for text in (words.ja, words.en):
        assert "一方だけが署名する" in text or "Signed by one side only" in text
