"""That a wrong page fails, and that machines share the network and nothing else. No node is needed for it."""

import os
import pathlib
import subprocess

from machines import Lab
from page import capture, matches, read

GOOD = """
<!-- capture WORD: word after said -->
```console
machine-a$ echo said $(echo mango) twice
said [..] twice
```
<!-- file machine-b note.txt -->
```text
$WORD
```
```console
machine-b$ cat note.txt
$WORD
machine-b$ seq 3 && echo end
1
...
end
```
<!-- exit 3 -->
```console
machine-a$ cat note.txt; exit 3
cat: note.txt: No such file or directory
```
<!-- terminal -->
```console
machine-a$ printf 'Name: '; read name; stty -echo; printf 'Secret: '; read secret; stty echo; echo; echo "$name has $secret"
Name: mango juice⏎
Secret: (not shown: stone)⏎
mango juice has stone
```
<!-- window -->
```console
machine-b$ echo begun; while sleep 0.1; do date > moment; done
begun
```
<!-- wait 20 s -->
```console
machine-b$ ls moment
moment
```
<!-- stick note.txt from machine-b to machine-a -->
```console
machine-a$ cat note.txt
$WORD
```
"""

# What is changed in the good page, and what the runner must then say. Every fault is one that a page can have.
WRONG = [
    ("another word is printed", "said [..] twice\n", "said [..] thrice\n", "shows something else"),
    ("a line more is printed than the page says", "machine-b$ cat note.txt\n$WORD\n", "machine-b$ cat note.txt\n", "shows something else"),
    ("a line is missing", "...\nend\n", "...\nend\nmore\n", "shows something else"),
    ("another exit code", "<!-- exit 3 -->", "<!-- exit 4 -->", "code 3 instead of 4"),
    ("an exit code nobody expected", "<!-- exit 3 -->\n", "", "code 3 instead of 0"),
    ("what is waited for never comes", "<!-- wait 20 s -->\n```console\nmachine-b$ ls moment\nmoment", "<!-- wait 1 s -->\n```console\nmachine-b$ ls never\nnever", "also not after 1 s"),
    ("a window ends by itself", "while sleep 0.1; do date > moment; done", "exit 7", "ended by itself with code 7"),
    ("a program ends without asking", "printf 'Name: '; read name;", "exit 0;", "ended before it asked"),
    ("a program asks something else", "Name: mango", "Colour: mango", "not finished after"),
    ("what is to be captured is not there", "word after said", "word after heard", "no word after “heard” to capture"),
    ("what was never captured is pasted", "capture WORD", "capture OTHER", "nothing called $WORD"),
    ("a comment the runner does not know", "<!-- exit 3 -->", "<!-- exit three -->", "does not understand"),
    ("a block that is not closed", "machine-a$ cat note.txt\n$WORD\n```\n", "machine-a$ cat note.txt\n$WORD\n", "not closed"),
]


def tests(follow_page):
    def good():
        passed, wrong = follow_page(GOOD, "/bin/true", lambda _: None)
        assert wrong is None, getattr(wrong, "text", lambda: wrong)()
        assert passed == 8, f"{passed} steps"

    def bad(old, new, says):
        def test():
            text = GOOD.replace(old, new)
            assert text != GOOD, "the test changes nothing"
            _, wrong = follow_page(text, "/bin/true", lambda _: None, seconds=5)
            assert wrong is not None, "the page passed"
            told = wrong.text() if hasattr(wrong, "text") else str(wrong)
            assert says in told, f"expected “{says}” in: {told}"

        return test

    yield "a page that is right passes", good
    for title, old, new, says in WRONG:
        yield f"fails: {title}", bad(old, new, says)
    yield "patterns stand for what they say", patterns
    yield "machines share the network and nothing else", apart
    yield "a pulled cable carries nothing, and is plugged in again", cable
    yield "nothing is left behind", tidy


def patterns():
    assert matches(["a[..]c", "...", "z"], ["abc", "m", "n", "z", ""])
    assert matches(["...", "z"], ["z"])
    assert matches(["..."], [])
    assert not matches(["a.c"], ["abc"])
    assert not matches(["a"], ["a", "b"])
    assert matches(["a"], ["a", "b"], whole=False)
    assert not matches(["...", "a", "...", "b"], ["b", "a"])
    seen = ["  two  words", "one", "  two  more words", "x"]
    assert capture("line starting with", "two", seen) == "two  more words"
    assert capture("rest after", "two", seen) == "more words"
    assert capture("word after", "two", seen) == "more"
    assert capture("word starting with", "wo", seen) == "words"
    assert capture("word starting with", "z", seen) is None
    assert len(read("<!-- a note -->\ntext\n```console\nmachine-a$ true\n```\n")) == 1


LISTEN = """import socket, sys
s = socket.create_server(("192.0.2.2", 7421)); print("ready", flush=True)
while True:
    c, _ = s.accept(); c.sendall(b"hello"); c.close()"""
DIAL = """import socket
s = socket.create_connection(("192.0.2.2", 7421), timeout=2); print(s.recv(9).decode())"""


def apart():
    outside = subprocess.run(["ip", "-brief", "link"], capture_output=True, text=True).stdout
    with Lab("/bin/true") as lab:
        a, b = lab.machine("machine-a"), lab.machine("machine-b")
        (a.home / "listen.py").write_text(DIAL)
        (b.home / "listen.py").write_text(LISTEN)
        window = b.open_window("python3 listen.py")
        _until(lambda: "ready" in window.text(), "the listener starts")
        assert a.run("python3 listen.py", 20) == (0, "hello\n")
        # Nothing of the surroundings is inside: neither variables nor network cards, nor the other's home.
        assert "INDABA_BIN" not in a.run("env", 20)[1]
        assert a.run("ls /sys/class/net", 20)[1].split() == ["eth0", "lo"]
        assert a.run("echo ~", 20)[1] != b.run("echo ~", 20)[1]
    assert subprocess.run(["ip", "-brief", "link"], capture_output=True, text=True).stdout == outside


def cable():
    with Lab("/bin/true") as lab:
        a, b = lab.machine("machine-a"), lab.machine("machine-b")
        (a.home / "dial.py").write_text(DIAL)
        (b.home / "listen.py").write_text(LISTEN)
        window = b.open_window("python3 listen.py")
        _until(lambda: "ready" in window.text(), "the listener starts")
        a.cable(False)
        assert a.run("python3 dial.py", 20)[0] != 0, "reached over a pulled cable"
        a.cable(True)
        _until(lambda: a.run("python3 dial.py", 20) == (0, "hello\n"), "the cable carries again")


def tidy():
    with Lab("/bin/true") as lab:
        window = lab.machine("machine-a").open_window("sleep 1000")
        process, folder, names = window.process, lab.folder, [lab.switch, lab.machine("machine-a").namespace]
    assert process.poll() is not None, "the window's command still runs"
    assert not pathlib.Path(folder).exists()
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    assert not any(name in left for name in names), left
    assert f"indaba-{os.getpid()}-" not in left, left


def _until(holds, what, seconds=20):
    import time

    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)
