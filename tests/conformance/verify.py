"""Checks every vector file of section 14, and the rules written as text, against this reading of docs/protocol.md.

    python tests/conformance/verify.py [VECTORS]

Exit 1 when a case disagrees, when a listed file is missing, unreadable or empty, when the folder holds a file nobody reads,
or when a reader that is wrong on purpose is not noticed.
"""

import json
import sys
from pathlib import Path

import content
import controls
import keys
import reconciliation
import selftest
import strict_cbor
import textforms
import trust_format
import trust_text
import verdict_format
from chain import Chain
from fields import Invalid, Unsupported
from statements import read, read_item

FOREIGN = "py-"  # vectors made by make_vectors.py, beside those of the Rust implementation


def cbor(case):
    try:
        strict_cbor.decode(bytes.fromhex(case["bytes"]))
    except strict_cbor.NotCanonical:
        return "not-canonical", case["expect"]
    return "accept", case["expect"]


def key(case):
    return "accept" if keys.key_is_good(bytes.fromhex(case["key"])) else "key", case["expect"]


def _outcome(reader, data, net):
    try:
        return reader(bytes.fromhex(data), strict_cbor.net_id(net)), "accept"
    except Unsupported:
        return None, "unsupported"
    except Invalid as why:
        return None, f"invalid {why.code}"


def _expected(case):
    return f"invalid {case['code']}" if case["expect"] == "invalid" else case["expect"]


def statement(case):
    found, got = _outcome(read, case["bytes"], case["net"])
    expected = _expected(case)
    for name, value in (("type", found and found.type), ("id", found and found.id.hex())):
        if found and name in case:
            got, expected = f"{got} {value}", f"{expected} {case[name]}"
    return got, expected


def part(case):
    return _outcome(read_item, case["item"], case["net"])[1], _expected(case)


def chain(case):
    inception, *states = verdict_format.read_all(case)
    if inception.type != "inception":
        return f"begins with {inception.type}", "an inception"
    institution = Chain(inception)
    return ["accepted"] + [institution.offer(state) for state in states], case["expect"]


def content_case(case):
    expected = f"{case['expect']} {case.get('field', '')}".strip()
    try:
        card, body = (strict_cbor.decode(bytes.fromhex(case[name])) for name in ("card", "body"))
    except strict_cbor.NotCanonical as why:
        return f"malformed ({why})", expected
    at_fault = content.fault(case["kind"], card, body)
    if at_fault is None:
        return "accept", expected
    return f"malformed {at_fault}" if "field" in case else "malformed", expected


def text_form(case):
    to_text, from_text = {
        "id": (textforms.id_text, textforms.id_from_text),
        "fingerprint": (textforms.fingerprint, textforms.id_from_fingerprint),
        "invitation": (textforms.invitation, textforms.invitation_from_text),
    }[case["form"]]
    try:
        found = from_text(case["text"])
    except (ValueError, strict_cbor.NotCanonical):
        return "refused", case["expect"]
    if case["expect"] == "accept":
        data = bytes.fromhex(case["bytes"])
        known = data[:16] if case["form"] == "fingerprint" else data
        return [to_text(data), found.hex()], [case["text"], known.hex()]
    return f"accept {found.hex()}", case["expect"]


FILES = {
    "cbor.json": cbor,
    "keys.json": key,
    "statements.json": statement,
    "parts.json": part,
    "chains.json": chain,
    "verdicts.json": verdict_format.answer,
    "content.json": content_case,
    "text-forms.json": text_form,
    "trust.json": trust_format.answer,
    "reconciliation.json": reconciliation.answer,
}


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def say(self, name, got, expected):
        if got == expected:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {name}\n  expected {expected}\n  got      {got}")


def check_file(path: Path, check, report: Report) -> None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        cases = document["cases"]
        if document["format"] != 1 or type(document["rules"]) is not str or not cases:
            raise ValueError("no cases, or not format 1")
    except (OSError, ValueError, KeyError, TypeError) as why:
        report.say(path.name, f"unreadable: {why}", "a file of vectors")
        return
    for case in cases:
        name = f"{path.name}: {case.get('name')}"
        try:
            got, expected = check(case)
        except Exception as why:  # a case this program cannot even read is a failing case, and the others still run
            got, expected = f"{type(why).__name__}: {why}", case.get("expect", case.get("verdicts", case.get("standing")))
        report.say(name, got, expected)


def check_folder(folder: Path, report: Report) -> None:
    known = set()
    for name, check in FILES.items():
        known |= {name, FOREIGN + name}
        check_file(folder / name, check, report)
        if (folder / (FOREIGN + name)).exists():
            check_file(folder / (FOREIGN + name), check, report)
    for path in sorted(folder.iterdir() if folder.is_dir() else []):
        if path.name not in known:
            report.say(path.name, "a file nobody reads", "only the files of section 14")


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "vectors"
    report = Report()
    selftest.run(report, FILES)
    check_folder(folder, report)
    texts = Path(__file__).resolve().parent.parent / "cases" / "trust"
    trust_text.check_folder(texts, report)
    controls.run(folder, texts, report)
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
