"""Readers that are wrong on purpose. Each must disagree with a vector of either maker, or else the vectors prove nothing about its fault.

A control is the name of the fault, and a reading of one case that has it; it is played on the cases whose names begin as given.
"""

import json
import re
from functools import partial
from pathlib import Path

import effect
import relay
import trust_format
import trust_text
import verdict_format
from relay import Facts
from trust import Trust
from verdict import World
from words import MOST, Archive

# --- verdicts ---


class KeepsNoVoidRecord(World):
    """What a cut voids is thrown away: no lane leads through it."""

    def __init__(self, *all_):
        super().__init__(*all_)
        self.records = {id_: r for id_, r in self.records.items() if self.verdict(r) != "VOID:cut"}


class HoldsTwoAtAPosition(World):
    """The first two that came."""

    def __init__(self, *all_):
        super().__init__(*all_)
        places = {}
        for record in list(self.records.values()):
            place = (record.map["key"], record.map["lanes"][0][0], record.map["lanes"][0][1])
            places[place] = places.get(place, 0) + 1
            if places[place] > 2:
                del self.records[record.id]


class LetsEverybodyPass(World):
    """Heads and alarms of whoever signed them."""

    def passes(self, statement):
        return True


class LeadsNowhere(World):
    def leads_through(self, record):
        return "no"


class TakesOpenForLed(World):
    def leads_through(self, record):
        return super().leads_through(record).replace("open", "yes")


class TakesOpenForNotLed(World):
    def leads_through(self, record):
        return super().leads_through(record).replace("open", "no")


class LedByTheNewestCutOnly(World):
    def leads_through(self, record):
        every, self._cuts = self._cuts, lambda r: World._cuts(self, r)[-1:]
        try:
            return super().leads_through(record)
        finally:
            self._cuts = every


class LedByAnyFeed(World):
    """Feeds that are not followed as well."""

    def leads_through(self, record):
        followed, self.followed = self.followed, self.followed | {lane[0] for lane in record.map["lanes"]}
        try:
            return super().leads_through(record)
        finally:
            self.followed = followed


class LedByPosition(World):
    """Whatever stands no later than the entry of a list, without following the lane."""

    def leads_through(self, record):
        followed, self.followed = self.followed, set()
        try:
            return "yes" if any(self._cut(record.map["inst"], cut, record) == "good" for cut in self._cuts(record)) else "no"
        finally:
            self.followed = followed


# --- acceptance of single records ---


class JudgesChartersByTheirSigner(World):
    def accepts_record(self, record):
        return record.map["inst"] in self.accepted and record.id not in self.aside


class AcceptsTheSignersOfCharters(World):
    """All they say."""

    def accepts_record(self, record):
        return record.id not in self.aside and (record.map["inst"] in self.accepted or self._signed_one(record))

    def _signed_one(self, record):
        return any(charter.map["inst"] == record.map["inst"] for charter in self.accepted_charters())


class AcceptsCharterAlone(World):
    """And no word about it."""

    @staticmethod
    def _is_or_speaks_of(record, charter):
        return record.id == charter.id


class AcceptsAnybodysWordAboutIt(World):
    @staticmethod
    def _is_or_speaks_of(record, charter):
        return record.id == charter.id or charter.id in [target for _, target in record.map["links"]]


class AcceptsEveryWordOfItsSigner(World):
    """By any relation."""

    @staticmethod
    def _is_or_speaks_of(record, charter):
        return record.id == charter.id or (record.map["inst"] == charter.map["inst"] and charter.id in [target for _, target in record.map["links"]])


class AcceptsAnyKindAsCharter(World):
    def accepted_charters(self):
        return [self.records[id_] for id_ in self.charters if id_ in self.records]


class KnowsWhoIsHeardOnly(World):
    def knows_chain_of(self, institution):
        return institution in self.accepted | self.heard


class KeepsNothingAside(World):
    """What is not accepted is not held: it contests nothing, and no lane goes over it."""

    def __init__(self, *all_):
        super().__init__(*all_)
        self.records = {id_: r for id_, r in self.records.items() if id_ not in self.aside}
        for held in self.at.values():
            held -= self.aside


