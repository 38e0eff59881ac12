"""Everything a deployment may set, read once from the environment. Shop policy is data, not settings."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from store.kept_secret import kept_secret

PREFIX = "INDICIA_"
CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """One frozen object; docs/reference/settings.md describes each field."""

    data_dir: Path = CHECKOUT / "var"
    database_url: str = ""  # empty: the embedded PostgreSQL in data_dir
    database_owner_url: str = ""  # empty: the role of database_url owns the tables too
    redis_url: str = ""  # empty: the embedded Valkey in data_dir
    host: str = "127.0.0.1"
    port: int = 8642
    web_workers: int = 2
    bulk_workers: int = 1
    max_upload_mb: int = 200
    trusted_hosts: str = "127.0.0.1,localhost,[::1]"
    trusted_proxies: int = 0  # how many proxies of ours stand before the web server
    https_only: bool = False
    witness_dir: str = ""  # empty: in data_dir
    log_level: str = "INFO"
    demo: bool = False  # every page says that this is a demonstration; set by `indicia up --demo`
    usps_addresses_url: str = ""  # empty: no look-up at the Postal Service
    usps_client_id_file: str = ""
    usps_client_secret_file: str = ""
    usps_addresses_per_hour: int = 60
    match_exchange_dir: str = ""  # empty: no address engine
    match_exchange_layout: str = "plain-csv"
    match_exchange_hours: int = 24
    smtp_host: str = ""  # empty: no e-mail is sent
    smtp_port: int = 587
    smtp_tls: str = "starttls"
    smtp_user: str = ""  # empty: the server asks for none
    smtp_password_file: str = ""
    mail_from: str = ""
    public_url: str = ""  # as people outside reach the web server; empty: by host and port
    mail_catcher: bool = False  # set by `indicia up --demo` alone

    @property
    def address(self) -> str:
        """Where people reach the web server."""
        host = self.host.strip("[]")
        return self.public_url.rstrip("/") or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def caught_mail(self) -> Path:
        """Where the catcher of a demonstration keeps what would have been sent."""
        return self.data_dir / "caught-mail"

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def scratch_dir(self) -> Path:
        return self.data_dir / "scratch"

    @property
    def witness_folder(self) -> Path:
        """What is known outside the database (store.witness)."""
        return Path(self.witness_dir) if self.witness_dir else self.data_dir / "witness"

    @property
    def print_folder(self) -> Path:
        """Where 'send to a folder' puts print files for the presses."""
        return self.data_dir / "print-folder"

    @property
    def machines_folder(self) -> Path:
        """Folders that machines write to, which the plant reads by itself."""
        return self.data_dir / "machines"

    def secret_key(self) -> str:
        """Signs sessions; from INDICIA_SECRET_KEY_FILE, else made once in data_dir for its owner only."""
        path = Path(os.environ.get(f"{PREFIX}SECRET_KEY_FILE") or self.data_dir / "secret_key")
        if not (secret := kept_secret(path, lambda: secrets.token_urlsafe(48))):
            remedy = "Remove it, and a new one is made; everybody signs in again."
            finding = _problem(f"{path} signs sign-ins and is empty.", remedy)
            raise InvalidInput(finding.message, code="SETTINGS", findings=[finding])
        return secret


# Names with our prefix that are not fields of Settings.
_OTHER_NAMES = {"SECRET_KEY_FILE", "SHARED", "CRASH_AT"}
_PLAIN_NAMES = {
    "database_url": "DATABASE_URL",
    "database_owner_url": "DATABASE_OWNER_URL",
    "redis_url": "REDIS_URL",
}
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment; InvalidInput reports every problem together, unknown names included."""
    values: dict[str, object] = {}
    findings: list[Finding] = []
    known = {name: field for field in fields(Settings) for name in [_variable(field.name)]}
    for name, text in environ.items():
        if name in known:
            try:
                values[known[name].name] = _convert(known[name].type, text)
            except ValueError as error:
                findings.append(_problem(f"{name}: {error}", "Correct or unset the variable."))
        elif name.startswith(PREFIX) and name.removeprefix(PREFIX) not in _OTHER_NAMES:
            findings.append(_problem(f"{name} is not a setting.", "See docs/reference/settings.md."))
    findings += _out_of_bounds(values)
    url = urlsplit(str(values.get("usps_addresses_url", "")))
    if url.scheme != "https" and url.hostname not in (None, *_LOCAL):
        message = f"{PREFIX}USPS_ADDRESSES_URL: a secret travels there, so it begins with https://."
        findings.append(_problem(message, "Write the address with https://."))
    findings += _mail_problems(values)
    if findings:
        raise InvalidInput("The settings are not usable.", code="SETTINGS", findings=findings)
    return Settings(**values)  # type: ignore[arg-type]


