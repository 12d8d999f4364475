"""Self-made cases for section 9 (content) and the text forms of section 11."""

from builder import BODY, CARD, NETWORK
from strict_cbor import blake, encode
from textforms import base32, fingerprint, id_text, invitation, luhn

GONE = object()  # as a value: the field is taken away
BASE = {"licence": "CC-BY-4.0", "attribution": "organisation"}
SUMMARY_KINDS = ("practice", "lesson", "exchange")
ID = blake(b"a statement")

# (name, kind, what the card differs in, what the body differs in, the field at fault or None)
TEXT = [
    ("plain", "practice", {}, {}, None),
    ("paragraphs in the summary", "practice", {"summary": "One.\n\nTwo.\n- three"}, {}, None),
    ("isolates in the summary", "practice", {"summary": "\u2067\u0633\u0644\u0645\u2069 peace"}, {}, None),
    ("joiners and marks in a title", "practice", {"title": "\u06a9\u062a\u0627\u0628\u200c\u0647\u0627 \u200e\u200f\u061c\u200d"}, {}, None),
    ("composed", "practice", {"title": "Dialogue appliqu\u00e9"}, {}, None),
    ("title of 500", "practice", {"title": "\U0001d54b" * 500}, {}, None),
    ("not composed", "practice", {"title": "Dialogue applique\u0301"}, {}, "title"),
    ("line break in a title", "practice", {"title": "One\ntwo"}, {}, "title"),
    ("isolate in a title", "practice", {"title": "\u2067x\u2069"}, {}, "title"),
    ("title of 501", "practice", {"title": "t" * 501}, {}, "title"),
    ("title empty", "practice", {"title": ""}, {}, "title"),
    ("title not text", "practice", {"title": 1}, {}, "title"),
    ("title missing", "practice", {"title": GONE}, {}, "title"),
    ("summary missing", "practice", {"summary": GONE}, {}, "summary"),
    ("summary of 1,501", "practice", {"summary": "s" * 1_501}, {}, "summary"),
    ("carriage return", "practice", {"summary": "a\r\nb"}, {}, "summary"),
    ("tab", "practice", {"summary": "a\tb"}, {}, "summary"),
    ("delete", "practice", {"summary": "a\u007fb"}, {}, "summary"),
    ("next line", "practice", {"summary": "a\u0085b"}, {}, "summary"),
    ("override", "practice", {"summary": "a\u202eb"}, {}, "summary"),
    ("line separator", "practice", {"summary": "a\u2028b"}, {}, "summary"),
    ("byte order mark", "practice", {"summary": "\ufeffa"}, {}, "summary"),
    ("tag character", "practice", {"summary": "a\U000e0041"}, {}, "summary"),
    ("nine titles", "practice", {"title_i18n": {f"a{c}": "t" for c in "abcdefghi"}}, {}, "title_i18n"),
    ("title under no language tag", "practice", {"title_i18n": {"f": "t"}}, {}, "title_i18n"),
]

