"""What the list of templates is narrowed to and ordered by: read from a URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.choices import chosen
from domain.contact_search import MAX_SEARCH_CHARACTERS, Standing
from domain.deals import evened
from domain.refusals import Words
from domain.templates import Share

_MAX_TERMS = 8
ALL = "all"


class TemplateSort(StrEnum):
    """By what they are ordered."""

    NEWEST = "newest"
    NAME = "name"
    USED = "used"


TEMPLATE_SORT_WORDS = {
    TemplateSort.NEWEST: Words("更新の新しい順", "Last changed first"),
    TemplateSort.NAME: Words("名前の順", "By name"),
    TemplateSort.USED: Words("よく使われている順", "Most used first"),
}


@dataclass(frozen=True)
class TemplateSearch:
    """The conditions. What a URL says wrongly is the first choice."""

    text: str = ""
    """As typed."""
    standing: Standing = Standing.ACTIVE
    share: Share | None = None
    sort: TemplateSort = TemplateSort.NEWEST

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "TemplateSearch":
        """From a query string; unknown names are ignored."""
        return cls(
            text=values.get("q", "")[:MAX_SEARCH_CHARACTERS].strip(),
            standing=chosen(Standing, values.get("standing", ""), Standing.ACTIVE),
            share=chosen(Share, values.get("share", ""), None),
            sort=chosen(TemplateSort, values.get("sort", ""), TemplateSort.NEWEST),
        )

    def as_query(self) -> dict[str, str]:
        """For a URL, without what is at its first choice."""
        found = {
            "q": self.text,
            "standing": "" if self.standing is Standing.ACTIVE else self.standing.value,
            "share": self.share.value if self.share else "",
            "sort": "" if self.sort is TemplateSort.NEWEST else self.sort.value,
        }
        return {name: value for name, value in found.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether it leaves anything out that is usually shown."""
        return bool(self.text) or self.share is not None or self.standing is Standing.RETIRED

    @property
    def terms(self) -> tuple[str, ...]:
        """Each of these is in what is found, evened."""
        return tuple(term for word in self.text.split()[:_MAX_TERMS] if (term := searched(word)))


def searched(*texts: str) -> str:
    """Texts as they are searched: width, case, kana and blanks do not count."""
    return " ".join(evened(text) for text in texts if text.strip())
