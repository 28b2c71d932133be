"""Entry of the web process: `gunicorn webapp.wsgi:app`."""

from runtime.memory import settle
from runtime.settings import WebSettings
from runtime.telemetry import configure_logging
from webapp.app import create_app

settings = WebSettings()
configure_logging(settings)
app = create_app(settings)
settle()