COMMON = [
    ("everything", {
        "countries": ["BFA", "GHA"], "areas": ["Upper East"], "regions": ["ecowas", "au:west"], "themes": ["TRJ", "TRJ.REP"],
        "sdg": ["16.1", "5.a"], "risk": ["RF01"], "level": ["local", "national"], "period": {"from": "2019", "to": "open"},
        "actors": [{"role": "lead", "name": "Wells Council (example)", "country": "GHA"}] * 2,
        "sources": [{"title": "Report", "ref": "page 3", "date": "2020-02", "lang": "en", "sha256": ID}],
        "maturity": "good", "validation": "evaluated", "basis": "first-hand", "embargo": "2024-02-29", "review_by": "2030-01-01",
        "contact": ["https://example.org"], "attachments": [{"hash": ID, "size": 9, "media": "application/pdf", "title": "Map"}],
        "stage": [{"stage": "pilot", "date": "2019"}, {"stage": "funded"}], "resources": {"cost": "small"}, "pillar": [1, 3],
        "phase": ["before"], "i4p": {"x": 1}, "tj": {}, "ext": {"a": "b"}, "unknown": "a\rb",
    }, None),
    ("licence missing", {"licence": GONE}, "licence"),
    ("licence of 65 bytes", {"licence": "L" * 65}, "licence"),
    ("attribution missing", {"attribution": GONE}, "attribution"),
    ("attribution unknown", {"attribution": "me"}, "attribution"),
    ("chatham with actors", {"attribution": "chatham", "actors": []}, "actors"),
    ("one section", {"sections": {"challenge": "x"}}, "sections"),
    ("section with a capital", {"sections": {"Challenge": "x", "solution": "y"}}, "sections"),
    ("section empty", {"sections": {"challenge": "", "solution": "y"}}, "sections"),
    ("section of 8,001", {"sections": {"challenge": "x" * 8_001, "solution": "y"}}, "sections"),
    ("sections missing", {"sections": GONE}, "sections"),
    ("an unlisted section", {"sections": {"challenge": "x", "anything": "y"}}, None),
    ("countries unsorted", {"countries": ["GHA", "BFA"]}, "countries"),
    ("country twice", {"countries": ["GHA", "GHA"]}, "countries"),
    ("country of two letters", {"countries": ["GH"]}, "countries"),
    ("an unknown country", {"countries": ["QQQ"]}, None),
    ("nine areas", {"areas": list("abcdefghi")}, "areas"),
    ("area with a line break", {"areas": ["a\nb"]}, "areas"),
    ("region with a capital", {"regions": ["ECOWAS"]}, "regions"),
    ("theme in small letters", {"themes": ["trj"]}, "themes"),
    ("theme twice", {"themes": ["TRJ", "TRJ"]}, "themes"),
    ("sdg without a target", {"sdg": ["16"]}, "sdg"),
    ("risk of one digit", {"risk": ["RF1"]}, "risk"),
    ("level unknown", {"level": ["village"]}, "level"),
    ("level empty", {"level": []}, "level"),
    ("period that ends on no day", {"period": {"from": "2019", "to": "2021-02-29"}}, "period"),
    ("period from open", {"period": {"from": "open"}}, "period"),
    ("year zero", {"period": {"from": "0000"}}, "period"),
    ("actor without a role", {"actors": [{"name": "x"}]}, "actors"),
    ("actor with an unknown role", {"actors": [{"name": "x", "role": "boss"}]}, "actors"),
    ("21 actors", {"actors": [{"name": "x", "role": "lead"}] * 21}, "actors"),
    ("source without a title", {"sources": [{"ref": "x"}]}, "sources"),
    ("source with a short digest", {"sources": [{"title": "x", "sha256": ID[:31]}]}, "sources"),
    ("maturity unknown", {"maturity": "excellent"}, "maturity"),
    ("validation unknown", {"validation": "trusted"}, "validation"),
    ("basis unknown", {"basis": "hearsay"}, "basis"),
    ("embargo without a day", {"embargo": "2024-02"}, "embargo"),
    ("expires on no day", {"expires": "2023-02-29"}, "expires"),
    ("four contacts", {"contact": list("abcd")}, "contact"),
    ("attachment without a size", {"attachments": [{"hash": ID, "media": "x", "title": "x"}]}, "attachments"),
    ("stage unknown", {"stage": [{"stage": "dream"}]}, "stage"),
    ("resource of 301", {"resources": {"cost": "c" * 301}}, "resources"),
    ("pillar four", {"pillar": [4]}, "pillar"),
    ("pillar twice", {"pillar": [1, 1]}, "pillar"),
    ("phase unknown", {"phase": ["now"]}, "phase"),
    ("ext of more than 4,096 bytes", {"ext": {"x": "y" * 4_096}}, "ext"),
    ("ext not a map", {"ext": []}, "ext"),
]

