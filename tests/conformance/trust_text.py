"""The rules about trust that are written as text, tests/cases/trust: the language is that of tests/cases/README.md, the answers are section 15's.

The sentences of a reason are taken as claims, and each is held against the definitions: numbers are found by trying every set, not by the matching
that the section mentions. Which sentences are said, and in which words, is not judged here.
"""

import re
from itertools import combinations
from pathlib import Path

from strict_cbor import blake
from trust import ANY, EVERYTHING, Charter, Policy, Trust, Vouch, Words, covers

FILES = ("charters.txt", "impostors.txt", "paths.txt", "scopes.txt", "withdrawals.txt")
DETAILS = r" \((?P<level>[a-z]+)(?:, [^()]*)?\)"


class Unread(Exception):
    """A line that says nothing known."""


def cases(text: str) -> list:
    """(title, the sentences given, [(question, its reasons)]) of each case."""
    found, part = [], None
    for line in text.splitlines():
        line = line.rstrip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("case "):
            found.append((line.removeprefix("case "), [], []))
            part = None
        elif line in ("given", "then"):
            part = line
        elif not found or part is None:
            raise Unread(line)
        elif part == "given":
            found[-1][1].append(line.strip())
        elif line.startswith("    "):
            found[-1][2][-1][1].append(line.strip())
        else:
            found[-1][2].append((line.strip(), []))
    return found


class Situation:
    """What the part `given` of a case says."""

    def __init__(self, given):
        self.policy, self.words, self.charters = Policy(), Words(), {}
        for line in given:
            self._read(line)

    def _read(self, line: str) -> None:
        for pattern, read in SENTENCES:
            match = pattern.fullmatch(line)
            if match:
                read(self, **match.groupdict())
                return
        raise Unread(line)

    def trust(self, vouches=None) -> Trust:
        words = Words(self.words.vouches if vouches is None else vouches, list(self.charters.values()), self.words.cosigns, self.words.state_bodies)
        return Trust(self.policy, words)

    def anchor(self, who, full, scope):
        self.policy.anchors[who] = ("full" if full else "partial", _scope(scope))

    def state_body(self, who, what):
        self.words.state_bodies[who] = what == "a state body"

    def vouch(self, who, whom, introduces, level, scope):
        self.words.vouches.append(Vouch(who, whom, level, bool(introduces), _scope(scope)))

    def withdraw(self, who, whom):
        left = [v for v in self.words.vouches if (v.voucher, v.subject) != (who, whom)]
        if len(left) == len(self.words.vouches):
            raise Unread(f"{who} withdraws nothing")
        self.words.vouches = left

    def refuse(self, who):
        self.policy.refused |= {who}

    def ask_for(self, paths, direct):
        self.policy.threshold, self.policy.direct = int(paths), int(direct)

    def depth(self, depth):
        self.policy.depth = int(depth)

    def level(self, level):
        self.policy.levels |= {level}

    def charter(self, name, place, who, stewards, threshold):
        scope = {"feeds": [f"region:{place.removeprefix('region ')}"]} if place.startswith("region ") else {}
        self.charters[name] = Charter(blake(name.encode()), who, scope, frozenset(stewards.split(", ")), int(threshold))

    def admission(self, name, state, cso):
        c = self.charters[name]
        self.charters[name] = Charter(c.id, c.signer, c.scope, c.stewards, c.threshold, int(state), int(cso))

    def cosign(self, who, name):
        self.words.cosigns.add((who, self.charters[name].id))

    def accept(self, name, scope):
        self.policy.charters[self.charters[name].id] = _scope(scope)


def _scope(text) -> dict:
    feeds, kinds = re.fullmatch(r"(?:, only for feed (.+?))?(?:, only for kind (.+))?", text).groups()
    return {name: said.split(", ") for name, said in (("feeds", feeds), ("kinds", kinds)) if said}


def _pattern(text: str):
    return re.compile(text.replace("WHO", r"(?P<who>.+?)").replace("SCOPE", r"(?P<scope>(?:, only for .+)?)"))


