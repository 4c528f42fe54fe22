#!/usr/bin/env python3
"""Measures hgtop and writes docs/performance.md.

    scripts/measure.py [SECONDS]

Three parts: the release binary as a process in a pseudo-terminal, each idle
figure over SECONDS (default 15), beside what users would run without it; the
throughput of polling against a bare loop (examples/poll_throughput.rs); the
benchmarks (benches/hgtop.rs and benches/conclusions.rs). Needs Linux, Python and an otherwise idle machine.
Takes about six minutes once all is built.
"""

import datetime

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

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
HGTOP = os.path.join(ROOT, "target", "release", "hgtop")
BARE_LOOP = os.path.join(ROOT, "target", "release", "examples", "bare_loop")
PYTHON = os.path.join(ROOT, "target", "measure-tools")
PAGE = os.path.join(ROOT, "docs", "performance.md")
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_time(pid):
    """CPU time of the threads of a process in seconds, to the microsecond."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def wakeups(pid):
    """How often the threads of a process were woken up so far."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as file:
            total += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read())[1])
    return total


def memory(pid, field="VmRSS"):
    """The memory of a process in MB: VmRSS now, VmHWM at its peak."""
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(rf"{field}:\s+(\d+)", file.read())[1]) / 1024


class Service:
    """The simulated service in a separate process."""

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

    def __init__(self, config, columns=200, lines=60, interval="5s", command=None):
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
            command = command or [HGTOP, "--config", path]
            os.execvp(command[0], command)
        self.first = None
        self.bytes = 0
        while self.first is None:
            if self.read(5) and (self.bytes > 1000 or command):
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

    def over(self, seconds):
        """CPU share, wake-ups and bytes per second over some time."""
        cpu, wakes, sent = cpu_time(self.pid), wakeups(self.pid), self.bytes
        self.run(seconds)
        return (
            (cpu_time(self.pid) - cpu) / seconds * 100,
            (wakeups(self.pid) - wakes) / seconds,
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
        os.write(self.terminal, b"q\x04")
        deadline = time.perf_counter() + 5
        while time.perf_counter() < deadline:
            self.read(0.05)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


ROWS = []


def row(what, figure):
    """Adds a line to the table of the process."""
    ROWS.append(f"| {what} | {figure} |")
    print(ROWS[-1], file=sys.stderr, flush=True)


def starts(service, jobs, count):
    times = []
    for _ in range(count):
        window = Window(service.config)
        times.append(window.first * 1000)
        window.stop()
    row(f"{jobs} jobs: start to first bytes of a frame, median of {count}", f"{statistics.median(times):.1f} ms")


def floor():
    """What the harness measures of programs that do nothing."""
    window = Window("", command=["sh", "-c", "echo; exec cat"])
    median, worst = window.key_to_frame(100)
    row("floor: `cat` in the same terminal, key to echo, median", f"{median:.2f} ms")
    row("floor: `cat` in the same terminal, key to echo, p99", f"{worst:.2f} ms")
    cpu, wakes, _ = window.over(2)
    row("floor: `cat` without input: CPU and wake-ups", f"{cpu:.3f} % of a core, {wakes:.1f} per second")
    window.stop()
    times = []
    for _ in range(15):
        window = Window("", command=["echo", "x"])
        times.append(window.first * 1000)
        window.stop()
    row("floor: start of `echo` to its first bytes, median of 15", f"{statistics.median(times):.1f} ms")


def idle(what, config, seconds):
    window = Window(config)
    window.run(8)
    cpu, wakeups, sent = window.over(seconds)
    row(f"{what}: CPU", f"{cpu:.2f} % of a core")
    row(f"{what}: wake-ups", f"{wakeups:.1f} per second")
    row(f"{what}: output to the terminal", f"{sent:.0f} bytes per second")
    row(f"{what}: memory", f"{memory(window.pid):.1f} MB")
    window.stop()


def large():
    service = Service("--jobs", "10000", "--speed", "3", "--fail-rate", "0.05")
    config = re.sub(r"max_requests_per_second = \d+", "max_requests_per_second = 1000", service.config)
    # Every job is polled once within ten seconds. Then about a hundred polls per
    # second follow, and most of them return a new status.
    window = Window(config, interval="60s")
    window.run(20)
    median, worst = window.key_to_frame(200)
    row("10,000 jobs, 100 polls per second: key to frame, median", f"{median:.1f} ms")
    row("10,000 jobs, 100 polls per second: key to frame, p99", f"{worst:.1f} ms")
    row("10,000 jobs: memory", f"{memory(window.pid):.1f} MB")
    window.stop()
    service.stop()
    service = Service("--jobs", "100000", "--speed", "1000", "--fail-rate", "0")
    starts(service, "100,000", 3)
    config = re.sub(r"max_requests_per_second = \d+", "max_requests_per_second = 5000", service.config)
    window = Window(config, interval="60s")
    window.run(25)
    row("100,000 jobs, polled once: memory", f"{memory(window.pid):.1f} MB")
    row("100,000 jobs, polled once: memory at its peak", f"{memory(window.pid, 'VmHWM'):.1f} MB")
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
    """CPU time of a shell and the children that it has waited for."""
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(int(fields[index]) for index in (11, 12, 13, 14)) / TICKS


def polls(service, jobs):
    """The paths of the status calls of the jobs of a service."""
    env_id = re.search(r'env_id = "([^"]+)"', service.config)[1]
    for root in re.findall(r'job_root = "([^"]+)"', service.config)[:jobs]:
        tenant, rest = root.split("/flows/")
        flow = rest.split("/jobs/")[0]
        yield f"{env_id}/{flow}/{tenant}/jobs/status?job_root={root}"


# The usual script: httpx polls every 5 s, rich draws a table four times per
# second.
SCRIPT = r"""
import asyncio, os, httpx
from rich.live import Live
from rich.table import Table
base, key = os.environ["BASE"], os.environ["KEY"]
paths, known = os.environ["ROOTS"].split(), {}
def table():
    shown = Table("job", "tenant", "status", "updated", "message")
    for job in known.values():
        shown.add_row(job["job_id"], job.get("tenant"), job["status"], job.get("last_updated"), job.get("message"))
    return shown
async def main():
    limits = httpx.Limits(max_connections=16)
    async with httpx.AsyncClient(headers={"x-api-key": key}, limits=limits, trust_env=False) as client:
        async def poll(path):
            known[path] = (await client.get(f"{base}/{path}")).json()
        with Live(table(), auto_refresh=False) as live:
            while True:
                await asyncio.gather(*map(poll, paths))
                for _ in range(20):
                    live.update(table(), refresh=True)
                    await asyncio.sleep(0.25)
asyncio.run(main())
"""


def script(service, jobs, seconds):
    """Measures a Python script in the usual style."""
    python = os.path.join(PYTHON, "bin", "python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", PYTHON], check=True)
        subprocess.run([python, "-m", "pip", "-q", "install", "httpx", "rich"], check=True)
    environment = dict(tools(service, jobs), TERM="xterm-256color", COLUMNS="200", LINES="60")
    process = subprocess.Popen([python, "-c", SCRIPT], env=environment, stdout=subprocess.DEVNULL)
    time.sleep(5)
    size, before = memory(process.pid), cpu_time(process.pid)
    time.sleep(seconds)
    cpu = (cpu_time(process.pid) - before) / seconds * 100
    process.kill()
    process.wait()
    row(f"httpx and rich, {jobs:,} running jobs, 5 s polls: CPU", f"{cpu:.1f} % of a core")
    row(f"httpx and rich, {jobs:,} running jobs, 5 s polls: memory", f"{size:.1f} MB")
    return cpu


