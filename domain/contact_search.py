"""What the address book is narrowed to: read from a URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.choices import chosen
from domain.deals import evened
from domain.lists import Sorting, Usual
from domain.refusals import Words

MAX_SEARCH_CHARACTERS = 200
_MAX_TERMS = 8


class Standing(StrEnum):
    """Which contacts are shown."""

    ACTIVE = "active"
    RETIRED = "retired"
    ALL = "all"


class ContactSort(StrEnum):
    """By what they are ordered."""

    KANA = "kana"
    COMPANY = "company"
    MAIL = "mail"
    NEWEST = "newest"


STANDING_WORDS = {
    Standing.ACTIVE: Words("使っているもの", "In use"),
    Standing.RETIRED: Words("使わなくなったもの", "Retired"),
    Standing.ALL: Words("すべて", "All"),
}
CONTACT_SORTS: Usual = {
    ContactSort.KANA: False,
    ContactSort.COMPANY: False,
    ContactSort.MAIL: False,
    ContactSort.NEWEST: True,
}


@dataclass(frozen=True)
class ContactSearch:
    """The conditions. What a URL says wrongly is the first choice."""

    text: str = ""
    """As typed."""
    standing: Standing = Standing.ACTIVE
    sort: ContactSort = ContactSort.KANA
    down: bool | None = None
    """None: as that order usually runs."""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "ContactSearch":
        """From a query string; unknown names are ignored."""
        sorting = Sorting.read(values, CONTACT_SORTS)
        return cls(
            text=values.get("q", "")[:MAX_SEARCH_CHARACTERS].strip(),
            standing=chosen(Standing, values.get("standing", ""), Standing.ACTIVE),
            sort=ContactSort(sorting.key),
            down=None if sorting.down is CONTACT_SORTS[sorting.key] else sorting.down,
        )

    def as_query(self) -> dict[str, str]:
        """For a URL, without what is at its first choice."""
        standing = "" if self.standing is Standing.ACTIVE else self.standing.value
        found = {"q": self.text, "standing": standing} | self.sorting.as_query()
        return {name: value for name, value in found.items() if value}

    @property
    def sorting(self) -> Sorting:
        """Key and direction."""
        down = CONTACT_SORTS[self.sort] if self.down is None else self.down
        return Sorting(self.sort, down, CONTACT_SORTS)

    @property
    def narrowed(self) -> bool:
        """Whether it leaves anything out that is usually shown."""
        return bool(self.text) or self.standing is Standing.RETIRED

    @property
    def terms(self) -> tuple[str, ...]:
        """Each of these is in what is found, evened."""
        found = [evened(word) for word in self.text.split()[:_MAX_TERMS] if not _is_form(word)]
        return tuple(term for term in found or [evened(self.text)] if term)


def _is_form(word: str) -> bool:
    """「株式会社」 written apart from its name says nothing: it was evened away there too."""
    return evened(f"{word} x") == "x"
