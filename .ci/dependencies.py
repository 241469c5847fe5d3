"""Checks what the lock file brings in: licences, sources, and crates in two versions.

Usage: cargo metadata --format-version 1 --locked | python3 .ci/dependencies.py
"""

import json
import re
import sys

ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause",
    "BSL-1.0", "CC0-1.0", "CDLA-Permissive-2.0", "ISC", "MIT", "MIT-0", "Unicode-3.0",
    "PostgreSQL", "Unlicense", "Zlib", "bzip2-1.0.6",
}
REGISTRY = "registry+"


def acceptable(expression: str) -> bool:
    """Whether some choice that the licence expression offers is allowed throughout."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    place = 0

    def either() -> bool:
        nonlocal place
        value = both()
        while place < len(tokens) and tokens[place] == "OR":
            place += 1
            value = both() or value
        return value

    def both() -> bool:
        nonlocal place
        value = one()
        while place < len(tokens) and tokens[place] == "AND":
            place += 1
            value = one() and value
        return value

    def one() -> bool:
        nonlocal place
        token = tokens[place]
        place += 1
        if token == "(":
            value = either()
            place += 1
            return value
        if tokens[place : place + 1] == ["WITH"]:
            token = f"{token} WITH {tokens[place + 1]}"
            place += 2
        return token in ALLOWED

    return either()


def main() -> int:
    packages = json.load(sys.stdin)["packages"]
    faults = []
    for package in packages:
        name = f"{package['name']} {package['version']}"
        if package["source"] is None:
            continue
        if not package["source"].startswith(REGISTRY):
            faults.append(f"{name} comes from {package['source']}, not from a registry")
        licence = package.get("license")
        if not licence or not acceptable(licence):
            faults.append(f"{name} has the licence {licence}, which is not on the list")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"dependencies: {len(packages)} packages, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
