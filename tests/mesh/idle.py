"""What a mesh costs that has nothing to say: bytes, processor and memory."""

import time

from mesh import ring

DEFAULT, LEAN, HUB = "default", "lean", "hub"


def idle(mesh, window, quic=False):
    """Links of each profile at rest, as the kernel counted them on the cables, and what their nodes use.

    Offices with eight links each, as many as the profile wants; two lean nodes at one hub; two hubs. The groups do not know each other.
    Over TCP, or over QUIC only. Gives the bytes a minute and link in both directions, by group, and the largest share of a core, in percent.
    """
    offices = len(mesh.nodes) - 5
    profiles = [DEFAULT] * offices + [HUB] + [LEAN] * 2 + [HUB] * 2
    steps = [step for step in (1, 2, 3, 4) if 2 * step < offices]
    hub, leans, hubs = offices, [offices + 1, offices + 2], [offices + 3, offices + 4]
    dials = {lean: [hub] for lean in leans} | {hubs[0]: [hubs[1]]}
    before = mesh.net.bytes()
    started = time.monotonic()
    for node in mesh.nodes:
        others = [(node.place + step) % offices for step in steps] if node.place < offices else dials.get(node.place, [])
        chosen = {"network_profile": profiles[node.place]}
        if quic:
            chosen["network_quic"] = "on"
            if profiles[node.place] != LEAN:
                chosen["network_listen"] = node.where_quic
        addresses = [mesh.nodes[other] for other in others]
        addresses = [f"{other.where_quic}/p2p/{other.peer}" if quic else other.address for other in addresses]
        node.start(addresses, listen=profiles[node.place] != LEAN, **chosen)
    mesh.each(lambda node: node.wait_up())
    # The first questions and answers are the cost of connecting, not of being connected.
    span(16 - (time.monotonic() - started))
    degrees = mesh.degrees()
    assert degrees == [2 * len(steps)] * offices + [2, 1, 1, 1, 1], degrees
    groups = {DEFAULT: (range(offices), offices * len(steps)), "lean to hub": ([hub, *leans], 2), HUB: (hubs, 1)}
    cpu, settled, begun = [node.cpu() for node in mesh.nodes], mesh.net.bytes(), time.monotonic()
    span(window)
    after, seconds = mesh.net.bytes(), time.monotonic() - begun
    share = [100 * (node.cpu() - c) / seconds for node, c in zip(mesh.nodes, cpu)]
    rates = {}
    for name, (places, links) in groups.items():
        connecting = sum(settled[p] - before[p] for p in places) / links
        rates[name] = sum(after[p] - settled[p] for p in places) / links * 60 / seconds
        resident = max(mesh.nodes[p].memory()[0] for p in places)
        own = max(mesh.nodes[p].memory_parts()[0] for p in places)
        print(f"    {name:12} {rates[name]:6.0f} bytes/min and link, {connecting:6.0f} bytes to connect and compare; at most "
              f"{max(share[p] for p in places):.2f} % of a core, {resident / 1024:.1f} MiB resident of which {own / 1024:.1f} MiB not files", flush=True)
    mesh.stop()
    return rates, max(share)


def memory_after(mesh, records):
    """Resident memory of nodes that hold so many records, started again and at rest; the most of any, in MiB."""
    mesh.start(ring(len(mesh.nodes), (1, 2, 3, 4)))
    span(16)
    most = max(node.memory()[0] for node in mesh.nodes) / 1024
    own = max(node.memory_parts()[0] for node in mesh.nodes) / 1024
    print(f"    at most {most:.1f} MiB resident, of which {own:.1f} MiB not files, with {records} records held", flush=True)
    mesh.stop()
    return most


def span(seconds):
    """A measured time: what is counted is what happens in it."""
    time.sleep(max(0, seconds))