SENTENCES = [
    (_pattern(pattern), read)
    for pattern, read in (
        (r"WHO is an anchor(?P<full>, fully trusted)?SCOPE\.", Situation.anchor),
        (r"WHO is (?P<what>a state body|a civil-society organisation)\.", Situation.state_body),
        (rf"WHO vouches for (?P<whom>.+?)(?P<introduces> and lets it introduce)?{DETAILS}SCOPE\.", Situation.vouch),
        (r"WHO withdraws its vouch for (?P<whom>.+)\.", Situation.withdraw),
        (r"You refuse WHO\.", Situation.refuse),
        (r"You ask for (?P<paths>\d+) paths, (?P<direct>\d+) of them an anchor's own vouch\.", Situation.ask_for),
        (r"A path is at most (?P<depth>\d+) vouches long\.", Situation.depth),
        (r"You count vouches of the level (?P<level>[a-z]+)\.", Situation.level),
        (
            r"The charter (?P<name>\S+) of the (?P<place>(?:region|network) \S+) is signed by WHO; its stewards are (?P<stewards>.+); "
            r"it asks for (?P<threshold>\d+) of them to agree\.",
            Situation.charter,
        ),
        (
            r"The charter (?P<name>\S+) admits a state body with (?P<state>\d+) stewards, a civil-society organisation with (?P<cso>\d+)\.",
            Situation.admission,
        ),
        (r"WHO cosigns the charter (?P<name>\S+)\.", Situation.cosign),
        (r"You accept the charter (?P<name>\S+?)SCOPE\.", Situation.accept),
    )
]

QUESTION = re.compile(r"(?P<who>.+) is (?P<no>not )?accepted(?: for (?:(?P<all>everything)|the kind (?P<kind>\S+) in (?P<feed>\S+)))?\.")


