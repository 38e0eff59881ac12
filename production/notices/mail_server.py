"""The way to the mail server of the shop, encrypted and signed in as the settings say."""

from __future__ import annotations

import smtplib
import ssl
from pathlib import Path

from store.settings import Settings

_SECONDS = 30


def connect(settings: Settings) -> smtplib.SMTP:
    """A session. What smtplib and sockets raise; nothing was sent then."""
    server = _begin(settings)
    try:
        if settings.smtp_tls.lower() == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, Path(settings.smtp_password_file).read_text("utf-8").strip())
    except BaseException:
        server.close()
        raise
    return server


def _begin(settings: Settings) -> smtplib.SMTP:
    where = (settings.smtp_host, settings.smtp_port)
    if settings.smtp_tls.lower() == "tls":
        return smtplib.SMTP_SSL(*where, timeout=_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(*where, timeout=_SECONDS)


def fault(sentence: str, error: Exception) -> str:
    """With the code of the server, without its words: they may name somebody."""
    code = getattr(error, "smtp_code", None)
    return f"{sentence}, {code}." if code else f"{sentence}: {type(error).__name__}."
