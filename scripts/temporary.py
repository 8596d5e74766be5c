"""Every constant, map, list, enum and state type of the app, by one name.

They lie by subject in `scripts/tables/`. No input or output happens there and nothing heavy is
imported: only the standard library, so that the installer and the menu can use it before any
library is there.
"""

from scripts.tables.arranging import *
from scripts.tables.hub import *
from scripts.tables.jukebox import *
from scripts.tables.models import *
from scripts.tables.notation import *
from scripts.tables.phrases import *
from scripts.tables.plans import *
from scripts.tables.program import *
from scripts.tables.prompting import *
from scripts.tables.radio import *
from scripts.tables.songs import *
from scripts.tables.sound import *
from scripts.tables.styles import *
