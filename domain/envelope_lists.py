"""What the list of envelopes can be narrowed to and sorted by, as its address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.choices import chosen
from domain.deal_words import UNDER_WAY
from domain.kinds import EnvelopeState
from domain.refusals import Words

MAX_SEARCH_CHARACTERS = 100
DUE_WITHIN = timedelta(days=3)


class Filter(StrEnum):
    """What the list is narrowed to; stands in the URL."""

    ALL = "all"
    RUNNING = "running"
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
    Filter.LOST: OPEN_STATES,
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


ORDER_WORDS = {
    Order.CHANGED: Words("更新の新しい順", "Last changed first"),
    Order.SENT: Words("送信の新しい順", "Last sent first"),
    Order.DEADLINE: Words("期限の近い順", "Nearest deadline first"),
}
_WITH_DEADLINES = {Filter.RUNNING, Filter.ATTENTION, Filter.LOST, Filter.DUE}


def orders_of(wanted: Filter) -> tuple[Order, ...]:
    """Deadlines of what has ended are in nobody's way: only what is under way is sorted by them."""
    return tuple(one for one in Order if one is not Order.DEADLINE or wanted in _WITH_DEADLINES)


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
        usual = Order.DEADLINE if wanted is Filter.DUE else Order.CHANGED
        order = chosen(Order, typed.get("sort", ""), usual)
        return cls(
            wanted=wanted,
            order=order if order in orders_of(wanted) else usual,
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
        if ListQuery.read({"state": said["state"]}).order is self.order:
            said["sort"] = ""
        return {name: value for name, value in said.items() if value}
