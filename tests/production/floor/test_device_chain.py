"""Lines of devices in any order and any number of times: none is lost or taken twice; gaps and forks are named."""

import random

import pytest

from production.floor.devices.chain import End, Line, hash_of, stand


def written(device, n, prev, **facts):
    line = {"device": device, "n": n, "prev": prev, "act": "count", "item": "27-1", "good": str(n)} | facts
    return line | {"hash": hash_of(line)}


def as_line(line):
    return Line(line["n"], line["prev"], line["hash"])


class Tablet:
    """A device as it must be: a line is on its disk before anything else, and stays until it is acknowledged."""

    def __init__(self):
        self.disk, self.acknowledged, self.last, self.deeds = [], 0, End(), []

    def act(self):
        line = as_line(written("t", self.last.n + 1, self.last.hash, good=str(len(self.deeds))))
        self.disk.append(line)
        self.last = End(line.n, line.hash)
        self.deeds.append(line)

    def hear(self, acknowledged):
        self.acknowledged = max(self.acknowledged, acknowledged)
        self.disk = [line for line in self.disk if line.n > self.acknowledged]


class Server:
    """What arrived, in its order, and what was done of it."""

    def __init__(self):
        self.seen, self.end, self.done = [], End(), []

    def take(self, lines):
        new = [line for line in lines if line not in self.seen]
        self.seen += new
        kept = [line for line in self.seen if line not in self.done]
        standing = stand(kept, self.end)
        self.end, self.done = standing.end, [*self.done, *standing.accepted]
        return standing


def test_500_ways_of_cuts_kills_repeats_and_disorder_lose_and_double_nothing():
    for seed in range(500):
        tablet, server = played(random.Random(seed))
        while tablet.disk:
            tablet.hear(server.take(tablet.disk[:3]).end.n)
        assert server.done == tablet.deeds, seed


def played(chance):
    """A tablet and a server between which batches are lost, sent twice and overtaken."""
    tablet, server, under_way = Tablet(), Server(), []
    for _ in range(40):
        what = chance.choice(("act", "act", "send", "arrive", "arrive", "repeat"))
        if what == "act":
            tablet.act()
        elif what == "send":  # its answer may never come: the line is cut, or the page is killed
            some = [line for line in tablet.disk if chance.random() < 0.7]
            chance.shuffle(some)
            under_way.append(some)
        elif under_way:
            batch = under_way[chance.randrange(len(under_way))]
            if what == "arrive":
                under_way.remove(batch)
            hear_of(server, server.take(batch))
            if chance.random() < 0.5:
                tablet.hear(server.end.n)
    return tablet, server


def hear_of(server, standing):
    """What is said to be missing is what is not here; nothing is forked."""
    missing = {n for first, last in standing.gaps for n in range(first, last + 1)}
    here = {line.n for line in server.seen}
    assert missing == set(range(1, max(here, default=0) + 1)) - here
    assert not standing.forks


def test_the_same_number_with_another_hash_is_a_fork_and_the_first_stands():
    first = as_line(written("t", 1, ""))
    other = as_line(written("t", 1, "", good="99"))
    after_other = as_line(written("t", 2, other.hash))
    standing = stand([first, other, after_other])
    assert (standing.end, standing.gaps) == (End(1, first.hash), ())
    assert standing.forks == (other, after_other)
    late = stand([other], standing.end)
    assert (late.end, late.accepted, late.forks) == (standing.end, (), (other,))


def test_a_line_that_waits_behind_a_gap_is_no_fork():
    lines = [as_line(written("t", 1, ""))]
    for n in range(2, 8):
        lines.append(as_line(written("t", n, lines[-1].hash)))
    standing = stand([lines[6], lines[0], lines[3]])
    assert (standing.end.n, standing.gaps, standing.forks) == (1, ((2, 3), (5, 6)), ())
    rest = stand([lines[6], lines[3], *lines[1:3]], standing.end)
    assert ([line.n for line in rest.accepted], rest.gaps) == ([2, 3, 4], ((5, 6),))
    far = stand([Line(10**9, "x", "y")])
    assert far.gaps == ((1, 10**9 - 1),)


def test_a_hash_is_of_the_line_without_it_keys_sorted_without_blanks():
    line = {"n": 1, "prev": "", "device": "d", "reason": 'é \u2028 "x"\n', "offset_ms": 12}
    assert hash_of(line) == hash_of(line | {"hash": "anything"}) == hash_of(dict(reversed(line.items())))
    assert hash_of(line).startswith("d58f8637")  # as a browser writes it
    with pytest.raises(ValueError, match="surrogates"):
        hash_of({"reason": "\ud800"})
