"""Peers that are stuck, slow, killed, cut off; and a network in two halves."""

import signal
import socket
import time

from delivery import missing, publishers, start
from mesh import FEED
from net import inside, ip
from node import PORT, until

# Memory a node may gain from a peer that takes nothing: its gossip queue, in the largest frames, several times over.
GAIN = 64 * 1024


def flood(mesh, count, sources):
    ids = []
    for first in range(0, count, 50):
        source = sources[first // 50 % len(sources)]
        ids += source.publish(mesh.drafts(min(50, count - first)))[0]
    return ids


def stuck(mesh, how, undo, let_go, count=400):
    """One node takes nothing while others publish: they do not notice, and it comes back whole."""
    start(mesh)
    victim = mesh.nodes[-1]
    rest = mesh.nodes[:-1]
    sources = [node for node in publishers(mesh) if node is not victim]
    first, _ = sources[0].publish(mesh.drafts(1))
    until("the first record is everywhere", lambda: missing(mesh, first) == 0)
    before = [node.memory()[0] for node in rest]
    how(victim)
    ids = flood(mesh, count, sources)
    until("the others have every record", lambda: missing(mesh, ids, rest) == 0)
    gained = max(node.memory()[0] - b for node, b in zip(rest, before))
    assert gained < GAIN, f"{gained} KiB gained"
    lost = ""
    if let_go:
        began = time.monotonic()
        until("the others let it go", lambda: all(victim.peer not in node.peers() for node in rest), 400)
        lost = f", let go after {time.monotonic() - began:.0f} s more"
    undo(victim)
    began = time.monotonic()
    until("it is whole again", lambda: missing(mesh, ids, [victim]) == 0, 400)
    print(f"    {count} records passed it by{lost}; whole {time.monotonic() - began:.0f} s after it came back; "
          f"the others gained {gained / 1024:.0f} MiB at most, with the records", flush=True)
    mesh.stop()


def stopped(mesh, let_go=False):
    """A process that stands still: it reads nothing, and its kernel acknowledges until its buffers are full."""
    stuck(mesh, lambda node: node.signal(signal.SIGSTOP), lambda node: node.signal(signal.SIGCONT), let_go)


def started_again(mesh, starts=8, soon=20):
    """A lean node is started again and again; what is published as soon as it is connected reaches it by gossip, for it compares once an hour."""
    publisher, hub, lean = mesh.nodes[0], mesh.nodes[1], mesh.nodes[3]
    nodes = [publisher, hub, lean]
    mesh.start(nodes=[hub], network_profile="hub")
    publisher.start([hub.address], listen=False).wait_up()
    until("the publisher is connected", lambda: publisher.peers())
    late = []
    for number in range(starts):
        lean.start([hub.address], listen=False, network_profile="lean").wait_up()
        until("it is connected", lambda: lean.peers())
        ids, asked = publisher.publish(mesh.drafts(1))
        until(f"the record after start {number + 1}", lambda: missing(mesh, ids, nodes) == 0, soon)
        late.append(lean.stored()[ids[0]] - asked)
        mesh.stop([lean])
    print(f"    {starts} records after as many starts; at the lean node after {1000 * max(late):.0f} ms at most", flush=True)
    mesh.stop([publisher, hub])


def slow(mesh):
    """A line that takes a few hundred bytes a second."""
    def throttle(node):
        tc(mesh, "add", f"port{node.place}", "root", "tbf", "rate", "4kbit", "burst", "1600", "limit", "20000")

    stuck(mesh, throttle, lambda node: tc(mesh, "del", f"port{node.place}", "root"), False, 150)


def tc(mesh, act, port, *words):
    ip("netns", "exec", mesh.net.hub, "tc", "qdisc", act, "dev", port, *words)


def unplugged(mesh):
    """A cable is pulled while records pass, and put in again."""
    stuck(mesh, lambda node: mesh.net.cable(node.place, False), lambda node: mesh.net.cable(node.place, True), False)


def silent_callers(mesh, callers=200):
    """Callers that open a connection and say nothing, or a byte now and then: the node lets them go and serves its peers."""
    start(mesh)
    target, source = mesh.nodes[0], publishers(mesh)[1]
    calls = []
    with inside(mesh.net.namespace(len(mesh.nodes) - 1)):
        for _ in range(callers):
            call = socket.socket()
            call.setblocking(False)
            call.connect_ex((mesh.net.address(0), PORT))
            calls.append(call)
    ids, _ = source.publish(mesh.drafts(20))
    drip = time.monotonic()

    def served():
        nonlocal drip
        if time.monotonic() - drip > 1:
            drip = time.monotonic()
            for call in calls[::2]:
                try:
                    call.send(b"\x13")
                except OSError:
                    pass
        return missing(mesh, ids, [target]) == 0

    until("its peers are served", served)
    until("the callers are let go", lambda: served() and not lingering(mesh, target))
    for call in calls:
        call.close()
    print(f"    {callers} silent callers let go, 20 records arrived meanwhile; {target.memory()[0] / 1024:.0f} MiB resident", flush=True)
    mesh.stop()


def lingering(mesh, node):
    peers = {other.peer: mesh.net.address(other.place) for other in mesh.nodes}
    known = {peers[peer] for peer in node.peers()}
    ends = node.tcp_peers()
    return len(ends) > len(known)


def killed(mesh, count=1500, kills=3):
    """A node that was away is killed while it catches up, again and again, and is whole in the end."""
    start(mesh)
    victim = mesh.nodes[-1]
    mesh.stop([victim])
    before = mesh.published
    ids = flood(mesh, count, publishers(mesh))
    until("the others have every record", lambda: missing(mesh, ids, mesh.nodes[:-1]) == 0)
    known = [mesh.nodes[0].address, mesh.nodes[1].address]
    # A line on which it takes a while: 3 MB at 4 Mbit/s.
    tc(mesh, "add", f"port{victim.place}", "root", "tbf", "rate", "4mbit", "burst", "16000", "limit", "100000")
    held = []
    for _ in range(kills):
        victim.start(known).wait_up()
        least = max(held, default=0)
        held.append(until("it goes on catching up", lambda: further(victim, before, least)))
        victim.kill()
    tc(mesh, "del", f"port{victim.place}", "root")
    assert before + held[0] < mesh.published, "it was whole before it was killed"
    victim.start(known).wait_up()
    until("it is whole", lambda: victim.holds(FEED, mesh.published))
    print(f"    killed with {', '.join(map(str, held))} of {count} missed records held, whole after it came back", flush=True)
    mesh.stop()


def further(node, before, least):
    """How many of the missed records it holds, once there are more than `least`."""
    now = node.order("status")["records"] - before
    return now if now > least else 0


def halves(mesh, seconds):
    """The cable between two switches is cut; both halves go on by themselves; then it is put in again."""
    start(mesh)
    half = len(mesh.nodes) // 2
    sides = mesh.nodes[:half], mesh.nodes[half:]
    mesh.net.trunk(False)
    cut, ids = time.monotonic(), []
    for side in sides:
        source = next(node for node in publishers(mesh) if node in side)
        own, _ = source.publish(mesh.drafts(50))
        until("one half has its records", lambda: missing(mesh, own, side) == 0)
        ids.append(own)
    until("the time is over", lambda: time.monotonic() - cut >= seconds, seconds + 60)
    assert missing(mesh, ids[0], sides[1]) == 50 * len(sides[1]), "the halves were not apart"
    mesh.net.trunk(True)
    healed = time.monotonic()
    until("both halves have everything", lambda: missing(mesh, ids[0] + ids[1]) == 0, 600)
    print(f"    {len(sides[0])} and {len(sides[1])} nodes apart for {healed - cut:.0f} s, whole {time.monotonic() - healed:.0f} s after", flush=True)
    mesh.stop()
