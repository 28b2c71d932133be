"""A sentence in both languages: law, not decoration, and therefore beside the rules."""

from typing import NamedTuple

from domain.kinds import Language


class Words(NamedTuple):
    """The same sentence in both languages."""

    ja: str
    en: str

    def in_language(self, language: Language) -> str:
        """The sentence for one reader."""
        return self.en if language is Language.EN else self.ja
