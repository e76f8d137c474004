"""Where the wheel has put the program: `lamblint.find_lamblint_bin()`. The program itself is not written in Python."""

import os
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, files

__all__ = ["find_lamblint_bin"]


def find_lamblint_bin() -> str:
    """Returns the path of the program that was installed together with this package."""
    name = "lamblint" + (sysconfig.get_config_var("EXE") or "")
    places = []
    try:
        # What the installer wrote down. Right for an environment, for `--user` and for `--prefix`.
        places += [file.locate() for file in files("lamblint") or () if file.name == name]
    except PackageNotFoundError:
        pass
    # `pip install --target` puts the programs beside the packages, and writes down another place.
    places.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bin", name))
    places.append(os.path.join(sysconfig.get_path("scripts"), name))
    for place in map(os.path.normpath, map(os.fspath, places)):
        if os.path.isfile(place):
            return place
    raise FileNotFoundError(f"{name} is not installed beside {sys.modules[__name__].__file__}")
