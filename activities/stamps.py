"""Stamp images: what somebody uploaded becomes a clean picture, or is refused."""

from temporalio import activity

from activities.boundary import beating, bounded
from domain.messages import StampOutcome, StampRef
from domain.ports.desks import StampDesk
from domain.ports.signatures import ImageCleaner
from domain.refusals import Refusal, RefusalCode


class StampActivities:
    """Effects on uploaded stamp images."""

    def __init__(self, desk: StampDesk, cleaner: ImageCleaner) -> None:
        self._desk = desk
        self._cleaner = cleaner

    @activity.defn
    @bounded
    def clean_stamp(self, stamp: StampRef) -> StampOutcome:
        """Keep the cleaned picture, or the reason why there is none."""
        with beating():
            try:
                image = self._cleaner.clean(
                    self._desk.read(stamp.stamp_id),
                    keeps_paper=self._desk.keeps_paper(stamp.stamp_id),
                    crop=self._desk.crop(stamp.stamp_id),
                )
            except Refusal as refusal:
                self._desk.refuse(stamp.stamp_id, refusal.code)
                return StampOutcome(accepted=False, refusal=refusal.code)
            self._desk.accept(stamp.stamp_id, image)
            return StampOutcome(accepted=True)

    @activity.defn
    @bounded
    def give_up_stamp(self, stamp: StampRef) -> StampOutcome:
        """The cleaning never came to an end: refuse the picture rather than let it wait."""
        self._desk.refuse(stamp.stamp_id, RefusalCode.IMAGE_UNREADABLE)
        return StampOutcome(accepted=False, refusal=RefusalCode.IMAGE_UNREADABLE)
