# SPDX-License-Identifier: Apache-2.0
"""Provokes the refusals of spec/wire/refusals.tsv through the entries that people and peers have:
bytes into the codec (juki decode), lines into a node's socket, commands of the tools, and whole
move-ins that the protocol refuses.  Every row must be provoked here or be accounted for in
elsewhere.tsv.  Started by test_provoke.sh in a running network.

usage: provoke.py JUKI TREE NET NAME=PID ...
"""
import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

JUKI, TREE, NET = sys.argv[1:4]
PID = dict(item.split("=") for item in sys.argv[4:])
FROM, TO, NOWHERE = "131016", "141003", "011002"
HERE = os.path.join(TREE, "tests", "refusals")

provoked = set()
failures = []
checks = 0


def table(path):
    with open(path, encoding="utf-8") as stream:
        return [line.rstrip("\n").split("\t") for line in stream if not line.startswith("#")]


ROWS = {row[1]: dict(zip("number name class retry text_en text_ja hint_en hint_ja".split(), row))
        for row in table(os.path.join(TREE, "spec", "wire", "refusals.tsv"))[1:]}


def judge(what, good, seen):
    global checks
    checks += 1
    if not good:
        failures.append(f"{what}: {seen}")


def told(what, name, part):
    """A refusal in a node's JSON has all words of its row; nobody's number or name stands in it."""
    row = ROWS[name]
    want = {"number": int(row["number"]), "class": row["class"], "retry": row["retry"] == "yes",
            "text_ja": row["text_ja"], "hint_en": row["hint_en"], "hint_ja": row["hint_ja"]}
    judge(what, all(part.get(key) == value for key, value in want.items()), part)
    judge(what + ": personal data", not any(code in json.dumps(part) for code in CODES), part)
    provoked.add(name)


# --- residents of the origin ---

with open(os.path.join(NET, "people.tsv"), encoding="utf-8") as people_file:
    PEOPLE = [p for p in csv.DictReader(people_file, delimiter="\t", quoting=csv.QUOTE_NONE)
              if p["municipality_code"] == FROM]
CODES = [p["resident_code"] for p in PEOPLE]
# National does not know the last one whose card can be used (test_provoke.sh).
UNKNOWN = [p for p in PEOPLE if p["card"] == "in_operation"][-1]
homes = {}
for person in PEOPLE:
    if person["household"] != UNKNOWN["household"]:
        homes.setdefault(person["household"], []).append(person)


def usable(home):
    return [p for p in home if p["card"] == "in_operation"]


PAIRS = iter([usable(h) for h in homes.values() if len(usable(h)) >= 2])
SINGLES = iter([h[0] for h in homes.values() if len(h) == 1 and usable(h)])
# One whose card can be used, and one whose card was abolished.
MIXED = iter([[usable(h)[0], p] for h in homes.values() for p in h
              if usable(h) and p["card"] == "abolished"])


def digit(ten):
    total = sum(int(d) * (n + 1 if n <= 6 else n - 5)
                for n, d in enumerate(reversed(ten), 1))
    return "0" if total % 11 <= 1 else str(11 - total % 11)


def stranger():
    """A code with the right check digit that nobody has."""
    for number in range(1, 1000):
        code = f"{number:010d}"
        if code + digit(code) not in CODES:
            return code + digit(code)
    raise SystemExit("everybody lives here")


# --- bytes ---

def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def text(tag, value):
    data = value if isinstance(value, bytes) else value.encode()
    return varint(tag << 3 | 2) + varint(len(data)) + data


def number(tag, value):
    return varint(tag << 3) + varint(value)


def person(**change):
    fields = {"code": (1, "12345678903"), "number": (2, "123456789018"), "name": (3, "山田"),
              "kana": (4, None), "birth": (6, None), "sex": (7, 1), "address": (8, "一丁目"),
              "postcode": (9, None), "municipality": (10, FROM)}
    out = b""
    for name, (tag, value) in fields.items():
        value = change.get(name, value)
        if value is not None:
            out += number(tag, value) if isinstance(value, int) else text(tag, value)
    return out


