#!/usr/bin/env python3
"""Writes the code-page tables of ntdll, OUT/code_pages.bin and the assembly that includes it, from Python's
codecs and Debian's unicode-data (for the best-fit mappings).

  codepages.py UNICODE_DIR OUT

The blob: ULONG count, ULONG offset of each page (sorted by number), then each page's struct nls_code_page and
tables (dlls/include/nt/nls.h says what they hold; offsets are relative to the structure).
"""
import codecs
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import unicode as unicode_tables  # noqa: E402

SINGLE = {
    37: ("cp037", "IBM EBCDIC - U.S./Canada"), 437: ("cp437", "OEM - United States"),
    500: ("cp500", "IBM EBCDIC - International"), 720: ("cp720", "Arabic - Transparent ASMO"),
    737: ("cp737", "OEM - Greek 437G"), 775: ("cp775", "OEM - Baltic"),
    850: ("cp850", "OEM - Multilingual Latin I"), 852: ("cp852", "OEM - Latin II"),
    855: ("cp855", "OEM - Cyrillic"), 857: ("cp857", "OEM - Turkish"),
    858: ("cp858", "OEM - Multilingual Latin I + Euro"), 860: ("cp860", "OEM - Portuguese"),
    861: ("cp861", "OEM - Icelandic"), 862: ("cp862", "OEM - Hebrew"),
    863: ("cp863", "OEM - Canadian French"), 864: ("cp864", "OEM - Arabic"),
    865: ("cp865", "OEM - Nordic"), 866: ("cp866", "OEM - Russian"),
    869: ("cp869", "OEM - Modern Greek"), 874: ("cp874", "ANSI/OEM - Thai"),
    875: ("cp875", "IBM EBCDIC - Modern Greek"), 1026: ("cp1026", "IBM EBCDIC - Turkish (Latin-5)"),
    1140: ("cp1140", "IBM EBCDIC - U.S./Canada (37 + Euro)"),
    1250: ("cp1250", "ANSI - Central Europe"), 1251: ("cp1251", "ANSI - Cyrillic"),
    1252: ("cp1252", "ANSI - Latin I"), 1253: ("cp1253", "ANSI - Greek"), 1254: ("cp1254", "ANSI - Turkish"),
    1255: ("cp1255", "ANSI - Hebrew"), 1256: ("cp1256", "ANSI - Arabic"), 1257: ("cp1257", "ANSI - Baltic"),
    1258: ("cp1258", "ANSI/OEM - Viet Nam"), 10000: ("mac_roman", "MAC - Roman"),
    10006: ("mac_greek", "MAC - Greek I"), 10007: ("mac_cyrillic", "MAC - Cyrillic"),
    10029: ("mac_latin2", "MAC - Latin II"), 10079: ("mac_iceland", "MAC - Icelandic"),
    10081: ("mac_turkish", "MAC - Turkish"), 20127: ("ascii", "US-ASCII"),
    20273: ("cp273", "IBM EBCDIC - Germany"), 20424: ("cp424", "IBM EBCDIC - Hebrew"),
    20866: ("koi8_r", "Russian - KOI8"), 21866: ("koi8_u", "Ukrainian - KOI8-U"),
    28591: ("iso8859_1", "ISO 8859-1 Latin I"), 28592: ("iso8859_2", "ISO 8859-2 Central Europe"),
    28593: ("iso8859_3", "ISO 8859-3 Latin 3"), 28594: ("iso8859_4", "ISO 8859-4 Baltic"),
    28595: ("iso8859_5", "ISO 8859-5 Cyrillic"), 28596: ("iso8859_6", "ISO 8859-6 Arabic"),
    28597: ("iso8859_7", "ISO 8859-7 Greek"), 28598: ("iso8859_8", "ISO 8859-8 Hebrew: Visual Ordering"),
    28599: ("iso8859_9", "ISO 8859-9 Latin 5"), 28603: ("iso8859_13", "ISO 8859-13 Estonian"),
    28605: ("iso8859_15", "ISO 8859-15 Latin 9"), 38598: ("iso8859_8", "ISO 8859-8 Hebrew: Logical Ordering"),
}
# number: codec, name, user-defined ranges (lead bytes, trail bytes, first private-use character)
DOUBLE = {
    932: ("cp932", "ANSI/OEM - Japanese Shift-JIS", []),
    936: ("gbk", "ANSI/OEM - Simplified Chinese GBK",
          [(0xaa, 0xaf, 0xa1, 0xfe, 0xe000), (0xf8, 0xfe, 0xa1, 0xfe, 0xe234), (0xa1, 0xa7, 0x40, 0xa0, 0xe4c6)]),
    949: ("cp949", "ANSI/OEM - Korean", [(0xc9, 0xc9, 0xa1, 0xfe, 0xe000), (0xfe, 0xfe, 0xa1, 0xfe, 0xe05e)]),
    950: ("cp950", "ANSI/OEM - Traditional Chinese Big5",
          [(0xfa, 0xfe, 0x40, 0xfe, 0xe000), (0x8e, 0xa0, 0x40, 0xfe, 0xe311), (0x81, 0x8d, 0x40, 0xfe, 0xeeb8),
           (0xc7, 0xc8, 0x40, 0xfe, 0xf6ef)]),
    1361: ("johab", "Korean - Johab", []),
    20936: ("gb2312", "Simplified Chinese GB2312", []),
    51949: ("euc_kr", "EUC-Korean", []),
    54936: ("gb18030", "GB18030 Simplified Chinese", []),
}
# Lead bytes, whether anything follows them or not.
LEADS = {932: (0x81, 0x9f, 0xe0, 0xfc), 936: (0x81, 0xfe), 949: (0x81, 0xfe), 950: (0x81, 0xfe),
         1361: (0x84, 0xd3, 0xd8, 0xde, 0xe0, 0xf9), 20936: (0xa1, 0xa9, 0xb0, 0xf7), 51949: (0xa1, 0xfe), 54936: (0x81, 0xfe)}
