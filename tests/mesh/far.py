"""A line as over a satellite: every frame arrives late, and some never do.

The kernels of build machines have no `netem`, so the line is two TAP devices, one in the node's namespace and one at the switch, and a thread that carries frames
from one to the other.
"""

import contextlib
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import threading
import time

from net import inside, ip
from node import PORT

# linux/if_tun.h: a device that carries whole frames, without a header of its own.
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
FRAME = 2048
# What waits on its way, at most: more is lost, as in the queue of a modem.
QUEUE = 1000


def call_of(frame):
    """The port of who called, for a frame of TCP over IPv4; a set of one, or of none."""
    if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
        return set()
    begin = 14 + 4 * (frame[14] & 15)
    return set(struct.unpack_from("!HH", frame, begin)) - {PORT}


class Far:
    """The cable of a place, replaced by a long one for as long as the context lasts: so many seconds one way, so many of a hundred frames lost."""

    def __init__(self, mesh, place, delay, loss, seed=1):
        self.net, self.place, self.delay, self.loss = mesh.net, place, delay, loss / 100
        self.chance = random.Random(seed)
        self.ends, self.stopped = [], threading.Event()
        self.carried, self.calls, self.forgotten = 0, set(), set()

    def __enter__(self):
        namespace = self.net.namespace(self.place)
        near, far = self._tap(namespace, "far0"), self._tap(self.net.hub, f"far{self.place}")
        self.ends = [near, far]
        ip("-n", namespace, "addr", "del", f"{self.net.address(self.place)}/16", "dev", "eth0")
        ip("-n", namespace, "link", "set", "eth0", "down")
        ip("-n", namespace, "addr", "add", f"{self.net.address(self.place)}/16", "dev", "far0")
        ip("-n", namespace, "link", "set", "far0", "up")
        ip("-n", self.net.hub, "link", "set", f"far{self.place}", "master", f"bridge{self.net.switch_of(self.place)}", "up")
        self.carrier = threading.Thread(target=self._carry, daemon=True)
        self.carrier.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.carrier.join()
        for end in self.ends:
            os.close(end)  # The device goes with it.
        namespace = self.net.namespace(self.place)
        ip("-n", namespace, "link", "set", "eth0", "up")
        ip("-n", namespace, "addr", "add", f"{self.net.address(self.place)}/16", "dev", "eth0")

    def bytes(self):
        """Bytes of the frames that were put on the line so far, from both ends, the lost ones included."""
        return self.carried

    def _tap(self, namespace, name):
        with inside(namespace):
            end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
        return end

    def restarts(self):
        """Forgets the calls that go on, as a modem does that is switched off and on: nothing of them gets through any more, in either direction."""
        self.forgotten |= self.calls

    def _carry(self):
        on_the_way, number = [], 0
        while not self.stopped.is_set():
            wait = min(0.1, max(0, on_the_way[0][0] - time.monotonic())) if on_the_way else 0.1
            ready, _, _ = select.select(self.ends, [], [], wait)
            for end in ready:
                frame = os.read(end, FRAME)
                self.carried += len(frame)
                self.calls |= (call := call_of(frame))
                if not call & self.forgotten and self.chance.random() >= self.loss and len(on_the_way) < QUEUE:
                    number += 1
                    other = self.ends[1 - self.ends.index(end)]
                    heapq.heappush(on_the_way, (time.monotonic() + self.delay, number, other, frame))
            while on_the_way and on_the_way[0][0] <= time.monotonic():
                _, _, end, frame = heapq.heappop(on_the_way)
                # A device that is not up yet, or full, loses the frame as a line would.
                with contextlib.suppress(OSError):
                    os.write(end, frame)
