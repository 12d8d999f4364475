"""A node on a disk that gets full, through the command as an operator types it."""

import contextlib
import json
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ["INDABA_BIN"]
DISK = 48 << 20
STICK = 64 << 10  # Bytes: smaller than any backup made here.
FULL = 11  # The exit code that says so.
PATIENCE = 150  # Seconds: the longest pause of a node that waits for space is one minute.


class Trouble(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Trouble(what)


class Node:
    """A data folder on a small tmpfs, and the node in it."""

    def __init__(self, place, reserve):
        self.place = pathlib.Path(place)
        self.disk = self.place / "disk"
        self.data = self.disk / "node"
        self.log_file = self.place / "log"
        self.reserve = reserve
        self.process = None
        self.count = 0

    def environment(self):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("INDABA_") and k != "STATE_DIRECTORY"}
        return clean | {"INDABA_STORAGE_RESERVE": self.reserve, "INDABA_LOG_FORMAT": "json"}

    def command(self, *words):
        return [PROGRAM, "--data-dir", str(self.data), "--no-input", *words]

    def run(self, *words):
        done = subprocess.run(self.command(*words), env=self.environment(), capture_output=True, text=True, timeout=PATIENCE)
        return done.returncode, done.stdout + done.stderr

    def do(self, *words):
        code, text = self.run(*words)
        expect(code == 0, f"{' '.join(words)} ended with {code}: {text}")
        return text

    def up(self):
        """Starts the node and waits until it can be talked to; what it printed."""
        self.log = open(self.log_file, "a")
        self.process = subprocess.Popen(self.command("up"), env=self.environment(), stdout=subprocess.PIPE, stderr=self.log, text=True)
        printed = ""
        for line in self.process.stdout:
            printed += line
            if "Ctrl-C" in line:
                return printed
        raise Trouble("the node did not come up: " + self.log_file.read_text())

    def is_up(self):
        return self.process.poll() is None

    def down(self):
        self.process.send_signal(signal.SIGINT)
        expect(self.process.wait(PATIENCE) == 0, "the node did not end well: " + self.log_file.read_text())

    def told(self):
        """What the node logged."""
        return [json.loads(line).get("message", "") for line in self.log_file.read_text().splitlines()
                if line.startswith("{")]

    def publish(self, text):
        self.count += 1
        file = self.place / f"record-{self.count}.md"
        file.write_text(text)
        code, said = self.run("publish", "--yes", "--json", str(file))
        if code == 0:
            return code, json.loads(said[said.index("{"):])["records"][0]["id"]
        return code, said

    def lesson(self):
        # Does not compress, so that the disk fills; words, so that it is a text.
        words = " ".join(secrets.token_hex(6) for _ in range(600))
        return self.publish(
            f"---\nkind: lesson\nlang: en\nmarking: clear\nfeeds: [topic:space]\ntitle: Number {self.count} (example)\n"
            f"summary: One of many that fill a disk.\nlicence: CC-BY-4.0\nattribution: organisation\n---\n\n"
            f"## What happened\n\n{words}\n\n## Lesson\n\nKeep some space.\n"
        )

    def withdraw(self, record):
        return self.publish(
            f"---\nkind: withdrawal\nlinks: {{withdraws: [{record}]}}\nreason: safety\nnote: Must go, whatever else happens.\nlang: en\n"
            f"marking: clear\nfeeds: [topic:space]\n---\n"
        )

    def free(self):
        found = os.statvfs(self.disk)
        return found.f_bavail * found.f_frsize

    def ballast(self, name, leave):
        """Something else that fills the disk."""
        with open(self.disk / name, "wb") as file, contextlib.suppress(OSError):
            while (more := self.free() - leave) > 0:
                file.write(bytes(min(more, 1 << 20)))
                file.flush()

    def fill(self):
        """Publishes until the disk is full; what was acknowledged, and what was said."""
        acknowledged = []
        for number in range(400):
            if number == 5:
                self.ballast("ballast", 512 << 10)
            code, said = self.lesson()
            if code != 0:
                return acknowledged, code, said
            acknowledged.append(said)
        raise Trouble("the disk does not get full")

    def until_published(self, what):
        begun = time.monotonic()
        while time.monotonic() - begun < PATIENCE:
            expect(self.is_up(), f"{what}: the node ended: " + self.log_file.read_text())
            code, said = self.lesson()
            if code == 0:
                return said, time.monotonic() - begun
            expect(code == FULL, f"{what}: {code}: {said}")
            # Each asking takes a process; nothing here waits for a time, only for the answer.
        raise Trouble(f"{what}: nothing is stored after {PATIENCE} s: {said}")


