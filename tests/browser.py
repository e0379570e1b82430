"""The browser that the tests drive: any Chrome or Chromium that is there, or the system's package of one.

`python -m tests.browser` makes sure there is one and says which; without one it fails, so that no browser test is ever skipped.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium")
# Without these it looks for servers of its own at every start.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser() -> str | None:
    """The path of a Chrome or Chromium; CONVVIZ_CHROMIUM names one that is elsewhere."""
    candidates = [os.environ.get("CONVVIZ_CHROMIUM"), *map(shutil.which, NAMES), *PLACES]
    return next((path for path in candidates if path and os.access(path, os.X_OK)), None)


def install_browser() -> None:
    """Debian's or Ubuntu's package, where there is a package manager that this user may use."""
    if not shutil.which("apt-get"):
        return
    prefix = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run([*prefix, "apt-get", *command], env=environment, check=False, stdout=sys.stderr)


def main() -> int:
    """Find a browser, install one if there is none, and say which it is."""
    if find_browser() is None:
        install_browser()
    path = find_browser()
    if path is None:
        print(
            "No Chrome or Chromium here, and none could be installed. Install one, or name it in CONVVIZ_CHROMIUM.",
            file=sys.stderr,
        )
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
