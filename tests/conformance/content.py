"""Section 9: the content of cards and bodies. `fault` names the top-level field at fault, or is None."""

import datetime
import re
import unicodedata

from fields import is_bytes, is_code, is_lang, is_uint
from strict_cbor import encode

ANYWHERE = {0x061C, 0x200E, 0x200F, 0x200D, 0x200C}
ISOLATES = range(0x2066, 0x206A)
REFUSED = {*range(0x202A, 0x202F), 0x2028, 0x2029, 0xFEFF, *range(0xE0000, 0xE0080)}


def is_clean(text: str, running: bool) -> bool:
    if not unicodedata.is_normalized("NFC", text):
        return False
    for character in text:
        point = ord(character)
        if point in ANYWHERE:
            continue
        if character == "\n" or point in ISOLATES:
            if not running:
                return False
        elif point in REFUSED or unicodedata.category(character) == "Cc":
            return False
    return True


# Each maker returns a check: value -> bool.


def line(low=1, high=300):
    return lambda x: type(x) is str and low <= len(x) <= high and is_clean(x, running=False)


def running(low=1, high=300):
    return lambda x: type(x) is str and low <= len(x) <= high and is_clean(x, running=True)


def pattern(expression):
    compiled = re.compile(expression)
    return lambda x: type(x) is str and compiled.fullmatch(x) is not None


def choice(words: str):
    allowed = words.split()
    return lambda x: type(x) is str and x in allowed


def array(check, low=0, high=None, ordered=False):
    def holds(x):
        if type(x) is not list or len(x) < low or (high is not None and len(x) > high):
            return False
        if not all(check(v) for v in x):
            return False
        if any(type(v) is dict for v in x):
            return True  # arrays of maps may repeat
        return len(set(x)) == len(x) and (not ordered or x == sorted(x))

    return holds


def record_of(**checks):
    """A map; a name that ends in `_` (for Python's sake `from_`) loses it; a check wrapped in `maybe` may be absent."""
    plain = {name.rstrip("_"): check for name, check in checks.items()}

    def holds(x):
        if type(x) is not dict:
            return False
        return all(check(x[name]) if name in x else hasattr(check, "optional") for name, check in plain.items())

    return holds


def maybe(check):
    def holds(x):
        return check(x)

    holds.optional = True
    return holds


def day(x) -> bool:
    if type(x) is not str or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", x):
        return False
    try:
        datetime.date.fromisoformat(x)
    except ValueError:
        return False
    return True


def date(x) -> bool:
    if type(x) is not str:
        return False
    if re.fullmatch(r"[0-9]{4}", x):
        return day(x + "-01-01")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}", x):
        return day(x + "-01")
    return day(x)


def identifier(x) -> bool:
    return is_bytes(x, 32)


def uint(low=0, high=2**63 - 1):
    return lambda x: is_uint(x, low, high)


def mapping(x) -> bool:
    return type(x) is dict


def sections(x) -> bool:
    name = pattern(r"[a-z][a-z0-9_]{0,31}")
    return type(x) is dict and all(name(k) and running(1, 8_000)(v) for k, v in x.items())


def title_i18n(x) -> bool:
    return type(x) is dict and 1 <= len(x) <= 8 and all(is_lang(k) and line(1, 500)(v) for k, v in x.items())


CAPITALS = pattern(r"[A-Z]{3}")
REGION = pattern(r"[a-z0-9][a-z0-9:-]{0,31}")

CARD = {"title": line(1, 500), "title_i18n": title_i18n, "summary": running(1, 1_500)}

REGIONS = array(REGION, 0, 16)

COMMON = {
    "licence": pattern(r"[A-Za-z0-9.-]{1,64}"),
    "attribution": choice("organisation group chatham"),
    "sections": sections,
    "countries": array(CAPITALS, 0, 60, ordered=True),
    "areas": array(line(1, 100), 0, 8),
    "regions": REGIONS,
    "themes": array(pattern(r"[A-Z]{3}(\.[A-Z0-9]{2,6})?"), 0, 12),
    "sdg": array(pattern(r"[0-9]{1,2}\.[0-9a-z]{1,2}"), 0, 10),
    "risk": array(pattern(r"RF[0-9]{2}"), 0, 14),
    "level": array(choice("local district national subregional regional interregional multilateral"), 1, 3),
    "period": record_of(from_=maybe(date), to=maybe(lambda x: x == "open" or date(x))),
    "actors": array(
        record_of(
            role=choice("lead implementing supporting funding partner"),
            name=line(1, 200),
            type=maybe(line()),
            country=maybe(CAPITALS),
        ),
        0,
        20,
    ),
    "sources": array(
        record_of(
            title=line(1, 500),
            ref=maybe(line(1, 500)),
            date=maybe(date),
            lang=maybe(is_lang),
            sha256=maybe(identifier),
        ),
        0,
        10,
    ),
    "maturity": choice("innovation promising good institutionalised"),
    "validation": choice("self-reported peer-reviewed evaluated endorsed-by-management"),
    "basis": choice("first-hand second-hand research"),
    "embargo": day,
    "review_by": day,
    "expires": day,
    "contact": array(line(1, 200), 0, 3),
    "attachments": array(
        record_of(hash=identifier, size=uint(), media=line(), title=line(1, 200), lang=maybe(is_lang)), 0, 32
    ),
    "stage": array(record_of(stage=choice("ad-hoc pilot mandated funded statutory"), date=maybe(date)), 0, 10),
    "resources": record_of(**{name: maybe(running()) for name in ("duration", "cost", "funding", "staffing")}),
    "pillar": array(uint(1, 3), 1, 3),
    "phase": array(choice("before during after"), 1, 3),
    "i4p": mapping,
    "tj": mapping,
    "ext": lambda x: mapping(x) and len(encode(x)) <= 4_096,
}

