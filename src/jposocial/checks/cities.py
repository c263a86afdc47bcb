"""The cities whose time posts give, in Japanese and in English, and their zones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TOKYO: Final = "Asia/Tokyo"

#: Duty stations, and the seats of organisations: zone → its names.
_NAMES: Final[Mapping[str, str]] = {
    TOKYO: "東京 日本 Tokyo Japan JST",
    "America/New_York": "ニューヨーク 米国東部 米東部 アメリカ東部 NY ワシントン ワシントンDC New_York Washington Washington_DC Washington,_D.C. US_Eastern Eastern EST EDT",
    "America/Los_Angeles": "ロサンゼルス サンフランシスコ 米国西部 PST PDT Los_Angeles San_Francisco",
    "America/Toronto": "モントリオール トロント オタワ Montreal Toronto Ottawa",
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
    "Asia/Singapore": "シンガポール Singapore",
    "Asia/Kuala_Lumpur": "クアラルンプール Kuala_Lumpur",
    "Asia/Ulaanbaatar": "ウランバートル Ulaanbaatar",
    "Australia/Sydney": "シドニー キャンベラ Sydney Canberra",
    "Pacific/Fiji": "スバ フィジー Suva",
    "UTC": "協定世界 世界標準 UTC GMT",
}  # fmt: skip

#: Name, in lower case → zone.
CITIES: Final[Mapping[str, str]] = {
    name.replace("_", " ").lower(): zone for zone, names in _NAMES.items() for name in names.split()
}
