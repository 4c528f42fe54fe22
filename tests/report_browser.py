#!/usr/bin/env python3
"""The HTML report in a real browser.

Usage: report_browser.py HGTOP [FOLDER]

Serves the simulated rollout on loopback, writes its report with the program
HGTOP, and opens it in headless Chromium: the script runs without a message on
the console, makes no request but for the file itself, and the page has its
charts and the numbers of `rollout show --output json`. Pictures at 390 and
1280 px, light and dark, and the printed pages are written to FOLDER.

Without Chromium it prints why it is skipped, and succeeds.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from html.parser import HTMLParser

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome"]
DARK = ["--force-dark-mode", "--enable-features=WebUIDarkMode"]
COUNTS = ["expected", "finished", "completed", "failed", "running", "not-started"]


class Page(HTMLParser):
    """Counts elements, and reads the text of those with an id."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.classes, self.id = {}, {}, [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.classes += (attributes.get("class") or "").split()
        self.id = attributes.get("id")

    def handle_data(self, data):
        if self.id:
            self.texts[self.id] = data.strip()
            self.id = None


def serve(program, home):
    """Starts the simulated service, and writes the config file for it."""
    service = subprocess.Popen(
        [program, "demo", "--serve", "127.0.0.1:0", "--speed", "60"],
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = []
    for line in service.stdout:
        lines.append(line)
        if line.startswith("# end"):
            break
    config = home / "config.toml"
    config.touch(mode=0o600)
    config.write_text("".join(lines).replace("history = false", "history = true"))
    return service


def main():
    program = os.path.abspath(sys.argv[1])
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("skipped: no Chromium here")
        return
    scratch = pathlib.Path(tempfile.mkdtemp())
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else scratch
    folder.mkdir(parents=True, exist_ok=True)
    environment = {"HOME": str(scratch), "PATH": os.environ["PATH"],
                   "HGTOP_CONFIG": str(scratch / "config.toml")}

    def hgtop(*arguments):
        run = subprocess.run([program, *arguments], env=environment, text=True,
                             capture_output=True)
        assert run.returncode == 0, run.stderr
        return run.stdout

    service = serve(program, scratch)
    try:
        hgtop("history", "learn")
        name = json.loads(hgtop("rollout", "list", "--output", "json"))["rollouts"][0]["name"]
        show = ["rollout", "show", name, "--output", "json"]
        while True:
            shown = json.loads(hgtop(*show))
            if shown["rollout"]["finished"] == shown["rollout"]["expected"]:
                break
            time.sleep(0.2)
        report = folder / "report.html"
        hgtop("rollout", "report", name, "--to", str(report))
        hgtop("rollout", "report", name, "--to", str(folder / "trace.json"), "--format", "trace")
    finally:
        service.kill()
        service.wait()

    def open_page(path, *options):
        run = subprocess.run(
            [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--enable-logging=stderr", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--allow-file-access-from-files",
             f"--user-data-dir={scratch / 'profile'}",
             *options, f"file://{path}"],
            capture_output=True, text=True, timeout=120,
        )
        assert run.returncode == 0, run.stderr
        console = [line for line in run.stderr.splitlines() if "CONSOLE" in line]
        assert not console, console
        return run.stdout

    requests = scratch / "requests.json"
    page = open_page(report, "--dump-dom", f"--log-net-log={requests}")
    urls = set(re.findall(r'"url":"([^"]*)"', requests.read_text()))
    # The browser asks its maker for updates; the page must not ask for anything.
    source = report.read_text()
    of_page = [url for url in urls if url.startswith(("http", "ws")) and url in source]
    assert not of_page, of_page
    initiators = re.findall(r'"initiator":"([^"]*)"', requests.read_text())
    assert not [one for one in initiators if one.startswith("file:")], initiators

    parsed = Page(page)
    assert "js" in parsed.classes, "the script did not run"
    rollout = shown["rollout"]
    for count in COUNTS:
        number = rollout[count.replace("-", "_")]
        assert parsed.texts[count] == str(number), (count, parsed.texts[count], number)
    groups = parsed.classes.count("group")
    assert groups == len(shown["groups"]) > 0, groups
    assert parsed.classes.count("lane") == rollout["finished"]
    assert parsed.classes.count("chart") == 1 and parsed.tags["path"] == 2
    # Sorting made its buttons, and the tools are not hidden.
    assert parsed.tags["button"] > 8, parsed.tags["button"]
    assert '<div class="tools">' in page or 'class="tools"' in page

    def picture(name, width, height, *options):
        path, frame = report, scratch / "frame.html"
        if width < 500:
            # A window is at least 500 px wide; a frame is not.
            frame.write_text(f"<body style='margin:0'><iframe src='file://{report}' "
                             f"style='border:0;width:{width}px;height:{height}px'></iframe>")
            path, width = frame, 500
        file = folder / f"{name}.png"
        open_page(path, f"--window-size={width},{height}", f"--screenshot={file}", *options)
        assert file.stat().st_size > 20_000, f"{file} is empty"

    picture("1280-light", 1280, 2800)
    picture("1280-dark", 1280, 2800, *DARK)
    picture("390-light", 390, 3600)
    picture("390-dark", 390, 3600, *DARK)
    open_page(report, f"--print-to-pdf={folder / 'report.pdf'}", "--no-pdf-header-footer")
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    print(f"{groups} failure groups, {rollout['finished']} lanes, "
          f"{report.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