# Bytes that Windows maps to private-use characters because the standard leaves them undefined.
PRIVATE = {
    874: {**{0xdb + i: 0xf8c1 + i for i in range(4)}, **{0xfc + i: 0xf8c5 + i for i in range(4)}},
    1253: {0xaa: 0xf8f9, 0xd2: 0xf8fa, 0xff: 0xf8fb},
    1255: {**{0xd9 + i: 0xf88d + i for i in range(7)}, 0xfb: 0xf894, 0xfc: 0xf895, 0xff: 0xf896},
    1257: {0xa1: 0xf8fc, 0xa5: 0xf8fd},
    932: {0xa0: 0xa0, 0x80: 0x80, 0xfd: 0xf8f1, 0xfe: 0xf8f2, 0xff: 0xf8f3},
    936: {0x80: 0x20ac, 0xff: 0xf8f5},
    949: {0x80: 0x80, 0xff: 0xf8f7},
    950: {0x80: 0x80, 0xff: 0xf8f8},
    54936: {0x80: 0x80, 0xff: 0xff},
}
# Punctuation that has no decomposition but an obvious substitute.
SUBSTITUTES = {0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-", 0x2014: "-", 0x2015: "-", 0x2212: "-", 0x2018: "'",
               0x2019: "'", 0x201a: ",", 0x201b: "`", 0x201c: '"', 0x201d: '"', 0x201e: '"', 0x2032: "'", 0x2035: "`",
               0x2039: "<", 0x203a: ">", 0x2044: "/", 0x2215: "/", 0x2216: "\\", 0x2217: "*", 0x2022: "\u00b7",
               0x2219: "\u00b7", 0x2223: "|", 0x2236: ":", 0x223c: "~", 0x2329: "<", 0x232a: ">", 0x3008: "<",
               0x3009: ">", 0x301a: "[", 0x301b: "]", 0x2192: ">", 0x2190: "<", 0x00ab: "<", 0x00bb: ">", 0x00a9: "c",
               0x00ae: "r", 0x00d7: "x", 0x00d8: "O", 0x00f8: "o", 0x0110: "D", 0x0111: "d", 0x0126: "H", 0x0127: "h",
               0x0131: "i", 0x0141: "L", 0x0142: "l", 0x0166: "T", 0x0167: "t", 0x0180: "b", 0x0192: "f", 0x00d0: "D",
               0x02b9: "'", 0x02ba: '"', 0x02bc: "'", 0x02c4: "^", 0x02c6: "^", 0x02c8: "'", 0x02cb: "`", 0x02cd: "_",
               0x02da: "\u00b0", 0x02dc: "~", 0x0300: "`", 0x0302: "^", 0x0303: "~", 0x030e: '"', 0x0331: "_",
               0x0332: "_", 0x03bc: "\u00b5", 0x2016: "|", 0x20a1: "\u00a2", 0x2205: "\u00d8", 0x2713: "v",
               0x00a0: " ", 0x00a6: "|", 0x00b4: "'", 0x00b7: ".", 0x00b8: ",", 0x00ad: "-"}


