"""How soon a node on a local network knows what a peer follows and holds, once it is told of it."""

import statistics
import time

from delivery import percentile
from far import Far
from mesh import FEED
from net import Trouble
from node import PATIENCE


def near(mesh, rounds=20):
    """Two offices on one switch."""
    here, there = mesh.nodes[:2]
    mesh.start(nodes=[here, there])
    connects(here, there, rounds)
    mesh.stop([here, there])


def far(mesh, rounds, delay=0.3, loss=5):
    """A lean node and a hub, with a satellite between them."""
    here, there = mesh.nodes[:2]
    with Far(mesh, here.place, delay, loss) as line:
        there.start(network_profile="hub").wait_up()
        here.start(listen=False, network_profile="lean").wait_up()
        connects(here, there, rounds)
        print(f"    {line.bytes() / rounds:.0f} bytes a round on a line of {2000 * delay:.0f} ms there and back that loses {loss} of 100 frames", flush=True)
        mesh.stop([here, there])


def again(mesh, rounds, delay=0.3):
    """The same line begins anew before the lean node hangs up, so that the hub still holds the old connection when it calls again."""
    here, there = mesh.nodes[:2]
    with Far(mesh, here.place, delay, loss=0) as line:
        there.start(network_profile="hub").wait_up()
        here.start(listen=False, network_profile="lean").wait_up()
        connects(here, there, rounds, hanging_up=line.restarts)
        mesh.stop([here, there])


def connects(here, there, rounds, hanging_up=lambda: None):
    """One is told of the other, again and again."""
    times = []
    for _ in range(rounds):
        asked = time.time()
        here.order("add-peer", address=there.address, partner=False)
        connected = wait(here, there, "is connected", lambda peer: peer.get("connected"))
        told = wait(here, there, "says what it follows", lambda peer: FEED in peer.get("feeds", ()))
        compared = wait(here, there, "was compared with", lambda peer: (peer.get("compared") or {"at": 0})["at"] >= 1000 * asked)
        times.append([1000 * (at - asked) for at in (connected, told, compared)])
        hanging_up()
        here.order("remove-peer", peer=there.peer)
        # Called again at once, whether the other end has noticed or still holds the old connection.
        wait(here, there, "is forgotten", lambda peer: not peer)
    print("    after " + ", ".join(f"{statistics.median(column):.0f} ms (p90 {percentile(column, 0.9):.0f}) {what}" for column, what in
          zip(zip(*times), ("connected", "it knows what the other follows", "compared"))), flush=True)


def wait(here, there, what, look):
    """When `look` first liked what the node says of its peer, in seconds since 1970."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = next((peer for peer in here.order("peers")["peers"] if peer["peer"] == there.peer), {})
        now = time.time()
        if look(found):
            return now
        time.sleep(0.002)  # Between two looks.
    raise Trouble(f"not within {PATIENCE} s: {there.name} {what}")
