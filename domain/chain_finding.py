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
    recipient: int | None = None
    """The place of a recipient that it concerns; then it is of no stage."""

    @property
    def field(self) -> str:
        """The field of the form that it concerns most."""
        if self.recipient is not None:
            return f"recipients-{self.recipient}-{self.part}"
        return "stages" if self.stage is None else f"stages-{self.stage}-{self.part}"
