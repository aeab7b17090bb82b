"""Logs: to standard error, for people or as JSON lines. Never content, never personal data."""

import logging
import sys

import structlog


def configure(*, json: bool = False, level: str = "INFO") -> None:
    """Set up logging for a program. Called once by the program, never by a library."""
    renderer = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # kafka-python logs each reconnection attempt; what matters reaches us as an error.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    logging.getLogger("kafka").setLevel(logging.ERROR)
