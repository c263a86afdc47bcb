"""`jposocial.toml`: every key of the contract, and every mistake at once with its line."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.workspace import REPOSITORY, make_workspace, run_cli, tree_digest, write_file

from jposocial.errors import ConfigError
from jposocial.model import Moment
from jposocial.settings import Settings, load_settings, parse_settings

EVERY_KEY = """
[workspace]
name = "見本センター"
timezone = "Asia/Tokyo"
language = "ja"
horizon = "92d"

[database]
url = "sqlite:///var/jposocial.db"

[accounts.x]
platform = "x"
handle = "@example_center"
mode = "live"
lang = "ja"
base_url = "http://127.0.0.1:8090/"
daily_cap = 4
min_gap = "2h"
timeout = "30s"
monthly_budget_usd = 20
[accounts.x.secrets]
consumer_key = "cred:x_consumer_key"
consumer_secret = "file:/run/secrets/x"
access_token = "env:X_TOKEN"
access_token_secret = "cred:x_secret"

[accounts.page]
platform = "facebook"
handle = "example.center"
lang = "en"
daily_cap = 0
min_gap = 0
monthly_budget_usd = 0.5
page_id = "1234"
api_version = "v23.0"
secrets = { page_token = "cred:page" }

[calendar]
office_hours = "08:30-17:15"
quiet_hours = "21:00-08:00"
closed = ["12-29/01-03", "08-13"]
holidays = ["2027-01-01", 2027-01-11, "-2027-02-11"]
national = false
blackout = [{ from = "2027-02-01", to = 2027-02-03, reason = "移転" }]

[cadence.seminar]
x = [
  { moment = "announce", at = "starts-14", time = "12:00", shift = "next" },
  { moment = "reminder", at = "starts -7b", shift = "previous", grace = "6h" },
  { moment = "last_call", at = "apply_deadline-1" },
  { moment = "closing_day", at = "closes", before = "6h", shift = "keep" },
  { moment = "report", at = "ends+2" },
]
page = []
other = "x"
accounts = ["x", "page", "mail"]
[cadence.notice]
accounts = ["x"]
daily_cap = 2
[cadence.exam_notice]
x = [{ moment = "notice", at = "publish" }]

[series.testimonial_weekly]
kind = "testimonial"
accounts = ["x"]
every = "wed 12:00"
pick = "one"
shift = "previous"
cutoff = "-1b 12:00"
[series.vacancy_digest]
kind = "vacancy"
every = "tue,fri 12:00"
pick = "all"
[series.newsletter]
every = "2nd,4th thu 10:00"

[approval]
required = false
self_approval = true

[links]
allow = ["go.jp", "un.org"]
probe = false