class AcceptsInEveryMatter(World):
    """Whoever is accepted in some."""

    def __init__(self, *all_):
        super().__init__(*all_)
        self.aside = set()


# --- heads and alarms ---


class LargestAlarm(Facts):
    def _keep_alarm(self, alarm):
        place = (alarm.map["inst"], alarm.map["key"], alarm.map["against"])
        self.alarms[place] = max(self.alarms.get(place, alarm), alarm, key=lambda one: one.id)


class FirstAlarm(Facts):
    def _keep_alarm(self, alarm):
        self.alarms.setdefault((alarm.map["inst"], alarm.map["key"], alarm.map["against"]), alarm)


class EveryAlarm(Facts):
    def _keep_alarm(self, alarm):
        self.alarms[alarm.id] = alarm


class OneAlarmAboutAKey(Facts):
    """Whoever signed it."""

    def _keep_alarm(self, alarm):
        place = (alarm.map["inst"], alarm.map["against"])
        self.alarms[place] = min(self.alarms.get(place, alarm), alarm, key=lambda one: one.id)


class AlarmsOfAnybody(Facts):
    """The smallest id of all, those included that steps 1 and 2 do not let pass."""

    def __init__(self, world, statements):
        super().__init__(world, statements)
        for s in statements:
            if s.type == "alarm":
                self._keep_alarm(s)


class AlarmsOfAnyVerdict(Facts):
    def _disputes(self, alarm, record):
        verdict, self.world.verdict = self.world.verdict, lambda _: "VALID"
        try:
            return super()._disputes(alarm, record)
        finally:
            self.world.verdict = verdict


class AlarmsOutliveCuts(Facts):
    def _disputes(self, alarm, record):
        is_cut, self.world.is_cut = self.world.is_cut, lambda *_: False
        try:
            return super()._disputes(alarm, record)
        finally:
            self.world.is_cut = is_cut


class AlarmsDisputeEverything(Facts):
    def _disputes(self, alarm, record):
        return record.map["key"] == alarm.map["against"]


class FirstHead(Facts):
    def _keep_head(self, head):
        self.heads.setdefault((head.map["inst"], head.map["key"]), head)


# --- relay ---


def relays(**rows):
    """The table with other rows."""

    def is_relayed(world, statement, feed):
        row = rows.get(statement.type.replace("-", "_"))
        if row is None:
            return relay.is_relayed(world, statement, feed)
        on_its_feed = statement.type != "record" and feed == "registry" or any(x[0] == feed for x in statement.map.get("lanes", []))
        return on_its_feed and row(world, statement)

    return is_relayed


def anywhere(world, statement, _feed):
    feed = statement.map["lanes"][0][0] if statement.type == "record" else "registry"
    return relay.is_relayed(world, statement, feed)


def accepted_only(row):
    return lambda world, statement: row(world, statement) and world.accepted != set()


# --- effects ---


def of_any_scope(world, by, target):
    """The scope of the key that withdraws is not looked at."""
    link = [effect.LINK.get(by.map["kind"]), target.id]
    return link in by.map["links"] and by.map["inst"] == target.map["inst"] and effect.feeds(target) <= effect.feeds(by)


def of_one_feed(world, by, target):
    """One feed in common is enough."""
    link = [effect.LINK.get(by.map["kind"]), target.id]
    return link in by.map["links"] and by.map["inst"] == target.map["inst"] and bool(effect.feeds(target) & effect.feeds(by))


def by_the_same_key(world, by, target):
    return effect.takes_effect(world, by, target) and by.map["key"] == target.map["key"]


def by_anybody(world, by, target):
    return [effect.LINK.get(by.map["kind"]), target.id] in by.map["links"]


def by_any_relation(world, by, target):
    return effect.takes_effect(world, by, target) or any(named == target.id for _, named in by.map["links"])


