#!/usr/bin/env python3
"""Records assets/rollout.cast: hgtop demo in a pseudo-terminal, in the format
asciinema v2. Needs the built program and the standard library only.

    scripts/record-cast.py [PROGRAM] [FILE]
"""

import codecs
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

COLUMNS, ROWS = 120, 34
# When each key is pressed, in seconds from the first frame.
KEYS = [
    (4.5, b"n"),
    (7.0, b"F"),
    (10.5, b"\x1b"),
    (11.5, b"P"),
    (15.0, b"\x1b"),
    (16.0, b"M"),
    (19.5, b"q"),
]
LONGEST = 22.0


def child(program):
    size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
    fcntl.ioctl(0, termios.TIOCSWINSZ, size)
    # The environment of whoever records it stays out of the recording.
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "COLORFGBG": "15;0",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
    arguments = [program, "demo", "--seed", "7", "--jobs", "60", "--speed", "8"]
    os.execve(program, arguments, environment)


def record(program):
    pid, terminal = pty.fork()
    if pid == 0:
        child(program)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    events, keys, start = [], list(KEYS), None
    deadline = time.monotonic() + LONGEST + 5
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.02)
        if ready:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            now = time.monotonic()
            start = start or now
            text = decoder.decode(data)
            if text:
                events.append([round(now - start, 3), "o", text])
        if start and keys and time.monotonic() - start >= keys[0][0]:
            os.write(terminal, keys.pop(0)[1])
        if start and time.monotonic() - start > LONGEST:
            os.kill(pid, signal.SIGTERM)
            break
    os.waitpid(pid, 0)
    return events


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(root, "target/release/hgtop")
    file = sys.argv[2] if len(sys.argv) > 2 else os.path.join(root, "assets/rollout.cast")
    if not os.access(program, os.X_OK):
        sys.exit(f"{program}: not found; build it with cargo build --release")
    events = record(os.path.abspath(program))
    header = {
        "version": 2,
        "width": COLUMNS,
        "height": ROWS,
        "title": "hgtop: a rollout",
        "env": {"TERM": "xterm-256color"},
    }
    with open(file, "w", encoding="utf-8") as out:
        for line in [header, *events]:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{file}: {len(events)} events, {events[-1][0]} seconds")


if __name__ == "__main__":
    main()
