"""Build the whole bed (python -m tests.windows.bed), as CI does before the tests that use it."""

import sys

from tests.windows.bed import wheelhouse, wine

if missing := wine.missing_tools():
    sys.exit(f"windows bed: not installed: {', '.join(missing)}")
print(wheelhouse.make())
print(wine.make_prefix())