def request(**change):
    out = text(1, change.get("origin", FROM))
    for code in change.get("residents", ["12345678903"]):
        out += text(2, code)
    out += number(3, change.get("filing", 20000)) + number(4, change.get("moved", 20000))
    out += text(5, change.get("address", "二丁目"))
    return out + (number(7, change["card"]) if "card" in change else b"")


def verify(**change):
    out = text(1, "12345678903") + (number(6, change["card"]) if "card" in change else b"")
    out += text(9, "desk")
    return out + (text(10, change["purpose"]) if "purpose" in change else b"")


def date(*parts):
    return b"".join(number(tag, value) for tag, value in enumerate(parts, 1) if value)


VARIATION = "葛\U000E0100"
BYTES = [
    ("E_TRUNCATED", "person", person()[:-1]),
    ("E_TRUNCATED", "person", text(1, "12345678903")[:-2]),
    ("E_OVERSIZED", "person", person(name="山" * 101)),
    ("E_OVERSIZED", "person", person(name=VARIATION * 101)),
    ("E_OVERSIZED", "person", person(address="山" * 201)),
    ("E_OVERSIZED", "cert-request", request(residents=CODES[:17])),
    ("E_WIRE", "person", b"\x0b" + person()),
    ("E_WIRE", "person", b"\xff" * 12),
    ("E_NOT_CANONICAL", "person", person()[13:] + person()[:13]),
    ("E_NOT_CANONICAL", "person", person(sex=0)),
    ("E_UNKNOWN_FIELD", "person", person() + number(11, 1)),
    ("E_REPEATED_FIELD", "person", person() + text(10, FROM)),
    ("E_VERSION", "envelope", number(1, 2)),
    ("E_KIND", "envelope", number(1, 1) + number(2, 999)),
    ("E_KIND", "envelope", number(1, 1) + number(2, 901)),
    ("E_MISSING_FIELD", "person", person(name=None)),
    ("E_MISSING_FIELD", "verify-request", verify()),  # no purpose: who asks must say why
    ("E_MISSING_FIELD", "verify-request", text(9, "desk") + text(10, "x")),
    ("E_UTF8", "person", person(name=b"\xe5\xb1")),
    ("E_UTF8", "person", person(name=b"\xc0\xaf")),
    ("E_UTF8", "person", person(name=b"\xed\xa0\x80")),
    ("E_UTF8", "person", person(address=b"a\x00b")),
    ("E_MUNICIPALITY_CODE", "person", person(municipality="131017")),
    ("E_MUNICIPALITY_CODE", "person", person(municipality="481017")),
    ("E_MUNICIPALITY_CODE", "cert-request", request(origin="000000")),
    ("E_INDIVIDUAL_NUMBER", "person", person(number="123456789017")),
    ("E_INDIVIDUAL_NUMBER", "person", person(number="12345678901")),
    ("E_RESIDENT_CODE", "person", person(code="1234567890")),
    ("E_RESIDENT_CODE", "person", person(code="00000000000")),
    ("E_RESIDENT_CODE_CHECK", "person", person(code="12345678904")),
    ("E_RESIDENT_CODE_CHECK", "cert-request", request(residents=["12345678904"])),
    ("E_DATE", "person", person(birth=date(2023, 2, 29))),
    ("E_DATE", "person", person(birth=date(2023, 13, 1))),
    ("E_DATE", "person", person(birth=date(1867, 1, 1))),
    ("E_DATE", "person", person(birth=date(2023, 0, 5))),
    ("E_DATE", "cert-request", request(moved=84006)),
    ("E_ENUM", "person", person(sex=3)),
    ("E_ENUM", "verify-request", verify(card=3, purpose="x")),
    ("E_ENUM", "person", person(birth=date(2023, 1, 1, 11))),
    ("E_RANGE", "cert-request", request(card=1)),
    ("E_RANGE", "person", person(postcode="123456")),
    ("E_NAME", "person", person(name="山\u202e田")),
    ("E_NAME", "person", person(name="\u3000 ")),
    ("E_NAME", "verify-request", verify(purpose="Why not")),
    ("E_MEMBERS", "cert-request", request(residents=["12345678903"] * 2)),
]