VERDICTS = {
    "lets keys withdraw what they may not sign": {"effect_of": of_any_scope},
    "withdraws by one feed of two": {"effect_of": of_one_feed},
    "withdraws by the same key only": {"effect_of": by_the_same_key},
    "lets anybody withdraw": {"effect_of": by_anybody},
    "withdraws by any relation": {"effect_of": by_any_relation},
    "keeps no record that a cut voids": {"world_of": KeepsNoVoidRecord},
    "holds two records at a position": {"world_of": HoldsTwoAtAPosition},
    "lets every alarm and head pass": {"world_of": LetsEverybodyPass},
    "knows no record that a lane leads through": {"world_of": LeadsNowhere},
    "takes what is open for led": {"world_of": TakesOpenForLed},
    "takes what is open for not led": {"world_of": TakesOpenForNotLed},
    "is led by the newest cut only": {"world_of": LedByTheNewestCutOnly},
    "is led by feeds that are not followed": {"world_of": LedByAnyFeed},
    "is led by positions": {"world_of": LedByPosition},
    "judges charters by their signer": {"world_of": JudgesChartersByTheirSigner},
    "accepts all that the signer of an accepted charter says": {"world_of": AcceptsTheSignersOfCharters},
    "accepts a charter and no word about it": {"world_of": AcceptsCharterAlone},
    "accepts anybody's word about a charter": {"world_of": AcceptsAnybodysWordAboutIt},
    "accepts every word of its signer about a charter": {"world_of": AcceptsEveryWordOfItsSigner},
    "accepts any record as a charter": {"world_of": AcceptsAnyKindAsCharter},
    "relays states and lists of who is heard only": {"world_of": KnowsWhoIsHeardOnly},
    "holds nothing that is kept aside": {"world_of": KeepsNothingAside},
    "accepts in every matter who is accepted in some": {"world_of": AcceptsInEveryMatter},
    "keeps the alarm with the largest id": {"facts_of": LargestAlarm},
    "keeps the alarm that came first": {"facts_of": FirstAlarm},
    "keeps every alarm": {"facts_of": EveryAlarm},
    "keeps one alarm about a key": {"facts_of": OneAlarmAboutAKey},
    "keeps alarms that may not be signed": {"facts_of": AlarmsOfAnybody},
    "heeds alarms of any verdict": {"facts_of": AlarmsOfAnyVerdict},
    "heeds alarms about a key that is cut": {"facts_of": AlarmsOutliveCuts},
    "disputes what an alarm calls good": {"facts_of": AlarmsDisputeEverything},
    "keeps the head that came first": {"facts_of": FirstHead},
    "relays on any topic": {"relayed_by": anywhere},
    "relays no void record": {"relayed_by": relays(record=lambda w, s: w.verdict(s) in ("VALID", "ADOPTED", "CONTESTED"))},
    "relays every record that a cut voids": {"relayed_by": relays(record=lambda w, s: relay._record(w, s) or w.verdict(s) == "VOID:cut")},
    "relays void records of anybody": {"relayed_by": relays(record=lambda w, s: relay._record(w, s) or w.leads_through(s) == "yes")},
    "relays no contested record": {"relayed_by": relays(record=lambda w, s: relay._record(w, s) and w.verdict(s) != "CONTESTED")},
    "relays no adopted record": {"relayed_by": relays(record=lambda w, s: relay._record(w, s) and w.verdict(s) != "ADOPTED")},
    "relays every state": {"relayed_by": relays(state=lambda *_: True)},
    "relays every rival": {"relayed_by": relays(state=lambda w, s: s.map["version"] <= len(w.chains[s.map["inst"]].pinned))},
    "relays no rival": {"relayed_by": relays(state=lambda w, s: relay._state(w, s) and w.chains[s.map["inst"]].find(s.id) is not None)},
    "relays facts of the accepted only": {"relayed_by": relays(**{name.replace("-", "_"): accepted_only(row) for name, row in relay.ROWS.items()})},
    "relays every cut list": {"relayed_by": relays(cut_list=lambda *_: True)},
    "relays every proof": {"relayed_by": relays(equivocation=lambda *_: True)},
    "relays what travels by the air gap": {"relayed_by": relays(manifest=relay._signed, custody=relay._signed, receipt=relay._signed)},
}

