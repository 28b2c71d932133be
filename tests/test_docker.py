"""The compose file tells each service its own part only, as `musubi up` does."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from runtime.settings import DocumentsSettings, EnvelopesSettings, SigningSettings, WebSettings

DOCKER = Path(__file__).parents[1] / "docker"
FROM_IMAGE = {"MUSUBI_BLOB_DIR", "MUSUBI_RUN_DIR", "MUSUBI_PROCESS"}
SETTINGS: dict[str, type[BaseSettings]] = {
    "envelopes": EnvelopesSettings,
    "documents": DocumentsSettings,
    "signing": SigningSettings,
    "web": WebSettings,
}


def described(name: str) -> dict[str, Any]:
    """The services of one compose file."""
    return dict(yaml.safe_load((DOCKER / name).read_text(encoding="utf-8"))["services"])


@pytest.fixture(params=["", "compose.sms.yaml", "compose.smtp.yaml"])
def services(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What compose merges: mappings by key, lists one after the other."""
    services = described("compose.yaml")
    if request.param:
        for name, more in described(request.param).items():
            services[name]["environment"] |= more["environment"]
            services[name]["secrets"] = services[name]["secrets"] + more.get("secrets", [])
    return services


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_service_is_told_all_it_needs_and_nothing_else(
    services: dict[str, Any], name: str
) -> None:
    told = {key for key in services[name]["environment"] if key.startswith("MUSUBI_")}
    fields = SETTINGS[name].model_fields.items()
    needed = {f"MUSUBI_{key.upper()}" for key, field in fields if field.is_required()}
    assert needed - FROM_IMAGE <= told
    assert told <= {f"MUSUBI_{key.upper()}" for key, _ in fields}


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_service_gets_the_secrets_that_it_names(services: dict[str, Any], name: str) -> None:
    service = services[name]
    prefix = "/run/secrets/"
    named = {
        str(value).removeprefix(prefix)
        for value in service["environment"].values()
        if str(value).startswith(prefix)
    }
    assert set(service["secrets"]) == named


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_each_process_has_an_image_of_its_own_and_is_not_root_there(name: str) -> None:
    assert "USER musubi" in stage(name)


def test_the_web_image_holds_no_room_that_signs_or_mails() -> None:
    copied = stage("web") + stage("process")
    assert not [room for room in ("signing", "notices", "trial") if f"COPY {room}/" in copied]


def stage(name: str) -> str:
    """The instructions of one stage of the Dockerfile."""
    dockerfile = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    _, _, rest = dockerfile.partition(f" AS {name}\n")
    assert rest, name
    return rest.partition("\nFROM ")[0]
