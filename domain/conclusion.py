"""Concluding a contract (締結) takes a signature of each party: who must sign, and who surely will.

A party is a side of the contract: our own organisation, and each company of the other side that
acts, so every member of a joint venture by itself. Who only receives the finished documents is no
party (地方自治法234条5項 for public authorities, 民法522条 for everybody).
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from domain.kinds import PartyKind
from domain.refusals import Words


class Purpose(StrEnum):
    """What the signatures of an envelope are for."""

    CONTRACT = "contract"
    ONE_SIDED = "one_sided"
    """A letter of acceptance, a consent, a notice: it concludes nothing."""


PURPOSE_WORDS = {
    Purpose.CONTRACT: Words("契約を締結する", "To conclude a contract"),
    Purpose.ONE_SIDED: Words("一方だけが署名する", "Signed by one side only"),
}
PURPOSE_MEANING = {
    Purpose.CONTRACT: Words(
        "自組織と、手続きに加わる相手方の各社について、それぞれの署名が必要です。",
        "Our side signs, and each company of the other side that takes part.",
    ),
    Purpose.ONE_SIDED: Words(
        "請書、承諾書、通知書など、これだけでは契約の締結にならない文書です。",
        "Acceptances, consents, notices and the like, which conclude no contract by themselves.",
    ),
}


class Side(NamedTuple):
    """A party: `company` is empty for our own organisation, whatever the department."""

    kind: PartyKind
    company: str = ""


OWN = Side(PartyKind.OWN)
OTHER = Side(PartyKind.COUNTERPARTY)
"""The other side where nobody of it takes part."""


class Place(NamedTuple):
    """A place in a stage: whose act it takes, and whether that act is a signature."""

    side: Side
    signs: bool


class Stage(NamedTuple):
    """Its places, and how many of them must be filled before the route goes on."""

    need: int
    places: Sequence[Place]


def side_of(kind: PartyKind, company: str) -> Side:
    """The party that somebody acts for."""
    return OWN if kind is PartyKind.OWN else Side(kind, company)


def unsigned(stages: Sequence[Stage]) -> dict[Side, Words]:
    """Every party whose signature the route does not make sure of, and what to do about it."""
    acting = {place.side: None for stage in stages for place in stage.places}
    others = [side for side in acting if side.kind is PartyKind.COUNTERPARTY]
    sides = [OWN, *(others or [OTHER])]
    return {side: _problem(side, stages) for side in sides if not _surely(side, stages)}


def _surely(side: Side, stages: Iterable[Stage]) -> bool:
    """Whether a stage cannot be met by the acts of others alone."""
    return any(
        sum(not _signature_of(side, place) for place in stage.places) < stage.need
        for stage in stages
    )


def _signature_of(side: Side, place: Place) -> bool:
    return place.signs and place.side == side


def _problem(side: Side, stages: Iterable[Stage]) -> Words:
    name = _name(side)
    if any(_signature_of(side, place) for stage in stages for place in stage.places):
        return Words(
            f"{name.ja}の署名がないまま、次の段階へ進むことがあります。{_RULE.ja}"
            "署名者全員の署名が必要な段階にしてください。",
            f"The route can go on without a signature of {name.en}. {_RULE.en} "
            "Let the stage wait for all who sign.",
        )
    return Words(
        f"{name.ja}の署名者がいません。{_RULE.ja}署名者を加えるか、"
        f"一方だけが署名する文書なら、「署名の目的」で「{PURPOSE_WORDS[Purpose.ONE_SIDED].ja}」を"
        "選んでください。",
        f"Nobody signs for {name.en}. {_RULE.en} Add a signer, or, if only one side signs, "
        f"choose “{PURPOSE_WORDS[Purpose.ONE_SIDED].en}”.",
    )


_RULE = Words(
    "契約の締結には、すべての当事者の署名が必要です。",
    "A contract takes a signature of each party.",
)


def _name(side: Side) -> Words:
    if side.kind is PartyKind.OWN:
        return Words("自組織", "our side")
    return Words(side.company or "相手方", side.company or "the other side")