VOUCH = {"subject": ID, "level": "known", "depth": 1}
REVISED = BODY | {"revised_kind": "practice", "reason": "New figures.\n- one"}
KINDS = [
    ("lesson", BASE | {"sections": BODY["sections"], "product": "aar", "outcome": "mixed", "lesson_stage": "validated"}, None),
    ("lesson", BASE | {"sections": BODY["sections"], "outcome": "good"}, "outcome"),
    ("exchange", BASE | {"modality": ["training"], "parties": {"from": ["A"], "to": ["B", "C"], "supporter": "D"}}, None),
    ("exchange", BASE | {"modality": ["training", "training"]}, "modality"),
    ("exchange", BASE | {"parties": {"from": ["A"]}}, "parties"),
    ("plan", BASE | {"horizon": {"from": "2025", "to": "2027-06"}, "components": [{"component": "Early warning", "text": "a\nb", "practices": [ID]}]}, None),
    ("plan", BASE | {"components": []}, "components"),
    ("plan", BASE | {"components": [{"component": "x"}]}, "components"),
    ("position", BASE | {"situation": "The dry season", "since": "2024-05"}, None),
    ("position", BASE | {"situation": "s" * 301}, "situation"),
    ("request", BASE | {"expires": "2031-01-01", "languages": ["en", "ha"], "cost_sharing": "triangular", "state": "open"}, None),
    ("request", BASE, "expires"),
    ("offer", BASE | {"expires": "2031-01-01", "state": "gone"}, "state"),
    ("offer", BASE | {"expires": "2031-01-01", "languages": ["e"]}, "languages"),
    ("offer", BASE | {"expires": "2031-01-01", "cost_sharing": "nobody"}, "cost_sharing"),
    ("adaptation", BASE | {"changes": [{"field": "solution", "what": "Monthly.\nNot yearly.", "why": "Rains."}]}, None),
    ("adaptation", BASE | {"changes": [{"field": "a\nb", "what": "x", "why": "y"}]}, "changes"),
    ("outcome", BASE | {"continued": False}, None),
    ("outcome", BASE | {"continued": "no"}, "continued"),
    ("translation", BASE | {"translation_status": "courtesy"}, None),
    ("translation", BASE, "translation_status"),
    ("revision", REVISED, None),
    ("revision", REVISED | {"reason": ""}, "reason"),
    ("revision", {k: v for k, v in REVISED.items() if k != "reason"}, "reason"),
    ("revision", {k: v for k, v in REVISED.items() if k != "revised_kind"}, "revised_kind"),
    ("revision", REVISED | {"revised_kind": "withdrawal"}, "revised_kind"),
    ("revision", REVISED | {"revised_kind": "revision"}, "revised_kind"),
    ("revision", REVISED | {"sections": {"challenge": "x"}}, "sections"),
    ("withdrawal", {"reason": "safety", "note": "Two\nlines."}, None),
    ("withdrawal", {"reason": "mood"}, "reason"),
    ("withdrawal", {"reason": "error", "note": "n" * 301}, "note"),
    ("response", {"stance": "endorse", "note": "n" * 2_000, "scope": "translation"}, None),
    ("response", {"note": "x"}, "stance"),
    ("vouch", VOUCH | {"scope": {"regions": ["ecowas"], "kinds": ["lesson"]}, "evidence": ID, "expires": "2031-01-01"}, None),
    ("vouch", VOUCH | {"depth": 2}, "depth"),
    ("vouch", VOUCH | {"subject": "x"}, "subject"),
    ("vouch", {"subject": ID, "depth": 0}, "level"),
    ("charter", BASE | {"region": "West", "stewards": [ID], "threshold": 1, "admission": {"state": 1, "cso": 2}}, None),
    ("charter", BASE | {"stewards": []}, "stewards"),
    ("charter", BASE | {"stewards": [ID, ID]}, "stewards"),
    ("x-experiment", {"licence": 7}, None),
]