[media]
public_url = "https://media.example.jp"
[cards]
font = "NotoSansJP.otf"
[web]
bind = "127.0.0.1:8080"
base_url = "https://office.example.jp"
auth = "proxy"
[feeds.unicef]
url = "https://example.org/feed"
kind = "rss"
every = "6h"
max_items = 50
[holds.earthquake]
feed = "https://example.jp/quake.xml"
level = "6-"
[newsletter.monthly]
mode = "sandbox"
hold_window = "30m"
latest_start = "6h"
count_change = 0.3
from = "news@example.jp"
reply_to = "office@example.jp"
publisher = "見本"
address = "見本市"
contact = "office@example.jp"
list = "monthly"
purpose = "newsletter"
[newsletter.monthly.smtp]
host = "localhost"
port = 25
tls = "none"
connections = 1
per_domain = 1
[newsletter.monthly.dkim]
domain = "example.jp"
rsa = { selector = "a", key = "file:rsa.pem" }
[newsletter.monthly.bounces]
address = "bounces@example.jp"
maildir = "var/bounces"
[notify]
to = ["office@example.jp"]
[notify.smtp]
host = "localhost"
[net]
allow_private = ["127.0.0.1"]
"""


def wrong(text: str) -> list[str]:
    """Every message about a configuration that is wrong."""
    with pytest.raises(ConfigError) as caught:
        parse_settings(text)
    assert caught.value.exit_code == 2
    return [str(message) for message in caught.value.messages]


def places(text: str) -> list[tuple[int, str]]:
    """(line, key) of each."""
    found = [re.match(r"jposocial\.toml:(\d+): (\S+): .+ — .+", said) for said in wrong(text)]
    assert all(found)
    return [(int(match[1]), match[2]) for match in found if match]


@pytest.fixture
def every_key() -> Settings:
    """The configuration that has everything."""
    return parse_settings(EVERY_KEY)


def test_workspace(every_key: Settings) -> None:
    """Names, times and switches are typed."""
    assert "見本センター" == every_key.name
    assert "ja" == every_key.language
    assert timedelta(days=92) == every_key.horizon
    assert "sqlite:///var/jposocial.db" == every_key.database_url
    assert (False, True) == (every_key.approval_required, every_key.self_approval)
    assert (("go.jp", "un.org"), False) == (every_key.links_allow, every_key.links_probe)


def test_accounts(every_key: Settings) -> None:
    """Accounts have any name, their platform's secrets and its further keys."""
    x, page = every_key.accounts["x"], every_key.accounts["page"]
    assert ("x", "@example_center", "live", "ja") == (x.platform, x.handle, x.mode, x.lang)
    assert ("http://127.0.0.1:8090", 4) == (x.base_url, x.daily_cap)
    assert (timedelta(hours=2), timedelta(seconds=30)) == (x.min_gap, x.timeout)
    assert 20.0 == x.monthly_budget_usd
    assert {
        "consumer_key": "cred:x_consumer_key",
        "consumer_secret": "file:/run/secrets/x",
        "access_token": "env:X_TOKEN",
        "access_token_secret": "cred:x_secret",
    } == x.secrets
    assert {"page_id": "1234", "api_version": "v23.0"} == page.options
    assert (0, timedelta(), 0.5) == (page.daily_cap, page.min_gap, page.monthly_budget_usd)
    assert ("sandbox", None) == (page.mode, page.base_url)


def test_calendar(every_key: Settings) -> None:
    """Hours, closed days, holidays and blackouts; days may be TOML's own dates."""
    calendar = every_key.calendar
    assert ZoneInfo("Asia/Tokyo") == calendar.zone
    assert (time(8, 30), time(17, 15)) == calendar.office_hours
    assert (time(21), time(8)) == calendar.quiet_hours
    assert (((12, 29), (1, 3)), ((8, 13), (8, 13))) == calendar.closed
    assert {date(2027, 1, 1), date(2027, 1, 11)} == calendar.holidays
    assert {date(2027, 2, 11)} == calendar.not_holidays
    assert not calendar.national
    [blackout] = calendar.blackout
    assert (date(2027, 2, 1), date(2027, 2, 3), "移転") == (
        blackout.start,
        blackout.end,
        blackout.reason,
    )


def test_cadence(every_key: Settings) -> None:
    """Moments with their anchors and offsets; a deadline's reminder moves earlier by default."""
    cadence = every_key.cadences["seminar"]
    assert (
        Moment(name="announce", anchor="starts", offset=-14, grace=timedelta(hours=24)),
        Moment(name="reminder", anchor="starts", offset=-7, business=True, shift="previous"),
        Moment(name="last_call", anchor="apply_deadline", offset=-1, shift="previous"),
        Moment(name="closing_day", anchor="closes", before=timedelta(hours=6), shift="keep"),
        Moment(name="report", anchor="ends", offset=2, grace=timedelta(hours=24)),
    ) == cadence.rows["x"]
    assert ("x", ("x", "page", "mail")) == (cadence.other, cadence.accounts)
    notice = every_key.cadences["notice"]
    assert (("x",), 2) == (notice.accounts, notice.daily_cap)


def test_later_sections(every_key: Settings) -> None:
    """Sections of features to come are accepted."""
    for name in every_key.dormant:
        assert f"[{name}" in EVERY_KEY


