"""Much to catch up with in both directions at once on one slow line."""

import time

from delivery import publishers
from mesh import FEED
from net import ip
from node import until
from trouble import tc

# How long neither side may gain a record: what people take for a stop.
STANDSTILL = 10


def both_ways(mesh, count, rate, size=8_000):
    """Two nodes publish on their own, meet on a line of so many bits a second, and are whole without ever standing still."""
    nodes = publishers(mesh)[:2]
    here, there = nodes
    mesh.start(nodes=nodes)
    before = mesh.published
    held = [node.feed(FEED)["held"] for node in nodes]
    for node in nodes:
        for first in range(0, count, 50):
            node.publish(mesh.drafts(min(50, count - first), size))
    mesh.stop(nodes)
    tc(mesh, "add", f"port{there.place}", "root", "tbf", "rate", rate, "burst", "16000", "limit", "100000")
    tc_inside(mesh, there, "add", rate)
    cables = mesh.net.bytes()[there.place], mesh.net.received()[there.place]
    here.start().wait_up()
    there.start([here.address]).wait_up()
    began = last = time.monotonic()
    seen, longest = [h + count for h in held], 0.0

    def whole():
        nonlocal last, longest
        now = [node.feed(FEED)["held"] for node in nodes]
        if now != seen:
            longest, last, seen[:] = max(longest, time.monotonic() - last), time.monotonic(), now
        return all(n >= h + 2 * count for n, h in zip(now, held)) and all(node.feed(FEED)["parts_missing"] == 0 for node in nodes)

    until("both are whole", whole, 600)
    took = time.monotonic() - began
    carried = mesh.net.bytes()[there.place] - cables[0], mesh.net.received()[there.place] - cables[1]
    tc(mesh, "del", f"port{there.place}", "root")
    tc_inside(mesh, there, "del", rate)
    print(f"    {count} records of {size} bytes each way at {rate[:-4]} Mbit/s: whole after {took:.0f} s, {carried[0] / 1e6:.1f} and {carried[1] / 1e6:.1f} MB on the cable; "
          f"at most {longest:.1f} s without a record", flush=True)
    mesh.stop(nodes)
    assert mesh.published == before + 2 * count
    return longest


def tc_inside(mesh, node, act, rate):
    """The same at the node's own end, for what it sends."""
    words = ["root"] if act == "del" else ["root", "tbf", "rate", rate, "burst", "16000", "limit", "100000"]
    ip("netns", "exec", mesh.net.namespace(node.place), "tc", "qdisc", act, "dev", "eth0", *words)
