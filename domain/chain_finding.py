"""What is said of a chain while it is defined."""

from dataclasses import dataclass

from domain.refusals import Words


@dataclass(frozen=True)
class Finding:
    """`stage` counts from 0; None concerns the whole."""

    words: Words
    stage: int | None = None
    error: bool = False
    part: str = "name"
    """The field of the stage that it concerns most."""