def test_nothing_written() -> None:
    """An empty configuration has the defaults of the contract."""
    settings = parse_settings("")
    assert "Asia/Tokyo" == settings.calendar.zone.key
    assert ("ja", timedelta(days=92)) == (settings.language, settings.horizon)
    assert (True, False, True) == (
        settings.approval_required,
        settings.self_approval,
        settings.links_probe,
    )
    assert (time(21), time(8)) == settings.calendar.quiet_hours
    assert (((12, 29), (1, 3)),) == settings.calendar.closed
    seminar = settings.cadences["seminar"]
    assert ["announce", "reminder", "last_call", "today", "report"] == [
        moment.name for moment in seminar.rows["x"]
    ]
    assert ["announce", "reminder"] == [moment.name for moment in seminar.rows["facebook"]]
    assert "facebook" == seminar.other


def test_account_defaults() -> None:
    """An account needs a platform and a handle; the rest has the contract's defaults."""
    [x] = parse_settings('[accounts.x]\nplatform = "x"\nhandle = "a"').accounts.values()
    assert ("sandbox", "ja", None, 4) == (x.mode, x.lang, x.base_url, x.daily_cap)
    assert (timedelta(hours=2), timedelta(seconds=30)) == (x.min_gap, x.timeout)
    assert (None, {}) == (x.monthly_budget_usd, x.secrets)


def test_own_row_replaces_the_default() -> None:
    """A row of one's own stands for the default one; the other rows stay."""
    text = '[cadence.seminar]\nx = [{ moment = "once", at = "starts-1" }]'
    rows = parse_settings(text).cadences["seminar"].rows
    assert ["once"] == [moment.name for moment in rows["x"]]
    assert 2 == len(rows["facebook"])


@pytest.mark.parametrize(
    ("line", "minimum"),
    [
        ('min_gap = "0s"', timedelta()),
        ("min_gap = 0", timedelta()),
        ('min_gap = "90m"', timedelta(minutes=90)),
    ],
)
def test_no_gap(line: str, minimum: timedelta) -> None:
    """0 and "0s" mean no gap."""
    [x] = parse_settings(f'[accounts.x]\nplatform = "x"\nhandle = "a"\n{line}').accounts.values()
    assert minimum == x.min_gap


def test_no_quiet_hours() -> None:
    """An empty text means that there are none."""
    assert parse_settings('[calendar]\nquiet_hours = ""').calendar.quiet_hours is None


X = '[accounts.x]\nplatform = "x"\nhandle = "a"\n'