def running(service, config, jobs, seconds):
    """The dashboard and a bare loop at the same time, and their ratio."""
    what = f"{jobs:,} running jobs, 5 s polls"
    bare = subprocess.Popen([BARE_LOOP], env=tools(service, jobs))
    window = Window(config)
    window.run(12)
    before = [cpu_time(bare.pid), wakeups(bare.pid)]
    cpu, wakes, sent = window.over(seconds)
    bare_cpu = (cpu_time(bare.pid) - before[0]) / seconds * 100
    bare_wakes = (wakeups(bare.pid) - before[1]) / seconds
    row(f"{what}: CPU", f"{cpu:.2f} % of a core")
    row(f"a bare `reqwest` loop, {what}: CPU", f"{bare_cpu:.2f} % of a core")
    row(f"{what}: CPU, of that of the bare loop", f"{cpu / bare_cpu:.2f} ×")
    row(f"{what}: wake-ups", f"{wakes:.1f} per second")
    row(f"a bare `reqwest` loop, {what}: wake-ups", f"{bare_wakes:.1f} per second")
    row(f"{what}: output to the terminal", f"{sent:.0f} bytes per second")
    row(f"{what}: memory", f"{memory(window.pid):.1f} MB")
    row(f"a bare `reqwest` loop, {what}: memory", f"{memory(bare.pid):.1f} MB")
    window.stop()
    bare.kill()
    bare.wait()
    return cpu


