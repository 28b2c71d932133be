"""What `musubi doctor` looks at. Every check answers with findings and raises nothing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. A problem's `words` say what to do."""

    fine: bool
    words: str


def fine(words: str) -> Finding:
    """Nothing to do."""
    return Finding(fine=True, words=words)


def problem(words: str) -> Finding:
    """Something to do."""
    return Finding(fine=False, words=words)
