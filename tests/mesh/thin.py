"""What a record costs on a thin line: a lean node at one hub, and at two."""

import statistics

from delivery import missing, quiet
from idle import span
from node import until

# Places of the nodes in the mesh.
PUBLISHER, HUBS, LEAN = 0, (1, 2), 3


def on_cable(mesh):
    """Bytes on the lean node's cable so far, both directions."""
    return mesh.net.bytes()[LEAN] + mesh.net.received()[LEAN]


def records_on_a_thin_line(mesh, hubs, count=30):
    """Bytes on the lean node's cable for each record, as a multiple of its size; heads, acknowledgements and whatever else passes included."""
    hubs = HUBS[:hubs]
    profiles = dict.fromkeys(hubs, "hub") | {LEAN: "lean"}
    nodes = [mesh.nodes[place] for place in (PUBLISHER, *hubs, LEAN)]
    dials = {PUBLISHER: hubs, LEAN: hubs}
    for node in nodes:
        others = [mesh.nodes[place].address for place in dials.get(node.place, ())]
        node.start(others, listen=node.place in hubs, network_profile=profiles.get(node.place, "default"))
    mesh.each(lambda node: node.wait_up(), nodes)
    lean = mesh.nodes[LEAN]
    until("both are connected", lambda: all(len(mesh.nodes[place].peers()) == len(hubs) for place in dials))
    # Hubs take whoever comes into their mesh; the lean node keeps one of them, from its second look on, five seconds after the first.
    span(16)
    warm, _ = mesh.nodes[PUBLISHER].publish(mesh.drafts(1))
    until("the first record is everywhere", lambda: missing(mesh, warm, nodes) == 0)
    until("the cables are quiet", quiet(mesh))
    before = on_cable(mesh)
    asked = []
    for one in mesh.drafts(count):
        # One after the other, as they come in practice: a burst would share packets.
        ids, _ = mesh.nodes[PUBLISHER].publish([one])
        asked += ids
        until("the record is everywhere", lambda: missing(mesh, asked, nodes) == 0)
    until("the cables are quiet", quiet(mesh))
    spent = on_cable(mesh) - before
    size = statistics.mean(len(lean.order("show", id=short)["item"]) / 2 for short in asked[:5])
    factor = spent / count / size
    print(f"    {len(hubs)} hub{'s' if len(hubs) > 1 else ''}: {count} records of {size:.0f} bytes; {spent / count:.0f} bytes each on the lean node's cable, "
          f"{factor:.2f} times the record", flush=True)
    mesh.stop(nodes)
    return factor