# Least and most of each number, and the words or beginnings that a text may have.
_RANGES = {
    "port": (1, 65535),
    "web_workers": (1, 64),
    "bulk_workers": (1, 64),
    "max_upload_mb": (1, 2000),
    "trusted_proxies": (0, 9),
    "usps_addresses_per_hour": (1, 1_000_000),
    "match_exchange_hours": (1, 720),
    "smtp_port": (1, 65535),
}
_WORDS = {"log_level": ("DEBUG", "INFO", "WARNING", "ERROR"), "smtp_tls": ("STARTTLS", "TLS", "NONE")}
_POSTGRES = ("postgresql://", "postgresql+psycopg://")
_BEGINNINGS = {
    "database_url": _POSTGRES,
    "database_owner_url": _POSTGRES,
    "redis_url": ("redis://", "rediss://", "unix://"),
    "public_url": ("https://", "http://"),
}
_LOCAL = ("127.0.0.1", "localhost", "::1")
_NEVER_EMPTY = ("host", "trusted_hosts")


def _out_of_bounds(values: Mapping[str, object]) -> Iterator[Finding]:
    """What is a number or a text, and none that works."""
    for name, value in values.items():
        wrong = ""
        if name in _RANGES and isinstance(value, int) and not _RANGES[name][0] <= value <= _RANGES[name][1]:
            wrong = "write {:,} to {:,}".format(*_RANGES[name])
        elif name in _WORDS and str(value).upper() not in _WORDS[name]:
            wrong = f"write {', '.join(_WORDS[name])}"
        elif name in _BEGINNINGS and value and not str(value).startswith(_BEGINNINGS[name]):
            wrong = f"it begins with {' or '.join(_BEGINNINGS[name])}"
        elif name in _NEVER_EMPTY and not str(value).strip():
            wrong = "it cannot be empty"
        if wrong:
            yield _problem(f"{_variable(name)}: {wrong}.", "Correct or unset the variable.")


def _mail_problems(values: Mapping[str, object]) -> Iterator[Finding]:
    """What e-mail cannot be sent with."""
    host, tls = str(values.get("smtp_host", "")), str(values.get("smtp_tls", "starttls")).lower()
    if host and "@" not in str(values.get("mail_from", "")):
        message = f"{PREFIX}MAIL_FROM: e-mail needs an address that it comes from."
        yield _problem(message, "Write an address, or leave INDICIA_SMTP_HOST empty.")
    if host and values.get("smtp_user") and not values.get("smtp_password_file"):
        message = f"{PREFIX}SMTP_PASSWORD_FILE: the mail server asks for a password."
        yield _problem(message, "Name the file that holds it.")
    if host and tls == "none" and values.get("smtp_user") and host not in _LOCAL:
        message = f"{PREFIX}SMTP_TLS: a password travels there, so it is starttls or tls."
        yield _problem(message, "Write starttls or tls.")


def as_environment(settings: Settings) -> dict[str, str]:
    """The reverse of ``read_settings``: what a child process needs to see the same."""
    return {_variable(field.name): str(getattr(settings, field.name)) for field in fields(settings)}


def _variable(field_name: str) -> str:
    return _PLAIN_NAMES.get(field_name, PREFIX + field_name.upper())


def _convert(kind: object, text: str) -> object:
    if kind == "int":
        if not text.strip().lstrip("-").isdecimal():
            raise ValueError("write a whole number")
        return int(text)
    if kind == "Path":
        return Path(text).expanduser().resolve()
    if kind == "bool":
        if text.lower() not in _TRUE | _FALSE:
            raise ValueError("write yes or no")
        return text.lower() in _TRUE
    return text


def _problem(message: str, remedy: str) -> Finding:
    return Finding("SETTINGS", Severity.STOP, message, remedy)
