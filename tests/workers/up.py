"""``indicia up`` with the test tasks and a web server of four lines: ``python -m tests.workers.up``."""

import sys
from dataclasses import replace
from typing import ClassVar

from kernel.errors import ShopError
from store.settings import read_settings
from workers import supervisor


class Application:
    extensions: ClassVar = {"knows": lambda headers: False}

    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"well"]


def commands(settings, listener):
    web = supervisor.commands(replace(settings, web_workers=1), listener)["web-1"]
    part = [sys.executable, "-m", "tests.workers.effects"]
    return {
        "web-1": [word.replace("app:create_app", "tests.workers.up:Application") for word in web],
        "background": [*part, "relay"],
        "worker-1": [*part, "worker"],
        "worker-2": [*part, "worker"],
    }


def main():
    def ready(settings):
        print(settings.database_url, settings.redis_url, flush=True)

    try:
        supervisor.run(read_settings(), on_ready=ready, make_commands=commands)
    except ShopError as error:
        sys.exit(error.sentence)


if __name__ == "__main__":
    main()