def content():
    rows = list(TEXT)
    rows += [(name, "practice", {}, body, field) for name, body, field in COMMON]
    rows = [(name, kind, _changed(CARD, card), _changed(BODY, body), field) for name, kind, card, body, field in rows]
    for n, (kind, body, field) in enumerate(KINDS):
        brief = kind in ("withdrawal", "response", "vouch", "x-experiment")
        card = {} if brief else CARD if kind in (*SUMMARY_KINDS, "revision") else {"title": "A title"}
        rows.append((f"{kind} {n}" + (f": {field}" if field else ""), kind, card, body, field))
    return [
        {"name": name, "kind": kind, "card": encode(card).hex(), "body": encode(body).hex()}
        | ({"expect": "malformed", "field": field} if field else {"expect": "accept"})
        for name, kind, card, body, field in rows
    ]


def _changed(m, changes):
    return {k: v for k, v in (m | changes).items() if v is not GONE}


def text_forms():
    cases = []

    def good(name, form, data, text):
        cases.append({"name": name, "form": form, "expect": "accept", "bytes": data.hex(), "text": text})

    def bad(name, form, text):
        cases.append({"name": name, "form": form, "expect": "refused", "text": text})

    for name, data in (("zeros", bytes(32)), ("ones", b"\xff" * 32), ("a hash", ID)):
        good(f"id: {name}", "id", data, id_text(data))
        good(f"fingerprint: {name}", "fingerprint", data, fingerprint(data))
    text = id_text(ID)
    bad("id: another codec", "id", "b" + base32(bytes.fromhex("01551e20") + ID))
    bad("id: another hash", "id", "b" + base32(bytes.fromhex("01711220") + ID))
    bad("id: one byte short", "id", "b" + base32(bytes.fromhex("01711e20") + ID[:-1]))
    bad("id: another base", "id", "z" + text[1:])
    bad("id: a digit base32 lacks", "id", text[:20] + "1" + text[21:])
    last = "abcdefghijklmnopqrstuvwxyz234567"
    bad("id: loose bits at the end", "id", text[:-1] + last[last.index(text[-1]) + 1])
    bad("id: padded", "id", text + "======")
    print_ = fingerprint(ID)
    bad("fingerprint: wrong check digit", "fingerprint", print_[:-1] + str((int(print_[-1]) + 1) % 10))
    bad("fingerprint: seven groups", "fingerprint", print_[:-6])
    digits = str(2**128)
    digits += str(luhn(digits))
    bad("fingerprint: more than 16 bytes", "fingerprint", " ".join(digits[n : n + 5] for n in range(0, 40, 5)))
    m = {"net": NETWORK, "inst": ID, "name": "Hill Mediators (example)", "peers": []}
    peer = ["12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA", ["/ip4/192.0.2.7/udp/4001/quic-v1"]]
    good("invitation without peers", "invitation", encode(m), invitation(encode(m)))
    m |= {"peers": [peer]}
    good("invitation", "invitation", encode(m), invitation(encode(m)))
    text = invitation(encode(m))
    raw = lambda m: "indaba1" + base32(encode(m) + blake(encode(m))[:4])
    bad("invitation: one letter changed", "invitation", text[:30] + ("a" if text[30] != "a" else "b") + text[31:])
    bad("invitation: prefix", "invitation", "indaba2" + text[7:])
    bad("invitation: nothing after the prefix", "invitation", "indaba1")
    bad("invitation: network missing", "invitation", raw({k: v for k, v in m.items() if k != "net"}))
    bad("invitation: id of 31 bytes", "invitation", raw(m | {"inst": ID[:31]}))
    bad("invitation: nine peers", "invitation", raw(m | {"peers": [[peer[0], []]] * 9}))
    bad("invitation: nine addresses", "invitation", raw(m | {"peers": [[peer[0], peer[1] * 9]]}))
    bad("invitation: more than 2,048 characters", "invitation", raw(m | {"name": "n" * 1_300}))
    bad("invitation: not a map", "invitation", raw([]))
    return cases
