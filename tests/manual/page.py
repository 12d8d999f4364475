"""A page of the manual, read: which commands on which machine, and what is to be seen.

A step is a fenced block marked `console`. A line `machine-a$ COMMAND` is typed on that machine (a backslash at its end
continues it); the lines up to the next such line are what is then to be seen. In those,

    ...     alone on a line stands for any lines, also none
    [..]    within a line stands for any text, also none

and everything else must be there to the letter, but for blanks at the end of a line. What a command printed and the next one
needs is written as a name with a dollar sign, as in `indaba show $ID`; where it comes from is said in a comment before
the block. Comments are not shown by what displays Markdown. They speak about the next block:

    <!-- capture NAME: line starting with TEXT -->   the whole line (the last such)
    <!-- capture NAME: word after TEXT -->           what follows TEXT up to the next blank (the last such)
    <!-- capture NAME: word starting with TEXT -->   the whole word (the last such)
    <!-- capture NAME: rest after TEXT -->           what follows TEXT in a line that begins with it, but for blanks (the last such)
    <!-- wait 30 s -->          the command is repeated until it shows what it should, so long at most
    <!-- exit 5 -->             the command ends with this code instead of 0
    <!-- window -->             the command goes on running in a window of its own
    <!-- terminal -->           somebody sits at the terminal. What is typed there stands at the end of a line, after a colon or
                                a bracket and a blank, and ends in ⏎; `(not shown: TEXT)⏎` is typed and not to be seen
    <!-- file machine-a NAME -->  the block, whatever it is marked, is saved on that machine under this name

or stand alone:

    <!-- cable machine-a out -->     its network cable is pulled; `in` plugs it in again
    <!-- Ctrl-C machine-a -->        ends what runs in the windows of that machine
    <!-- stick NAME from machine-a to machine-b -->   a file is carried over
    <!-- after PAGE.md -->              first, the whole of that page is done on the same machines
"""

import dataclasses
import re

from machines import Trouble

COMMENT = re.compile(r"^<!--\s*(.*?)\s*-->$")
PROMPT = re.compile(r"^(machine-[a-z])\$ (.*)$")
WORDS = re.compile(r"^(capture|wait|exit|window|terminal|file|cable|Ctrl-C|stick|after)\b")


@dataclasses.dataclass
class Step:
    line: int
    machine: str
    command: str
    expected: list
    captures: list = dataclasses.field(default_factory=list)
    wait: int = 0
    exit: int = 0
    window: bool = False
    terminal: bool = False


@dataclasses.dataclass
class File:
    line: int
    machine: str
    name: str
    text: str


@dataclasses.dataclass
class Act:
    line: int
    what: str
    words: list


def read(text):
    """The steps, files and acts of a page, in order."""
    out, comments, lines = [], [], text.split("\n")
    place = 0
    while place < len(lines):
        line, number = lines[place], place + 1
        place += 1
        if comment := COMMENT.match(line):
            if not WORDS.match(comment[1]):
                continue  # A comment for people.
            if comment[1].startswith(("cable ", "Ctrl-C ", "stick ", "after ")):
                words = comment[1].split()
                out.append(Act(number, words[0], words[1:]))
            else:
                comments.append((number, comment[1]))
        elif line.startswith("```"):
            end = next((i for i in range(place, len(lines)) if lines[i].rstrip() == "```"), None)
            if end is None:
                raise Trouble(f"line {number}: the block is not closed")
            block, kind, place = lines[place:end], line[3:].strip(), end + 1
            saved = [c for c in comments if c[1].startswith("file ")]
            if saved:
                words = saved[0][1].split()
                if len(words) != 3 or len(comments) > 1:
                    raise Trouble(f"line {saved[0][0]}: write <!-- file machine-a NAME -->, and nothing else before the block")
                out.append(File(number, words[1], words[2], "\n".join(block) + "\n"))
            elif kind == "console":
                out.extend(console(block, number, comments))
            elif comments:
                raise Trouble(f"line {comments[0][0]}: a comment for the runner stands before a block that is not marked console")
            comments = []
        elif line.strip() and comments:
            raise Trouble(f"line {comments[0][0]}: a comment for the runner must stand right before its block")
    if comments:
        raise Trouble(f"line {comments[0][0]}: a comment for the runner without a block")
    return out