def best_fits(characters):
    """{character: single character that may stand for it}, from decompositions."""
    fits = {}

    def expand(code, depth=0):
        fields = characters.get(code)
        if not fields or not fields[5] or depth > 5:
            return [code]
        result = []
        for part in fields[5].split():
            if not part.startswith("<"):
                result += expand(int(part, 16), depth + 1)
        return result

    for code, fields in characters.items():
        if code < 0x10000 and fields[5] and not 0xf900 <= code < 0xfb00:
            if fields[5].startswith(("<fraction>", "<vertical>", "<square>", "<medial>", "<initial>", "<final>", "<isolated>")):
                continue
            parts = [c for c in expand(code) if characters.get(c, [""] * 5)[2] not in ("Mn", "Me")]
            if len(parts) == 1 and parts[0] != code:
                fits[code] = chr(parts[0])
    for code, text in SUBSTITUTES.items():
        fits.setdefault(code, text)
    return fits


def decode(codec, data):
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    return ord(text) if len(text) == 1 and ord(text) < 0x10000 else None


def align(data):
    return data + b"\0" * (-len(data) % 4)


def page(number, rows, lead, fits, name, max_size, ranges):
    """One page: rows is {0 or lead byte: {byte: character}}."""
    reverse = {}
    for first in sorted(rows):
        for byte, character in sorted(rows[first].items()):
            code = byte if first == 0 else first << 8 | byte
            if character not in reverse or first == 0 and reverse[character] > 0xff:
                reverse[character] = code
    if number == 932:
        # Characters in both NEC's and IBM's extensions: NEC row 13 is preferred, else IBM's.
        for first in range(0xfa, 0xfd):
            for byte, character in rows.get(first, {}).items():
                code = reverse[character]
                if 0xed00 <= code < 0xef00:
                    reverse[character] = first << 8 | byte
    exact = dict(reverse)
    for character, text in fits.items():
        if character not in reverse:
            step, seen = text, 0
            while ord(step) not in exact and ord(step) in fits and seen < 4:
                step, seen = fits[ord(step)], seen + 1
            code = exact.get(ord(step))
            if code is not None and code != 0:
                reverse[character] = code
    default = exact.get(ord("?"), 0x6f)
    values = [0] * 0x10000
    for character, code in reverse.items():
        values[character] = code
    index, blocks = unicode_tables.blocks(values, "H" if lead else "B")

    lead_table, row_tables = b"", []
    order = {first: n for n, first in enumerate(sorted(rows))}
    for first in sorted(rows):
        row_tables.append(struct.pack("<256H", *[rows[first].get(b, 0xffff) for b in range(256)]))
    if lead:
        lead_table = bytes(order.get(b, 0) if b else 0 for b in range(256))
    header = 28 + 4 + 48 + 0
    header = struct.calcsize("<HHHHIIIIII48s")
    parts, offset = [], header

    def add(data):
        nonlocal offset
        where = offset
        parts.append(align(data))
        offset += len(parts[-1])
        return where

    lead_offset = add(lead_table) if lead else 0
    rows_offset = add(b"".join(row_tables))
    index_offset = add(struct.pack("<256H", *index))
    blocks_offset = add(b"".join(blocks))
    ranges_offset = add(b"".join(struct.pack("<II", *r) for r in ranges)) if ranges else 0
    unicode_default = {932: 0x30fb}.get(number, 0x3f)
    head = struct.pack("<HHHHIIIIII48s", number, max_size, default, unicode_default, lead_offset, rows_offset,
                       index_offset, blocks_offset, ranges_offset, len(ranges), name.encode()[:47])
    return head + b"".join(parts)


