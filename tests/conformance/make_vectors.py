"""Writes the self-made cases in the formats of section 14:  python tests/conformance/make_vectors.py OUTDIR"""

import json
import sys
from pathlib import Path

import selftest

ONE_LINE = {"reconciliation.json", "trust.json"}  # many small lists: a value a line would be longer than what it says


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (rules, make) in selftest.MADE.items():
        document = {"format": 1, "rules": rules, "cases": make()}
        path = folder / f"py-{name}"
        path.write_text(json.dumps(document, indent=None if name in ONE_LINE else 1, ensure_ascii=True) + "\n", encoding="utf-8")
        print(f"{path}: {len(document['cases'])} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
