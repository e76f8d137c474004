"""`python -m lamblint` is `lamblint`."""

import os
import subprocess
import sys

from lamblint import find_lamblint_bin

if __name__ == "__main__":
    command = [find_lamblint_bin(), *sys.argv[1:]]
    if os.name == "nt":
        # On Windows exec does not wait: the shell would go on before the program ends.
        try:
            sys.exit(subprocess.run(command).returncode)
        except KeyboardInterrupt:
            sys.exit(2)
    os.execv(command[0], command)
