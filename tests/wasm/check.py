"""Reads the import section of a WebAssembly module, then runs the module with no host at all.

Usage: check.py MODULE CONTROL VECTORS

MODULE must import nothing and judge every case of the statement vectors in the folder VECTORS as written;
CONTROL is the same module with one import, which must be seen and must not start.
"""

import json
import pathlib
import sys

import wasmtime

IMPORT_SECTION = 2


def number(data, at):
    """An unsigned LEB128 number, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def imports(data):
    """How many imports the module asks for, and the bytes that name them."""
    if data[:8] != b"\0asm\1\0\0\0":
        raise SystemExit("not a WebAssembly module of version 1")
    at = 8
    while at < len(data):
        section = data[at]
        size, at = number(data, at + 1)
        if section == IMPORT_SECTION:
            count, start = number(data, at)
            return count, data[start : at + size]
        at += size
    return 0, b""


def instance(data):
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, data)
    return store, wasmtime.Instance(store, module, []).exports(store)


def main():
    subject, control, vectors = (pathlib.Path(path) for path in sys.argv[1:])
    results = []

    count, names = imports(subject.read_bytes())
    results.append((f"{subject.name} imports nothing", count == 0, names))

    count, names = imports(control.read_bytes())
    results.append((f"{control.name}: its import is seen", count == 1 and b"now" in names, names))
    try:
        instance(control.read_bytes())
        started = True
    except wasmtime.WasmtimeError:
        started = False
    results.append((f"{control.name} does not start without a host", not started, b""))

    store, exports = instance(subject.read_bytes())
    cases = [
        (file.name, case)
        for file in sorted(vectors.glob("*statements.json"))
        for case in json.loads(file.read_text())["cases"]
    ]
    for file, case in cases:
        for byte in case["net"].encode():
            exports["push_network"](store, byte)
        for byte in bytes.fromhex(case["bytes"]):
            exports["push_statement"](store, byte)
        length = exports["judge"](store)
        answer = bytes(exports["answer_byte"](store, i) for i in range(length)).decode()
        wanted = case["expect"]
        wanted += f":{case['code']}" if "code" in case else f":{case['id']}" if "id" in case else ""
        # A case need not name the id or code it expects.
        same = answer == wanted if ":" in wanted else answer.split(":")[0] == wanted
        results.append((f"{file}: {case['name']}", same, f"{answer}, not {wanted}".encode()))
    if not cases:
        results.append((f"{vectors} has cases of statements", False, b""))

    failed = [result for result in results if not result[1]]
    for name, _, detail in failed:
        print("FAILED", name, detail.decode(errors="replace"))
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
