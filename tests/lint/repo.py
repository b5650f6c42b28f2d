# SPDX-License-Identifier: Apache-2.0
"""The files of the repository, for rules that look at all of them."""
import functools
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = {"build", ".git", "__pycache__"}


@functools.lru_cache
def files():
    """Every file of the project, as paths from its root: what git would commit, or
    outside a clone whatever is there."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = [pathlib.Path(name) for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*") if not SKIPPED & set(path.relative_to(ROOT).parts)]
    return sorted({name for name in names if (ROOT / name).is_file()})


def with_suffix(*suffixes):
    return [name for name in files() if name.suffix in suffixes]


def text(name):
    return (ROOT / name).read_text(errors="replace")


def lines(name):
    return text(name).splitlines()