def run_bytes():
    for name, kind, data in BYTES:
        for lang in ("en", "ja", "both"):
            done = subprocess.run([JUKI, "decode", kind, "--hex-in", "--lang", lang],
                                  input=data.hex().encode(), capture_output=True, check=False)
            err = done.stderr.decode()
            row = ROWS[name]
            says = (row["hint_en"] in err, row["hint_ja"] in err)
            judge(f"decode {kind} {data.hex()[:40]}",
                  done.returncode == 1 and f"({name})" in err and row["number"] in err
                  and says == (lang != "ja", lang != "en") and not done.stdout, err)
            provoked.add(name)


# --- lines ---

def ask(node, /, **members):
    return ask_raw(node, json.dumps(dict({"v": 1}, **members)).encode())


def ask_raw(node, line):
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(30)
        link.connect(os.path.join(NET, node + ".sock"))
        link.sendall(line + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            part = link.recv(65536)
            if not part:
                break
            answer += part
    return json.loads(answer)


def refused(node, status, line=None, **members):
    answer = ask_raw(node, line) if line is not None else ask(node, **members)
    judge(f"{node} {members or line}", answer.get("status") == status and answer["ok"] is False,
          answer)
    told(f"{node} {status}", status, answer)


TERMINAL, REGISTRY = "terminal-" + TO, "registry-" + FROM
DESK = "registry-" + TO  # its clerk is this script
ORIGIN_CS, DEST_CS = "cs-" + FROM, "cs-" + TO


def move(**change):
    members = {"verb": "move-in", "origin": FROM, "residents": [CODES[0]], "new_address": "西区",
               "moved_in_day": "2026-04-01"}
    return {key: value for key, value in dict(members, **change).items() if value is not None}


def out(residents, **change):
    members = {"verb": "file-out", "residents": residents, "planned_day": "2026-04-01"}
    return {key: value for key, value in dict(members, **change).items() if value is not None}


NO_ID = "0" * 31 + "1"


def run_lines():
    bad = f"{int(CODES[0][-1]) ^ 1}"
    cases = [
        ("E_WIRE", dict(line=b"hello")),
        ("E_WIRE", dict(line=b"[1]")),
        ("E_WIRE", move(card_usable=1)),
        ("E_UTF8", dict(line=b'{"v":1,"verb":"move-in","new_address":"\xff"}')),
        ("E_UTF8", dict(line=b'{"v":1,"verb":"move-in","new_address":"\\u0000"}')),
        ("E_VERSION", dict(line=b'{"v":2,"verb":"status"}')),
        ("E_KIND", dict(verb="dance")),
        ("E_ROUTE", out([CODES[0]])),
        ("E_UNKNOWN_FIELD", dict(verb="status", colour="x")),
        ("E_MISSING_FIELD", move(origin=None)),
        ("E_MISSING_FIELD", move(residents=None)),
        ("E_MISSING_FIELD", move(residents=[])),
        ("E_MISSING_FIELD", move(moved_in_day=None)),
        ("E_MISSING_FIELD", move(new_address=None)),
        ("E_MISSING_FIELD", dict(verb="stop")),
        ("E_OVERSIZED", move(residents=CODES[:17])),
        ("E_OVERSIZED", move(new_address="山" * 201)),
        ("E_OVERSIZED", move(new_address="x" * 1700)),
        ("E_NAME", move(new_address="西\u202e区")),
        ("E_NAME", move(new_address="\u3000")),
        ("E_NAME", move(operator="A B")),
        ("E_RESIDENT_CODE", move(residents=["123"])),
        ("E_RESIDENT_CODE", move(residents=[int(CODES[0])])),
        ("E_RESIDENT_CODE", move(residents=["0" * 11])),
        ("E_RESIDENT_CODE_CHECK", move(residents=[CODES[0][:-1] + bad])),
        ("E_MEMBERS", move(residents=[CODES[0], CODES[1], CODES[0]])),
        ("E_MUNICIPALITY_CODE", move(origin="131017")),
        ("E_MUNICIPALITY_CODE", move(origin="13101")),
        ("E_MUNICIPALITY_CODE", move(origin="1310 6")),
        ("E_MUNICIPALITY_UNKNOWN", move(origin="130001")),  # a prefecture
        ("E_MUNICIPALITY_UNKNOWN", move(origin="141011")),  # a ward of a designated city (C17)
        ("E_SAME_MUNICIPALITY", move(origin=TO)),  # C17: no special move-in
        ("E_DATE", move(moved_in_day="2026-02-29")),
        ("E_DATE", move(moved_in_day="20260401")),
        ("E_DATE", move(moved_in_day="1969-12-31")),
        ("E_DATE_FUTURE", move(moved_in_day="2026-04-02")),
        ("E_DATE_FUTURE", move(filing_day="2026-04-02")),
        ("E_DATE_ORDER", move(moved_in_day="2026-04-01", filing_day="2026-03-31")),
        ("E_RANGE", move(card_resident=1)),
        ("E_RANGE", move(new_postcode="12345")),
        ("E_RANGE", dict(verb="stop", txn="0" * 32)),
        ("E_NOT_FOUND", dict(verb="stop", txn=NO_ID)),
        ("E_NOT_FOUND", dict(verb="wait", txn=NO_ID)),
        ("E_NOT_FOUND", dict(verb="show", id=NO_ID)),
    ]
    for name, members in cases:
        refused(TERMINAL, name, **members)
    cases = [
        ("E_MUNICIPALITY_CODE", out([CODES[0]], destination="131017")),
        ("E_MUNICIPALITY_UNKNOWN", out([CODES[0]], destination="130001")),
        ("E_SAME_MUNICIPALITY", out([CODES[0]], destination=FROM)),
        ("E_DATE", out([CODES[0]], planned_day="2026-13-01")),
        ("E_DATE", out([CODES[0]], planned_day="2200-01-01")),
        ("E_DATE_FUTURE", out([CODES[0]], filing_day="2026-04-02")),
        ("E_FILED_LATE", out([CODES[0]], planned_day="2026-03-17")),
        ("E_MISSING_FIELD", out([CODES[0]], planned_day=None)),
        ("E_RESIDENT_CODE_CHECK", out([CODES[0][:-1] + bad])),
        ("E_MEMBERS", out([CODES[0], CODES[0]])),
        ("E_OVERSIZED", out(CODES[:17])),
        ("E_NOT_FOUND", out([stranger()])),  # not current here
        ("E_NOT_FOUND", dict(verb="cancel-out", case=NO_ID)),
        ("E_ROUTE", move()),
    ]
    for name, members in cases:
        refused(REGISTRY, name, **members)
    for verb in ("enter", "reject", "retry", "withdraw"):
        refused(DESK, "E_NOT_FOUND", verb=verb, txn=NO_ID)
    release = dict(verb="release", case=NO_ID, by=["sato", "suzuki"])
    dispute = dict(verb="dispute", case=NO_ID, member=0, reason="double")
    death = dict(verb="death", resident=CODES[0], death_day="2026-04-01")
    cases = [
        (DESK, "E_NOT_FOUND", dict(verb="correct", txn=NO_ID, new_address="西区")),
        (DESK, "E_MISSING_FIELD", dict(verb="correct", txn=NO_ID)),
        (DESK, "E_OVERSIZED", dict(verb="correct", txn=NO_ID, new_address="x" * 1700)),
        (DESK, "E_RANGE", dict(verb="withdraw", txn="x")),
        (TERMINAL, "E_NOT_FOUND", dict(verb="give-up", txn=NO_ID)),
        (REGISTRY, "E_NOT_FOUND", death),
        (REGISTRY, "E_MISSING_FIELD", dict(death, resident=None)),
        (REGISTRY, "E_RESIDENT_CODE", dict(death, resident="123")),
        (REGISTRY, "E_RESIDENT_CODE_CHECK", dict(death, resident=CODES[0][:-1] + bad)),
        (REGISTRY, "E_DATE", dict(death, death_day="2026-02-30")),
        (REGISTRY, "E_DATE_FUTURE", dict(death, death_day="2026-04-02")),
        (REGISTRY, "E_MISSING_FIELD", dict(death, death_day=None)),
        (DEST_CS, "E_NOT_FOUND", dict(verb="choose", txn=NO_ID, choice="end-without-card")),
        (DEST_CS, "E_ENUM", dict(verb="choose", txn=NO_ID, choice="dance")),
        (DEST_CS, "E_MISSING_FIELD", dict(verb="choose", txn=NO_ID)),
        (ORIGIN_CS, "E_NOT_FOUND", release),
        (ORIGIN_CS, "E_MISSING_FIELD", dict(release, by=["sato"])),
        (ORIGIN_CS, "E_MISSING_FIELD", dict(release, by=["sato", "suzuki", "tanaka"])),
        (ORIGIN_CS, "E_MEMBERS", dict(release, by=["sato", "sato"])),
        (ORIGIN_CS, "E_NAME", dict(release, by=["sato", "S"])),
        (ORIGIN_CS, "E_NAME", dict(release, by=["sato", "x" * 33])),
        (ORIGIN_CS, "E_NAME", dict(release, by=["sato", ""])),
        (ORIGIN_CS, "E_NOT_FOUND", dispute),
        (ORIGIN_CS, "E_RANGE", dict(dispute, member=16)),
        (ORIGIN_CS, "E_RANGE", dict(dispute, member=-1)),
        (ORIGIN_CS, "E_MISSING_FIELD", dict(dispute, member="0")),
        (ORIGIN_CS, "E_ENUM", dict(dispute, reason="angry")),
        (ORIGIN_CS, "E_MISSING_FIELD", dict(dispute, reason=None)),
        (REGISTRY, "E_ROUTE", release),
    ]
    for node, name, members in cases:
        refused(node, name, **{key: value for key, value in members.items() if value is not None})


# --- the tools ---

def tool(name, *arguments):
    row = ROWS[name]
    for lang in (None, "en", "ja", "both"):
        extra = [] if lang is None else ["--lang", lang]
        done = subprocess.run([JUKI, *arguments, *extra], capture_output=True, check=False)
        err = done.stderr.decode()
        says = (row["hint_en"] in err, row["hint_ja"] in err)
        judge(f"{arguments} {extra}", done.returncode == 1 and f"refused: {name}: " in err
              and row["number"] in err and says == (lang != "ja", lang != "en"), err)
    done = subprocess.run([JUKI, *arguments, "--lang", "fr"], capture_output=True, check=False)
    judge(f"{arguments} --lang fr", done.returncode == 2, done.stderr)


def run_tools():
    desk, registry = (["--socket", os.path.join(NET, n + ".sock")] for n in (TERMINAL, REGISTRY))
    tool("E_SAME_MUNICIPALITY", "terminal", "move-in", *desk, "--origin", TO, "--resident",
         CODES[0], "--address", "x", "--moved-in", "2026-04-01")
    tool("E_NOT_FOUND", "terminal", "cancel", *desk, "--txn", NO_ID)
    tool("E_NOT_FOUND", "terminal", "wait", *desk, "--txn", NO_ID)
    tool("E_DATE", "registry", "file-out", *registry, "--resident", CODES[0], "--planned",
         "2026-02-30")
    tool("E_NOT_FOUND", "registry", "cancel-out", *registry, "--case", NO_ID)
    tool("E_ROUTE", "registry", "enter", *registry[:1], desk[1], "--txn", NO_ID)
    tool("E_NOT_FOUND", "tx", "show", NO_ID, *desk)
    tool("E_NOT_FOUND", "terminal", "give-up", NO_ID, *desk)
    tool("E_NOT_FOUND", "registry", "withdraw", NO_ID, *registry)
    tool("E_NOT_FOUND", "registry", "correct", NO_ID, "--new-address", "x", *registry)
    tool("E_DATE_FUTURE", "registry", "death", CODES[0], "--day", "2026-04-02", *registry)
    origin = ["--socket", os.path.join(NET, ORIGIN_CS + ".sock")]
    tool("E_NOT_FOUND", "tx", "choose", NO_ID, "end-without-card", *origin)
    tool("E_MEMBERS", "tx", "release", NO_ID, "--by", "sato", "--by", "sato", *origin)
    tool("E_ENUM", "tx", "dispute", NO_ID, "--member", "0", "--reason", "angry", *origin)
    for arguments in (["tx", "choose", NO_ID, *origin], ["tx", "release", *origin],
                      ["tx", "dispute", NO_ID, "--reason", "double", *origin],
                      ["tx", "dispute", NO_ID, "--member", "16", "--reason", "double", *origin],
                      ["registry", "death", *registry, "--day", "2026-04-01"],
                      ["registry", "retry", NO_ID, NO_ID, *registry],
                      ["registry", "enter", NO_ID, *registry, "--txn", NO_ID],
                      ["terminal", "give-up", *desk]):
        done = subprocess.run([JUKI, *arguments], capture_output=True, check=False)
        judge(f"usage {arguments}", done.returncode == 2 and done.stderr, done.stderr)


# --- what the protocol refuses ---

def codes(*persons):
    return [p["resident_code"] for p in persons]


def file_out(persons, **change):
    answer = ask(REGISTRY, **out(codes(*persons), **change))
    judge("file-out", answer["ok"], answer)
    return answer.get("case")


def begin(persons, node=TERMINAL, **change):
    answer = ask(node, **move(residents=codes(*persons), **change))
    judge("move-in", answer["ok"], answer)
    return answer.get("txn")


def rows_of(node, token):
    return ask(node, verb="show", id=token).get("rows", [])


def until(what, test):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = test()
        if found:
            return found
        time.sleep(0.02)
    judge(what, False, "did not come")
    return None


def ends(name, txn, state="REFUSED"):
    """The terminal's end: state and reason, in the answer and in what `juki tx show` prints."""
    row = ask(TERMINAL, verb="wait", txn=txn, timeout_ms=20000)["row"]
    judge(f"{name}: end", row["state"] == state and row.get("reason") == name, row)
    told(name, name, row)
    done = subprocess.run([JUKI, "tx", "show", txn, "--socket", os.path.join(NET, TERMINAL + ".sock")],
                          capture_output=True, check=False).stdout.decode()
    judge(f"tx show {name}", ROWS[name]["hint_ja"] in done and ROWS[name]["hint_en"] in done, done)


def at_clerk(txn):
    return until("at the clerk", lambda: [r for r in rows_of(DESK, txn)
                                          if r["state"] == "WAIT_CLERK"])


def run_identity():
    someone = next(SINGLES)
    ends("NO_FILING", begin([someone]))
    ends("NO_MATCH", begin([UNKNOWN]), "REFUSED_IDENTITY")
    ends("CARD_INVALID", begin([{"resident_code": stranger()}]), "REFUSED_CARD")  # nobody's card
    ends("CARD_INVALID", begin([someone], card_usable=False), "REFUSED_CARD")
    ends("PIN_LOCKED", begin([someone], pin_verified=False), "REFUSED_IDENTITY")
    ends("UNREACHABLE", begin([someone], origin=NOWHERE))


def run_case():
    someone = next(SINGLES)
    case = file_out([someone])
    refused(REGISTRY, "E_CONFLICT", **out(codes(someone)))
    first = begin([someone])
    at_clerk(first)
    ends("GRANTED_ELSEWHERE", begin([someone]))
    judge("reject", ask(DESK, verb="reject", txn=first)["ok"], first)
    ends("REJECTED_BY_CLERK", first)
    refused(DESK, "E_NOT_NOW", verb="reject", txn=first)
    refused(TERMINAL, "E_NOT_NOW", verb="stop", txn=first)
    second = begin([someone])
    at_clerk(second)
    judge("stop", ask(TERMINAL, verb="stop", txn=second)["ok"], second)
    ends("STOPPED_BY_OPERATOR", second)
    judge("cancel-out", ask(REGISTRY, verb="cancel-out", case=case)["ok"], case)
    refused(REGISTRY, "E_NOT_NOW", verb="cancel-out", case=case)

    file_out([next(SINGLES)], planned_day="2026-03-18")  # day 14 is in time, day 15 was refused
    late = next(SINGLES)
    file_out([late], planned_day="2026-03-01", filing_day="2026-02-20")
    ends("TOO_LATE", begin([late]))


def run_used():
    """One of two moves; then both are asked for: only the first filing is special."""
    both = next(PAIRS)[:2]
    file_out(both)
    txn = begin(both[:1])
    at_clerk(txn)
    judge("enter", ask(DESK, verb="enter", txn=txn)["ok"], txn)
    row = ask(TERMINAL, verb="wait", txn=txn, timeout_ms=20000)["row"]
    judge("the first moves", row["state"] == "DONE", row)
    ends("ALREADY_USED", begin(both))


def enter(txn):
    at_clerk(txn)
    judge("enter", ask(DESK, verb="enter", txn=txn)["ok"], txn)


def run_card():
    """The move-in stands, the card of one of them does not go on."""
    home = next(MIXED)
    file_out(home)
    txn = begin(home)
    enter(txn)
    row = ask(TERMINAL, verb="wait", txn=txn, timeout_ms=20000)["row"]
    judge("the move-in stands", row["state"] == "DONE", row)
    for r in rows_of(DEST_CS, txn):
        judge("the card", r["state"] == "DONE" and r.get("reason") == "CARD_UNUSABLE", r)
        told("CARD_UNUSABLE", "CARD_UNUSABLE", r)


def run_dead():
    someone = next(SINGLES)
    file_out([someone])
    death = dict(verb="death", resident=someone["resident_code"], death_day="2026-04-01")
    judge("death", ask(REGISTRY, **death)["ok"], death)
    refused(REGISTRY, "E_CONFLICT", **death)
    ends("DECEASED", begin([someone]))


def disputed(name, txn):
    """The clerk is told why, and takes the entry back; the terminal is told that."""
    enter(txn)
    rows = until(name, lambda: [r for r in rows_of(DESK, txn) if r["state"] == "WAIT_CHOICE"])
    for r in rows or []:
        judge(name, r.get("reason") == name and r["disputed"] == [0], r)
        told(name, name, r)
    judge("withdraw", ask(DESK, verb="withdraw", txn=txn)["ok"], txn)
    until("withdrawn", lambda: [r for r in rows_of(TERMINAL, txn) if r["state"] == "REFUSED"])
    ends("WITHDRAWN_BY_CLERK", txn)


def run_disputed():
    for name, word in (("MOVED_ABROAD", "abroad"), ("DOUBLE", "double"),
                       ("OTHER_MUNICIPALITY", "other-municipality")):
        someone = next(SINGLES)
        case = file_out([someone])
        until("filed", lambda: [r for r in rows_of(ORIGIN_CS, case) if r["state"] == "OPEN"])
        note = ask(ORIGIN_CS, verb="dispute", case=case, member=0, reason=word)
        judge("dispute", note["ok"], note)
        disputed(name, begin([someone]))


def run_overridden():
    someone = next(SINGLES)
    case = file_out([someone])
    until("filed", lambda: [r for r in rows_of(ORIGIN_CS, case) if r["state"] == "OPEN"])
    release = dict(verb="release", case=case, by=["sato", "suzuki"])
    refused(ORIGIN_CS, "E_NOT_NOW", **release)
    txn = begin([someone])
    at_clerk(txn)
    judge("release", ask(ORIGIN_CS, **release)["ok"], case)
    disputed("OVERRIDDEN", txn)


def run_cancelled():
    """The origin's registry stands still between its question and its restoring (M8)."""
    someone = next(SINGLES)
    case = file_out([someone])
    until("filed", lambda: [r for r in rows_of("cs-" + FROM, case) if r["state"] == "OPEN"])
    os.kill(int(PID["cs-" + FROM]), signal.SIGSTOP)
    judge("cancel-out", ask(REGISTRY, verb="cancel-out", case=case)["ok"], case)
    ask(REGISTRY, verb="status")  # a later turn of its loop: the question is on its way
    os.kill(int(PID[REGISTRY]), signal.SIGSTOP)
    os.kill(int(PID["cs-" + FROM]), signal.SIGCONT)
    until("closing", lambda: [r for r in rows_of("cs-" + FROM, case) if r["state"] == "CLOSING"])
    txn = begin([someone])
    ends("CANCELLED", txn)
    os.kill(int(PID[REGISTRY]), signal.SIGCONT)


def run_unavailable():
    os.kill(int(PID["national-000000"]), signal.SIGSTOP)
    txn = begin([next(SINGLES)])
    ends("UNAVAILABLE", txn, "PARKED")
    judge("give-up", ask(TERMINAL, verb="give-up", txn=txn)["ok"], txn)
    refused(TERMINAL, "E_NOT_NOW", verb="give-up", txn=txn)
    os.kill(int(PID["national-000000"]), signal.SIGCONT)


# --- is every row accounted for? ---

def elsewhere():
    """{name: problem or None} of elsewhere.tsv."""
    found = {}
    for cells in table(os.path.join(HERE, "elsewhere.tsv"))[1:]:
        name, where, why = (cells + ["", ""])[:3]
        problem = None
        if name not in ROWS or name in found:
            problem = "no row of the table, or twice"
        elif where == "-":
            problem = None if len(why) > 20 else "a reason is needed"
        else:
            path = os.path.join(TREE, where)
            if not os.path.exists(path):
                problem = "no file " + where
            else:
                with open(path, encoding="utf-8") as stream:
                    if not re.search(r"\b" + re.escape(why) + r"\b", stream.read()):
                        problem = f"{where} does not hold {why}"
        found[name] = problem
    return found


def missing(names, seen, other):
    return [n for n in names if n not in seen and n not in other]


def check_complete():
    other = elsewhere()
    for name, problem in other.items():
        judge("elsewhere.tsv " + name, problem is None, problem)
        judge("elsewhere.tsv " + name, name not in provoked, "is provoked here: remove the line")
    names = [n for n, row in ROWS.items() if row["class"] not in ("OK", "ANSWER")]
    judge("rows that nothing provokes", not missing(names, provoked, other),
          missing(names, provoked, other))
    for name in provoked:  # the control: each of them would be missed
        judge("control " + name, name in missing(names, provoked - {name}, other), "not missed")
    return len(names), len(other)


for step in (run_bytes, run_lines, run_tools, run_identity, run_case, run_used, run_card,
             run_dead, run_disputed, run_overridden, run_cancelled, run_unavailable):
    step()
rows, others = check_complete()
for failure in failures:
    print("FAILED " + failure, file=sys.stderr)
print(f"refusals: {rows} rows, {len(provoked)} provoked here, {others} accounted for elsewhere, "
      f"{checks} checks, {len(failures)} failures")
sys.exit(1 if failures else 0)
