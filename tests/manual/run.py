"""Follows the manual. See `run` for how to call it, `page.py` for how a page is written, `machines.py` for what a machine is."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import quiet
import selftest
from machines import Lab, Trouble
from page import Act, File, capture, matches, read, trimmed, typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANUAL = ROOT / "docs" / "manual"
# One command. Sealing keys and starting a node take a second or two; two busy cores can make thirty of that.
COMMAND_SECONDS = 90
# What a window shows after a start.
WINDOW_SECONDS = 60
# Between two looks at something that is waited for. Not a wait for anything by itself: every look is judged.
LOOK_AGAIN = 0.2


class Wrong(Exception):
    """A step that did not show what the page says."""

    def __init__(self, line, problem, expected=None, got=None):
        super().__init__(problem)
        self.line, self.problem, self.expected, self.got = line, problem, expected, got

    def text(self):
        lines = [self.problem]
        for word, block in (("expected", self.expected), ("got", self.got)):
            if block is not None:
                lines.append(f"  {word}:")
                lines.extend(f"    | {line}" for line in trimmed(block) or ["(nothing)"])
        return "\n".join(lines)


class Reader:
    """Somebody who does what a page says, with the machines of a lab."""

    def __init__(self, lab, say, show=False, seconds=COMMAND_SECONDS):
        self.lab, self.say, self.show, self.seconds, self.copied = lab, say, show, seconds, {}

    def paste(self, text, line):
        """Puts what was captured where the page says $NAME."""

        def one(name):
            if name[1] not in self.copied:
                raise Wrong(line, f"nothing called ${name[1]} was captured before this line")
            return self.copied[name[1]]

        return re.sub(r"\$([A-Z][A-Z0-9_]*)", one, text)

    def follow(self, thing):
        if isinstance(thing, File):
            self.say(f"{thing.machine}: save {thing.name}")
            target = self.lab.machine(thing.machine).home / thing.name
            target.write_text(self.paste(thing.text, thing.line))
        elif isinstance(thing, Act):
            self.act(thing)
        else:
            self.step(thing)

    def act(self, act):
        self.say(f"{act.what} {' '.join(act.words)}")
        if act.what == "cable" and len(act.words) == 2 and act.words[1] in ("in", "out"):
            self.lab.machine(act.words[0]).cable(act.words[1] == "in")
        elif act.what == "Ctrl-C" and len(act.words) == 1:
            for window in self.lab.machine(act.words[0]).windows:
                code = window.interrupt()
                if code != 0:
                    raise Wrong(act.line, f"ended with code {code} after Ctrl-C instead of 0", got=window.text().splitlines())
            self.lab.machine(act.words[0]).windows.clear()
        elif act.what == "after" and len(act.words) == 1 and re.fullmatch(r"[a-z-]+\.md", act.words[0]):
            before = Reader(self.lab, lambda _: None, False, self.seconds)
            for thing in read((MANUAL / act.words[0]).read_text()):
                try:
                    before.follow(thing)
                except Wrong as wrong:
                    wrong.problem = f"{act.words[0]}:{wrong.line}: {wrong.problem}"
                    wrong.line = act.line
                    raise
            self.copied.update(before.copied)
        elif act.what == "stick" and len(act.words) == 5 and (act.words[1], act.words[3]) == ("from", "to"):
            name = act.words[0]
            source = self.lab.machine(act.words[2]).home / name
            (self.lab.machine(act.words[4]).home / name).write_bytes(source.read_bytes())
        else:
            raise Trouble(f"line {act.line}: the runner does not understand “{act.what} {' '.join(act.words)}”")

    def step(self, step):
        machine = self.lab.machine(step.machine)
        command = self.paste(step.command, step.line)
        expected = [self.paste(line, step.line) for line in step.expected]
        self.say(f"{step.machine}$ {step.command.splitlines()[0]}")
        if step.window:
            got = self.window(step, machine, command, expected)
        elif step.terminal:
            got = self.terminal(step, machine, command, expected)
        else:
            got = self.plain(step, machine, command, expected)
        for line in trimmed(got) if self.show else []:
            self.say(f"    | {line}")
        for name, how, text in step.captures:
            found = capture(how, text, got)
            if found is None:
                raise Wrong(step.line, f"there is no {how} “{text}” to capture as {name}", got=got)
            self.copied[name] = found

    def plain(self, step, machine, command, expected):
        deadline = time.monotonic() + step.wait
        while True:
            code, out = machine.run(command, self.seconds)
            got = out.split("\n")
            good = code == step.exit and matches(expected, got)
            if good:
                return got
            if time.monotonic() >= deadline:
                break
            time.sleep(LOOK_AGAIN)
        waited = f", also not after {step.wait} s" if step.wait else ""
        if code != step.exit:
            raise Wrong(step.line, f"ended with code {code} instead of {step.exit}{waited}", expected, got)
        raise Wrong(step.line, f"shows something else{waited}", expected, got)

    def window(self, step, machine, command, expected):
        window = machine.open_window(command)
        deadline = time.monotonic() + WINDOW_SECONDS
        while True:
            running = window.process.poll() is None
            got = window.text().split("\n")
            if running and matches(expected, got, whole=False):
                return got
            if not running:
                raise Wrong(step.line, f"ended by itself with code {window.process.returncode}", expected, got)
            if time.monotonic() >= deadline:
                raise Wrong(step.line, f"does not show this within {WINDOW_SECONDS} s", expected, got)
            time.sleep(LOOK_AGAIN)

    def terminal(self, step, machine, command, expected):
        answers, seen = typing(expected)

        def asked(prompt):
            last = re.compile(f"(?s).*(^|\n){'.*'.join(re.escape(p) for p in prompt.split('[..]'))}$")
            return lambda screen: last.fullmatch(screen) is not None

        code, screen = machine.type(command, [(asked(p), a) for p, a in answers], self.seconds)
        got = screen.split("\n")
        if code != step.exit:
            raise Wrong(step.line, f"ended with code {code} instead of {step.exit}", seen, got)
        if not matches(seen, got):
            raise Wrong(step.line, "shows something else", seen, got)
        return got


def follow_page(text, program, say, show=False, seconds=COMMAND_SECONDS):
    """Follows a page on new machines; with `show`, tells all that is seen. Gives how many steps passed, and what went wrong, if anything did."""
    passed = 0
    try:
        things = read(text)
        with Lab(program) as lab:
            reader = Reader(lab, say, show, seconds)
            try:
                for thing in things:
                    reader.follow(thing)
                    passed += not isinstance(thing, (File, Act))
            except Trouble as trouble:
                raise Wrong(getattr(thing, "line", 0), str(trouble)) from None
            finally:
                if sys.exc_info()[0] is not None:
                    for machine in lab.machines.values():
                        for window in machine.windows:
                            say(f"{machine.name}, window, last lines:")
                            for line in window.text().splitlines()[-15:]:
                                say(f"    | {line}")
    except (Wrong, Trouble) as wrong:
        return passed, wrong
    return passed, None


def run_page(path, program, show):
    """Follows one page of the manual and tells about it: passed and failed."""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    print(f"\n{shown}", flush=True)
    begun = time.monotonic()
    passed, wrong = follow_page(path.read_text(), program, lambda text: print(f"  {text}", flush=True), show)
    if wrong is None:
        if passed == 0:
            wrong = Trouble("there is no step on this page")
        else:
            print(f"  {passed} steps, {time.monotonic() - begun:.0f} s", flush=True)
            return passed, 0
    text = wrong.text() if isinstance(wrong, Wrong) else str(wrong)
    line = f":{wrong.line}" if isinstance(wrong, Wrong) else ""
    print(f"FAILED {shown}{line}: {text}", flush=True)
    return passed, 1


def main(arguments):
    # Ends by the ordinary way, so that namespaces are cleaned up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    program = os.environ["INDABA_BIN"]
    passed = failed = 0
    show = "--show" in arguments
    arguments = [a for a in arguments if a != "--show"]
    if arguments:
        pages = [pathlib.Path(a).resolve() for a in arguments]
    else:
        pages = [*sorted(MANUAL.glob("*.md")), MANUAL.parent / "operating.md"]
        for name, tests in (("the runner itself", selftest.tests(follow_page)), ("quiet follow", quiet.tests(program))):
            print(f"\n{name}", flush=True)
            for title, test in tests:
                try:
                    test()
                except (AssertionError, Trouble, subprocess.SubprocessError) as error:
                    failed += 1
                    print(f"FAILED {title}: {error}", flush=True)
                else:
                    passed += 1
                    print(f"  {title}", flush=True)
        pages = [p for p in pages if "```console" in p.read_text()]
        if not pages:
            print("FAILED there is no page with a console block")
            failed += 1
    for page in pages:
        good, bad = run_page(page, program, show)
        passed, failed = passed + good, failed + bad
    print(f"\n{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
