#!/usr/bin/env python3
"""Whole-process figures of the release binary, in a real pseudo-terminal.

    cargo build --release && scripts/measure.py

Needs Linux and nothing but Python. Prints the table of docs/performance.md.
"""

import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

HGTOP = os.path.join(os.path.dirname(__file__), "..", "target", "release", "hgtop")
TICKS = os.sysconf("SC_CLK_TCK")


class Service:
    """The simulated service, as a process of its own."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [HGTOP, "demo", "--serve", "127.0.0.1:0", *arguments],
            stdout=subprocess.PIPE,
            text=True,
        )
        lines = []
        for line in self.process.stdout:
            if line == "# end\n":
                break
            lines.append(line)
        self.config = "".join(lines)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Window:
    """The dashboard in a pseudo-terminal."""

    def __init__(self, config, columns=200, lines=60, interval="5s"):
        self.home = tempfile.mkdtemp()
        path = os.path.join(self.home, "config.toml")
        config = re.sub(r'poll_interval = "\w+"', f'poll_interval = "{interval}"', config)
        with open(path, "w") as file:
            file.write(config)
        os.chmod(path, 0o600)
        self.begin = time.perf_counter()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            size = struct.pack("HHHH", lines, columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.environ.update(HOME=self.home, TERM="xterm-256color", COLORFGBG="15;0")
            os.execv(HGTOP, [HGTOP, "--config", path])
        self.first = None
        self.bytes = 0
        while self.first is None:
            if b"env_id" in self.read(5) or self.bytes > 1000:
                self.first = time.perf_counter() - self.begin

    def read(self, wait):
        ready, _, _ = select.select([self.terminal], [], [], wait)
        if not ready:
            return b""
        try:
            data = os.read(self.terminal, 1 << 20)
        except OSError:
            return b""
        self.bytes += len(data)
        return data

    def run(self, seconds):
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)

    def cpu(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        with open(f"/proc/{self.pid}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024

    def wakeups(self):
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/status") as file:
                total += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read())[1])
        return total

    def over(self, seconds):
        """CPU share, wake-ups and bytes a second over some time."""
        cpu, wakeups, sent = self.cpu(), self.wakeups(), self.bytes
        self.run(seconds)
        return (
            (self.cpu() - cpu) / seconds * 100,
            (self.wakeups() - wakeups) / seconds,
            (self.bytes - sent) / seconds,
        )

    def key_to_frame(self, count):
        times = []
        for turn in range(count):
            while self.read(0):
                pass
            begin = time.perf_counter()
            os.write(self.terminal, b"j" if turn % 20 < 10 else b"k")
            self.read(1)
            times.append((time.perf_counter() - begin) * 1000)
            self.run(0.02)
        times.sort()
        return statistics.median(times), times[int(len(times) * 0.99) - 1]

    def stop(self):
        os.write(self.terminal, b"q")
        deadline = time.perf_counter() + 5
        while time.perf_counter() < deadline:
            self.read(0.05)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def row(what, figure):
    print(f"| {what} | {figure} |", flush=True)


def starts(service):
    times = []
    for _ in range(15):
        window = Window(service.config)
        times.append(window.first * 1000)
        window.stop()
    row("start to first bytes of a frame, 100 jobs", f"{statistics.median(times):.1f} ms")


def idle(what, config, seconds):
    window = Window(config)
    window.run(8)
    cpu, wakeups, sent = window.over(seconds)
    row(f"{what}: CPU", f"{cpu:.2f} % of a core")
    row(f"{what}: wake-ups", f"{wakeups:.1f} a second")
    row(f"{what}: to the terminal", f"{sent:.0f} bytes a second")
    row(f"{what}: memory", f"{window.memory():.1f} MB")
    window.stop()


def large():
    service = Service("--jobs", "10000", "--speed", "3", "--fail-rate", "0.05")
    config = re.sub(r"max_requests_per_second = \d+", "max_requests_per_second = 1000", service.config)
    # The first answers come within ten seconds; then about a hundred polls a
    # second, most of which bring a change.
    window = Window(config, interval="60s")
    window.run(20)
    median, worst = window.key_to_frame(300)
    row("10,000 jobs that change: key to frame, median", f"{median:.1f} ms")
    row("10,000 jobs that change: key to frame, 99 of 100", f"{worst:.1f} ms")
    row("10,000 jobs: memory", f"{window.memory():.1f} MB")
    window.stop()
    service.stop()


CURL_LOOP = """
while :; do
  for root in $ROOTS; do
    curl -s -H "x-api-key: $KEY" "$BASE/$root" >/dev/null
  done
  sleep 5
