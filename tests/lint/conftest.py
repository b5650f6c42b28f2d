# SPDX-License-Identifier: Apache-2.0
"""Rules about the repository itself; they need no build and no server."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
