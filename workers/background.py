"""The process that keeps work moving: relay and schedule. Any number may run: ``python -m workers.background``."""

from __future__ import annotations

import signal
import threading

from redis import Redis

from store import logs
from store.plant import open_plant
from store.settings import read_settings
from store.start.migrate import leave_unless_current
from workers import relay, schedule
from workers.sweeper import OrphanWatch


def main() -> None:
    """Relay in this thread, schedules in two others; the end of any ends the process, and its starter starts it
    anew. The nightly acts may take minutes, so they do not share a thread with the sweeper.
    """
    settings = read_settings()
    logs.set_up(settings.log_level)
    leave_unless_current(settings.database_url)
    plant = open_plant(settings, settings.database_url)
    redis = Redis.from_url(settings.redis_url)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    hands = schedule.Hands(plant, redis, OrphanWatch(plant))

    def keep(acts: tuple[schedule.Periodic, ...]) -> None:
        try:
            schedule.run(hands, stop, acts=acts)
        finally:
            stop.set()

    for acts in (schedule.PERIODIC, schedule.NIGHTLY):
        threading.Thread(target=keep, args=(acts,), name="schedule", daemon=True).start()
    relay.relay(plant, redis, stop)


if __name__ == "__main__":
    main()