def tools(service, jobs):
    """The environment variables of the other tools."""
    base = re.search(r'base_url = "([^"]+)"', service.config)[1]
    key = re.search(r'api_key = "([^"]+)"', service.config)[1]
    return dict(os.environ, BASE=base, KEY=key, ROOTS=" ".join(polls(service, jobs)))


def curl_loop(service, jobs, seconds):
    """Measures a shell loop around curl."""
    environment = tools(service, jobs)
    process = subprocess.Popen(["bash", "-c", CURL_LOOP], env=environment, start_new_session=True)
    time.sleep(seconds)
    cpu = children_cpu(process) / seconds * 100
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    row(f"a curl loop, {jobs:,} running jobs, 5 s polls: CPU", f"{cpu:.1f} % of a core")
    return cpu


def measure_process(seconds):
    """Measures the release binary and what users would run without it."""
    row("release binary", f"{os.path.getsize(HGTOP) / 1e6:.2f} MB")
    floor()
    settled = Service("--jobs", "100", "--speed", "1000", "--fail-rate", "0")
    time.sleep(1)
    starts(settled, "100", 15)
    idle("100 finished jobs", settled.config, seconds)
    settled.stop()
    one = Service("--jobs", "1", "--speed", "1000", "--fail-rate", "0")
    time.sleep(1)
    idle("1 finished job", one.config, seconds)
    one.stop()
    service = Service("--jobs", "100", "--speed", "0.01")
    cpu = running(service, service.config, 100, seconds)
    curl = curl_loop(service, 100, seconds)
    usual = script(service, 100, seconds)
    row("100 running jobs, 5 s polls: CPU of the curl loop, of that of hgtop", f"{curl / cpu:.1f} ×")
    row("100 running jobs, 5 s polls: CPU of httpx and rich, of that of hgtop", f"{usual / cpu:.1f} ×")
    service.stop()
    service = Service("--jobs", "1000", "--speed", "0.01")
    config = re.sub(r"max_requests_per_second = \d+", "max_requests_per_second = 400", service.config)
    running(service, config, 1000, seconds)
    service.stop()
    large()
    return ROWS


