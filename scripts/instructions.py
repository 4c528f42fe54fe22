#!/usr/bin/env python3
"""Counts instructions and compares them with benches/instructions.txt.

    scripts/instructions.py            fails where a count grew by over 10 %
    scripts/instructions.py --write    records the counts

Counts the operations of benches/instructions.rs with valgrind, which it
installs where it can. Each is performed a few times and many times; the
difference is free of the preparation.
"""

import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
RECORD = os.path.join(ROOT, "benches", "instructions.txt")
FEW, MANY = 5, 25
# The C library and the processor's features change counts a little.
TOLERANCE = 0.10


def has_valgrind():
    if not shutil.which("valgrind") and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "-q", "valgrind"]
        subprocess.run(install, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return shutil.which("valgrind") is not None


def build():
    """Builds the operations and returns the path of the program."""
    command = ["cargo", "bench", "--bench", "instructions", "--no-run"]
    # Without link-time optimization it builds in a fraction of the time.
    quick = {"CARGO_PROFILE_BENCH_LTO": "off", "CARGO_PROFILE_BENCH_CODEGEN_UNITS": "16"}
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, **quick}, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Executable .*\((.+)\)", run.stderr)
    if run.returncode or not found:
        sys.exit(run.stderr)
    return os.path.join(ROOT, found[1])


def total(program, name, count):
    """The instructions of a whole run."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, name, str(count)]
    run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode or not found:
        sys.exit(run.stderr)
    return int(found[1])


def counts():
    """The instructions of each operation."""
    program = build()
    names = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return {name: (total(program, name, MANY) - total(program, name, FEW)) // (MANY - FEW) for name in names}


def recorded():
    with open(RECORD) as file:
        lines = (line.split() for line in file if not line.startswith("#"))
        return {name: int(count) for name, count in lines}


def main():
    if not has_valgrind():
        print("skipped: no valgrind here")
        return
    if os.uname().machine != "x86_64":
        print("skipped: the counts are of x86_64")
        return
    now = counts()
    if "--write" in sys.argv[1:]:
        with open(RECORD, "w") as file:
            file.write("# Instructions of each operation; written by scripts/instructions.py --write\n")
            file.writelines(f"{name} {count}\n" for name, count in now.items())
        return
    before = recorded()
    if set(before) != set(now):
        sys.exit("benches/instructions.txt lists other operations; run scripts/instructions.py --write")
    slower = []
    for name, count in now.items():
        change = count / before[name] - 1
        print(f"{name:24} {count:12,} {change:+7.1%}")
        if change > TOLERANCE:
            slower.append(name)
        elif change < -TOLERANCE:
            print(f"{name} became faster; record it with scripts/instructions.py --write")
    if slower:
        sys.exit(f"more instructions than recorded: {', '.join(slower)}")


if __name__ == "__main__":
    main()
