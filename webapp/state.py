"""What the application holds besides its configuration: one typed object, no globals."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from flask import Flask, current_app
from werkzeug.wrappers import Response as BaseResponse

from identity.checkwords import CheckWords
from identity.oidc import OpenIdProviders
from identity.provider_http import ProviderHttp, Reach, read_networks
from runtime.settings import WebSettings
from storage.clock import SharedClock
from storage.database import Database
from storage.outbox import message_host
from storage.vault import Vault
from webapp.gateway import Gateway
from webapp.recent import Recent

EXTENSION = "musubi"

Guard = Callable[[str], BaseResponse | None]
"""Decides on a permission: None lets in, a response is given instead of the page; may abort."""


@dataclass
class WebState:
    """Database, vault and gateway of one web process.

    Each is made at first use, which is after gunicorn forked: none of the three may cross a
    fork (database handles, a PKCS#11 login, an event loop's thread).
    """

    settings: WebSettings
    make_database: Callable[[], Database]
    make_vault: Callable[[Database], Vault]
    make_gateway: Callable[[], Gateway]
    guards: dict[str, Guard] = field(default_factory=dict)
    """Who decides on permissions that no member's role gives, by the permission's first word."""

    @cached_property
    def database(self) -> Database:
        """The application's database."""
        return self.make_database()

    @cached_property
    def clock(self) -> SharedClock:
        """Whether this machine's time is the others' too."""
        return SharedClock(self.database)

    @cached_property
    def vault(self) -> Vault:
        """Encrypted document bytes."""
        return self.make_vault(self.database)

    @cached_property
    def gateway(self) -> Gateway:
        """The one way to Temporal."""
        return self.make_gateway()

    @cached_property
    def recent(self) -> Recent:
        """What this process wrote into operation logs a moment ago, and could not write."""
        return Recent()

    @cached_property
    def message_host(self) -> str:
        """The host that the Message-IDs of mails name."""
        return message_host(self.settings.base_url)

    @cached_property
    def open_id(self) -> OpenIdProviders:
        """Organisations' OpenID providers; this process keeps their keys for a while."""
        settings = self.settings
        reach = Reach(
            read_networks(settings.sso_networks),
            settings.sso_loopback,
            settings.sso_proxy,
            settings.sso_ca_file,
        )
        return OpenIdProviders(ProviderHttp(reach))

    @cached_property
    def check_words(self) -> CheckWords:
        """The words that mails say of themselves."""
        return CheckWords(self.settings.check_key_file.read_bytes().strip())


def init_state(app: Flask, state: WebState) -> None:
    """Keep the state with its application."""
    app.extensions[EXTENSION] = state


def state() -> WebState:
    """The state of the application that answers this request."""
    return cast("WebState", current_app.extensions[EXTENSION])
