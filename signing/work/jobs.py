"""The jobs of a child, by name."""

from collections.abc import Callable

from signing.frames import Channel, Frame
from signing.work import digests, hexadecimal
from signing.work.archiving import archive, holdings, survey
from signing.work.attaching import attach
from signing.work.cleaning import clean
from signing.work.comparing import differ
from signing.work.drafting import draft, embed
from signing.work.inspection import illustrate, inspect
from signing.work.judging import check, judge
from signing.work.keeping import keep
from signing.work.preparation import prepare

digests.install()
hexadecimal.install()

Job = Callable[[Frame, Channel], Frame]

JOBS: dict[str, Job] = {
    "inspect": lambda request, _: inspect(request),
    "keep": lambda request, _: keep(request),
    "illustrate": lambda request, _: illustrate(request),
    "attach": lambda request, _: attach(request),
    "differ": lambda request, _: differ(request),
    "clean": lambda request, _: clean(request),
    "prepare": lambda request, _: prepare(request),
    "draft": lambda request, _: draft(request),
    "embed": lambda request, _: embed(request),
    "check": lambda request, _: check(request),
    "holdings": lambda request, _: holdings(request),
    "survey": lambda request, _: survey(request),
    "judge": lambda request, _: judge(request),
    "archive": archive,
}


def perform(request: Frame, channel: Channel) -> Frame:
    """Do one job. Raises what the job raises; KeyError for a job that does not exist."""
    return JOBS[request.kind](request, channel)
