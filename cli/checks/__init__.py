"""What `musubi doctor` looks at. Every check answers with findings and raises nothing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. A problem's `words` say what to do; what is fine may still be
    a `note`: less than elsewhere, and nothing that stops the work."""

    fine: bool
    words: str
    note: bool = False

    @property
    def mark(self) -> str:
        """One word in each language, for the head of a line."""
        if not self.fine:
            return "問題 problem"
        return "注意 note   " if self.note else "良好 ok     "


def fine(words: str) -> Finding:
    """Nothing to do."""
    return Finding(fine=True, words=words)


def note(words: str) -> Finding:
    """It works, but the operator should know."""
    return Finding(fine=True, words=words, note=True)


def problem(words: str) -> Finding:
    """Something to do."""
    return Finding(fine=False, words=words)