MISTAKES = {
    "unknown section": ("[aproval]\nrequired = true", (1, "aproval")),
    "unknown key": ('[workspace]\n\nlangage = "ja"', (3, "workspace.langage")),
    "unknown key at the top": ('nam = "a"', (1, "nam")),
    "unknown key of an account": (X + "dayly_cap = 4", (4, "accounts.x.dayly_cap")),
    "another platform's key": (X + 'page_id = "1"', (4, "accounts.x.page_id")),
    "another platform's secret": (
        X + '[accounts.x.secrets]\npage_token = "cred:a"',
        (5, "accounts.x.secrets.page_token"),
    ),
    "unknown key of a moment": (
        '[cadence.seminar]\nx = [\n  { moment = "a", at = "starts" },\n  { moment = "b", at = "ends", tiem = "12:00" },\n]',
        (4, "cadence.seminar.x[1].tiem"),
    ),
    "unknown kind": ("[cadence.seminer]\nx = []", (1, "cadence.seminer")),
    "unknown account in a cadence": ("[cadence.seminar]\ntwitter = []", (2, "cadence.seminar.twitter")),
    "unknown other": ('[cadence.seminar]\nother = "line"', (2, "cadence.seminar.other")),
    "unknown default account": (
        '[cadence.notice]\naccounts = ["line"]',
        (2, "cadence.notice.accounts"),
    ),
    "zone": ('[workspace]\ntimezone = "Asia/Tokio"', (2, "workspace.timezone")),
    "zone as a number": ("[workspace]\ntimezone = 9", (2, "workspace.timezone")),
    "language": ('[workspace]\nlanguage = "fr"', (2, "workspace.language")),
    "language as a list": ('[workspace]\nlanguage = ["ja"]', (2, "workspace.language")),
    "horizon without unit": ('[workspace]\nhorizon = "92"', (2, "workspace.horizon")),
    "horizon as a number": ("[workspace]\nhorizon = 92", (2, "workspace.horizon")),
    "horizon without end": ('[workspace]\nhorizon = "99999999999d"', (2, "workspace.horizon")),
    "section as a value": ('workspace = "a"', (1, "workspace")),
    "account as a value": ('[accounts]\nx = "a"', (2, "accounts.x")),
    "platform": ('[accounts.x]\nplatform = "twitter"\nhandle = "a"', (2, "accounts.x.platform")),
    "no platform": ('[accounts.x]\nhandle = "a"', (1, "accounts.x")),
    "no handle": ('\n[accounts.x]\nplatform = "x"', (2, "accounts.x")),
    "empty handle": ('[accounts.x]\nplatform = "x"\nhandle = ""', (3, "accounts.x.handle")),
    "account called mail": ('[accounts.mail]\nplatform = "x"\nhandle = "a"', (1, "accounts.mail")),
    "account with a capital": ('[accounts.X]\nplatform = "x"\nhandle = "a"', (1, "accounts.X")),
    "mode": (X + 'mode = "test"', (4, "accounts.x.mode")),
    "cap below 0": (X + "daily_cap = -1", (4, "accounts.x.daily_cap")),
    "cap in quotes": (X + 'daily_cap = "4"', (4, "accounts.x.daily_cap")),
    "cap as a switch": (X + "daily_cap = true", (4, "accounts.x.daily_cap")),
    "gap as a number": (X + "min_gap = 2", (4, "accounts.x.min_gap")),
    "gap as a switch": (X + "min_gap = false", (4, "accounts.x.min_gap")),
    "no timeout": (X + 'timeout = "0s"', (4, "accounts.x.timeout")),
    "budget below 0": (X + "monthly_budget_usd = -0.5", (4, "accounts.x.monthly_budget_usd")),
    "base_url with a path": (X + 'base_url = "https://a.jp/x"', (4, "accounts.x.base_url")),
    "base_url without scheme": (X + 'base_url = "a.jp"', (4, "accounts.x.base_url")),
    "hours": ('[calendar]\noffice_hours = "8:30-17:15"', (2, "calendar.office_hours")),
    "hours with 24:00": ('[calendar]\nquiet_hours = "21:00-24:00"', (2, "calendar.quiet_hours")),
    "closed": ('[calendar]\nclosed = ["12-29/13-03"]', (2, "calendar.closed")),
    "closed as a text": ('[calendar]\nclosed = "12-29/01-03"', (2, "calendar.closed")),
    "holiday": ('[calendar]\nholidays = ["2027-02-30"]', (2, "calendar.holidays")),
    "holiday in a list of lines": (
        '[calendar]\nholidays = [\n  "2027-01-01",\n  "01-11",\n]',
        (2, "calendar.holidays"),
    ),
    "blackout without a reason": (
        '[calendar]\nblackout = [{ from = "2027-02-01", to = "2027-02-03" }]',
        (2, "calendar.blackout"),
    ),
    "switch in quotes": ('[approval]\nrequired = "yes"', (2, "approval.required")),
    "moment without a name": ('[cadence.notice]\nx = [{ at = "publish" }]', (2, "cadence.notice.x[0]")),
    "moment without an anchor": (
        '[cadence.notice]\nx = [{ moment = "announce" }]',
        (2, "cadence.notice.x[0]"),
    ),
    "moment twice": (
        '[cadence.notice]\nx = [\n  { moment = "a", at = "publish" },\n  { moment = "a", at = "publish+1" },\n]',
        (2, "cadence.notice.x"),
    ),
    "anchor": ('[cadence.notice]\nx = [{ moment = "a", at = "14 days before" }]', (2, "cadence.notice.x[0].at")),
    "anchor out of all bounds": (
        '[cadence.notice]\nx = [{ moment = "a", at = "publish-99999999999" }]',
        (2, "cadence.notice.x[0].at"),
    ),
    "time": (
        '[cadence.notice]\nx = [{ moment = "a", at = "publish", time = "noon" }]',
        (2, "cadence.notice.x[0].time"),
    ),
    "shift": (
        '[cadence.notice]\nx = [{ moment = "a", at = "publish", shift = "back" }]',
        (2, "cadence.notice.x[0].shift"),
    ),
    "row as a table": ('[cadence.notice]\nx = { moment = "a" }', (2, "cadence.notice.x")),
    "key behind a comment": (
        '[workspace]\n# langage = "ja"\nname = "a" # langage = 1\nlangage = "ja"',
        (4, "workspace.langage"),
    ),
    "quoted key": ('[workspace]\n"langage" = "ja"', (2, "workspace.langage")),
    "dotted key": ('workspace.langage = "ja"', (1, "workspace.langage")),
    "key of another section": (
        '[approval]\nrequired = true\n[links]\nrequired = true',
        (4, "links.required"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place"), MISTAKES.values(), ids=MISTAKES)
def test_mistake(text: str, place: tuple[int, str]) -> None:
    """One mistake is said with its line, its key and how to mend it."""
    assert place in places(text)


def test_all_at_once() -> None:
    """Every mistake of a file is in one answer, from top to bottom, no sound key among them."""
    text = """[workspace]
timezone = "Asia/Tokio"
langage = "ja"
[accounts.x]
platform = "x"
handle = "a"
daily_cap = "4"
min_gap = "2"
[accounts.page]
platform = "facebook"
mode = "liv"
[calendar]
closed = ["13-01"]
[link]
probe = true
"""
    assert [
        (2, "workspace.timezone"),
        (3, "workspace.langage"),
        (7, "accounts.x.daily_cap"),
        (8, "accounts.x.min_gap"),
        (9, "accounts.page"),
        (11, "accounts.page.mode"),
        (13, "calendar.closed"),
        (14, "link"),
    ] == places(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[aproval]", "approval"),
        ('[workspace]\nlangage = "ja"', "language"),
        (X + 'handel = "a"', "handle"),
        (X + 'mode = "sandbx"', "sandbox"),
        ("[cadence.seminer]", "seminar"),
        ('[calendar]\nofice_hours = "08:30-17:15"', "office_hours"),
    ],
)
def test_nearest_name(text: str, name: str) -> None:
    """What is misspelt is answered with the name that is most like it."""
    assert any(f"did you mean '{name}'?" in said for said in wrong(text))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (
            X + 'mode = "live"',
            ["consumer_key", "consumer_secret", "access_token", "access_token_secret"],
        ),
        (
            X
            + 'mode = "live"\n[accounts.x.secrets]\nconsumer_key = "cred:a"\naccess_token = "cred:a"',
            ["consumer_secret", "access_token_secret"],
        ),
        (
            '[accounts.p]\nplatform = "facebook"\nhandle = "a"\nmode = "live"',
            ["page_token", "page_id"],
        ),
    ],
)
def test_live_needs_secrets(text: str, missing: list[str]) -> None:
    """An account that is live names each secret it lacks; in the sandbox it needs none."""
    said = wrong(text)
    assert [True] * len(missing) == [
        f"'{name}'" in line for name, line in zip(missing, said, strict=True)
    ]
    parse_settings(text.replace('mode = "live"', ""))


