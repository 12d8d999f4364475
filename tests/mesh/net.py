"""Network namespaces on switches, and what the kernel counted on their cables.

A switch is a bridge in a namespace of its own, so that nothing is changed on the machine the measurements run on. Two switches are
joined by one cable; pulling it divides the network in two. Every byte is counted where it enters a switch: once, whoever sent it.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import signal
import subprocess
import threading

NO_IPV6 = "for all in all default; do echo 1 > /proc/sys/net/ipv6/conf/$all/disable_ipv6; done"
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


class Trouble(Exception):
    """Something that keeps a measurement from being made, in words."""


def ip(*args):
    done = subprocess.run(["ip", *args], capture_output=True, text=True)
    if done.returncode != 0:
        raise Trouble(f"ip {' '.join(args)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def ip_batch(namespace, lines):
    """Many commands of `ip` in one process: a hundred namespaces are made in a second or two."""
    done = subprocess.run(["ip", "-n", namespace, "-batch", "-"], input="\n".join(lines), capture_output=True, text=True)
    if done.returncode != 0:
        raise Trouble(f"ip -n {namespace}: {done.stderr.strip()}")


@contextlib.contextmanager
def inside(namespace):
    """Sockets made within belong to that namespace, whatever happens to the thread afterwards. One thread at a time enters."""
    here = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if LIBC.setns(there, CLONE_NEWNET) != 0:
            raise Trouble(f"cannot enter {namespace}: {os.strerror(ctypes.get_errno())}")
        try:
            yield
        finally:
            if LIBC.setns(here, CLONE_NEWNET) != 0:
                os._exit(70)  # A thread in the wrong network must not go on.
    finally:
        os.close(there)
        os.close(here)


class Net:
    """Places for nodes. A context manager: whatever happens, all of it goes away."""

    def __init__(self, folder, places, switches=1):
        self.tag = f"indaba-{os.getpid()}-{folder.name[-4:]}"
        self.folder, self.places, self.switches = folder, places, switches
        self.hub = f"{self.tag}-switch"

    def __enter__(self):
        try:
            self._build()
        except Trouble as trouble:
            self.__exit__(None, None, None)
            raise Trouble(f"cannot make network namespaces, although root: {trouble}\n"
                          "in a container, this needs --privileged (CAP_NET_ADMIN and CAP_SYS_ADMIN)") from None
        return self

    def _build(self):
        for namespace in [self.hub, *map(self.namespace, range(self.places))]:
            ip("netns", "add", namespace)
        # Neighbour discovery of IPv6 would be counted as idle traffic.
        run_in(self.hub, NO_IPV6)
        # Segments as they would be on the wire: with offloading the kernel counts one header for several packets.
        wire = "gso_max_size 1500 gso_max_segs 1"
        lines = []
        for s in range(self.switches):
            lines += [f"link add bridge{s} type bridge", f"link set bridge{s} up"]
        for s in range(1, self.switches):
            lines += [f"link add trunk{s} type veth peer name knurt{s}", f"link set trunk{s} master bridge0 up",
                      f"link set knurt{s} master bridge{s} up"]
        for place in range(self.places):
            lines += [f"link add port{place} {wire} type veth peer name eth0 netns {self.namespace(place)}",
                      f"link set port{place} master bridge{self.switch_of(place)} up"]
        ip_batch(self.hub, lines)
        for place in range(self.places):
            namespace = self.namespace(place)
            run_in(namespace, NO_IPV6)
            ip_batch(namespace, ["link set lo up", f"link set eth0 {wire}", f"addr add {self.address(place)}/16 dev eth0", "link set eth0 up"])

    def __exit__(self, *_):
        for namespace in [*map(self.namespace, range(self.places)), self.hub]:
            remove(namespace)

    def namespace(self, place):
        return f"{self.tag}-n{place}"

    def address(self, place):
        # 10.0.0.0/8 is private (RFC 1918).
        return f"10.77.{place // 200}.{place % 200 + 1}"

    def switch_of(self, place):
        """With two switches, the first half of the places is on one and the rest on the other."""
        return place * self.switches // self.places

    def cable(self, place, plugged):
        ip("-n", self.hub, "link", "set", f"port{place}", "up" if plugged else "down")

    def trunk(self, plugged):
        ip("-n", self.hub, "link", "set", "trunk1", "up" if plugged else "down")

    def bytes(self):
        """What each place has sent so far, link layer headers included, by place."""
        links = json.loads(ip("-n", self.hub, "-s", "-j", "link", "show"))
        sent = {link["ifname"]: link["stats64"]["rx"]["bytes"] for link in links if link["ifname"].startswith("port")}
        return [sent[f"port{place}"] for place in range(self.places)]

    def received(self):
        """What each place has been sent so far, by place."""
        links = json.loads(ip("-n", self.hub, "-s", "-j", "link", "show"))
        got = {link["ifname"]: link["stats64"]["tx"]["bytes"] for link in links if link["ifname"].startswith("port")}
        return [got[f"port{place}"] for place in range(self.places)]


def run_in(namespace, command):
    done = subprocess.run(["ip", "netns", "exec", namespace, "sh", "-c", command], capture_output=True, text=True)
    if done.returncode != 0:
        raise Trouble(f"{command}: {done.stderr.strip()}")
    return done.stdout


def remove(namespace):
    # What is left in it was started there, whatever became of its parent.
    listed = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True)
    for pid in listed.stdout.split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    subprocess.run(["ip", "netns", "delete", namespace], capture_output=True)


def sweep():
    """Removes the namespaces of runs that were killed before they could."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    for line in listed.splitlines():
        parts = line.split()[0].split("-") if line.split() else []
        if len(parts) == 4 and parts[0] == "indaba" and parts[1].isdigit() and not pathlib.Path(f"/proc/{parts[1]}").exists():
            remove("-".join(parts))
