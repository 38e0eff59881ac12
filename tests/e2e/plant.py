"""``indicia up`` as it is, telling its two addresses when it is ready: ``python -m tests.e2e.plant``."""

import sys

from kernel.errors import ShopError
from store.settings import read_settings
from workers import supervisor


def main():
    def ready(settings):
        print(settings.database_url, settings.redis_url, flush=True)

    try:
        supervisor.run(read_settings(), on_ready=ready)
    except ShopError as error:
        sys.exit(error.sentence)


if __name__ == "__main__":
    main()