@pytest.mark.parametrize(
    "value", ["Zx9Secret", "cred:", "file", "http:Zx9Secret", " cred:Zx9Secret", "CRED:Zx9Secret"]
)
@pytest.mark.parametrize(
    "where",
    [
        pytest.param('[accounts.x.secrets]\nconsumer_key = "{}"', id="as a secret"),
        pytest.param('[accounts.x.secrets]\nconsumer_kye = "{}"', id="under a wrong name"),
        pytest.param('consumer_key = "{}"', id="beside the secrets"),
        pytest.param('[accounts.x.secrets]\nconsumer_key = ["{}"]', id="in a list"),
        pytest.param('secrets = "{}"', id="as the secrets"),
    ],
)
def test_literal_secret(tmp_path: Path, where: str, value: str) -> None:
    """A secret written out is refused, and its value is repeated nowhere."""
    root = make_workspace(tmp_path)
    write_file(root, "jposocial.toml", X + where.format(value))
    ran = run_cli(["check"], root)
    assert (2, "") == (ran.code, ran.out)
    assert "jposocial.toml:" in ran.err
    assert "Zx9Secret" not in ran.err


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[workspace\n", id="no TOML"),
        pytest.param(b"a = 1\na = 2\n", id="key twice"),
        pytest.param("[workspace]\nname = '見本'".encode("cp932"), id="Shift_JIS"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"a = " + b"1" * 10_000, id="a long number"),
        pytest.param(b"a = 2027-02-30\n", id="no day"),
        pytest.param(b"\0", id="zero byte"),
    ],
)
def test_unreadable(tmp_path: Path, content: bytes) -> None:
    """What is no TOML is a wrong configuration: exit 2, no traceback, nothing written."""
    root = make_workspace(tmp_path)
    write_file(root, "jposocial.toml", content)
    before = tree_digest(root)
    for command in ("check", "plan"):
        ran = run_cli([command], root)
        assert (2, "") == (ran.code, ran.out)
        assert "jposocial.toml" in ran.err
        assert "Traceback" not in ran.err
    assert before == tree_digest(root)


