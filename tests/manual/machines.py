"""Machines: network namespaces on one switch, each with its own home folder. They share the network and nothing else.

The switch is a bridge in a namespace of its own, so that nothing is changed on the machine the tests run on. Pulling
a cable is taking down the switch's end of it: the machine sees that there is no carrier, as with a real one.
"""

import fcntl
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import termios
import time

# Addresses kept for documentation (RFC 5737); pages can print them as they are.
NETWORK = "192.0.2"
NAMES = ["machine-a", "machine-b", "machine-c", "machine-d", "machine-e", "machine-f", "machine-g", "machine-h"]


class Trouble(Exception):
    """Something that keeps a step from passing, in words."""


def ip(*args):
    done = subprocess.run(["ip", *args], capture_output=True, text=True)
    if done.returncode != 0:
        raise Trouble(f"ip {' '.join(args)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Window:
    """A command that goes on running."""

    def __init__(self, process, log):
        self.process, self.log = process, log

    def text(self):
        return self.log.read_text(errors="replace")

    def interrupt(self, seconds=30):
        """Ctrl-C, and its exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Trouble(f"still running {seconds} s after Ctrl-C") from None


class Machine:
    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.letter = name[-1]
        self.namespace = f"{lab.tag}-{self.letter}"
        self.address = f"{NETWORK}.{NAMES.index(name) + 1}"
        self.port = f"port-{self.letter}"
        self.home = lab.folder / name
        self.home.mkdir(mode=0o700)
        self.windows = []
        ip("netns", "add", self.namespace)
        ip("-n", lab.switch, "link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns", self.namespace)
        ip("-n", lab.switch, "link", "set", self.port, "master", "bridge", "up")
        ip("-n", self.namespace, "link", "set", "lo", "up")
        ip("-n", self.namespace, "addr", "add", f"{self.address}/24", "dev", "eth0")
        ip("-n", self.namespace, "link", "set", "eth0", "up")

    def _start(self, command, **streams):
        # Nothing of the surrounding environment: a machine has its home and the installed command.
        environment = {
            "HOME": str(self.home),
            "PATH": f"{self.lab.programs}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "TERM": "xterm",
        }
        return subprocess.Popen(
            ["ip", "netns", "exec", self.namespace, "sh", "-c", command],
            cwd=self.home, env=environment, **streams,
        )

    def run(self, command, seconds):
        """Runs a command to its end: its exit code, and everything it wrote, in order."""
        process = self._start(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, _ = process.communicate()
            raise Trouble(f"not finished after {seconds:.0f} s; so far it wrote:\n{out.decode(errors='replace')}") from None
        return process.returncode, out.decode(errors="replace")

    def open_window(self, command):
        """Starts a command that goes on running; what it writes is kept."""
        # Ctrl-C reaches a whole window. A shell between would end with a code of its own.
        if not any(sign in command for sign in ";&|"):
            command = f"exec {command}"
        log = self.lab.folder / f"{self.name}-window-{len(self.windows) + 1}.log"
        with log.open("wb") as sink:
            process = self._start(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
            )
        window = Window(process, log)
        self.windows.append(window)
        return window

    def type(self, command, answers, seconds):
        """Runs a command on a terminal. `answers` are pairs: how the text on the screen ends when it is time to type, and what
        is typed then. Gives the exit code and what the screen showed."""
        outer, inner = pty.openpty()

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        process = self._start(command, stdin=inner, stdout=inner, stderr=inner, preexec_fn=own_terminal)
        os.close(inner)
        screen, waiting, since = "", list(answers), 0
        deadline = time.monotonic() + seconds
        try:
            while True:
                if waiting and waiting[0][0](screen[since:]):
                    os.write(outer, (waiting.pop(0)[1] + "\n").encode())
                    since = len(screen)
                ready, _, _ = select.select([outer], [], [], max(0.0, deadline - time.monotonic()))
                if not ready:
                    raise Trouble(f"not finished after {seconds:.0f} s; the screen shows:\n{screen}")
                try:
                    part = os.read(outer, 65536)
                except OSError:  # Linux says EIO when the other end is closed.
                    part = b""
                if not part:
                    break
                screen += part.decode(errors="replace").replace("\r\n", "\n")
            code = process.wait(timeout=10)
        finally:
            os.close(outer)
            if process.poll() is None:
                process.kill()
                process.wait()
        if waiting:
            raise Trouble(f"ended before it asked for “{waiting[0][1]}”; the screen shows:\n{screen}")
        return code, screen

    def cable(self, plugged):
        ip("-n", self.lab.switch, "link", "set", self.port, "up" if plugged else "down")

    def remove(self):
        for window in self.windows:
            if window.process.poll() is None:
                os.killpg(window.process.pid, signal.SIGKILL)
                window.process.wait()
        try:
            # What is left in the namespace was started here, whatever became of its parent.
            for pid in ip("netns", "pids", self.namespace).split():
                os.kill(int(pid), signal.SIGKILL)
        except (Trouble, ProcessLookupError):
            pass


class Lab:
    """A switch, and the machines that were asked for. A context manager: whatever happens, all of it goes away."""

    def __init__(self, program):
        sweep()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="indaba-manual-"))
        # Names of namespaces are one for the whole machine: they carry the process that cleans them up.
        self.tag = f"indaba-{os.getpid()}-{self.folder.name[-4:]}"
        self.switch = f"{self.tag}-switch"
        self.programs = self.folder / "programs"
        self.programs.mkdir()
        (self.programs / "indaba").symlink_to(pathlib.Path(program).resolve())
        self.machines = {}

    def __enter__(self):
        try:
            ip("netns", "add", self.switch)
            ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
            ip("-n", self.switch, "link", "set", "bridge", "up")
        except Trouble as trouble:
            self.__exit__(None, None, None)
            raise Trouble(f"cannot make network namespaces, although root: {trouble}\n"
                          "in a container, this needs --privileged (CAP_NET_ADMIN and CAP_SYS_ADMIN)") from None
        return self

    def __exit__(self, *_):
        for machine in self.machines.values():
            machine.remove()
        for namespace in [*(m.namespace for m in self.machines.values()), self.switch]:
            subprocess.run(["ip", "netns", "delete", namespace], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def machine(self, name):
        if name not in NAMES:
            raise Trouble(f"there is no {name}; there are {', '.join(NAMES)}")
        if name not in self.machines:
            self.machines[name] = Machine(self, name)
        return self.machines[name]


def sweep():
    """Removes namespaces and folders of runs that were killed before they could."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    for line in listed.splitlines():
        name = line.split()[0] if line.split() else ""
        parts = name.split("-")  # indaba, process, end of the folder's name, letter or switch
        if len(parts) == 4 and parts[0] == "indaba" and parts[1].isdigit() and not pathlib.Path(f"/proc/{parts[1]}").exists():
            for pid in subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)
            for folder in pathlib.Path(tempfile.gettempdir()).glob(f"indaba-manual-*{parts[2]}"):
                shutil.rmtree(folder, ignore_errors=True)
