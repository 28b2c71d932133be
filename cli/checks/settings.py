"""What the operator wrote into `musubi.toml`: names that no process knows have no effect, and a
misspelt one says so nowhere else."""

from collections.abc import Iterator
from difflib import get_close_matches

from pydantic_settings import BaseSettings

from cli.checks import Finding, problem
from cli.environment import sends_real_mail
from cli.home import Home
from runtime.settings import DocumentsSettings, EnvelopesSettings, SigningSettings, WebSettings

KNOWN: dict[str, type[BaseSettings]] = {
    "envelopes": EnvelopesSettings,
    "documents": DocumentsSettings,
    "signing": SigningSettings,
    "web": WebSettings,
}
OF_THE_HOME = {"signing": frozenset({"signature_algorithm"})}
"""Read when keys are made, and by no process."""
ALL = "all"


def check_settings(home: Home) -> Iterator[Finding]:
    """Unknown processes and names, and a sender that mail servers refuse."""
    for process in home.config.get("settings", {}):
        known = _known(process)
        for name in sorted(home.setting_names(process) - known):
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield problem(f"musubi.toml: [settings.{process}] {name} is no setting{hint}")
    yield from _sender(home)


def _known(process: str) -> frozenset[str]:
    kinds = KNOWN.values() if process == ALL else [KNOWN[process]] if process in KNOWN else []
    fields = frozenset(name for kind in kinds for name in kind.model_fields)
    return fields | OF_THE_HOME.get(process, frozenset())


def _sender(home: Home) -> Iterator[Finding]:
    """Many servers refuse senders whose domain does not exist."""
    default = EnvelopesSettings.model_fields["mail_from"].default
    sender = home.setting("envelopes", "mail_from", default)
    if sends_real_mail(home) and sender.endswith(".test"):
        yield problem(f"Mail leaves as {sender}; set mail_from in [settings.envelopes]")
