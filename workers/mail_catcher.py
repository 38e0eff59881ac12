"""The mail server of a demonstration: it takes every message, delivers none, and keeps them to be read in the browser.

Started by ``indicia up --demo`` alone: ``python -m workers.mail_catcher``.
"""

from __future__ import annotations

import signal
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

from store.settings import read_settings


def main() -> None:
    """Take messages until told to stop."""
    settings = read_settings()
    if not settings.mail_catcher:
        raise SystemExit("The mail catcher is for a demonstration: indicia up --demo starts it.")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    catcher = Controller(Mailbox(settings.caught_mail), hostname=settings.smtp_host, port=settings.smtp_port)
    catcher.start()
    stop.wait()
    catcher.stop()


if __name__ == "__main__":
    main()
