"""A hub on which very many thin lines rest: what it holds for each, and that a record reaches all of them."""

import subprocess
import time

from mesh import FEED
from net import Trouble
from node import until

# Callers in one process: all of them share the bound on memory of one node on a thin line (96 MiB).
TOGETHER = 100
# How often records are published to the same callers: the first time may differ from the later ones.
ROUNDS = 4
# Percent of the copies of which is said when they were there. From the mesh they come in a moment; what is announced only comes with the
# heartbeats after it, a second apart: so a slow round shows what was slow.
SHARES = (50, 99, 100)


class Callers:
    """Processes with many callers each, in the places after the hub's."""

    def __init__(self, mesh, program, address, count):
        self.processes, self.count = [], count
        places = len(mesh.nodes) - 1
        for number, first in enumerate(range(0, count, TOGETHER)):
            namespace = mesh.net.namespace(1 + number % places)
            words = [address, str(first), str(min(TOGETHER, count - first)), FEED]
            self.processes.append(subprocess.Popen(["ip", "netns", "exec", namespace, program, *words],
                                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.stdin.close()
        for process in self.processes:
            process.stdout.close()
            process.wait()

    def counts(self):
        """How many are connected, and how many records were sent to all of them together."""
        for process in self.processes:
            process.stdin.write("\n")
            process.stdin.flush()
        answers = [process.stdout.readline().split() for process in self.processes]
        if any(len(answer) != 2 for answer in answers):
            raise Trouble("callers ended by themselves")
        return tuple(sum(int(answer[part]) for answer in answers) for part in (0, 1))


def soak(mesh, program, callers, window, records=5):
    """Gives KiB of memory for each connection, and the bytes a minute and link at rest."""
    hub = mesh.nodes[0]
    hub.start(network_profile="hub")
    hub.wait_up()
    alone, files = hub.memory()[0], len(hub.files())
    begun = time.monotonic()
    with Callers(mesh, program, hub.address, callers) as crowd:
        until(f"{callers} are connected", lambda: crowd.counts()[0] == callers and hub.connections() == callers, 300)
        took = time.monotonic() - begun
        # Their first questions, and the hub's.
        until("the cables are quiet", lambda: quiet_for(mesh, 3))
        before, cpu, since = sum(mesh.net.bytes()), hub.cpu(), time.monotonic()
        time.sleep(window)  # What is counted is what happens in it.
        seconds = time.monotonic() - since
        rate = (sum(mesh.net.bytes()) - before) * 60 / seconds / callers
        share = 100 * (hub.cpu() - cpu) / seconds
        resident = hub.memory()[0]
        reached = [spread(mesh, crowd, records) for _ in range(ROUNDS)]
        peak = hub.memory()[1]
        each = (resident - alone) / callers
        print(f"    {callers} connected after {took:.0f} s; resident {alone / 1024:.1f} MiB alone, {resident / 1024:.1f} MiB with them, {each:.0f} KiB each; "
              f"{len(hub.files()) - files} more files open; at rest {rate:.0f} bytes a minute and link, {share:.2f} % of a core; "
              f"most memory {peak / 1024:.1f} MiB", flush=True)
        for times in reached:
            words = ", ".join(f"{share} % after {seconds:.1f} s" for share, seconds in times.items())
            print(f"    {records} records of 2 KiB, from when the last was published: {words} of the copies", flush=True)
        assert crowd.counts()[0] == callers, "some were let go"
    mesh.stop()
    return each, rate


def spread(mesh, crowd, records):
    """Publishes records at the hub; when each share of the copies had come to the callers, in seconds."""
    sent, copies = crowd.counts()[1], records * crowd.count
    mesh.nodes[0].publish(mesh.drafts(records))
    published, times = time.monotonic(), {}

    def all_are_there():
        there = crowd.counts()[1] - sent
        for share in SHARES:
            if there * 100 >= share * copies:
                times.setdefault(share, time.monotonic() - published)
        return there >= copies

    try:
        until("every record reached every caller", all_are_there, 60)
    except Trouble as trouble:
        raise Trouble(f"{trouble}: {crowd.counts()[1] - sent} of {copies} copies did") from None
    return times


def quiet_for(mesh, seconds):
    """Whether the cables carried next to nothing for so long."""
    before = sum(mesh.net.bytes())
    time.sleep(seconds)  # The length of the look.
    return sum(mesh.net.bytes()) - before < 100_000
