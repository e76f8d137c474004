"""What the scripts of this folder know of the project: its root, its files, and its version."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


VERSION = re.search(r'^version = "(.*)"', text("Cargo.toml"), re.M)[1]
