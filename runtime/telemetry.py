"""Logs: one JSON object a line, with ids and codes; never a name, an address, a link or a PIN.

All of it is ASCII, so that nothing in it ends a line, turns its direction or moves a cursor.
"""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from runtime.settings import ProcessSettings

PERSONAL = frozenset(
    {"name", "mail", "to", "title", "message", "reason", "token", "pin", "password", "code", "link"}
)
"""Keys that are never written, whoever passes them."""

TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
"""Local variables would put names and bytes of documents into logs."""


def drop_personal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Remove forbidden keys: the last line of defence, not the first."""
    for key in PERSONAL & event.keys():
        event[key] = "[removed]"
    return event


def configure_logging(settings: ProcessSettings) -> None:
    """Route structlog and the standard library through one JSON renderer on standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                drop_personal,
                TRACEBACKS,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for noisy in ("httpx", "httpcore", "pyhanko", "pyhanko_certvalidator", "mail.log"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=settings.process)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger that takes an event word and key-value pairs."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound
