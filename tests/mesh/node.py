"""Nodes: real processes of the command `indaba`, each in its place, driven by their control sockets."""

import hashlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
from datetime import datetime

from net import Trouble, inside

PORT = 7421
FIGURES = 9464
# What one answer or one start may take on two busy cores with fifty nodes. Only a node that is stuck reaches it.
PATIENCE = 120
# Between two looks at something that is waited for. Not a wait by itself: every look is judged.
LOOK_AGAIN = 0.1


def until(what, look, seconds=PATIENCE):
    """Waits until `look` gives something true, and gives it back."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Trouble(f"not within {seconds} s: {what}")
        time.sleep(LOOK_AGAIN)


class Node:
    def __init__(self, program, folder, net, place):
        self.program, self.net, self.place = program, net, place
        self.name = f"Node {place} (example)"
        self.home = folder / f"node{place}"
        self.log = folder / f"node{place}.log"
        self.process = None

    def found(self):
        """Makes the institution and its keys."""
        self.home.mkdir(mode=0o700)
        # A role is given, or the kind would be asked about.
        done = self._command("init", "--no-input", "--json", "--network", "mesh.example", "--name", self.name, "--kind", "cso", "--language", "en")
        self.institution = json.loads(done.splitlines()[-1])["institution"]
        return self

    def _command(self, *words):
        done = subprocess.run([self.program, "--data-dir", self.home / "data", *words], capture_output=True, text=True, env=self._environment())
        if done.returncode != 0:
            raise Trouble(f"{self.name}: indaba {words[0]} ended with {done.returncode}: {done.stderr or done.stdout}")
        return done.stdout

    def _environment(self, **settings):
        # Nothing of the surrounding environment.
        plain = {"HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "NO_COLOR": "1"}
        return plain | {f"INDABA_{key.upper()}": str(value) for key, value in settings.items()}

    @property
    def where(self):
        return f"/ip4/{self.net.address(self.place)}/tcp/{PORT}"

    @property
    def address(self):
        return f"{self.where}/p2p/{self.peer}"

    @property
    def where_quic(self):
        return f"/ip4/{self.net.address(self.place)}/udp/{PORT}/quic-v1"

    def start(self, bootstrap=(), listen=True, **settings):
        """Starts `indaba up`; `settings` as in the configuration, with `_` for the point. Admitted records go into the log."""
        chosen = {"log_format": "json", "log_level": "info,indaba::cli::up=debug", "network_quic": "off",
                  "metrics_listen": f"127.0.0.1:{FIGURES}", "network_bootstrap": ",".join(bootstrap)}
        if listen:
            chosen["network_listen"] = self.where
        chosen |= settings
        # Records are read from the log of this start only.
        self.read_from = self.log.stat().st_size if self.log.exists() else 0
        self.admitted = {}
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.net.namespace(self.place), self.program, "--data-dir", str(self.home / "data"), "up"],
                stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, env=self._environment(**chosen), start_new_session=True)
        return self

    def is_up(self):
        if self.process.poll() is not None:
            raise Trouble(f"{self.name} ended by itself with {self.process.returncode}:\n{self.last_words()}")
        try:
            self.peer = self.order("identity")["peer"]
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True

    def wait_up(self):
        until(f"{self.name} is up", self.is_up)
        return self

    def last_words(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        os.kill(self.pid, number)

    def stop(self):
        """SIGTERM, without waiting."""
        if self.running:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)

    def gone(self, seconds=PATIENCE):
        if self.process is None:
            return
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Trouble(f"{self.name} still ran {seconds} s after SIGTERM:\n{self.last_words()}") from None
        if code not in (0, -signal.SIGTERM):
            raise Trouble(f"{self.name} ended with {code}:\n{self.last_words()}")

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    # The control socket.

    def socket_path(self):
        near = os.path.realpath(self.home / "data") + "/control.sock"
        if len(near) <= 103:
            return near
        digest = hashlib.sha256(os.path.realpath(self.home / "data").encode()).hexdigest()
        return f"/tmp/indaba-{os.geteuid()}/{digest[:16]}.sock"

    def order(self, order, **fields):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(PATIENCE)
            control.connect(self.socket_path())
            control.sendall(json.dumps({"order": order, **fields}).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                part = control.recv(1 << 20)
                if not part:
                    raise Trouble(f"{self.name} closed the control socket within an answer to {order}")
                answer += part
        reply = json.loads(answer)
        if reply["reply"] == "refused":
            raise Trouble(f"{self.name} refused {order}: {reply['problem']}")
        return reply

    def publish(self, drafts):
        """Gives the short ids of what was signed, and when it was asked for."""
        asked = time.time()
        records = self.order("publish", drafts=drafts)["records"]
        return [record["short"] for record in records], asked

    def peers(self):
        """The peer ids it is connected with."""
        return {peer["peer"] for peer in self.order("peers")["peers"] if peer["connected"]}

    def feed(self, name):
        return next(feed for feed in self.order("feeds")["feeds"] if feed["feed"] == name)

    def holds(self, name, count):
        feed = self.feed(name)
        return feed["held"] >= count and feed["parts_missing"] == 0

    # What it says of itself.

    def figures(self):
        """Its figures, summed over their labels."""
        with inside(self.net.namespace(self.place)):
            connection = socket.create_connection(("127.0.0.1", FIGURES), timeout=PATIENCE)
        with connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")
            text = b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()
        sums = {}
        for line in text.splitlines():
            if found := re.fullmatch(r"([a-zA-Z_:][\w:]*)(?:\{.*\})? (-?[\d.e+]+)", line):
                sums[found[1]] = sums.get(found[1], 0) + float(found[2])
        return sums

    def connections(self):
        """Connections open now, several with one peer counted as several."""
        figures = self.figures()
        return int(figures["indaba_network_connections"])

    def stored(self):
        """When each record was durable here, by its short id: seconds since 1970, from the node's own log."""
        with self.log.open("rb") as log:
            log.seek(self.read_from)
            data = log.read()
        whole = data.rfind(b"\n") + 1
        self.read_from += whole
        for line in data[:whole].splitlines():
            if b"record admitted" in line:
                entry = json.loads(line)
                self.admitted.setdefault(entry["record"], moment(entry["timestamp"]))
        return self.admitted

    # What the kernel says of it.

    def memory(self):
        """Resident memory in KiB: now, and the most since its start (or since `forget_peak`)."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return tuple(int(re.search(rf"^{key}:\s+(\d+) kB$", status, re.M)[1]) for key in ("VmRSS", "VmHWM"))

    def memory_parts(self):
        """Resident memory in KiB: its own, and that of files, which nodes on one machine share."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return tuple(int(re.search(rf"^{key}:\s+(\d+) kB$", status, re.M)[1]) for key in ("RssAnon", "RssFile"))

    def files(self):
        """The files and sockets it has open."""
        return list(pathlib.Path(f"/proc/{self.pid}/fd").iterdir())

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def cpu(self):
        """Seconds of a core used since its start."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def tcp_peers(self):
        """The far ends of its established TCP connections, one entry a connection, as the kernel lists them."""
        table = pathlib.Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()[1:]
        ends = []
        for row in table:
            fields = row.split()
            if fields[3] == "01":
                far = bytes.fromhex(fields[2].split(":")[0])[::-1]
                near = bytes.fromhex(fields[1].split(":")[0])[::-1]
                if far[0] != 127 and near[0] != 127:
                    ends.append(".".join(map(str, far)))
        return ends


def moment(text):
    """Seconds since 1970 of a time such as 2026-11-23T10:00:00.123456Z."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
