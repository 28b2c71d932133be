"""What the list of envelopes can be narrowed to and sorted by, as its address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.choices import chosen
from domain.deal_words import UNDER_WAY
from domain.kinds import EnvelopeState
from domain.lists import Headings
from domain.refusals import Words

MAX_SEARCH_CHARACTERS = 100
DUE_WITHIN = timedelta(days=3)


class Filter(StrEnum):
    """What the list is narrowed to; stands in the URL."""

    ALL = "all"
    RUNNING = "running"
    WAITING = "waiting"
    """Whoever looks is asked to act himself."""
    ATTENTION = "attention"
    LOST = "lost"
    DUE = "due"
    DRAFT = "draft"
    DONE = "done"
    EXPIRED = "expired"
    ENDED = "ended"


FILTER_WORDS = {
    Filter.ALL: Words("すべて", "All"),
    Filter.RUNNING: UNDER_WAY,
    Filter.WAITING: Words("自分の対応待ち", "Waiting for me"),
    Filter.ATTENTION: Words("要確認", "Needs a look"),
    Filter.LOST: Words("メール不達", "Mail undelivered"),
    Filter.DUE: Words("期限3日以内", "Due in 3 days"),
    Filter.DRAFT: Words("下書き", "Drafts"),
    Filter.DONE: Words("完了", "Completed"),
    Filter.EXPIRED: Words("期限切れ", "Expired"),
    Filter.ENDED: Words("辞退・取り下げ", "Declined, withdrawn"),
}

OPEN_STATES = (
    EnvelopeState.SENDING,
    EnvelopeState.RUNNING,
    EnvelopeState.SENT_BACK,
    EnvelopeState.COMPLETING,
)
STATES: dict[Filter, tuple[EnvelopeState, ...]] = {
    Filter.RUNNING: OPEN_STATES,
    Filter.DUE: (EnvelopeState.SENDING, EnvelopeState.RUNNING, EnvelopeState.SENT_BACK),
    Filter.LOST: (*OPEN_STATES, EnvelopeState.DONE),
    Filter.DRAFT: (EnvelopeState.DRAFT,),
    Filter.DONE: (EnvelopeState.DONE,),
    Filter.EXPIRED: (EnvelopeState.EXPIRED,),
    Filter.ENDED: (EnvelopeState.DECLINED, EnvelopeState.WITHDRAWN),
}
"""Of filters that are about states; the others take every state."""


class Order(StrEnum):
    """What comes first; stands in the URL."""

    CHANGED = "changed"
    SENT = "sent"
    DEADLINE = "deadline"
    FARTHEST = "deadline-down"
    TITLE = "title"
    TITLE_DOWN = "title-down"
    STATE = "state"
    STATE_DOWN = "state-down"


ORDER_WORDS = {
    Order.CHANGED: Words("更新の新しい順", "Last changed first"),
    Order.SENT: Words("送信の新しい順", "Last sent first"),
    Order.DEADLINE: Words("期限の近い順", "Nearest deadline first"),
    Order.FARTHEST: Words("期限の遠い順", "Farthest deadline first"),
    Order.TITLE: Words("封筒名の順", "By title"),
    Order.TITLE_DOWN: Words("封筒名の逆順", "By title, backwards"),
    Order.STATE: Words("状態の順", "By state"),
    Order.STATE_DOWN: Words("状態の逆順", "By state, backwards"),
}
BY_STATE = (
    EnvelopeState.DRAFT,
    *OPEN_STATES,
    EnvelopeState.DONE,
    EnvelopeState.DECLINED,
    EnvelopeState.WITHDRAWN,
    EnvelopeState.EXPIRED,
)
"""All states that the list has, in the order of an envelope's life."""
HEADINGS = {
    "title": (Order.TITLE.value, Order.TITLE_DOWN.value),
    "state": (Order.STATE.value, Order.STATE_DOWN.value),
    "deadline": (Order.DEADLINE.value, Order.FARTHEST.value),
}


def usual_order(wanted: Filter) -> Order:
    """What is due, or waits for whoever looks, comes by its deadline."""
    return Order.DEADLINE if wanted in {Filter.DUE, Filter.WAITING} else Order.CHANGED


@dataclass(frozen=True)
class ListQuery:
    """Which envelopes, and in which order. `mine`: those that the member sent or took over."""

    wanted: Filter = Filter.ALL
    order: Order = Order.CHANGED
    search: str = ""
    mine: bool = False

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> "ListQuery":
        """As an address says it; what it says wrongly counts as not said."""
        wanted = chosen(Filter, typed.get("state", ""), Filter.ALL)
        return cls(
            wanted=wanted,
            order=chosen(Order, typed.get("sort", ""), usual_order(wanted)),
            search=typed.get("q", "")[:MAX_SEARCH_CHARACTERS],
            mine=typed.get("mine") == "1",
        )

    def as_query(self) -> dict[str, str]:
        """The part of an address that says this, without what is said anyway."""
        said = {
            "state": self.wanted.value if self.wanted is not Filter.ALL else "",
            "sort": self.order.value,
            "q": self.search,
            "mine": "1" if self.mine else "",
        }
        if self.order is usual_order(self.wanted):
            said["sort"] = ""
        return {name: value for name, value in said.items() if value}

    @property
    def headings(self) -> Headings:
        """Of its table."""
        return Headings(self.order.value, usual_order(self.wanted).value, HEADINGS)