def cargo(*arguments):
    """Runs cargo and returns what it prints."""
    print("cargo", *arguments, file=sys.stderr, flush=True)
    run = subprocess.run(["cargo", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return run.stdout


def throughput_rows(output):
    """The table lines of what examples/poll_throughput.rs prints."""
    for line in output.splitlines():
        fields = line.split()
        if fields and fields[0].isdigit():
            yield "| " + " | ".join(fields) + " |"


def bench_rows(output):
    """The table lines of what the benchmarks print: a tree of names, whose
    leaves have their times."""
    name = ""
    for line in output.splitlines():
        tree, _, rest = line.partition("─ ")
        columns = [column.strip() for column in rest.split("│")]
        if len(columns) < 5:
            continue
        label, _, fastest = columns[0].partition("  ")
        is_nested = tree.startswith(("│", " "))
        if not is_nested:
            name = label.strip()
        if fastest.strip():
            argument = label.strip() if is_nested else ""
            yield f"| `{name}` | {argument} | {fastest.strip()} | {columns[2]} | {columns[1]} |"


def first_line(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[0]


def machine():
    """The machine, in one sentence."""
    with open("/proc/cpuinfo") as file:
        cpu = re.search(r"model name\s+: (.+)", file.read())
    rustc = first_line("rustc", "--version").split()[1]
    release = ".".join(os.uname().release.split(".")[:2])
    return f"{os.cpu_count()} cores of {cpu[1] if cpu else os.uname().machine}, Linux {release}, rustc {rustc}"


def commit():
    """The commit of the source, which must not change during a run."""
    changes = ["git", "-C", ROOT, "status", "--porcelain", "--", "src", "benches", "examples", "Cargo.lock"]
    if subprocess.run(changes, stdout=subprocess.PIPE, check=True).stdout:
        sys.exit("measure.py: commit your changes first, so that the page can name what was measured")
    return first_line("git", "-C", ROOT, "rev-parse", "--short", "HEAD")


def page(process, throughput, benches, load, measured):
    version = first_line(HGTOP, "--version")
    lines = [
        "# Performance",
        "",
        f"Measured on {datetime.date.today()} with {version} (commit {measured}), release build, on",
        f"{machine()}. `scripts/measure.py` measures and",
        f"writes this page; all values are from one run, which began at a load of {load:.1f}",
        f"on {os.cpu_count()} cores: other work makes times longer and rates lower.",
        "",
        "## The process",
        "",
        "The dashboard in a pseudo-terminal of 200×60 cells, polling a simulated service",
        "on loopback. CPU is a share of one core. The bare loop (`examples/bare_loop.rs`),",
        "the curl loop and the script of httpx and rich poll the same jobs of the same",
        "service; the bare loop runs at the same time as the dashboard beside it. A",
        "\"floor\" is what the harness itself measures of a program that does nothing.",
        "",
        "| what | value |",
        "|---|---|",
        *process,
        "",
        "## Polls per second",
        "",
        "With the limits lifted, against a server on loopback: a bare `reqwest` loop, the",
        "client in the same loop, and the watcher. Medians of several rounds",
        "(`examples/poll_throughput.rs`).",
        "",
        "| connections | bare loop | client | ratio | watcher | ratio |",
        "|---|---|---|---|---|---|",
        *throughput,
        "",
        "## Benchmarks",
        "",
        "`cargo bench`, in-process, without a terminal or network. The argument is the",
        "number of jobs or the column, of the comparison the number of tenants.",
        "`frame_of_a_ratatui_table` is the peer: the same rows, all of them given to",
        "ratatui's `Table`.",
        "",
        "| benchmark | argument | fastest | median | slowest |",
        "|---|---|---|---|---|",
        *benches,
        "",
    ]
    return "\n".join(lines)


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    measured = commit()
    cargo("build", "--release", "--examples", "--bins")
    load = os.getloadavg()[0]
    process = measure_process(seconds)
    throughput = list(throughput_rows(cargo("run", "--release", "--example", "poll_throughput")))
    benches = list(bench_rows(cargo("bench", "--bench", "hgtop", "--bench", "conclusions", "--", "--max-time", "0.4")))
    if not (throughput and benches):
        sys.exit("measure.py: no figures in the output of cargo")
    if commit() != measured:
        sys.exit("measure.py: the source changed during the run; nothing was written")
    with open(PAGE, "w") as file:
        file.write(page(process, throughput, benches, load, measured))


if __name__ == "__main__":
    main()