MODALITY = array(choice("study-visit secondment advice training forensic drafting twinning workshop"))
SEEKING = {
    "modality": MODALITY,
    "languages": array(is_lang, 0, 8),
    "cost_sharing": choice("requester provider triangular none"),
    "state": choice("open matched closed"),
}

BY_KIND = {
    "practice": {},
    "lesson": {
        "product": choice("aar eoa survey practice-note study handover workshop"),
        "outcome": choice("worked mixed failed"),
        "lesson_stage": choice("identified validated assigned implemented"),
    },
    "exchange": {
        "modality": MODALITY,
        "parties": record_of(from_=array(line()), to=array(line()), supporter=maybe(line())),
    },
    "plan": {
        "horizon": record_of(from_=date, to=date),
        "components": array(
            record_of(
                component=line(),
                text=running(),
                practices=maybe(array(identifier)),
                responsible=maybe(line()),
                review_by=maybe(date),
                state=maybe(line()),
            ),
            1,
            16,
        ),
    },
    "position": {"situation": line(1, 300), "since": date},
    "request": SEEKING,
    "offer": SEEKING,
    "adaptation": {"changes": array(record_of(field=line(), what=running(), why=running()), 0, 64)},
    "outcome": {"continued": lambda x: type(x) is bool},
    "translation": {"translation_status": choice("official courtesy machine")},
    "withdrawal": {"reason": choice("error safety consent superseded legal other"), "note": running(0, 300)},
    "response": {
        "stance": choice("endorse reviewed contest reply cosign"),
        "note": running(0, 2_000),
        "scope": choice("content translation"),
    },
    "vouch": {
        "subject": identifier,
        "level": choice("identity known observer"),
        "depth": uint(0, 1),
        "scope": record_of(regions=maybe(REGIONS), kinds=maybe(array(is_code))),
        "evidence": identifier,
        "expires": day,
    },
    "charter": {
        "region": line(),
        "network": line(),
        "stewards": array(identifier, 1, 64),
        "threshold": uint(),
        "admission": record_of(state=uint(), cso=uint()),
    },
}

REVISION = {"revised_kind": lambda x: type(x) is str and x in BY_KIND and x != "withdrawal", "reason": running(1, 2_000)}

BRIEF = {"withdrawal", "response", "vouch"}
REQUIRED = {
    "request": ["expires"],
    "offer": ["expires"],
    "translation": ["translation_status"],
    "withdrawal": ["reason"],
    "response": ["stance"],
    "vouch": ["subject", "level", "depth"],
}


def fault(kind: str, card, body):
    """The top-level key of card or body that is at fault; None when the content is sound."""
    checks = dict(COMMON)
    required = []
    if kind == "revision":
        if type(body) is not dict or not REVISION["revised_kind"](body.get("revised_kind")):
            return "revised_kind"
        kind = body["revised_kind"]
        checks |= BY_KIND[kind] | REVISION
        required = ["reason"]
    elif kind in BY_KIND:
        checks |= BY_KIND[kind]
    else:
        return None
    if type(card) is not dict:
        return "card"
    if type(body) is not dict:
        return "body"
    if kind not in BRIEF:
        required += ["licence", "attribution"]
        if "title" not in card:
            return "title"
    if kind in ("practice", "lesson", "exchange") and "summary" not in card:
        return "summary"
    for name in required + REQUIRED.get(kind, []):
        if name not in body:
            return name
    for allowed, given in ((CARD, card), (checks, body)):
        for name, check in allowed.items():
            if name in given and not check(given[name]):
                return name
    if kind in ("practice", "lesson") and len(body.get("sections", {})) < 2:
        return "sections"
    if body.get("attribution") == "chatham" and "actors" in body:
        return "actors"
    return None