@pytest.mark.parametrize(
    "brackets", ["[" * 50_000, "[" * 5_000 + "]" * 5_000], ids=["open", "closed"]
)
def test_brackets(brackets: str) -> None:
    """Brackets in brackets, however deep, are only a wrong configuration."""
    [said] = wrong(f"a = {brackets}")
    assert said.startswith("jposocial.toml: not valid TOML")


def test_byte_order_mark(tmp_path: Path) -> None:
    """A byte order mark and CRLF, as Windows writes them, do no harm."""
    path = write_file(
        tmp_path, "jposocial.toml", b"\xef\xbb\xbf" + X.replace("\n", "\r\n").encode()
    )
    assert ["x"] == list(load_settings(path).accounts)


def test_lines_with_crlf(tmp_path: Path) -> None:
    """Lines are counted the same whatever ends them."""
    text = (X + "dayly_cap = 4\n").replace("\n", "\r\n")
    path = write_file(tmp_path, "jposocial.toml", text)
    with pytest.raises(ConfigError, match=r"jposocial\.toml:4: accounts\.x\.dayly_cap"):
        load_settings(path)


def test_shipped_configuration() -> None:
    """The starter's own configuration is right."""
    settings = load_settings(REPOSITORY / "jposocial.toml")
    assert {"x", "facebook"} <= set(settings.accounts)
    assert {"sandbox"} == {account.mode for account in settings.accounts.values()}


TOML_VALUES = st.sampled_from(
    ["1", "-1", "1.5", "true", '""', '"a"', "[]", "[1]", "{}", "{ a = 1 }", "2027-01-01", "10:00:00",
     '["a"]', '[["a"]]', '[{ moment = 1, at = 2 }]', "inf", "nan", '"2h"', '"08:30-17:15"']
)  # fmt: skip
KEYS = st.sampled_from(
    ["workspace", "database", "accounts", "calendar", "cadence", "approval", "links", "series", "x",
     "accounts.x", "accounts.x.secrets", "cadence.seminar", "name", "timezone", "language",
     "horizon", "url", "platform", "handle", "mode", "secrets", "min_gap", "holidays", "blackout",
     "closed", "quiet_hours", "office_hours", "other", "required", "allow", "net", "notify"]
)  # fmt: skip


@given(st.lists(st.tuples(KEYS, KEYS, TOML_VALUES), max_size=6))
def test_any_values(items: list[tuple[str, str, str]]) -> None:
    """Any value under any key makes settings, or one ConfigError with lines of this file."""
    text = "".join(f"[{table}]\n{key} = {value}\n" for table, key, value in items)
    try:
        parse_settings(text)
    except ConfigError as error:
        for message in error.messages:
            line = re.match(r"jposocial\.toml:(\d+): ", message)
            if line:
                assert 1 <= int(line[1]) <= max(1, text.count("\n"))
            else:
                assert message.startswith("jposocial.toml: not valid TOML")
