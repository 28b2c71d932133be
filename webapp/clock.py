"""No page while this machine's clock is wrong: sessions, deadlines, evidence need its time."""

from flask import Flask, request

from webapp.state import state

_WITHOUT_TIME = frozenset({"static", "public.healthz", "public.readyz"})


def _agree() -> None:
    """Raises ClockDiffers, which is answered as any outage is: what was typed is kept."""
    if request.endpoint not in _WITHOUT_TIME:
        state().clock.check()


def init_clock(app: Flask) -> None:
    """Before anything else asks what time it is."""
    app.before_request(_agree)
