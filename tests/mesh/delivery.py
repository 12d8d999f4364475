"""What is published reaches everybody: how soon, for how many bytes, and under more load than there is room for."""

import statistics
import time

from mesh import FEED, ring
from node import until


def steps(nodes):
    """Four steps ahead are eight links a node, as the default profile wants."""
    return (1, 3, 6, 9) if nodes < 30 else (1, 5, 11, 19)


def publishers(mesh):
    return mesh.nodes[:: max(1, len(mesh.nodes) // 5)][:5]


def start(mesh, **settings):
    mesh.start(ring(len(mesh.nodes), steps(len(mesh.nodes))), **settings)
    until("everybody has peers", lambda: min(mesh.degrees()) >= 4)


def missing(mesh, short, nodes=None):
    """Copies of these records that are not stored yet, over all nodes."""
    wanted = set(short)
    return sum(len(wanted - node.stored().keys()) for node in (mesh.nodes if nodes is None else nodes))


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def delivery(mesh, count=40, pause=0.25):
    """One record after the other, from five nodes in turn. Gives the amplification: bytes on all cables by bytes delivered."""
    start(mesh)
    sources = publishers(mesh)
    # What is left of connecting, and the first record, which finds the mesh.
    warm, _ = sources[0].publish(mesh.drafts(1))
    until("the first record is everywhere", lambda: missing(mesh, warm) == 0)
    until("the cables are quiet", quiet(mesh))
    before = sum(mesh.net.bytes())
    asked, size = {}, []
    for number, draft in enumerate(mesh.drafts(count)):
        ids, at = sources[number % len(sources)].publish([draft])
        asked[ids[0]] = at
        time.sleep(pause)  # The rate of this measurement.
    until("every record is everywhere", lambda: missing(mesh, asked) == 0)
    until("the cables are quiet", quiet(mesh))
    spent = sum(mesh.net.bytes()) - before
    size = statistics.mean(len(sources[0].order("show", id=short)["item"]) / 2 for short in list(asked)[:5])
    copies = count * (len(mesh.nodes) - 1)
    source_of = {short: sources[n % len(sources)] for n, short in enumerate(asked)}
    late = [node.stored()[short] - at for short, at in asked.items() for node in mesh.nodes if node is not source_of[short]]
    own = [source_of[short].stored()[short] - at for short, at in asked.items()]
    factor = spent / copies / size
    print(f"    {copies} of {copies} copies of {size:.0f} bytes; stored elsewhere after p50 {1000 * statistics.median(late):.0f} ms, "
          f"p99 {1000 * percentile(late, 0.99):.0f} ms, at the publisher after p50 {1000 * statistics.median(own):.0f} ms; "
          f"{spent / copies:.0f} bytes a copy on the cables, {factor:.2f} times its size, heads included", flush=True)
    mesh.stop()
    return factor


def quiet(mesh):
    """Whether the cables carried next to nothing for a second."""
    seen = [(time.monotonic(), sum(mesh.net.bytes()))]

    def look():
        now = (time.monotonic(), sum(mesh.net.bytes()))
        if now[1] - seen[0][1] > 200 * len(mesh.nodes):
            seen[0] = now
        return now[0] - seen[0][0] > 1

    return look


def sustained(mesh, rate, seconds, size=1024):
    """So many records a second from five nodes in turn, in small groups; the times are printed, arriving is what counts."""
    start(mesh)
    sources, group = publishers(mesh), max(1, rate // 20)
    asked, source_of, begun = {}, {}, time.monotonic()
    for turn in range(rate * seconds // group):
        source = sources[turn % len(sources)]
        ids, at = source.publish(mesh.drafts(group, size))
        asked |= dict.fromkeys(ids, at)
        source_of |= dict.fromkeys(ids, source)
        time.sleep(max(0, begun + (turn + 1) * group / rate - time.monotonic()))
    took = time.monotonic() - begun
    until("every record is everywhere", lambda: missing(mesh, asked) == 0, 600)
    late = [node.stored()[short] - at for short, at in asked.items() for node in mesh.nodes if node is not source_of[short]]
    print(f"    {len(asked)} records of {size} bytes in {took:.0f} s ({len(asked) / took:.0f} a second), all {len(late)} copies stored, "
          f"p50 {1000 * statistics.median(late):.0f} ms, p99 {1000 * percentile(late, 0.99):.0f} ms", flush=True)
    mesh.stop()


def overload(mesh, seconds, batch=50):
    """As many records as five nodes can sign at once, for a while. Gives the most memory one node used, in MiB."""
    start(mesh)
    sources = publishers(mesh)
    for node in mesh.nodes:
        node.forget_peak()
    asked, begun = {}, time.monotonic()
    while time.monotonic() - begun < seconds:
        for ids, at in mesh.each(lambda node: node.publish(mesh.drafts(batch)), sources):
            asked |= dict.fromkeys(ids, at)
    took = time.monotonic() - begun
    left = missing(mesh, asked)
    until("every record is everywhere", lambda: missing(mesh, asked) == 0, 600)
    whole = time.monotonic() - begun - took
    peak = max(node.memory()[1] for node in mesh.nodes) / 1024
    print(f"    {len(asked)} records in {took:.0f} s ({len(asked) / took:.0f} a second, {len(asked) * (len(mesh.nodes) - 1) / took:.0f} copies a second wanted); "
          f"{left} copies were missing at the end of the load, all there {whole:.0f} s later; most memory of a node {peak:.0f} MiB", flush=True)
    mesh.stop()
    return peak
