"""The factory: a table of contents of the web app. Settings in, application out."""

from datetime import timedelta
from importlib import import_module
from urllib.parse import urlsplit

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from domain.limits import MIB
from runtime.settings import WebSettings
from storage.database import PAGES_ASKING_SECONDS, open_database
from storage.opening import open_vault
from webapp.assets import init_assets
from webapp.cells import init_cells
from webapp.changes import init_changes
from webapp.clock import init_clock
from webapp.errors import init_errors
from webapp.gateway import Gateway
from webapp.language import init_language
from webapp.login import init_login
from webapp.recording import init_recording
from webapp.requests import init_requests
from webapp.security import check_every_route, init_security
from webapp.state import WebState, init_state

BLUEPRINTS = (
    "public",
    "sender",
    "sso",
    "deals",
    "contacts",
    "admin",
    "ops",
    "waiting",
    "signer",
    "download",
    "mailbox",
)
"""Rooms by who comes in: each is `webapp/<name>/` and offers `blueprint`."""

MAX_BODY_BYTES = 1 * MIB
"""Forms; the upload's view raises it for itself."""
MAX_FIELD_BYTES = 500_000
"""Of one typed field; ASVS wants a bound, a paste by mistake should still be told in words."""
MAX_PARTS = 1000


def create_app(settings: WebSettings, state: WebState | None = None) -> Flask:
    """The web app. `state` replaces database, vault and gateway in tests.

    Raises LookupError when a route bears no permission.
    """
    app = Flask("webapp", static_folder="static", template_folder="templates")
    init_requests(app)
    configure(app, settings)
    trust_proxies(app, settings.trusted_proxies)
    init_state(app, state or real_state(settings))
    init_clock(app)
    init_assets(app)
    init_cells(app)
    init_changes(app)
    init_language(app)
    init_login(app)
    init_recording(app)
    init_security(app)
    init_errors(app)
    register_blueprints(app)
    check_every_route(app)
    return app


def configure(app: Flask, settings: WebSettings) -> None:
    """Everything that Flask leaves open by default, closed."""
    app.config.update(
        SECRET_KEY=settings.web_key_file.read_bytes(),
        TRUSTED_HOSTS=[urlsplit(settings.base_url).hostname],
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FIELD_BYTES,
        MAX_FORM_PARTS=MAX_PARTS,
        SESSION_COOKIE_NAME="__Host-musubi-form",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        # The token lives as long as its session: a page left open over lunch still works.
        WTF_CSRF_TIME_LIMIT=None,
        # Pages send no referrer; security.py reads Sec-Fetch-Site instead.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        service_name=settings.service_name,
        trial=settings.trial,
        mail_catcher_url=settings.mail_catcher_url,
        sms_provider=settings.sms_provider.value,
    )


def trust_proxies(app: Flask, count: int) -> None:
    """People's addresses and scheme come from `count` reverse proxies, never from the browser.

    The host is never taken from a header: links are built from the configured base URL.
    """
    if count:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's own way to wrap it
            app.wsgi_app, x_for=count, x_proto=count, x_host=0, x_port=0, x_prefix=0
        )


def real_state(settings: WebSettings) -> WebState:
    """Wiring of database, vault and gateway; each is opened at first use."""
    return WebState(
        settings,
        make_database=lambda: open_database(settings.database_url, PAGES_ASKING_SECONDS),
        make_vault=lambda database: open_vault(settings, database),
        make_gateway=lambda: Gateway(settings),
    )


def register_blueprints(app: Flask) -> None:
    """Register every room; `init_app` is for what a room adds to the application itself."""
    for name in BLUEPRINTS:
        module = import_module(f"webapp.{name}")
        init = getattr(module, "init_app", None)
        if init is not None:
            init(app)
        app.register_blueprint(module.blueprint)
