"""Who is connected with whom: degrees, and pairs with more than one connection."""

import collections
import socket
import time

from net import inside
from node import PORT, until

# Of the default profile, as in node/src/network/profile.rs.
LOW, HIGH, INCOMING, OUTGOING = 5, 16, 32, 16


def settings(**more):
    """Everybody takes part in routing as a server: reachable, and says where."""
    return {"network_routing": "true", "network_external": lambda node: node.where, "network_announce_listen": "true"} | more


def two_known(place):
    """Everybody is told of the same two nodes, as an invitation would."""
    return [other for other in (0, 1) if other != place]


def all_known(mesh):
    return lambda place: [other for other in range(len(mesh.nodes)) if other != place]


def degrees_stay_in_bounds(mesh):
    """With routing on and two nodes known to all, everybody finds peers enough, nobody too many, and nobody is left alone."""
    mesh.start(two_known, **settings())
    # Not on the way up: when newcomers have had their time, twice over.
    time.sleep(40)
    seen = until("degrees within the bounds of the profile", lambda: in_bounds(mesh))
    print(f"    degrees {spread(seen)} of {len(mesh.nodes) - 1} possible", flush=True)
    assert one_network(mesh), "the network is in parts"
    mesh.stop()


def in_bounds(mesh):
    degrees = mesh.degrees()
    # While newcomers look around a node may have more than its profile wants, never more than its hard limits.
    assert max(degrees) <= INCOMING + OUTGOING, degrees
    over = sum(degree > HIGH for degree in degrees)
    mean = sum(degrees) / len(degrees)
    return LOW <= mean <= HIGH and min(degrees) >= 1 and over <= len(degrees) / 10 and degrees


def without_bounds_everybody_has_more(mesh):
    """The negative control: the same with the hub profile, whose bound is far above the number of nodes."""
    mesh.start(two_known, **settings(network_profile="hub"))

    def beyond():
        degrees = mesh.degrees()
        return min(degrees) > HIGH and degrees

    print(f"    degrees {spread(until('degrees beyond the bounds of the default profile', beyond))} of {len(mesh.nodes) - 1} possible", flush=True)
    mesh.stop()


def adding_everybody_makes_no_full_mesh(mesh):
    """Everybody was told of everybody, and finds them on the local network too: all dial at once, over TCP and QUIC."""
    quic = lambda node: f"{node.where},{node.where_quic}"
    mesh.start(all_known(mesh), **settings(network_mdns="true", network_quic="on", network_listen=quic))
    time.sleep(40)
    until("degrees within the bounds of the profile", lambda: in_bounds(mesh))
    until("one connection a pair", lambda: not doubled(mesh))
    established = sum(node.figures()["libp2p_swarm_connections_established_total"] for node in mesh.nodes) / 2
    print(f"    degrees {spread(mesh.degrees())}; {established:.0f} connections were made, {len(mesh.links())} pairs have one, none two", flush=True)
    mesh.stop()


def doubled(mesh):
    """Nodes with more connections than peers, by their own count and by the kernel's (which sees TCP only)."""
    found = []
    for node in mesh.nodes:
        ends = collections.Counter(node.tcp_peers())
        own = node.connections() - len(node.peers())
        if own or any(count > 1 for count in ends.values()):
            found.append(node.name)
    return found


def two_connections_are_seen(mesh):
    """The control of that count: a second connection between two machines is noticed."""
    nodes = mesh.nodes[:2]
    mesh.start(lambda place: [1] if place == 0 else [], nodes)
    until("both are connected", lambda: all(node.peers() for node in nodes))
    before = [collections.Counter(node.tcp_peers()) for node in nodes]
    assert max(before[1].values()) == 1, before
    with inside(mesh.net.namespace(0)):
        plain = socket.create_connection((mesh.net.address(1), PORT))
    with plain:
        until("the kernel lists two", lambda: max(collections.Counter(nodes[1].tcp_peers()).values()) == 2)
    mesh.stop(nodes)


def one_network(mesh):
    reached, links = {0}, mesh.links()
    while True:
        more = {b for pair in links for a, b in (pair, pair[::-1]) if a in reached} - reached
        if not more:
            return len(reached) == len(mesh.nodes)
        reached |= more


def spread(degrees):
    return f"{min(degrees)} to {max(degrees)}, {sum(degrees) / len(degrees):.1f} on average"