@contextlib.contextmanager
def mounted(folder, size):
    """An empty file system of its own, of so many bytes."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextlib.contextmanager
def small_disk(reserve):
    with tempfile.TemporaryDirectory() as place:
        node = Node(place, reserve)
        with mounted(node.disk, DISK):
            try:
                node.do("init", "--name", "Peace Council (example)", "--kind", "peace-council", "--language", "en", "--network", "test.example")
                yield node
            finally:
                if node.process and node.is_up():
                    node.process.kill()
                    node.process.wait()


def running():
    """Full while the node runs: urgent things are stored, readers are answered, and it goes on by itself."""
    with small_disk("8 MiB") as node:
        node.up()
        acknowledged, code, said = node.fill()
        expect(code == FULL and "disk is full" in said and "MB free" in said, f"{code}: {said}")
        expect(len(acknowledged) > 5, f"only {len(acknowledged)} stored")
        until(lambda: node.run("status")[0] != FULL, "no answer on a full disk")
        code, text = node.run("status")
        expect(code == 0 and "disk is full" in text, f"status: {code} {text}")
        code, text = node.run("doctor")
        expect(code == 1 and "disk is full" in text and "make" in text, f"doctor: {code} {text}")
        for record in acknowledged:
            expect("Number" in node.do("show", record), f"{record} is not there")
        code, said = node.lesson()
        expect(code == FULL and "MB free" in said, f"an ordinary record: {code} {said}")
        code, said = node.withdraw(acknowledged[0])
        expect(code == 0, f"the withdrawal was not stored: {code} {said}")
        expect("withdrawn" in node.do("show", acknowledged[0]).lower(), "the withdrawal has no effect")
        # Even what was kept back is used up: nobody is served until there is space, and nothing is lost.
        node.ballast("more", 0)
        # Files have some room in their last blocks.
        for record in acknowledged[1:]:
            code, said = node.withdraw(record)
            if code != 0:
                break
        expect(code == FULL, f"on a disk without a byte: {code} {said}")
        expect(node.is_up(), "the node ended: " + node.log_file.read_text())
        for name in ("ballast", "more"):
            (node.disk / name).unlink()
        last, seconds = node.until_published("after space was made")
        expect(node.is_up() and "attention  the disk is full" not in node.do("status"), "status still complains")
        for record in [*acknowledged, last]:
            node.do("show", record)
        expect(any("full" in line for line in node.told()), "the log says nothing")
        node.down()
        node.do("store", "verify")
        print(f"  {len(acknowledged)} records until the disk was full; stored again {seconds:.1f} s after space was made, in the same process")


def receiving():
    """Full while others publish: their withdrawals still have effect here, and what was left out comes when there is space."""
    with small_disk("8 MiB") as node, tempfile.TemporaryDirectory() as place:
        other = Node(place, "8 MiB")
        other.data = other.place / "node"
        other.do("init", "--name", "Ministry (example)", "--kind", "ministry", "--language", "en", "--network", "test.example",
                 "--listen", "/ip4/127.0.0.1/tcp/0")
        try:
            printed = other.up()
            address = next(word for word in printed.split() if word.startswith("/ip4/127.0.0.1/tcp/") and "/p2p/" in word)
            institution = json.loads(other.do("status", "--json"))["institution"]["id"]
            node.do("peer", "add", address)
            node.do("trust", "anchor", institution, "--yes")
            node.do("feed", "follow", "topic:space")
            node.up()
            code, harmful = other.lesson()
            expect(code == 0, harmful)
            until(lambda: node.run("show", harmful)[0] == 0, "the first record does not come")
            _, code, said = node.fill()
            expect(code == FULL, said)
            until(lambda: node.run("status")[0] == 0, "no answer on a full disk")
            code, ordinary = other.lesson()
            expect(code == 0, ordinary)
            code, said = other.withdraw(harmful)
            expect(code == 0, said)
            until(lambda: "withdrawn" in node.run("show", harmful)[1].lower(), "the withdrawal does not come")
            expect(node.run("show", ordinary)[0] != 0, "an ordinary record was stored on a full disk")
            (node.disk / "ballast").unlink()
            until(lambda: node.run("show", ordinary)[0] == 0, "what was left out does not come")
            node.down()
            node.do("store", "verify")
        finally:
            if other.process and other.is_up():
                other.process.kill()
                other.process.wait()


def importing():
    """Full while a backup is brought in: it is said so, and the same file brings the rest when there is space."""
    with small_disk("8 MiB") as node, tempfile.TemporaryDirectory() as place:
        other = Node(place, "8 MiB")
        other.data = other.place / "node"
        other.do("init", "--name", "Ministry (example)", "--kind", "ministry", "--language", "en", "--network", "test.example")
        theirs = [other.lesson() for _ in range(3)]
        expect(all(code == 0 for code, _ in theirs), f"{theirs}")
        backup = str(other.place / "stick.backup")
        other.do("store", "export", backup)
        node.do("trust", "anchor", json.loads(other.do("invite", "--json").splitlines()[0])["invitation"], "--yes")
        node.do("feed", "follow", "topic:space")
        _, code, said = node.fill()
        expect(code == FULL, said)
        code, said = node.run("store", "import", backup)
        expect(code == FULL and "no room  3" in said and "left out" not in said, f"import on a full disk: {code} {said}")
        (node.disk / "ballast").unlink()
        code, said = node.run("store", "import", backup)
        expect(code == 0 and "no room" not in said, f"import when there is space: {code} {said}")
        for _, record in theirs:
            node.do("show", record)
        node.do("store", "verify")
        # The backup itself, where there is no room for it: not on the disk of the store,
        # which opening can give some space back.
        with mounted(node.place / "stick", STICK) as stick:
            code, said = node.run("store", "export", str(stick / "copy.backup"))
            expect(code == FULL and f"make room in {stick}" in said, f"export to a full stick: {code} {said}")
            expect(not any(stick.iterdir()), f"left on the stick: {list(stick.iterdir())}")


def until(holds, what):
    """Asks again and again; each asking takes a process, so nothing here only passes time."""
    begun = time.monotonic()
    while not holds():
        expect(time.monotonic() - begun < PATIENCE, what)


def without_reserve():
    """The control: with nothing kept back, a full disk takes no note of a withdrawal."""
    with small_disk("0") as node:
        node.up()
        acknowledged, code, _ = node.fill()
        expect(code == FULL and acknowledged, f"{code}")
        node.ballast("more", 0)
        for record in acknowledged:
            code, said = node.withdraw(record)
            if code != 0:
                break
        expect(code == FULL, f"the withdrawals were stored: {code} {said}")
        expect(node.is_up(), "the node ended: " + node.log_file.read_text())


def stopped():
    """Full while no node runs: commands say what to do, and nothing acknowledged is lost."""
    with small_disk("8 MiB") as node:
        acknowledged, code, said = node.fill()
        expect(code == FULL and acknowledged and "make" in said, f"{code}: {said}")
        node.ballast("more", 0)
        code, said = node.lesson()
        expect(code == FULL, f"{code}: {said}")
        for name in ("ballast", "more"):
            (node.disk / name).unlink()
        code, last = node.lesson()
        expect(code == 0, f"after space was made: {code} {last}")
        for record in [*acknowledged, last]:
            node.do("show", record)
        node.do("store", "verify")


def main():
    passed = failed = 0
    for test in (running, receiving, importing, without_reserve, stopped):
        begun = time.monotonic()
        print(test.__doc__.splitlines()[0], flush=True)
        try:
            test()
            passed += 1
            print(f"  ok, {time.monotonic() - begun:.0f} s", flush=True)
        except (Trouble, subprocess.TimeoutExpired, KeyError, ValueError) as trouble:
            failed += 1
            print(f"  FAILED: {trouble}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