# --- section 15.1, rule 5 ---


class OneTooFew(Archive):
    def _looked_at(self, ids):
        return set(sorted(ids)[: MOST - 1])


class OneTooMany(Archive):
    def _looked_at(self, ids):
        return set(sorted(ids)[: MOST + 1])


class LargestIds(Archive):
    def _looked_at(self, ids):
        return set(sorted(ids)[-MOST:])


class FirstThatCame(Archive):
    def _looked_at(self, ids):
        return set(ids[:MOST])


class AnyKind(Archive):
    """Every record in registry is among the 4,096."""

    def _is_of_interest(self, record):
        return any(lane[0] == "registry" for lane in record.map["lanes"])


class VouchesOnly(Archive):
    def _is_of_interest(self, record):
        return super()._is_of_interest(record) and record.map["kind"] == "vouch"


class GoodOnly(Archive):
    """What a cut voids is not among them."""

    def _is_of_interest(self, record):
        return super()._is_of_interest(record) and self.verdicts[record.id] == "VALID"


class AnyFeed(Archive):
    def _is_of_interest(self, record):
        return record.map["kind"] == "vouch"


WORDS = {
    "looks at 4,095 words": OneTooFew,
    "looks at 4,097 words": OneTooMany,
    "looks at the largest ids": LargestIds,
    "looks at what came first": FirstThatCame,
    "counts every kind": AnyKind,
    "counts vouches only": VouchesOnly,
    "counts only what is good": GoodOnly,
    "counts every feed": AnyFeed,
}


def _cases(folder: Path, *names) -> list:
    return [case for name in names for case in json.loads((folder / name).read_text(encoding="utf-8"))["cases"]]


def _is_caught(read, cases) -> bool:
    return any(got != expected for got, expected in map(read, cases))


def run(folder: Path, texts: Path, report) -> None:
    """Every faulty reader, on the vectors of `folder` and on the cases of `texts`."""
    verdicts = _cases(folder, "verdicts.json", "py-verdicts.json")
    for name, fault in VERDICTS.items():
        caught = _is_caught(partial(verdict_format.answer, **fault), verdicts)
        report.say(f"control: a reader that {name}", caught, True)
    many = [case for case in _cases(folder, "py-trust.json") if "many" in case]
    for name, kind in WORDS.items():
        caught = _is_caught(partial(trust_format.answer, kind=kind), many)
        report.say(f"control: a reader that {name}", caught, True)
    for name in trust_text.FILES:
        for title, given, asked in trust_text.cases((texts / name).read_text(encoding="utf-8")):
            believed = [changed for changed in _turned(asked) if not _faults(given, changed)]
            report.say(f"control: {name}: {title}, said otherwise", believed, [])
    anybody = lambda trust, s, matter: True
    really, Trust.accepted = Trust.accepted, anybody
    try:
        told = [bool(_faults(given, asked)) for name in trust_text.FILES for _, given, asked in trust_text.cases((texts / name).read_text(encoding="utf-8"))]
    finally:
        Trust.accepted = really
    report.say("control: a reader that accepts everybody", any(told), True)


def _faults(given, asked) -> list:
    try:
        return trust_text.faults(given, asked)
    except (trust_text.Unread, KeyError) as why:
        return [str(why)]


def _turned(asked):
    """Each question turned round, and each number of each reason one greater."""
    for at, (question, reasons) in enumerate(asked):
        turned = question.replace(" is not accepted", " is accepted") if " is not " in question else question.replace(" is accepted", " is not accepted")
        yield [*asked[:at], (turned, reasons), *asked[at + 1 :]]
        for n, reason in enumerate(reasons):
            for number in re.finditer(r"(?<![-\d])\d+(?![-\d])", reason):
                other = f"{reason[: number.start()]}{int(number[0]) + 1}{reason[number.end() :]}"
                yield [*asked[:at], (question, [*reasons[:n], other, *reasons[n + 1 :]]), *asked[at + 1 :]]
