"""The top-level domains that X links: those of today, and those of its own list.

X publishes its list as code, of 2021 (version 3.1.0); which newer ones it links it does not say.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Final

# In https://github.com/twitter/twitter-text/blob/master/js/src/regexp/validGTLD.js or
# validCCTLD.js and not in the Public Suffix List: nobody's, or given up since. X still counts
# and charges them as links.
_X_ALONE: Final = """
    abarth active adac afamilycompany aigo alfaromeo an avianca bananarepublic bentley bl
    blanco bnl boots bq budapest bugatti cancerresearch cartier caseih cbs ceb chloe
    chrysler cityeats comcast cookingchannel csc dabur dodge doha doosan duck dunlop duns eh
    epost esurance etisalat everbank fiat flsmidth foodnetwork frontdoor fujixerox glade goo
    goodhands guardian hgtv honeywell hoteles htc iinet intel iselect iveco iwc jcp jlc
    juniper kerrylogistics kinder ladbrokes lancaster lancia lancome liaison linde lipsy
    lixil loft lupin macys maserati mcd mcdonalds meo metlife mf mobily montblanc mopar
    movistar mtpc mutual mutuelle nadex nationwide natura newholland northwesternmutual off
    oldnavy onyourside orientexpress pamperedchef panerai passagens piaget pramerica qvc
    raid redstone rightathome rmit rocher sapo sca scjohnson scor ses shaw showtime shriram
    spiegel spreadbetting srt starhub statoil swiftcover symantec telecity telefonica
    tiffany tp travelchannel uconnect um vista vistaprint volkswagen vuelos warman
    wolterskluwer xfinity xperia zippo اتصالات موبايلي 大众汽车 工行 手表 珠宝 诺基亚
"""

# A top-level domain ends where no ASCII letter, digit, @, + or - follows.
END: Final = r"(?![0-9a-z@+-])"


@cache
def top_level_domains() -> tuple[frozenset[str], re.Pattern[str]]:
    """The ASCII ones, and the others with their end."""
    names = _public() | set(_X_ALONE.split())
    international = sorted((n for n in names if not n.isascii()), key=lambda n: (-len(n), n))
    pattern = re.compile(rf"(?:{'|'.join(international)}){END}", re.IGNORECASE | re.ASCII)
    return frozenset(filter(str.isascii, names)), pattern


def _public() -> set[str]:
    """Of the Public Suffix List, https://github.com/publicsuffix/list/wiki/Format."""
    rules = resources.files("publicsuffixlist").joinpath("public_suffix_list.dat")
    icann = rules.read_text("utf-8").partition("===END ICANN DOMAINS===")[0]
    lines = (line for line in icann.splitlines() if line and not line.startswith("//"))
    return {line.rpartition(".")[2] for line in lines}