def console(block, number, comments):
    steps, at = [], 0
    while at < len(block):
        prompt = PROMPT.match(block[at])
        if prompt:
            step = Step(number + at + 1, prompt[1], prompt[2], [])
            while step.command.endswith("\\") and at + 1 < len(block):
                at += 1
                step.command += "\n" + block[at]
            steps.append(step)
        elif steps:
            steps[-1].expected.append(block[at])
        else:
            raise Trouble(f"line {number + at + 1}: a console block begins with a line such as `machine-a$ indaba status`")
        at += 1
    for line, comment in comments:
        apply(steps, line, comment)
    return steps


def apply(steps, line, comment):
    if len(steps) != 1:
        raise Trouble(f"line {line}: the block after this comment must hold one command, it holds {len(steps)}")
    step = steps[0]
    if found := re.fullmatch(r"capture ([A-Z][A-Z0-9_]*): (line starting with|word starting with|word after|rest after) (.+)", comment):
        step.captures.append((found[1], found[2], found[3]))
    elif found := re.fullmatch(r"wait (\d+) s", comment):
        step.wait = int(found[1])
    elif found := re.fullmatch(r"exit (\d+)", comment):
        step.exit = int(found[1])
    elif comment in ("window", "terminal"):
        setattr(step, comment, True)
    else:
        raise Trouble(f"line {line}: the runner does not understand “{comment}”; tests/manual/page.py lists what it does")


def pattern(line):
    """One expected line as a pattern."""
    return ".*".join(re.escape(part) for part in line.rstrip().split("[..]"))


def matches(expected, got, whole=True):
    """Whether what is to be seen is what is seen. With `whole` off, lines may follow."""
    want = [None if line.strip() == "..." else re.compile(pattern(line)) for line in trimmed(expected)]
    have = [line.rstrip() for line in trimmed(got)]
    # reach: how many lines of `have` the expected lines so far can stand for.
    reach = {0}
    for line in want:
        if line is None:
            reach = set(range(min(reach), len(have) + 1)) if reach else set()
        else:
            reach = {i + 1 for i in reach if i < len(have) and line.fullmatch(have[i])}
        if not reach:
            return False
    return len(have) in reach or not whole


def trimmed(lines):
    """Without empty lines at the end."""
    last = len(lines)
    while last > 0 and not lines[last - 1].strip():
        last -= 1
    return lines[:last]


HIDDEN = re.compile(r"^(.*(?:: |[\])] ))\(not shown: (.*)\)⏎$")
TYPED = re.compile(r"^(.*(?:: |\] ))(.*)⏎$")


def typing(expected):
    """What is typed on a terminal, as pairs of prompt and answer; and what is to be seen afterwards."""
    answers, seen = [], []
    for line in expected:
        if hidden := HIDDEN.match(line):
            answers.append((hidden[1], hidden[2]))
            seen.append(hidden[1])
        elif typed := TYPED.match(line):
            answers.append((typed[1], typed[2].strip()))
            seen.append(typed[1] + typed[2].strip())
        else:
            seen.append(line)
    return answers, seen


def capture(how, text, got):
    """What a capture takes from the lines seen; None when there is nothing."""
    for line in map(str.strip, reversed(got)):
        if how == "line starting with" and line.startswith(text):
            return line
        if how == "rest after" and line.startswith(text):
            return line[len(text) :].strip()
        if how == "word starting with":
            words = [word for word in line.split() if word.startswith(text)]
        else:
            words = line.split(text, 1)[1].split() if how == "word after" and text in line else []
        if words:
            return words[0]
    return None
