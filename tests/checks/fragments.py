"""Texts of every rule: what the tests of the checks have in quotes, and what looks like it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from hypothesis import strategies as st

_HERE: Final = Path(__file__).parent


def _quoted(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str) and 0 < len(value) < 200}


#: One text for every way in which a pattern can be met; the tests have some only in parts.
_TRIGGERS: Final = {
    *("2月5日(木)", "2月5日は木曜日", "2月5日㈭", "2月5日[木]", "2月5日【祝・木】", "2027-02-05 Thu", "Thu 5 Feb", "5 Feb, Thu"),
    *("Monday, February 2", "Tue 2 Feb", "Wed. 2 Feb", "2/5(木)", "二月五日（木）", "R9.2.5(木)", "5 February (Sun)", "FRI 2 FEB", "5 feb, sat"),
    *("meeting number ①②③④⑤⑥⑦⑧⑨", "②月①⑨日②③:⑤⑨（ニューヨーク時間）", "19:60", "要確認：", "（要確認）", "あとで書く", "ダミーテキスト"),
    *("広報の????仕事", "蜍滄寔", "!!!", "≪急募≫", "（笑）", "-=-=-=-=", "12 AM", "12:00 a.m.", "深夜0時", "FY2027 (Reiwa 8)", "Hanako Mihom"),
    *("木曜日の2月5日", "2月15日から2月12日まで", "15:00〜13:00", "31 April", "2/30に", "海外在住の方は20:00", "来月1月19日", "見本 華子氏"),
    *("2月30日", "13月1日", "十三月一日", "2/30(火)", "24:00", "２５：３０", "25時", "令和九年二月三十日", "2027-02-30(火)"),
    *("〇〇", "○月", "◯日", "20XX年", "XX", "ＸＸ", "xx", "TBD", "TBA", "TODO", "FIXME", "lorem ipsum", "Lorem ipsum", "【仮】", "仮称"),
    *("●●", "△△", "××", "▲▲▲", "□□□", "＿＿", "___", "{{", "}}", "{%", "%}", "縺繧繝", "ã‚ãƒ", "ï¿½", "か\u3099", "\ufffd", "\u200b", "\u202e"),
    *("zoom.us/j/1", "teams.live.com/meet/1", "g.co/meet/abc", "webex.com/join/1", "meet.goto.com/1", "join.skype.com/1", "meet.jit.si/a", "gotomeet.me/a"),
    *("zoommtg://a", "msteams:/a", "webexteams://a", "example.org/a?pwd=1", "example.org/a#zak=1", "meeting.example.org/j/会議"),
    *("ミーティングID: 123 456 7890", "会議番号は123456789", "meeting number 123456789", "webinar no. 123456789", "id: 123 456 7890"),
    *("パスコード: abc123", "パスワード abc1", "パス: abc1", "暗証番号: 1234", "参加コード: 1234", "入室キー: 1234", "ホストキー: 1234", "アクセスコード1234"),
    *("passcode abcd1", "password: abcd1", "pw: abcd1", "pass=abcd1", "host key: 1234", "access code: 1234"),
    *("http://example.com", "bit.ly/a", "ftp://a", "https://example.go.jp/aを", "www.example.go.jpを", "こちらから", "ここをクリック", "コチラ", "詳細はここ"),
    *("click here", "[here](", "apply here", "博士さま", "氏さん", "教授殿", "先生様", "彼女様先生", "見本 花子さんさん", "見本花子氏氏"),
    *("taro@gmail.com", "taro(at)gmail.com", "taroアットマークgmail.com", "ooアットマークgmailドットcom", "oo★gmail.com", "oo_at_gmail.com", "090-0000-0000"),
    *("+81 90 0000 0000", "09000000000", "TEL0300001234", "電話：03(0000)1234", "☎0300000000", "(03)0000-1234", "Tel+81-3-0000-1234"),
    *("2026年度(令和9年度)", "平成30年(2017年)", "昭和50(1970)年", "2026（R9）年", "H30(2017)年", "Ｒ９年（２０２６年）"),
    *("ジャカルタ時間17:00", "17:00 (Geneva)", "現地時間正午", "noon New York time", "midnight in London", "ローマは12:00、パリは13:00", "NY時間9時", "12:00 UTC"),
    *("The seminar starts at 7 p.m.", "please apply by noon", "until midnight on Friday", "午前12時", "午後0時", "深夜0時", "真夜中の12時", "正午12時", "0:00から", "00時"),
    *("#国際機関で働く", "＃123", "#", "C#", "ＪＰＯ2027", "2027ＪＰＯ", "New\u3000York", "１２3", "あした開催", "のこり3日", "残り3日", "きのう開催"),
    *("★お知らせ★", "■■", "♪♪", "＊＊＊", "※※※", "───", "━━━", "～～～", "〜〜〜", "・・・", "………", "。。。。", "＞＞＞", "<<<", "┏┓", "││", "＋＋＋"),
    *("---", "===", "***", "+++", "(^_^)", "（´・ω・`）", "^^", "^_^", "orz", "m(_ _)m", "(>_<)", "(T_T)", "🎉🎉🎉🎉", "‼‼‼‼", "1\ufe0f\u20e3" * 4, "⁉⁉⁉⁉"),
    *("重 要", "お 知 ら せ", "J P O N", "N O T I C E", "重\u3000要", "締切まであと3日", "あと三日", "3 days left", "just 2 weeks to go", "開始3日前", "締切2週間前"),
    *("本日締切", "今夜開催", "今晩19時", "今週末", "来週の木曜日", "再来週", "先週", "明後日", "あさって", "昨晩", "TOMORROW", "Next Week", "yesterday", "tonight"),
}  # fmt: skip

#: Whoever adds a trigger to a rule adds it to the rule's tests, and so to this.
QUOTED: Final = sorted(
    _TRIGGERS
    | {text for path in _HERE.glob("test_*.py") for text in _quoted(path)}
    | {
        line
        for path in sorted(_HERE.glob("cases/*/*.md"))
        for line in path.read_bytes().decode("utf-8", "replace").splitlines()
        if line.strip()
    }
)

_WIDE: Final = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000})
_CHANGES: Final = (str, str.upper, str.lower, str.swapcase, lambda text: text.translate(_WIDE))
_NOISE: Final = st.text(
    alphabet=st.one_of(
        st.sampled_from("0123456789１２月日時分年一二十:：/／.．-() （）【】「」。、\n \u3000@#+*=_★☆■ABhttpsnoonあこさ氏様"),
        st.characters(),
    ),
    max_size=6,
)  # fmt: skip


def texts() -> st.SearchStrategy[str]:
    """A few fragments, whole or cut, in whatever width and case, with noise between them."""
    whole = st.sampled_from(QUOTED)
    cut = st.builds(
        lambda text, a, b: text[a : a + b], whole, st.integers(0, 40), st.integers(1, 60)
    )
    piece = st.builds(lambda text, change: change(text), whole | cut, st.sampled_from(_CHANGES))
    return st.lists(piece | _NOISE, min_size=1, max_size=4).map("".join)
