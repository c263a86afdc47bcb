"""The cities whose time posts give, in Japanese and in English, and their zones.

Those that the office speaks of are listed here, with every name that staff write for them; the
other zones of the IANA list have the one name that Unicode's CLDR has (by Babel).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

TOKYO: Final = "Asia/Tokyo"

#: Duty stations, and the seats of organisations: zone → its names.
_NAMES: Final[Mapping[str, str]] = {
    TOKYO: "東京 日本 Tokyo Japan JST",
    "America/New_York": "ニューヨーク 米国東部 米東部 アメリカ東部 New_York NY ワシントン ワシントンDC Washington Washington_DC Washington,_D.C. US_Eastern Eastern EST EDT",
    "America/Los_Angeles": "ロサンゼルス サンフランシスコ 米国西部 Los_Angeles San_Francisco PST PDT",
    "America/Toronto": "トロント モントリオール オタワ Toronto Montreal Ottawa",
    "America/Panama": "パナマ Panama",
    "America/Santiago": "サンティアゴ Santiago",
    "America/Mexico_City": "メキシコシティ Mexico_City",
    "Europe/Zurich": "ジュネーブ ジュネーヴ スイス ベルン ローザンヌ Geneva Bern Swiss",
    "Europe/Vienna": "ウィーン オーストリア Vienna",
    "Europe/Rome": "ローマ イタリア ブリンディジ Rome Brindisi",
    "Europe/Paris": "パリ フランス 中央ヨーロッパ 欧州中央 Paris Central_European CET CEST",
    "Europe/Berlin": "ボン ベルリン ドイツ Bonn Berlin",
    "Europe/Amsterdam": "ハーグ アムステルダム オランダ The_Hague Hague Amsterdam",
    "Europe/Brussels": "ブリュッセル ベルギー Brussels",
    "Europe/Copenhagen": "コペンハーゲン デンマーク Copenhagen",
    "Europe/Madrid": "マドリード マドリッド バレンシア Madrid",
    "Europe/London": "ロンドン 英国 イギリス London UK",
    "Europe/Budapest": "ブダペスト Budapest",
    "Europe/Istanbul": "イスタンブール アンカラ Istanbul Ankara",
    "Europe/Kyiv": "キーウ ウクライナ Kyiv",
    "Africa/Nairobi": "ナイロビ ケニア Nairobi Kenya",
    "Africa/Addis_Ababa": "アディスアベバ エチオピア Addis_Ababa",
    "Africa/Cairo": "カイロ エジプト Cairo",
    "Africa/Dakar": "ダカール Dakar",
    "Africa/Abidjan": "アビジャン Abidjan",
    "Africa/Johannesburg": "ヨハネスブルグ プレトリア Johannesburg Pretoria",
    "Africa/Kampala": "カンパラ Kampala",
    "Africa/Juba": "ジュバ Juba",
    "Asia/Jakarta": "ジャカルタ Jakarta",
    "Asia/Bangkok": "バンコク タイ Bangkok Thailand",
    "Asia/Manila": "マニラ フィリピン Manila",
    "Asia/Ho_Chi_Minh": "ハノイ ホーチミン ベトナム Hanoi",
    "Asia/Phnom_Penh": "プノンペン Phnom_Penh",
    "Asia/Vientiane": "ビエンチャン Vientiane",
    "Asia/Yangon": "ヤンゴン ミャンマー Yangon",
    "Asia/Dhaka": "ダッカ コックスバザール バングラデシュ Dhaka Cox's_Bazar",
    "Asia/Kathmandu": "カトマンズ ネパール Kathmandu",
    "Asia/Kolkata": "ニューデリー デリー インド New_Delhi Delhi India",
    "Asia/Colombo": "コロンボ Colombo",
    "Asia/Karachi": "イスラマバード Islamabad",
    "Asia/Kabul": "カブール Kabul",
    "Asia/Dubai": "ドバイ アブダビ Dubai",
    "Asia/Amman": "アンマン ヨルダン Amman",
    "Asia/Beirut": "ベイルート レバノン Beirut",
    "Asia/Jerusalem": "エルサレム Jerusalem",
    "Asia/Shanghai": "北京 上海 中国 Beijing",
    "Asia/Seoul": "ソウル 仁川 韓国 Seoul Incheon",
    "Asia/Pyongyang": "平壌 ピョンヤン Pyongyang",
    "Asia/Hong_Kong": "香港 Hong_Kong",
    "Asia/Taipei": "台北 台湾 Taipei",
    "Asia/Singapore": "シンガポール Singapore",
    "Asia/Kuala_Lumpur": "クアラルンプール Kuala_Lumpur",
    "Asia/Ulaanbaatar": "ウランバートル Ulaanbaatar",
    "Australia/Sydney": "シドニー キャンベラ Sydney Canberra",
    "Pacific/Fiji": "スバ フィジー Suva",
    "Antarctica/Syowa": "昭和基地 Syowa",
    "UTC": "世界標準 協定世界 UTC GMT",
}  # fmt: skip

#: What a zone without a city is called; the checks take it for whatever place a post names.
HERE: Final = {"ja": "現地", "en": "local"}

#: Name, in lower case → zone.
CITIES: Final[Mapping[str, str]] = {
    name.replace("_", " ").lower(): zone for zone, names in _NAMES.items() for name in names.split()
}


def city_name(zone: str, language: str) -> str:
    """What the time of an IANA `zone` is called: ニューヨーク, New York; 現地 where it has no city."""
    return _listed(zone, language) or _cldr_name(zone, language) or HERE[language]


def _listed(zone: str, language: str) -> str | None:
    names = _NAMES.get(zone, "").split()
    return next((n.replace("_", " ") for n in names if n.isascii() == (language == "en")), None)


def zones_named(name: str) -> Sequence[str]:
    """The IANA zones whose time is called by `name`, in lower case; none for no such city."""
    return (CITIES[name],) if name in CITIES else _further().get(name, ())


@cache
def _further() -> Mapping[str, tuple[str, ...]]:
    """Name, in lower case → zones, of all that only CLDR knows."""
    found: dict[str, list[str]] = defaultdict(list)
    for language in HERE:
        for zone, name in sorted(_locale(language).items()):
            found[name.lower()].append(zone)
    return {name: tuple(zones) for name, zones in found.items()}


def _cldr_name(zone: str, language: str) -> str | None:
    """By any of the names that the zone has or had."""
    cities = _locale(language)
    found = (_listed(name, language) or cities.get(name) for name in _spellings(zone))
    return next(filter(None, found), None)


@cache
def _locale(language: str) -> Mapping[str, str]:
    """Zone → its city's name; the one that stands for no place left out."""
    from babel import Locale

    cities = {
        zone: names["city"]
        for zone, names in Locale(language).time_zones.items()
        if "city" in names and zone != "Etc/Unknown"
    }
    if language == "en":
        # CLDR leaves out what the zone's own name says: Pacific/Apia.
        cities = {zone: _own_name(zone) for zone in _locale("ja")} | cities
    return cities


def _own_name(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


def _spellings(zone: str) -> Iterator[str]:
    """A zone's names in the order in which CLDR may know it: Asia/Kolkata as Asia/Calcutta."""
    from babel.core import get_global

    aliases = get_global("zone_aliases")
    canonical = aliases.get(zone, zone)
    yield zone
    yield canonical
    yield from sorted(old for old, new in aliases.items() if new == canonical)
