"""Compares what clippy refused in tests/ban with what protocol/clippy.toml bans.

Usage: check.py CLIPPY_TOML SOURCE_FOLDER < `cargo clippy --message-format=json`
"""

import json
import pathlib
import re
import sys
import tomllib

settings = tomllib.loads(pathlib.Path(sys.argv[1]).read_text())
entries = [e for kind in ("disallowed-methods", "disallowed-types") for e in settings[kind]]
# An entry that only exists under a feature nobody enables cannot be shown to bite.
dormant = {e["path"] for e in entries if e.get("allow-invalid")}
banned = {e["path"] for e in entries} - dormant

expected = {}
for source in sorted(pathlib.Path(sys.argv[2]).glob("*.rs")):
    for number, line in enumerate(source.read_text().splitlines(), 1):
        if found := re.search(r"// ban: (\S+)", line):
            expected[source.name, number, found[1]] = False

problems = []
for line in sys.stdin:
    message = json.loads(line)
    if message.get("reason") != "compiler-message":
        continue
    message = message["message"]
    if message["level"] not in ("error", "warning") or not message["spans"]:
        if message["level"] == "error" and "aborting" not in message["message"]:
            problems.append(message["rendered"])
        continue
    code = (message["code"] or {}).get("code", "")
    name = re.search(r"`([^`]+)`", message["message"])
    span = message["spans"][0]
    where = (pathlib.Path(span["file_name"]).name, span["line_start"])
    case = (*where, name[1] if name else "")
    if code in ("clippy::disallowed_methods", "clippy::disallowed_types"):
        hits = [key for key in expected if key[:2] == where and key[2] == case[2]]
        for key in hits:
            expected[key] = True
        # A banned method of a banned type is also reported for the type.
        if not hits and not any(key[:2] == where and key[2].startswith(case[2]) for key in expected):
            problems.append(f"refused what is allowed: {case}")
    elif message["level"] == "error" or "clippy.toml" in span["file_name"]:
        problems.append(message["rendered"])

for (file, number, path), refused in expected.items():
    if not refused:
        problems.append(f"not refused: {path} ({file}:{number})")
shown = {path for _, _, path in expected}
problems += [f"no case for the entry {path}" for path in sorted(banned - shown)]
problems += [f"no entry for the case {path}" for path in sorted(shown - banned)]

for problem in problems:
    print("FAILED", problem)
print(f"{sum(expected.values())} passed, {len(problems)} failed")
sys.exit(bool(problems))
