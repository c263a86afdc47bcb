"""Mails as they go over the wire: what two independent parsers read is what was meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jposocial.errors import Refused
from jposocial.newsletter.headers import encoded_words, mailbox_field, text_field
from jposocial.newsletter.letter import TOKEN_MARK, Attachment, Letter, Reader
from jposocial.newsletter.mould import Mould, envelope_sender, make_mould, message_id
from jposocial.newsletter.verify import read_back
from jposocial.newsletters import Bounces, Imprint, Newsletter

DATE = datetime(2027, 1, 14, 1, 0, tzinfo=UTC)
IMPRINT = Imprint(
    name="国際機関人事センター", publisher="見本", address="見本市", contact="news@example.go.jp"
)
NEWSLETTER = Newsletter(
    name="monthly", list="monthly", purpose="news", sender="news@example.go.jp",
    reply_to="office@example.go.jp", imprints={"ja": IMPRINT}, base_url="https://mail.example.go.jp",
)  # fmt: skip
TOKEN = "abcdefghijklmnopqrstu_"
READER = Reader(
    address="hanako@example.org", name="見本 花子", token=TOKEN,
    message_id=message_id("2027-01-14", "hanako@example.org", "example.go.jp"),
)  # fmt: skip
ICS = Attachment(
    name="2027-01-21.ics",
    type="text/calendar; charset=utf-8; method=PUBLISH",
    content=b"BEGIN:VCALENDAR\r\n",
)
LETTER = Letter(
    lang="ja", subject="メールマガジン 第1号 ①㈱髙𠮷🫶🏽", attachments=(ICS,),
    html=f"<p>本文<a href='https://mail.example.go.jp/u/{TOKEN_MARK}'>解除</a></p>" + "長い文。" * 400,
    text="本文\n" * 90 + f"https://mail.example.go.jp/u/{TOKEN_MARK}\n以上\n",
)  # fmt: skip

signs = st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Cn", "Co"))
japanese = st.text(st.sampled_from("国際機関①㈱髙𠮷—é🫶🏽❤️が, \"'<>()=?_aZ09"), max_size=200)


@pytest.mark.parametrize("attachments", [(), (ICS,)], ids=["alone", "with a calendar"])
def test_a_mail_reads_as_it_was_meant(attachments):
    """Nothing differs after the way through the standard library's parser."""
    letter = replace(LETTER, attachments=attachments)
    raw = make_mould(letter, NEWSLETTER, date=DATE).fill(READER)
    assert [] == read_back(raw, letter, READER, NEWSLETTER)


@given(st.text(st.sampled_from("abcXYZ019_-"), min_size=22, max_size=22), st.integers(0, 400))
def test_a_filled_mould_is_the_mail_built_from_scratch(token, pad):
    """Putting a token into the serialised mail gives what serialising the mail with it gives."""
    letter = replace(LETTER, text="あ" * pad + LETTER.text, html="b" * pad + LETTER.html)
    filled = make_mould(letter, NEWSLETTER, date=DATE).fill(replace(READER, token=token))
    own = replace(
        letter,
        text=letter.text.replace(TOKEN_MARK, token),
        html=letter.html.replace(TOKEN_MARK, token),
    )
    scratch = make_mould(own, NEWSLETTER, date=DATE).fill(replace(READER, token=token))

    def decoded(raw):
        mail = message_from_bytes(raw, policy=policy.default)
        return [p.get_content() for p in mail.walk() if not p.is_multipart()]

    assert decoded(scratch) == decoded(filled)
    assert all(len(line) <= 78 for line in filled.partition(b"\r\n\r\n")[2].split(b"\r\n"))


@given(st.one_of(st.text(signs, max_size=120), japanese))
def test_a_subject_of_any_kind_comes_back(subject):
    """Encoded words of at most 75 characters, never empty, on lines of at most 76; and the same text."""
    raw = text_field("Subject", subject)
    lines = raw.decode("ascii").split("\r\n")[:-1]
    assert all(len(line) <= 76 for line in lines)
    assert "=?utf-8?B??=" not in raw.decode()
    value = raw.decode("ascii").removeprefix("Subject: ").removesuffix("\r\n").replace("\r\n ", " ")
    assert str(make_header(decode_header(value))).strip() == subject.strip()


@given(st.one_of(st.text(signs, max_size=60), japanese))
def test_a_name_of_any_kind_comes_back(name):
    """Commas, quotes and brackets in a name make no second address."""
    raw = mailbox_field("To", name.strip(), "a@example.org")
    value = str(message_from_bytes(raw + b"\r\n")["To"]).replace("\r\n", "")
    found = [(str(make_header(decode_header(display))), a) for display, a in getaddresses([value])]
    assert [(name.strip(), "a@example.org")] == found


def test_one_click_stays_whole():
    """A List-Unsubscribe of 200 characters is on one line, with both headers of RFC 8058."""
    newsletter = replace(NEWSLETTER, base_url="https://mail.example.go.jp/" + "a" * 150)
    raw = make_mould(LETTER, newsletter, date=DATE).fill(READER)
    line = next(li for li in raw.split(b"\r\n") if li.startswith(b"List-Unsubscribe:"))
    assert f"List-Unsubscribe: <{newsletter.base_url}/u/{TOKEN}>".encode() == line
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_a_mould_comes_back_from_the_database():
    """The bytes that were frozen give the very mail."""
    mould = make_mould(LETTER, NEWSLETTER, date=DATE)
    again = Mould.from_bytes(mould.to_bytes())
    assert mould.digest == again.digest
    assert mould.fill(READER) == again.fill(READER)


@pytest.mark.parametrize("where", ["subject", "name"])
def test_a_line_end_is_refused(where):
    """Nobody writes a header of their own into a subject or a name."""
    letter = replace(LETTER, subject="a\r\nBcc: b@example.org") if where == "subject" else LETTER
    reader = replace(READER, name="a\nBcc: b@example.org") if where == "name" else READER
    with pytest.raises(Refused):
        make_mould(letter, NEWSLETTER, date=DATE).fill(reader)


@given(st.data())
def test_a_changed_mail_is_seen(data):
    """Reading back notices a changed sign in the body, or says that it cannot be parsed."""
    raw = bytearray(make_mould(LETTER, NEWSLETTER, date=DATE).fill(READER))
    start = raw.index(b"base64\r\n\r\n") + 10
    at = data.draw(st.integers(start, start + 700).filter(lambda i: raw[i] not in b"\r\n"))
    raw[at] = data.draw(st.sampled_from(sorted(set(b"ABCabc019+/") - {raw[at]})))
    assert [] != read_back(bytes(raw), LETTER, READER, NEWSLETTER)


def test_a_test_is_marked():
    """In its subject and in its head; it is nobody's."""
    raw = make_mould(LETTER, NEWSLETTER, date=DATE, test=True).fill(READER)
    mail = message_from_bytes(raw, policy=policy.default)
    assert str(mail["Subject"]).startswith("【テスト】")
    assert "yes" == mail["X-Jposocial-Test"]


def test_a_bounce_names_its_reader():
    """The envelope's sender carries the token where bounces are configured."""
    assert "news@example.go.jp" == envelope_sender(NEWSLETTER, TOKEN)
    newsletter = replace(NEWSLETTER, bounces=Bounces(address="bounce@example.go.jp"))
    assert f"bounce+{TOKEN}@example.go.jp" == envelope_sender(newsletter, TOKEN)


def test_no_words_of_nothing():
    """An empty text has no encoded word at all."""
    assert [] == encoded_words("")