done
"""


def children_cpu(process):
    """CPU of a shell and all it has waited for."""
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(int(fields[at]) for at in (11, 12, 13, 14)) / TICKS


def polls(service, jobs):
    """The paths of the status calls of a service's jobs."""
    env_id = re.search(r'env_id = "([^"]+)"', service.config)[1]
    for root in re.findall(r'job_root = "([^"]+)"', service.config)[:jobs]:
        tenant, rest = root.split("/flows/")
        flow = rest.split("/jobs/")[0]
        yield f"{env_id}/{flow}/{tenant}/jobs/status?job_root={root}"


# A script of the usual kind: threads that poll every 5 s, a table printed four
# times a second.
SCRIPT = r"""
import json, os, time, urllib.request
from concurrent.futures import ThreadPoolExecutor
base, key = os.environ["BASE"], os.environ["KEY"]
paths, known = os.environ["ROOTS"].split(), {}
def poll(path):
    request = urllib.request.Request(f"{base}/{path}", headers={"x-api-key": key})
    with urllib.request.urlopen(request) as answer:
        known[path] = json.load(answer)
with ThreadPoolExecutor(16) as pool:
    while True:
        list(pool.map(poll, paths))
        for _ in range(20):
            print("\x1b[H", *(f"{job['job_id']:10} {job['status']:20} {job['last_updated']}" for job in known.values()), sep="\n")
            time.sleep(0.25)
"""


def script(service, jobs, seconds):
    """A small script in the usual style."""
    environment = tools(service, jobs)
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.DEVNULL
    )
    time.sleep(5)
    with open(f"/proc/{process.pid}/status") as file:
        memory = int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024
    before = children_cpu(process)
    time.sleep(seconds)
    cpu = (children_cpu(process) - before) / seconds * 100
    process.kill()
    process.wait()
    row(f"a Python script over {jobs} jobs every 5 s: CPU", f"{cpu:.1f} % of a core")
    row(f"a Python script over {jobs} jobs every 5 s: memory", f"{memory:.1f} MB")


def tools(service, jobs):
    """What the other tools need to know."""
    base = re.search(r'base_url = "([^"]+)"', service.config)[1]
    key = re.search(r'api_key = "([^"]+)"', service.config)[1]
    return dict(os.environ, BASE=base, KEY=key, ROOTS=" ".join(polls(service, jobs)))


def curl_loop(service, jobs, seconds):
    """A shell loop that asks with curl, as people do."""
    environment = tools(service, jobs)
    process = subprocess.Popen(["bash", "-c", CURL_LOOP], env=environment, start_new_session=True)
    time.sleep(seconds)
    cpu = children_cpu(process) / seconds * 100
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    row(f"a curl loop over {jobs} jobs every 5 s: CPU", f"{cpu:.1f} % of a core")


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    print("| what | figure |\n|---|---|")
    row("release binary", f"{os.path.getsize(HGTOP) / 1e6:.2f} MB")
    settled = Service("--jobs", "100", "--speed", "1000", "--fail-rate", "0")
    time.sleep(1)
    starts(settled)
    idle("100 settled jobs", settled.config, seconds)
    settled.stop()
    one = Service("--jobs", "1", "--speed", "1000", "--fail-rate", "0")
    idle("1 settled job", one.config, seconds)
    one.stop()
    running = Service("--jobs", "100", "--speed", "0.01")
    idle("100 running jobs, 5 s polls", running.config, seconds)
    curl_loop(running, 100, seconds)
    script(running, 100, seconds)
    running.stop()
    running = Service("--jobs", "1000", "--speed", "0.01")
    config = re.sub(r"max_requests_per_second = \d+", "max_requests_per_second = 400", running.config)
    idle("1,000 running jobs, 5 s polls", config, seconds)
    curl_loop(running, 1000, seconds)
    script(running, 1000, seconds)
    running.stop()
    large()


if __name__ == "__main__":
    main()
