"""A mesh of nodes: founded once, started again and again in other shapes."""

import concurrent.futures
import pathlib
import shutil
import tempfile

from net import Net, sweep
from node import Node
from records import draft

# A subject everybody follows.
FEED = "theme:trj"
# Processes started or asked at once: more only wait for the two cores.
AT_ONCE = 4


class Mesh:
    """Nodes in their places. A context manager: whatever happens, nodes, namespaces and folders go away."""

    def __init__(self, program, places, switches=1):
        sweep()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="indaba-mesh-"))
        self.net = Net(self.folder, places, switches)
        self.nodes = [Node(program, self.folder, self.net, place) for place in range(places)]
        self.published = 0

    def __enter__(self):
        try:
            self.net.__enter__()
            self.each(lambda node: node.found())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            if node.running:
                node.kill()
        self.net.__exit__(None, None, None)
        shutil.rmtree(self.folder, ignore_errors=True)

    def each(self, act, nodes=None):
        """Does the same with every node, a few at once; what it gave, in order."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(act, self.nodes if nodes is None else nodes))

    def acquaint(self, publishers):
        """Everybody follows the subject and accepts what these sign; kept in the stores, so once is enough."""
        self.start()
        for node in self.nodes:
            node.order("follow", feed=FEED, quiet=False)
            for other in publishers:
                if other is not node:
                    node.order("anchor", institution=other.institution, name=None)
        self.stop()

    def start(self, bootstrap=lambda place: (), nodes=None, **settings):
        """Starts nodes. `bootstrap` gives the places each dials at its start."""
        nodes = self.nodes if nodes is None else nodes
        # Addresses need peer ids, which a node has for life: asked for once, from a node that knows nobody.
        for node in [n for n in self.nodes if not hasattr(n, "peer")]:
            node.start().wait_up().stop()
        for node in self.nodes:
            if not node.running or node in nodes:
                node.gone()
        for node in nodes:
            own = {key: value(node) if callable(value) else value for key, value in settings.items()}
            node.start([self.nodes[place].address for place in bootstrap(node.place)], **own)
        for node in nodes:
            node.wait_up()

    def stop(self, nodes=None):
        nodes = self.nodes if nodes is None else nodes
        for node in nodes:
            node.stop()
        for node in nodes:
            node.gone()
            node.process = None

    def clear(self):
        """After a failed check: every node gone, every cable in."""
        for node in self.nodes:
            if node.running:
                node.kill()
            node.process = None
        for node in self.nodes:
            self.net.cable(node.place, True)
        self.net.trunk(True)

    # Looking at all of them.

    def degrees(self):
        return [len(peers) for peers in self.each(lambda node: node.peers())]

    def links(self):
        """Pairs of connected nodes, each once, as both ends see them."""
        place_of = {node.peer: node.place for node in self.nodes}
        pairs = set()
        for node, peers in zip(self.nodes, self.each(lambda node: node.peers())):
            pairs |= {tuple(sorted((node.place, place_of[peer]))) for peer in peers}
        return pairs

    # Publishing.

    def drafts(self, count, size=2048):
        first = self.published
        self.published += count
        return [draft(FEED, first + n, size, seed=1) for n in range(count)]


def ring(places, reach):
    """Each place knows those so many steps ahead of it: a mesh in which everybody has 2 x `len(reach)` links."""
    return lambda place: [(place + step) % places for step in reach]
