"""The recipe's modules lie beside the model, not in a package."""

import sys
from pathlib import Path

STARTER = Path(__file__).resolve().parents[2] / "models" / "starter"
if str(STARTER) not in sys.path:
    sys.path.insert(0, str(STARTER))