class Claims:
    """The sentences of a reason, about one institution in one matter. Each method says whether its sentence is true."""

    def __init__(self, situation: Situation, s: str, matter):
        self.situation, self.s, self.matter = situation, s, matter
        self.policy, self.trust = situation.policy, situation.trust()
        self.paths = self.trust.paths(s, matter)

    def hold(self, line: str) -> bool:
        for pattern, claim in CLAIMS:
            match = pattern.fullmatch(line)
            if match:
                return claim(self, **match.groupdict())
        raise Unread(line)

    def by_itself(self, who, whom, level, scope):
        """A direct path; or the first half of an introduction, told of the introducer as subject."""
        return whom == self.s and (who,) in self.paths and self._said(who, whom, level)

    def introduced(self, who, via, first, via_again, whom, second, scope):
        spoken = self._said(who, via, first, True) and self._said(via, whom, second)
        return via == via_again and whom == self.s and (who, via) in self.paths and spoken

    def _said(self, who, whom, level, introduces=False) -> bool:
        return any((v.voucher, v.subject, v.level) == (who, whom, level) and v.introduces >= introduces for v in self.trust.speaking(self.matter))

    def paths_found(self, paths, direct, asked, at_least):
        """The largest set of paths that share nobody, with as many direct ones as can be."""
        sets = _disjoint(self.paths)
        most = max(map(len, sets))
        own = max(sum(len(path) == 1 for path in chosen) for chosen in sets if len(chosen) == most)
        policy = (self.policy.threshold, self.policy.direct)
        return (most, own, *policy) == (int(paths), int(direct), int(asked), int(at_least or 0))

    def change_by(self, count, who):
        """So many must withdraw their vouches, and these would do; by the anchors or by one of the charters."""
        named = who.split(" and ")
        return int(count) == len(named) and any(
            not ground(self._without(named)) and all(ground(self._without(some)) for some in combinations(self._vouchers(), len(named) - 1))
            for ground in self._grounds()
        )

    def _vouchers(self) -> list:
        return sorted({v.voucher for v in self.trust.words.vouches})

    def _without(self, those) -> Trust:
        return self.situation.trust([v for v in self.trust.words.vouches if v.voucher not in those])

    def _grounds(self) -> list:
        """The ways in which it is accepted now: by paths, and by each charter alone."""
        charters = [lambda trust, name=name: _only(trust, name).by_charter(self.s, self.matter) for name in self.situation.charters.values()]
        found = [lambda trust: trust.by_paths(self.s, self.matter), *charters]
        return [ground for ground in found if ground(self.trust)]

    def enough_by(self, count, who):
        """So many more vouches, by these, and with fewer nobody could do it."""
        named = who.split(" and ")
        everybody = sorted({*self._vouchers(), *self.policy.anchors, *(v.subject for v in self.trust.words.vouches)})
        possible = [Vouch(a, b, "identity", True) for a in everybody for b in {self.s, *everybody} if a != b]
        return (
            int(count) == len(named)
            and self._accepted_with([Vouch(a, self.s, "identity", False) for a in named])
            and not any(self._accepted_with(some) for some in combinations(possible, len(named) - 1))
        )

    def _accepted_with(self, more) -> bool:
        return self.situation.trust([*self.trust.words.vouches, *more]).accepted(self.s, self.matter)

    def enough_of_stewards(self, count):
        """By one charter, whichever stewards it be that have not vouched yet."""
        def enough(charter, number):
            vouched = {v.voucher for v in self.trust.speaking(self.matter) if v.subject == self.s}
            return any(
                self._accepted_with([Vouch(a, self.s, "identity", False) for a in some])
                for some in combinations(sorted(charter.stewards - vouched - {self.s}), number)
            )

        return any(enough(c, int(count)) and not enough(c, int(count) - 1) for c in self.situation.charters.values())

    def too_few_anchors(self, count, needed):
        heard = self.trust.heard_anchors(self.matter)
        every = [Vouch(a, b, "identity", True) for a in heard for b in {self.s, *self._vouchers()} if a != b]
        return len(heard) == int(count) and self.policy.threshold == int(needed) and not self._accepted_with(every)

    def does_not_count(self, who, whom, introduces, level, scope):
        """It is said, and no path goes over it."""
        said = any((v.voucher, v.subject, v.level) == (who, whom, level) for v in self.trust.words.vouches)
        return said and whom == self.s and not any(path[-1] == who for path in self.paths)

    def full(self, who):
        return (who,) in self.paths and self.policy.anchors[who][0] == "full"

    def is_anchor(self):
        return self.s in self.policy.anchors and self.s not in self.policy.refused

    def refused(self):
        return self.s in self.policy.refused

    def no_anchor(self):
        return not self.trust.heard_anchors(self.matter)

    def steward_vouches(self, who, name, level):
        return who in self.situation.charters[name].stewards and self._said(who, self.s, level)

    def is_steward(self, name):
        charter = self.situation.charters[name]
        return self.s in charter.stewards and self._reaches(charter) and self.trust.in_force(charter)

    def no_reach(self, name):
        return not self._reaches(self.situation.charters[name])

    def _reaches(self, charter) -> bool:
        return charter.id in self.policy.charters and covers(charter.scope, self.matter) and covers(self.policy.charters[charter.id], self.matter)

    def not_in_force(self, name, agreed, asked):
        charter = self.situation.charters[name]
        who = {charter.signer, *(w for w, what in self.trust.words.cosigns if what == charter.id)}
        return not self.trust.in_force(charter) and (len(who & charter.stewards), charter.threshold) == (int(agreed), int(asked))

    def asks_stewards(self, name, needed, what, found):
        charter = self.situation.charters[name]
        vouching = {v.voucher for v in self.trust.speaking(self.matter) if v.subject == self.s} & charter.stewards - {self.s}
        says = self.trust.words.state_bodies.get(self.s)
        number = {True: charter.state, False: charter.cso, None: max(charter.state, charter.cso)}[says]
        word = {True: "a state body", False: "a civil-society organisation", None: "an institution that has not said whether it is a state body"}[says]
        return (number, len(vouching), word) == (int(needed), int(found), what)


def _only(trust: Trust, charter) -> Trust:
    return Trust(trust.policy, Words(trust.words.vouches, [charter], trust.words.cosigns, trust.words.state_bodies))


