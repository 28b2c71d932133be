"""What the list of templates is narrowed to and ordered by: read from a URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.choices import chosen
from domain.contact_search import MAX_SEARCH_CHARACTERS, Standing
from domain.deals import evened
from domain.lists import Sorting, Usual
from domain.templates import Share

_MAX_TERMS = 8
ALL = "all"


class TemplateSort(StrEnum):
    """By what they are ordered."""

    NEWEST = "newest"
    NAME = "name"
    USED = "used"


TEMPLATE_SORTS: Usual = {
    TemplateSort.NEWEST: True,
    TemplateSort.NAME: False,
    TemplateSort.USED: True,
}


@dataclass(frozen=True)
class TemplateSearch:
    """The conditions. What a URL says wrongly is the first choice."""

    text: str = ""
    """As typed."""
    standing: Standing = Standing.ACTIVE
    share: Share | None = None
    sort: TemplateSort = TemplateSort.NEWEST
    down: bool | None = None
    """None: as that order usually runs."""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "TemplateSearch":
        """From a query string; unknown names are ignored."""
        sorting = Sorting.read(values, TEMPLATE_SORTS)
        return cls(
            text=values.get("q", "")[:MAX_SEARCH_CHARACTERS].strip(),
            standing=chosen(Standing, values.get("standing", ""), Standing.ACTIVE),
            share=chosen(Share, values.get("share", ""), None),
            sort=TemplateSort(sorting.key),
            down=None if sorting.down is TEMPLATE_SORTS[sorting.key] else sorting.down,
        )

    def as_query(self) -> dict[str, str]:
        """For a URL, without what is at its first choice."""
        found = {
            "q": self.text,
            "standing": "" if self.standing is Standing.ACTIVE else self.standing.value,
            "share": self.share.value if self.share else "",
        } | self.sorting.as_query()
        return {name: value for name, value in found.items() if value}

    @property
    def sorting(self) -> Sorting:
        """Key and direction."""
        down = TEMPLATE_SORTS[self.sort] if self.down is None else self.down
        return Sorting(self.sort, down, TEMPLATE_SORTS)

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
