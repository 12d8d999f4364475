"""How soon a node on a local network knows what a peer follows and holds, once it is told of it."""

import statistics
import time

from delivery import percentile
from mesh import FEED
from net import Trouble
from node import PATIENCE


def connects(mesh, rounds=20):
    """An office that is told of another, again and again."""
    here, there = mesh.nodes[:2]
    mesh.start(nodes=[here, there])
    times = []
    for _ in range(rounds):
        asked = time.time()
        here.order("add-peer", address=there.address, partner=False)
        connected = wait(here, there, "is connected", lambda peer: peer.get("connected"))
        told = wait(here, there, "says what it follows", lambda peer: FEED in peer.get("feeds", ()))
        compared = wait(here, there, "was compared with", lambda peer: (peer.get("compared") or {"at": 0})["at"] >= 1000 * asked)
        times.append([1000 * (at - asked) for at in (connected, told, compared)])
        here.order("remove-peer", peer=there.peer)
        wait(here, there, "is forgotten", lambda peer: not peer)
    told = [told for _, told, _ in times]
    print("    after p50 " + ", ".join(f"{statistics.median(column):.0f} ms {what}" for column, what in
          zip(zip(*times), ("connected", "it knows what the other follows", "compared")))
          + f"; p90 {percentile(told, 0.9):.0f} ms until it knows what the other follows", flush=True)
    mesh.stop([here, there])


def wait(here, there, what, look):
    """When `look` first liked what the node says of its peer, in seconds since 1970."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = next((peer for peer in here.order("peers")["peers"] if peer["peer"] == there.peer), {})
        now = time.time()
        if look(found):
            return now
        time.sleep(0.001)  # Between two looks.
    raise Trouble(f"not within {PATIENCE} s: {there.name} {what}")
