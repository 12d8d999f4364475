"""That a feed followed quietly is named to partners only.

Three nodes: A follows; B is connected, but nobody A accepts or calls a partner; C is A's partner. What B and C are told stands in
their logs, which keep at level trace every subscription and every question that arrives, and what libp2p makes of them. Links are
encrypted, so this is all that anybody but B and C could learn.

That something is not in a log proves nothing by itself. So A follows an open feed beside each quiet one, whose name is sorted
after it: once B has been told of the open one by gossip and in a question, the place where the quiet one would have
been told is passed. And the same run with a plain follow must show the name (the negative control).
"""

import time

from machines import Lab, Trouble

LEVEL = ",".join(["trace", *(f"libp2p_{part}=trace" for part in ("gossipsub", "identify", "request_response", "swarm", "kad"))])
SECONDS = 60


def tests(program):
    yield "control: a plain follow is told to any connected node", lambda: told(program, "")
    yield "a quiet follow is told to nobody but a partner, and to him only when asking", lambda: told(program, "--quiet")


def told(program, how):
    with Lab(program) as lab:
        a, b, c = (lab.machine(f"machine-{letter}") for letter in "abc")
        for machine, name in ((a, "Follower (example)"), (b, "Stranger (example)"), (c, "Partner (example)")):
            command = f"indaba init --no-input --name '{name}' --kind cso --language en --listen /ip4/0.0.0.0/tcp/7421"
            do(machine, command)
        window = {m: m.open_window(f"env INDABA_LOG_FORMAT=json INDABA_LOG_LEVEL={LEVEL} indaba up") for m in (b, c)}
        for machine, partner in ((b, ""), (c, "--partner")):
            until(lambda m=machine: "peer id" in window[m].text(), f"{machine.name} is up")
            peer = window[machine].text().split("peer id", 1)[1].split()[0]
            do(a, f"indaba peer add {partner} /ip4/{machine.address}/tcp/7421/p2p/{peer}")
        # Before the connection: told in the first message and the first comparison, if at all.
        do(a, f"indaba feed follow {how} topic:hidden-first")
        do(a, "indaba feed follow topic:open-first")
        a.open_window("indaba up")
        for machine in (b, c):
            until(lambda m=machine: knows(window[m], "topic:open-first"), f"{machine.name} hears of topic:open-first")
        # While connected.
        do(a, f"indaba feed follow {how} topic:hidden-later")
        do(a, "indaba feed follow topic:open-later")
        for machine in (b, c):
            until(lambda m=machine: knows(window[m], "topic:open-later"), f"{machine.name} hears of topic:open-later")

        hidden = ("topic:hidden-first", "topic:hidden-later")
        for feed in hidden:
            short = feed.removeprefix("topic:")
            if how:
                assert short not in window[b].text(), f"the stranger was told of {feed}:\n{line_with(window[b], short)}"
                assert asked(window[c], feed), f"the partner was not asked for {feed}"
                assert not subscribed(window[c], feed), f"{feed} was announced to the partner by gossip"
            else:
                until(lambda f=feed: knows(window[b], f), f"the stranger hears of {feed}")
        shown = do(a, "indaba feed list")
        for feed in hidden:
            state = next((line for line in shown.splitlines() if feed in line), "")
            assert ("quietly" in state) == bool(how), f"feed list: {state}"


def do(machine, command):
    code, out = machine.run(command, SECONDS)
    if code != 0:
        raise Trouble(f"{machine.name}$ {command}: code {code}\n{out}")
    return out


def lines(window):
    return window.text().splitlines()


def subscribed(window, feed):
    """Whether a peer announced the feed by gossip."""
    return any("Handling subscriptions" in line and feed in line for line in lines(window))


def asked(window, feed):
    """Whether a peer asked for the feed's lanes."""
    short = feed
    return any('"asked"' in line and short in line for line in lines(window))


def knows(window, feed):
    return subscribed(window, feed) and asked(window, feed)


def line_with(window, text):
    return next((line for line in lines(window) if text in line), "")


def until(holds, what):
    deadline = time.monotonic() + SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {SECONDS} s: {what}")
        time.sleep(0.1)
