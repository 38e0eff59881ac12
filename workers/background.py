"""The process that keeps work moving: relay and schedule. Any number may run: ``python -m workers.background``."""

from __future__ import annotations

import signal
import threading

from redis import Redis

from store.plant import open_plant
from store.settings import read_settings
from workers import logs, relay, schedule
from workers.sweeper import OrphanWatch


def main() -> None:
    """Relay in this thread, schedule in another; an end of either ends the process, and its starter starts anew."""
    settings = read_settings()
    logs.set_up(settings.log_level)
    plant = open_plant(settings, settings.database_url)
    redis = Redis.from_url(settings.redis_url)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def keep_schedule() -> None:
        try:
            schedule.run(schedule.Hands(plant, redis, OrphanWatch(plant)), stop)
        finally:
            stop.set()

    thread = threading.Thread(target=keep_schedule, name="schedule", daemon=True)
    thread.start()
    relay.relay(plant, redis, stop)
    stop.set()
    thread.join(timeout=10)


if __name__ == "__main__":
    main()
