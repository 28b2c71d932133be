"""Closed lists are complete, and evidence binds what it says it binds."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain import refusals, states
from domain.events import GENESIS, Event, event_hash, utc_text
from domain.evidence import ReadDocument, signature_reason, values_sha256, version_sha256
from domain.kinds import EnvelopeState, HindranceKind, PartyKind, SlotKind, SlotState
from domain.refusals import RefusalCode
from domain.states import SlotView, StateWord, state_words

FIRST, SECOND = UUID(int=1), UUID(int=2)


def test_every_refusal_and_every_state_has_words_in_both_languages() -> None:
    """No code ever reaches a person."""
    assert set(refusals.WORDS) == set(RefusalCode)
    assert set(states.WORDS) == set(StateWord)
    for words in [*refusals.WORDS.values(), *states.WORDS.values()]:
        assert words.ja
        assert words.en
        assert words.ja != words.en


@pytest.mark.parametrize("state", [state for state in EnvelopeState if state != "running"])
def test_every_machine_state_but_running_has_one_word(state: EnvelopeState) -> None:
    """Running is told by its slots."""
    assert len(state_words(state, ())) == 1


EXAMPLES = [
    ([(SlotKind.APPROVE, SlotState.ASKED, PartyKind.OWN)], [], ["承認待ち"]),
    ([(SlotKind.CONFIRM, SlotState.ASKED, PartyKind.OWN)], [], ["確認待ち"]),
    ([(SlotKind.SIGN, SlotState.ASKED, PartyKind.OWN)], [], ["自社署名待ち"]),
    ([(SlotKind.SIGN, SlotState.ASKED, PartyKind.COUNTERPARTY)], [], ["相手署名待ち"]),
    (
        [
            (SlotKind.SIGN, SlotState.ASKED, PartyKind.OWN),
            (SlotKind.SIGN, SlotState.ASKED, PartyKind.COUNTERPARTY),
        ],
        [],
        ["自社署名待ち", "相手署名待ち"],
    ),
    (
        [(SlotKind.SIGN, SlotState.ACTED, PartyKind.COUNTERPARTY)],
        [HindranceKind.TIMESTAMP],
        ["タイムスタンプ待ち", "署名処理中"],
    ),
    (
        [(SlotKind.SIGN, SlotState.ASKED, PartyKind.COUNTERPARTY)],
        [HindranceKind.OPERATOR],
        ["要対応", "相手署名待ち"],
    ),
]


@pytest.mark.parametrize(("slots", "hindrances", "expected"), EXAMPLES)
def test_the_words_of_a_running_envelope(
    slots: list[tuple[SlotKind, SlotState, PartyKind]],
    hindrances: list[HindranceKind],
    expected: list[str],
) -> None:
    """A table that a clerk could read."""
    views = [SlotView(*slot) for slot in slots]
    words = state_words(EnvelopeState.RUNNING, views, hindrances)
    assert [states.WORDS[word].ja for word in words] == expected


def test_the_version_hash_depends_on_every_document_and_its_order() -> None:
    """What you read is what you sign."""
    one, two = ReadDocument(FIRST, "a" * 64), ReadDocument(SECOND, "b" * 64)
    hashes = {
        version_sha256([one, two]),
        version_sha256([two, one]),
        version_sha256([one]),
        version_sha256([one, two._replace(sha256="c" * 64)]),
    }
    assert len(hashes) == 4


def test_the_values_hash_does_not_depend_on_the_order_of_typing() -> None:
    """But on every value."""
    assert values_sha256({"a": "1", "b": "2"}) == values_sha256({"b": "2", "a": "1"})
    assert values_sha256({"a": "1"}) != values_sha256({"a": "2"})


def test_the_reason_names_person_address_and_time_with_its_zone() -> None:
    """The fixed sentence of the signature panel."""
    moment = datetime(2021, 10, 7, 0, 25, 23, tzinfo=UTC)
    assert signature_reason("山田太郎", "taro@example.jp", moment, "Asia/Tokyo") == (
        "山田太郎様 taro@example.jp が2021-10-07 09:25:23 +09:00 JSTに承認しました"
    )


def test_an_event_hash_changes_with_everything_it_covers() -> None:
    """Chain, position, tag, time, envelope, actor and data."""
    at = datetime(2026, 11, 23, tzinfo=UTC)

    def digest(**change: object) -> str:
        fields: dict[str, object] = {
            "previous": GENESIS,
            "sequence": 1,
            "tag": Event.ACT_ACCEPTED.value,
            "at": at,
            "envelope_id": FIRST,
            "actor": "system",
            "data": {"act": "1"},
        }
        return event_hash(**(fields | change))  # type: ignore[arg-type]

    variants = [
        digest(),
        digest(previous="1" * 64),
        digest(sequence=2),
        digest(tag=Event.ACT_REFUSED.value),
        digest(at=at.replace(microsecond=1)),
        digest(envelope_id=SECOND),
        digest(actor="visitor"),
        digest(data={"act": "2"}),
    ]
    assert len(set(variants)) == len(variants)


def test_a_time_without_a_zone_never_enters_the_ledger() -> None:
    """It would mean something else on another machine."""
    with pytest.raises(ValueError, match="zone"):
        utc_text(datetime(2026, 11, 23))  # noqa: DTZ001 - naive on purpose