def single(number, fits):
    codec, name = SINGLE[number]
    row = {}
    for byte in range(256):
        character = decode(codec, bytes([byte]))
        if character is None:
            character = PRIVATE.get(number, {}).get(byte)
            if character is None:
                character = byte if byte < 0xa0 and number != 20127 else 0xf700 + byte
        row[byte] = character
    if number == 20127:
        row = {b: b & 0x7f for b in range(256)}
    return page(number, {0: row}, False, fits, f"{number:<5} ({name})", 1, [])


def double(number, fits):
    codec, name, private = DOUBLE[number]
    rows = {0: {}}
    leads = []
    for byte in range(256):
        character = decode(codec, bytes([byte]))
        if character is None:
            character = PRIVATE.get(number, {}).get(byte)
        if character is not None:
            rows[0][byte] = character
    user = {}
    for low, high, trail_low, trail_high, first in private:
        for lead in range(low, high + 1):
            for trail in range(trail_low, trail_high + 1):
                if trail == 0x7f or (number == 950 and 0x7f <= trail <= 0xa0):
                    continue
                user[lead, trail] = first
                first += 1
    for lead in range(0x81, 0xff):
        row = {}
        for trail in range(0x30 if number == 1361 else 0x40, 0xff):
            character = decode(codec, bytes([lead, trail]))
            if character is None:
                character = user.get((lead, trail))
            if character is not None:
                row[trail] = character
        limits = LEADS[number]
        if any(a <= lead <= b for a, b in zip(limits[::2], limits[1::2])):
            rows[0].pop(lead, None)
            rows[lead] = row
            leads.append(lead)
    ranges = []
    if number == 54936:
        four = [(b1, b2, b3, b4) for b1 in range(0x81, 0x85) for b2 in range(0x30, 0x3a)
                for b3 in range(0x81, 0xff) for b4 in range(0x30, 0x3a)]
        expected = None
        for linear, data in enumerate(four):
            character = decode(codec, bytes(data))
            if character is None:
                expected = None
                continue
            if character != expected:
                ranges.append((linear, character))
            expected = character + 1
        ranges.append((39420, 0xffffffff))
    return page(number, rows, True, fits if number != 54936 else {}, f"{number:<5} ({name})",
                4 if number == 54936 else 2, ranges)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    fits = best_fits(unicode_tables.read_unicode_data(folder))
    pages = {n: single(n, fits) for n in SINGLE}
    pages.update({n: double(n, fits) for n in DOUBLE})
    offset, offsets, body = 4 + 4 * len(pages), [], b""
    for number in sorted(pages):
        offsets.append(offset + len(body))
        body += align(pages[number])
    unicode_tables.write(out, "code_pages.bin", struct.pack(f"<I{len(pages)}I", len(pages), *offsets) + body)
    unicode_tables.assembly(out, "code_pages", ["code_pages"])


if __name__ == "__main__":
    main()