def _disjoint(paths) -> list:
    """Every set of paths that share no institution."""
    found = [()]
    for path in paths:
        found += [(*chosen, path) for chosen in found if not any(set(path) & set(other) for other in chosen)]
    return found


CLAIMS = [
    (_pattern(pattern), claim)
    for pattern, claim in (
        (
            r"WHO, an anchor, vouches for (?P<via>.+?) and lets it introduce \((?P<first>[a-z]+)[^()]*\); "
            r"(?P<via_again>.+?) vouches for (?P<whom>.+?) \((?P<second>[a-z]+)[^()]*\)SCOPE\.",
            Claims.introduced,
        ),
        (rf"WHO, an anchor, vouches for (?P<whom>.+?){DETAILS}SCOPE\.", Claims.by_itself),
        (
            r"Paths that share no institution: (?P<paths>\d+), (?P<direct>\d+) of them an anchor's own vouch\. "
            r"You ask for (?P<asked>\d+)(?:, at least (?P<at_least>\d+) of them an anchor's own vouch)?\.",
            Claims.paths_found,
        ),
        (r"It would take (?P<count>\d+) institutions? to change this by withdrawing (?:its|their) vouches, such as WHO\.", Claims.change_by),
        (r"(?P<count>\d+) more vouch(?:es)? would be enough, such as by WHO; fewer would not\.", Claims.enough_by),
        (r"(?P<count>\d+) more vouch(?:es)? of its stewards would be enough; fewer would not\.", Claims.enough_of_stewards),
        (
            r"More vouches would not be enough: there (?:is|are) (?P<count>\d+) anchors? here whose word counts in this, and (?P<needed>\d+) must agree\.",
            Claims.too_few_anchors,
        ),
        (rf"Does not count here: WHO vouches for (?P<whom>.+?)(?P<introduces> and lets it introduce)?{DETAILS}SCOPE\.", Claims.does_not_count),
        (r"You trust WHO fully: its own vouch is enough\.", Claims.full),
        (r"It is one of your anchors\.", Claims.is_anchor),
        (r"You refuse it; nothing else counts\.", Claims.refused),
        (r"You have no anchor whose word counts in this\.", Claims.no_anchor),
        (rf"WHO, a steward of the charter (?P<name>\S+), vouches for it{DETAILS}\.", Claims.steward_vouches),
        (r"It is a steward of the charter (?P<name>\S+), which you accept\.", Claims.is_steward),
        (r"The charter (?P<name>\S+) does not reach this\.", Claims.no_reach),
        (r"The charter (?P<name>\S+) is not in force: (?P<agreed>\d+) of its stewards agreed to it, it asks for (?P<asked>\d+)\.", Claims.not_in_force),
        (r"The charter (?P<name>\S+) asks for (?P<needed>\d+) stewards? to vouch for (?P<what>.+); (?P<found>\d+) do(?:es)?\.", Claims.asks_stewards),
    )
]


def faults(given, asked) -> list:
    """What of a case does not hold, as sentences."""
    situation, found = Situation(given), []
    for question, reasons in asked:
        match = QUESTION.fullmatch(question)
        if not match:
            raise Unread(question)
        who, no, everything, kind, feed = match.groups()
        matter = EVERYTHING if everything else (kind, feed) if kind else ANY
        if situation.trust().accepted(who, matter) == bool(no):
            found.append(f"the opposite of: {question}")
        claims = Claims(situation, who, matter)
        found += [f"not true: {reason}" for reason in reasons if not claims.hold(reason)]
        if not reasons:
            found.append(f"no reason: {question}")
    return found or ([] if asked else ["nothing is asked"])


def check_folder(folder: Path, report) -> None:
    """Every case of every file; a file that is not known, or not there, fails."""
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    report.say("tests/cases/trust: the files", there, sorted(FILES))
    for name in FILES:
        try:
            found = cases((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, Unread) as why:
            report.say(name, f"unreadable: {why}", "a file of cases")
            continue
        for title, given, asked in found:
            try:
                got = faults(given, asked)
            except (Unread, KeyError) as why:
                got = f"does not read: {why}"
            report.say(f"{name}: {title}", got, [])
        if not found:
            report.say(name, "no case", "cases")
