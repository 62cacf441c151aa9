#!/usr/bin/env python3
"""Writes the locale tables of ntdll and kernelbase from CLDR.

  locales.py CLDR_COMMON_DIR OUT

OUT/locale_names.bin (ntdll, kernelbase): ULONG count; records of struct nls_locale sorted by lower-case name; USHORT
record numbers sorted by LCID (only those that have one), preceded by their count; the names' characters.
OUT/locale_data.bin (kernelbase): USHORT rows[count][FIELDS] of string numbers; ULONG offset of each string; strings
(WCHAR, terminated). OUT/locale_fields.h: the fields' numbers.
"""
import concurrent.futures
import glob
import locale as python_locale
import os
import re
import struct
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import unicode as unicode_tables  # noqa: E402

# Names that Python's table of Windows locales lacks or has in an old form: LCID -> name.
LCIDS = {
    0x0004: "zh-Hans", 0x7c04: "zh-Hant", 0x7804: "zh", 0x042c: "az-Latn-AZ", 0x082c: "az-Cyrl-AZ", 0x0443: "uz-Latn-UZ",
    0x0843: "uz-Cyrl-UZ", 0x241a: "sr-Latn-RS", 0x281a: "sr-Cyrl-RS", 0x2c1a: "sr-Latn-ME", 0x301a: "sr-Cyrl-ME",
    0x181a: "sr-Latn-BA", 0x1c1a: "sr-Cyrl-BA", 0x141a: "bs-Latn-BA", 0x201a: "bs-Cyrl-BA", 0x0468: "ha-Latn-NG",
    0x0428: "tg-Cyrl-TJ", 0x4809: "en-SG", 0x2009: "en-JM", 0x2409: "en-029", 0x380a: "es-UY", 0x0c0a: "es-ES",
    0x042e: "hsb-DE", 0x0453: "km-KH", 0x085f: "tzm-Latn-DZ", 0x048c: "prs-AF", 0x0492: "ku-Arab-IQ", 0x0846: "pa-Arab-PK",
    0x0859: "sd-Arab-PK", 0x0867: "ff-Latn-SN", 0x0473: "ti-ET", 0x0873: "ti-ER", 0x0477: "so-SO", 0x0472: "om-ET",
    0x0491: "gd-GB", 0x045c: "chr-Cher-US", 0x0455: "my-MM", 0x0470: "ig-NG", 0x0475: "haw-US", 0x046c: "nso-ZA",
    0x0861: "ne-IN", 0x0845: "bn-BD", 0x0849: "ta-LK", 0x540a: "es-US", 0x580a: "es-419", 0x5c0a: "es-CU",
    0x3c09: "en-HK", 0x4009: "en-IN", 0x4409: "en-MY", 0x240c: "fr-CD", 0x200c: "fr-RE", 0x280c: "fr-SN", 0x2c0c: "fr-CM",
    0x300c: "fr-CI", 0x340c: "fr-ML", 0x380c: "fr-MA", 0x3c0c: "fr-HT", 0x0818: "ro-MD", 0x0819: "ru-MD", 0x0465: "dv-MV",
    0x0493: "ccp", 0x081d: "sv-FI", 0x0467: "ff-NG", 0x0474: "gn-PY", 0x0462: "fy-NL", 0x0476: "la-VA", 0x0409: "en-US",
}
NEUTRAL_LCIDS = {"bs": 0x781a, "bs-Cyrl": 0x641a, "bs-Latn": 0x681a, "sr": 0x7c1a, "sr-Cyrl": 0x6c1a, "sr-Latn": 0x701a,
                 "az": 0x2c, "az-Cyrl": 0x742c, "az-Latn": 0x782c, "uz": 0x43, "uz-Cyrl": 0x7843, "uz-Latn": 0x7c43,
                 "zh": 0x7804, "zh-Hans": 0x4, "zh-Hant": 0x7c04, "no": 0x14, "nb": 0x7c14, "nn": 0x7814, "hsb": 0x2e,
                 "dsb": 0x7c2e, "ha": 0x68, "ha-Latn": 0x7c68, "tg": 0x28, "tg-Cyrl": 0x7c28, "hr": 0x1a, "pa": 0x46,
                 "pa-Arab": 0x7c46, "chr": 0x5c, "ff": 0x67, "ff-Latn": 0x7c67, "sd": 0x59, "sd-Arab": 0x7c59, "smn": 0x703b,
                 "ga": 0x3c, "gd": 0x91, "id": 0x21, "fil": 0x64, "tzm": 0x5f}
# ANSI, OEM and Macintosh code pages by language (and script); elsewhere 1252, 850, 10000.
CODE_PAGES = {}
for names, pages in (
        ("cs hr hu pl ro sk sl sq bs bs-Latn sr-Latn", (1250, 852, 10029)),
        ("ru uk be bg mk sr sr-Cyrl tt ky mn bs-Cyrl az-Cyrl uz-Cyrl tg tg-Cyrl kk sah ba", (1251, 866, 10007)),
        ("el", (1253, 737, 10006)), ("tr az az-Latn uz uz-Latn tk", (1254, 857, 10081)), ("he yi", (1255, 862, 10005)),
        ("ar fa ur ug ps ckb prs ku pa-Arab sd sd-Arab uz-Arab mzn lrc ks", (1256, 720, 10004)),
        ("et lv lt", (1257, 775, 10029)), ("vi", (1258, 1258, 10000)), ("th", (874, 874, 10021)),
        ("ja", (932, 932, 10001)), ("zh zh-Hans", (936, 936, 10008)), ("ko", (949, 949, 10003)),
        ("zh-Hant yue", (950, 950, 10002)), ("is fo", (1252, 850, 10079)),
        ("hi bn as gu kn kok ml mr ne or pa sa ta te si bo my km lo am ti hy ka dz mni mai sat brx doi iu ccp chr ii nqo vai "
         "zgh mi mt syr dv", (0, 1, 2))):
    for name in names.split():
        CODE_PAGES[name] = pages
# International dialling codes, by territory; 1 elsewhere.
DIALLING = {t: int(n) for t, n in (p.split(":") for p in """
AE:971 AF:93 AL:355 AM:374 AR:54 AT:43 AU:61 AZ:994 BA:387 BD:880 BE:32 BG:359 BH:973 BN:673 BO:591 BR:55 BT:975 BY:375
BZ:501 CD:243 CH:41 CI:225 CL:56 CM:237 CN:86 CO:57 CR:506 CU:53 CZ:420 DE:49 DK:45 DZ:213 EC:593 EE:372 EG:20 ER:291 ES:34
ET:251 FI:358 FO:298 FR:33 GB:44 GE:995 GL:299 GR:30 GT:502 HK:852 HN:504 HR:385 HT:509 HU:36 ID:62 IE:353 IL:972 IN:91
IQ:964 IR:98 IS:354 IT:39 JO:962 JP:81 KE:254 KG:996 KH:855 KR:82 KW:965 KZ:7 LA:856 LB:961 LI:423 LK:94 LT:370 LU:352
LV:371 LY:218 MA:212 MC:377 MD:373 ME:382 MK:389 ML:223 MM:95 MN:976 MO:853 MT:356 MV:960 MX:52 MY:60 NG:234 NI:505 NL:31
NO:47 NP:977 NZ:64 OM:968 PA:507 PE:51 PH:63 PK:92 PL:48 PT:351 PY:595 QA:974 RE:262 RO:40 RS:381 RU:7 RW:250 SA:966 SE:46
SG:65 SI:386 SK:421 SN:221 SO:252 SV:503 SY:963 TH:66 TJ:992 TM:993 TN:216 TR:90 TW:886 UA:380 UY:598 UZ:998 VE:58 VN:84
YE:967 ZA:27 ZW:263 MR:222 KW:965 SD:249 SS:211 TZ:255 UG:256 ZM:260 GH:233 AO:244 MZ:258 NA:264 BW:267 CY:357""".split())}
# Identifiers of GetGeoInfo, by territory.
GEO = {t: int(n) for t, n in (p.split(":") for p in """
AG:2 AF:3 DZ:4 AZ:5 AL:6 AM:7 AD:8 AO:9 AS:10 AR:11 AU:12 AT:14 BH:17 BB:18 BW:19 BM:20 BE:21 BS:22 BD:23 BZ:24 BA:25
BO:26 MM:27 BJ:28 BY:29 SB:30 BR:32 BT:34 BG:35 BN:37 BI:38 CA:39 KH:40 TD:41 LK:42 CG:43 CD:44 CN:45 CL:46 CM:49 KM:50
CO:51 CR:54 CF:55 CU:56 CV:57 CY:59 DK:61 DJ:62 DM:63 DO:65 EC:66 EG:67 IE:68 GQ:69 EE:70 ER:71 SV:72 ET:73 CZ:75 FI:77
FJ:78 FM:80 FO:81 FR:84 GM:86 GA:87 GE:88 GH:89 GI:90 GD:91 GL:93 DE:94 GR:98 GT:99 GN:100 GY:101 HT:103 HK:104 HN:106
HR:108 HU:109 IS:110 ID:111 IN:113 IR:116 IL:117 IT:118 CI:119 IQ:121 JP:122 JM:124 JO:126 KE:129 KG:130 KR:134 KW:136
KZ:137 LA:138 LB:139 LV:140 LT:141 LR:142 SK:143 LI:145 LS:146 LU:147 LY:148 MG:149 MO:151 MD:152 MN:154 MW:156 ML:157
MC:158 MA:159 MU:160 MR:162 MT:163 OM:164 MV:165 MX:166 MY:167 MZ:168 NE:173 VU:174 NG:175 NL:176 NO:177 NP:178 NI:182
NZ:183 PY:185 PE:187 PK:190 PL:191 PA:192 PT:193 PG:194 QA:197 RE:198 MH:199 RO:200 PH:201 PR:202 RU:203 RW:204 SA:205
SN:210 ZA:209 SI:212 SL:213 SG:215 SO:216 ES:217 SD:219 SE:221 SY:222 CH:223 AE:224 TT:225 TH:227 TJ:228 TN:234
TR:235 TM:238 TZ:239 UG:240 UA:241 GB:242 US:244 BF:245 UY:246 UZ:247 VE:249 VN:251 YE:261 NA:254 ZM:263 ZW:264 ME:270
RS:271 TW:237 MK:19618 TG:232 TO:231 TV:236 BI:38 GW:196 KI:133 KP:131 IO:114 NR:180 SR:181 PS:184 PG:194 PW:195
PM:206 KN:207 SC:208 SM:214 LC:218 SJ:220 ST:233 VC:248 VI:252 VA:253 WS:259 SZ:260 CW:273 AI:300 SS:276 AQ:301
AW:302 BV:306 KY:307 CX:309 CC:311 CK:312 FK:315 GF:317 PF:318 TF:319 GP:321 GU:322 GG:324 HM:325 JE:328 MQ:330 YT:331
MS:332 NC:334 NU:335 NF:336 MP:337 PN:339 GS:342 SH:343 TK:347 TC:349 VG:351 WF:352 IM:15126 SX:30967 MF:31706
TL:7299303 XK:9914689 AX:10028789 BL:161832015 UM:161832256 BQ:161832258
001:39070 002:742 005:31396 009:27114 011:42483 013:27082 014:47603 015:42487 017:42484 018:10039883 019:10026358
021:23581 029:10039880 030:47600 034:47614 035:47599 039:47610 053:10210825 054:20900 057:21206 061:26286 142:2129
143:47590 145:47611 150:10541 151:47609 154:10039882 155:10210824 419:161832257""".split())}

STRINGS = """NAME ENGLISH_DISPLAY NATIVE_DISPLAY ENGLISH_LANGUAGE NATIVE_LANGUAGE ENGLISH_COUNTRY NATIVE_COUNTRY ABBREV_LANGUAGE
ABBREV_COUNTRY LANGUAGE2 COUNTRY2 LANGUAGE3 COUNTRY3 LIST DECIMAL THOUSAND GROUPING NATIVE_DIGITS CURRENCY
CURRENCY_CODE ENGLISH_CURRENCY NATIVE_CURRENCY MON_DECIMAL MON_THOUSAND MON_GROUPING DATE_SEPARATOR TIME_SEPARATOR SHORT_DATE
LONG_DATE YEAR_MONTH MONTH_DAY TIME_FORMAT SHORT_TIME AM PM POSITIVE NEGATIVE NAN INFINITY NEGATIVE_INFINITY PERCENT PERMILLE
SCRIPTS PARENT CONSOLE_FALLBACK DAY1 DAY2 DAY3 DAY4 DAY5 DAY6 DAY7 SHORT_DAY1 SHORT_DAY2 SHORT_DAY3 SHORT_DAY4 SHORT_DAY5
SHORT_DAY6 SHORT_DAY7 TINY_DAY1 TINY_DAY2 TINY_DAY3 TINY_DAY4 TINY_DAY5 TINY_DAY6 TINY_DAY7 MONTH1 MONTH2 MONTH3 MONTH4 MONTH5
MONTH6 MONTH7 MONTH8 MONTH9 MONTH10 MONTH11 MONTH12 SHORT_MONTH1 SHORT_MONTH2 SHORT_MONTH3 SHORT_MONTH4 SHORT_MONTH5
SHORT_MONTH6 SHORT_MONTH7 SHORT_MONTH8 SHORT_MONTH9 SHORT_MONTH10 SHORT_MONTH11 SHORT_MONTH12 GENITIVE1 GENITIVE2 GENITIVE3
GENITIVE4 GENITIVE5 GENITIVE6 GENITIVE7 GENITIVE8 GENITIVE9 GENITIVE10 GENITIVE11 GENITIVE12 MORE_SHORT_DATES MORE_LONG_DATES
MORE_TIMES""".split()
# Numbers are kept in the same rows, as themselves.
NUMBERS = """DIALLING GEO MEASURE DIGITS LEADING_ZERO CURRENCY_DIGITS CURRENCY_MODE NEGATIVE_CURRENCY NEGATIVE_NUMBER FIRST_DAY
FIRST_WEEK PAPER DIGIT_SUBSTITUTION READING NEUTRAL POSITIVE_PERCENT NEGATIVE_PERCENT CALENDAR""".split()

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WANTED_CURRENCY_SYMBOL = "currency[@type='{}']/symbol"


class Cldr:
    """CLDR's files with the inheritance that is needed here."""

    def __init__(self, root):
        self.root = root
        self.trees = {}
        supplemental = ElementTree.parse(os.path.join(root, "supplemental", "supplementalData.xml")).getroot()
        self.supplemental = supplemental
        self.parents = {}
        for element in supplemental.iterfind("parentLocales/parentLocale"):
            for child in element.get("locales").split():
                self.parents[child] = element.get("parent")
        likely = ElementTree.parse(os.path.join(root, "supplemental", "likelySubtags.xml")).getroot()
        self.likely = {e.get("from"): e.get("to") for e in likely.iterfind("likelySubtags/likelySubtag")}
        systems = ElementTree.parse(os.path.join(root, "supplemental", "numberingSystems.xml")).getroot()
        self.digits = {e.get("id"): e.get("digits") for e in systems.iterfind("numberingSystems/numberingSystem")}
        self.currencies = {}
        for region in supplemental.iterfind("currencyData/region"):
            current = [c.get("iso4217") for c in region if c.get("to") is None and c.get("tender") != "false"]
            if current:
                self.currencies[region.get("iso3166")] = current[0]
        self.fractions = {e.get("iso4217"): int(e.get("digits")) for e in supplemental.iterfind("currencyData/fractions/info")}
        self.first_day, self.min_days = {}, {}
        for element in supplemental.iterfind("weekData/firstDay"):
            if not element.get("alt"):
                self.first_day.update({t: element.get("day") for t in element.get("territories").split()})
        for element in supplemental.iterfind("weekData/minDays"):
            self.min_days.update({t: int(element.get("count")) for t in element.get("territories").split()})
        self.us_measure, self.us_paper = set(), set()
        for element in supplemental.iterfind("measurementData/measurementSystem"):
            if element.get("type") == "US" and not element.get("category"):
                self.us_measure |= set(element.get("territories").split())
        for element in supplemental.iterfind("measurementData/paperSize"):
            if element.get("type") == "US-Letter":
                self.us_paper |= set(element.get("territories").split())
        self.alpha3 = {e.get("type"): e.get("alpha3") for e in supplemental.iterfind("codeMappings/territoryCodes")}
        self.numeric = {e.get("type"): e.get("numeric") for e in supplemental.iterfind("codeMappings/territoryCodes")}

    def tree(self, name):
        if name not in self.trees:
            path = os.path.join(self.root, "main", name + ".xml")
            self.trees[name] = Extract(path) if os.path.exists(path) else None
        return self.trees[name]

    def chain(self, name):
        while name:
            yield name
            if name == "root":
                return
            name = self.parents.get(name) or (name.rsplit("_", 1)[0] if "_" in name else "root")

    def find(self, name, path):
        """The text at the path, inherited."""
        for ancestor in self.chain(name):
            tree = self.tree(ancestor)
            if tree:
                text = tree.values.get(path)
                if text is not None and text != "\u2191\u2191\u2191":
                    return text
        return None


def extract(path):
    """{path: text} of what this tool looks at in one file; top-level, so that it can run in a worker."""
    root = ElementTree.parse(path).getroot()
    values = {}
    for kind in ("languages/language", "scripts/script", "territories/territory"):
        for element in root.iterfind("localeDisplayNames/" + kind):
            if not element.get("alt") and element.text:
                values[kind.split("/")[1], element.get("type")] = element.text
    gregorian = root.find("dates/calendars/calendar[@type='gregorian']")
    if gregorian is not None:
        for kind in ("month", "day"):
            for context in gregorian.iterfind(f"{kind}s/{kind}Context"):
                for width in context.iterfind(f"{kind}Width"):
                    for element in width.iterfind(kind):
                        if element.text and not element.get("yeartype") and not element.get("alt"):
                            values[kind, context.get("type"), width.get("type"), element.get("type")] = element.text
        for context in gregorian.iterfind("dayPeriods/dayPeriodContext"):
            for width in context.iterfind("dayPeriodWidth"):
                for element in width.iterfind("dayPeriod"):
                    if element.get("type") in ("am", "pm") and not element.get("alt") and element.text:
                        values["period", context.get("type"), width.get("type"), element.get("type")] = element.text
        for kind in ("date", "time"):
            for length in gregorian.iterfind(f"{kind}Formats/{kind}FormatLength"):
                pattern = length.find(f"{kind}Format/pattern")
                if pattern is not None and pattern.text:
                    values[kind, length.get("type")] = pattern.text
        for element in gregorian.iterfind("dateTimeFormats/availableFormats/dateFormatItem"):
            if element.get("id") in ("MMMMd", "yMMMM", "yMd", "yMMMd", "MMMd"):
                values["available", element.get("id")] = element.text
    numbers = root.find("numbers")
    if numbers is not None:
        element = numbers.find("defaultNumberingSystem")
        if element is not None and not element.get("alt"):
            values["system"] = element.text
        element = numbers.find("otherNumberingSystems/native")
        if element is not None:
            values["native"] = element.text
        for symbols in numbers.iterfind("symbols"):
            for element in symbols:
                if not element.get("alt") and element.text:
                    values["symbol", symbols.get("numberSystem"), element.tag] = element.text
        for kind in ("decimal", "currency", "percent"):
            for formats in numbers.iterfind(kind + "Formats"):
                element = formats.find(f"{kind}FormatLength/{kind}Format[@type='standard']/pattern")
                if element is None:
                    element = formats.find(f"{kind}FormatLength/{kind}Format/pattern")
                if element is not None and not element.get("alt") and element.get("type") is None:
                    values[kind, formats.get("numberSystem")] = element.text
        for element in numbers.iterfind("currencies/currency"):
            symbol = element.find("symbol")
            if symbol is not None and symbol.text:
                values["currency symbol", element.get("type")] = symbol.text
            for narrow in element.iterfind("symbol[@alt='narrow']"):
                values["currency narrow", element.get("type")] = narrow.text
            name = element.find("displayName")
            if name is not None and name.text:
                values["currency name", element.get("type")] = name.text
    layout = root.find("layout/orientation/characterOrder")
    if layout is not None:
        values["order"] = layout.text
    return values


class Extract:
    done = {}

    def __init__(self, path):
        self.values = Extract.done.get(path) or extract(path)


def windows_pattern(pattern, short=False):
    """A CLDR date or time pattern in Windows' letters."""
    out, i = "", 0
    while i < len(pattern):
        c = pattern[i]
        if c == "'":
            end = pattern.find("'", i + 1)
            end = len(pattern) - 1 if end < 0 else end
            out += pattern[i:end + 1]
            i = end + 1
            continue
        if not (c.isascii() and c.isalpha()):
            out += " " if c in "\u00a0\u202f" else "" if c in "\u200f\u200e\u061c" else c
            i += 1
            continue
        n = 1
        while i + n < len(pattern) and pattern[i + n] == c:
            n += 1
        i += n
        if c in "yu":
            out += "yyyy" if n != 2 or short else "yy"
        elif c in "ML":
            out += "M" * min(n, 4)
        elif c == "d":
            out += "d" * min(n, 2)
        elif c in "Ecce":
            out += "dddd" if n == 4 else "ddd"
        elif c == "G":
            out += "gg"
        elif c in "hKHk":
            out += ("h" if c in "hK" else "H") * min(n, 2)
        elif c in "ms":
            out += c * min(n, 2)
        elif c in "abB":
            out += "tt"
    return out.strip()


def separator(pattern, letters):
    match = re.search(f"[{letters}]([^{letters}'a-zA-Z]+)[a-zA-Z]", pattern)
    return match.group(1).strip() or match.group(1) if match else None


def grouping(pattern):
    integer = re.sub(r"[^#0,.]", "", pattern.split(";")[0]).split(".")[0]
    parts = [len(p) for p in integer.split(",")]
    if len(parts) == 1:
        return "0"
    if len(parts) > 2 and parts[-2] != parts[-1]:
        return f"{parts[-1]};{parts[-2]};0"
    return f"{parts[-1]};0"


def bcp(name):
    return name.replace("_", "-")


def quoted_join(values):
    return "\0".join(dict.fromkeys(v for v in values if v))


class Builder:
    def __init__(self, cldr):
        self.cldr = cldr

    def full(self, name):
        """language, script, territory with the likely ones filled in."""
        parts = name.split("_")
        script = next((p for p in parts[1:] if len(p) == 4 and p.isalpha()), None)
        territory = next((p for p in parts[1:] if len(p) == 2 or p.isdigit()), None)
        for key in ("_".join(filter(None, (parts[0], script, territory))), "_".join(filter(None, (parts[0], territory))),
                    "_".join(filter(None, (parts[0], script))), parts[0]):
            if key in self.cldr.likely:
                language, likely_script, likely_territory = self.cldr.likely[key].split("_")
                return parts[0], script or likely_script, territory or likely_territory
        return parts[0], script or "Latn", territory or "US"

    def row(self, name, windows_name, neutral, parent):
        cldr = self.cldr
        find = lambda *path: cldr.find(name, path if len(path) > 1 else path[0])  # noqa: E731
        language, script, territory = self.full(name)
        base = "_".join((language, territory)) if cldr.tree("_".join((language, territory))) else \
            "_".join((language, script, territory)) if cldr.tree("_".join((language, script, territory))) else name
        if neutral:
            name = base
        english = lambda kind, key: cldr.find("en", (kind, key)) or key  # noqa: E731
        native = lambda kind, key: cldr.find(name, (kind, key)) or english(kind, key)  # noqa: E731
        row = {"NAME": windows_name, "PARENT": parent, "NEUTRAL": int(neutral)}
        shown = bcp(windows_name).split("-")
        shown_script = next((p for p in shown[1:] if len(p) == 4 and p.isalpha()), None)
        language_key = language + "_" + shown_script if shown_script and cldr.find("en", ("language", f"{language}_{shown_script}")) \
            and language == "zh" else language
        row["ENGLISH_LANGUAGE"] = english("language", language_key)
        row["NATIVE_LANGUAGE"] = native("language", language_key)
        row["ENGLISH_COUNTRY"], row["NATIVE_COUNTRY"] = english("territory", territory), native("territory", territory)
        if neutral:
            details = [shown_script] if shown_script and language != "zh" else []
            row["ENGLISH_DISPLAY"] = row["ENGLISH_LANGUAGE"] + (f" ({english('script', details[0])})" if details else "")
            row["NATIVE_DISPLAY"] = row["NATIVE_LANGUAGE"] + (f" ({native('script', details[0])})" if details else "")
        else:
            pair = lambda f, country: (f("script", shown_script) + ", " if shown_script else "") + country  # noqa: E731
            row["ENGLISH_DISPLAY"] = f"{row['ENGLISH_LANGUAGE']} ({pair(english, row['ENGLISH_COUNTRY'])})"
            row["NATIVE_DISPLAY"] = f"{row['NATIVE_LANGUAGE']} ({pair(native, row['NATIVE_COUNTRY'])})"
        row["LANGUAGE2"], row["COUNTRY2"] = language, territory
        row["LANGUAGE3"] = ISO639.get(language, language)
        row["COUNTRY3"] = cldr.alpha3.get(territory, territory)
        abbreviations = {"US": "ENU", "GB": "ENG", "AU": "ENA", "CA": "ENC"}
        row["ABBREV_LANGUAGE"] = abbreviations.get(territory, row["LANGUAGE3"].upper()) if language == "en" else \
            {"de": "DEU", "fr": "FRA", "es": "ESN", "zh": "CHS", "nl": "NLD", "ru": "RUS", "ja": "JPN", "it": "ITA"}.get(
                language, row["LANGUAGE3"].upper())
        row["ABBREV_COUNTRY"] = row["COUNTRY3"]
        system = find("system") or "latn"
        native_system = find("native") or system
        if system not in cldr.digits or not cldr.digits[system]:
            system = "latn"
        symbol = lambda tag: cldr.find(name, ("symbol", system, tag)) or cldr.find(name, ("symbol", "latn", tag))  # noqa: E731
        digits = cldr.digits.get(native_system) or "0123456789"
        row["NATIVE_DIGITS"] = digits if max(map(ord, digits)) < 0x10000 else "0123456789"
        row["DIGIT_SUBSTITUTION"] = 1 if system == "latn" else 0
        # Windows formats with ASCII digits unless asked otherwise, so with the symbols that go with them.
        latin = lambda tag: cldr.find(name, ("symbol", "latn", tag)) or cldr.find("root", ("symbol", "latn", tag))  # noqa: E731
        clean = lambda text: re.sub("[\u200e\u200f\u061c]", "", text or "").replace("\u202f", "\u00a0")  # noqa: E731
        row["DECIMAL"], row["THOUSAND"] = clean(latin("decimal")), clean(latin("group"))
        row["LIST"] = "," if row["DECIMAL"] == "." else ";"
        row["POSITIVE"], row["NEGATIVE"] = "", "-"
        row["NAN"], row["INFINITY"] = clean(latin("nan")), clean(latin("infinity"))
        row["NEGATIVE_INFINITY"] = "-" + row["INFINITY"]
        row["PERCENT"], row["PERMILLE"] = clean(latin("percentSign")), clean(latin("perMille"))
        row["GROUPING"] = grouping(find("decimal", "latn") or "#,##0.###")
        percent = find("percent", "latn") or "#,##0%"
        row["POSITIVE_PERCENT"] = 2 if percent.startswith("%") else 0 if re.search("[0#][\u00a0 ]", percent) else 1
        row["NEGATIVE_PERCENT"] = {2: 2, 0: 0, 1: 1}[row["POSITIVE_PERCENT"]]
        code = cldr.currencies.get(territory) or "XDR"
        row["CURRENCY_CODE"] = code
        narrow, plain = find("currency narrow", code), find("currency symbol", code)
        row["CURRENCY"] = clean(plain if plain and plain != code else narrow if narrow and not neutral else plain or narrow or code)
        row["ENGLISH_CURRENCY"] = cldr.find("en", ("currency name", code)) or code
        row["NATIVE_CURRENCY"] = find("currency name", code) or row["ENGLISH_CURRENCY"]
        row["MON_DECIMAL"] = clean(cldr.find(name, ("symbol", "latn", "currencyDecimal"))) or row["DECIMAL"]
        row["MON_THOUSAND"] = clean(cldr.find(name, ("symbol", "latn", "currencyGroup"))) or row["THOUSAND"]
        currency = clean(find("currency", "latn") or "\u00a4\u00a0#,##0.00").split(";")[0]
        row["MON_GROUPING"] = grouping(currency)
        row["CURRENCY_DIGITS"] = cldr.fractions.get(code, 2)
        before, spaced = currency.startswith(("\u00a4", "-\u00a4")), bool(re.search("\u00a4[\u00a0 ]|[\u00a0 ]\u00a4", currency))
        row["CURRENCY_MODE"] = (2 if spaced else 0) if before else (3 if spaced else 1)
        row["NEGATIVE_CURRENCY"] = (9 if spaced else 1) if before else (8 if spaced else 5)
        if territory == "US" and language == "en":
            row["NEGATIVE_CURRENCY"] = 0
        row["NEGATIVE_NUMBER"], row["LEADING_ZERO"], row["DIGITS"] = 1, 1, 2
        short = windows_pattern(find("date", "short") or "y-MM-dd", short=True)
        row["SHORT_DATE"] = short
        row["LONG_DATE"] = windows_pattern(find("date", "full") or "dddd, d MMMM yyyy")
        row["TIME_FORMAT"] = windows_pattern(find("time", "medium") or "HH:mm:ss")
        row["SHORT_TIME"] = windows_pattern(find("time", "short") or "HH:mm")
        row["YEAR_MONTH"] = windows_pattern(find("available", "yMMMM") or "MMMM y")
        row["MONTH_DAY"] = windows_pattern(find("available", "MMMMd") or "MMMM d")
        row["DATE_SEPARATOR"] = separator(short, "dMy") or "/"
        row["TIME_SEPARATOR"] = separator(row["TIME_FORMAT"], "hHms") or ":"
        row["MORE_SHORT_DATES"] = quoted_join([short, windows_pattern(find("date", "short") or "y-MM-dd"), "yyyy-MM-dd"])
        row["MORE_LONG_DATES"] = quoted_join([row["LONG_DATE"], windows_pattern(find("date", "long") or "d MMMM yyyy")])
        row["MORE_TIMES"] = quoted_join([row["TIME_FORMAT"], row["SHORT_TIME"]])
        period = lambda kind: find("period", "format", "abbreviated", kind) or find("period", "format", "wide", kind) or kind.upper()  # noqa: E731
        row["AM"], row["PM"] = period("am").replace("\u202f", " "), period("pm").replace("\u202f", " ")
        for n, day in enumerate(DAYS, 1):
            wide = find("day", "stand-alone", "wide", day) or find("day", "format", "wide", day) or day
            middle = find("day", "stand-alone", "abbreviated", day) or find("day", "format", "abbreviated", day) or wide
            row[f"DAY{n}"], row[f"SHORT_DAY{n}"] = wide, middle
            row[f"TINY_DAY{n}"] = find("day", "stand-alone", "short", day) or find("day", "format", "short", day) or middle
        for n in range(1, 13):
            wide = find("month", "format", "wide", str(n)) or f"M{n:02}"
            alone = find("month", "stand-alone", "wide", str(n)) or wide
            middle = find("month", "stand-alone", "abbreviated", str(n)) or find("month", "format", "abbreviated", str(n)) or alone
            row[f"MONTH{n}"], row[f"SHORT_MONTH{n}"], row[f"GENITIVE{n}"] = alone, middle, wide
        first = cldr.first_day.get(territory, cldr.first_day["001"])
        row["FIRST_DAY"] = DAYS.index(first)
        days = cldr.min_days.get(territory, cldr.min_days.get("001", 1))
        row["FIRST_WEEK"] = {1: 0, 4: 2, 7: 1}.get(days, 0)
        row["MEASURE"] = int(territory in cldr.us_measure)
        row["PAPER"] = 1 if territory in cldr.us_paper else 9
        row["DIALLING"], row["GEO"] = DIALLING.get(territory, 1), GEO.get(territory, 0) if GEO.get(territory, 0) < 0x10000 else 0
        row["READING"] = 1 if find("order") == "right-to-left" else 0
        row["SCRIPTS"] = {"Jpan": "Hani;Hira;Jpan;Kana;", "Kore": "Hang;Hani;Kore;", "Hans": "Hani;Hans;",
                          "Hant": "Hani;Hant;"}.get(script, script + ";")
        row["CONSOLE_FALLBACK"] = windows_name if CODE_PAGES.get(language, (1252,))[0] in (1250, 1251, 1252, 1253, 1254, 1257) \
            else "en-US"
        row["CALENDAR"] = 1
        if territory == "TH" and language == "th":
            row["CALENDAR"] = 7
        if territory in ("SA",) and language == "ar":
            row["CALENDAR"] = 23
        return row

    def invariant(self):
        row = self.row("en_US", "", False, "")
        row.update({"ENGLISH_DISPLAY": "Invariant Language (Invariant Country)", "NATIVE_DISPLAY": "Invariant Language (Invariant Country)",
                    "ENGLISH_LANGUAGE": "Invariant Language", "NATIVE_LANGUAGE": "Invariant Language",
                    "ENGLISH_COUNTRY": "Invariant Country", "NATIVE_COUNTRY": "Invariant Country", "LANGUAGE2": "iv",
                    "COUNTRY2": "IV", "LANGUAGE3": "ivl", "COUNTRY3": "IVC", "ABBREV_LANGUAGE": "IVL", "ABBREV_COUNTRY": "IVC",
                    "CURRENCY": "\u00a4", "CURRENCY_CODE": "XDR", "SHORT_DATE": "MM/dd/yyyy", "LONG_DATE": "dddd, dd MMMM yyyy",
                    "TIME_FORMAT": "HH:mm:ss", "SHORT_TIME": "HH:mm", "YEAR_MONTH": "yyyy MMMM", "MONTH_DAY": "MMMM dd",
                    "ENGLISH_CURRENCY": "International Monetary Fund", "NATIVE_CURRENCY": "International Monetary Fund",
                    "POSITIVE": "+", "MORE_SHORT_DATES": "MM/dd/yyyy\0yyyy-MM-dd", "MORE_LONG_DATES": "dddd, dd MMMM yyyy",
                    "MORE_TIMES": "HH:mm:ss", "MEASURE": 0, "PAPER": 9, "GEO": 244, "POSITIVE_PERCENT": 0, "NEGATIVE_PERCENT": 0})
        return row


ISO639 = {}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    root, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    paths = sorted(glob.glob(os.path.join(root, "main", "*.xml")))
    with concurrent.futures.ProcessPoolExecutor() as pool:
        Extract.done = dict(zip(paths, pool.map(extract, paths, chunksize=32)))
    cldr = Cldr(root)
    builder = Builder(cldr)
    try:
        import json
        with open("/usr/share/iso-codes/json/iso_639-2.json", encoding="utf-8") as file:
            for entry in json.load(file)["639-2"]:
                if "alpha_2" in entry:
                    ISO639[entry["alpha_2"]] = entry["alpha_3"]
    except OSError:
        pass

    # Which locales, and what Windows calls them.
    lcids = {}
    for lcid, name in python_locale.windows_locale.items():
        lcids.setdefault(name.replace("_", "-"), lcid)
    for lcid, name in LCIDS.items():
        for old in [n for n, l in lcids.items() if l == lcid]:
            del lcids[old]
        lcids[name] = lcid
    names = {}
    for path in paths:
        name = os.path.basename(path)[:-4]
        parts = name.split("_")
        if name == "root" or any(len(p) > 4 and not p.isdigit() for p in parts[1:]):
            continue
        language = parts[0]
        script = next((p for p in parts[1:] if len(p) == 4), None)
        territory = next((p for p in parts[1:] if len(p) == 2 or p.isdigit()), None)
        if territory and (territory.isdigit() and territory not in ("419", "001", "150")):
            continue
        windows_name = bcp(name)
        if language == "zh" and territory and (script, territory) in (
                ("Hans", "CN"), ("Hans", "SG"), ("Hant", "TW"), ("Hant", "HK"), ("Hant", "MO")):
            windows_name = "zh-" + territory
        elif name == "pa_Guru_IN":
            windows_name = "pa-IN"
        names[windows_name] = (name, not territory)
    for old in ("pa-Guru", "no-NO"):
        names.pop(old, None)
    names.setdefault("nb-NO", ("nb_NO" if cldr.tree("nb_NO") else "no", False))

    def parent_of(name):
        if "-" not in name:
            return ""
        up = {"zh-CN": "zh-Hans", "zh-SG": "zh-Hans", "zh-TW": "zh-Hant", "zh-HK": "zh-Hant", "zh-MO": "zh-Hant"}.get(
            name, name.rsplit("-", 1)[0])
        return up if up in names else up.split("-")[0] if up.split("-")[0] in names else ""

    order = sorted(list(names) + [""], key=str.lower)
    number = {name: n for n, name in enumerate(order)}
    records, pool_text, by_lcid, rows = b"", "", [], []
    strings, string_numbers = [], {}

    def string(text):
        text = text or ""
        if text not in string_numbers:
            string_numbers[text] = len(strings)
            strings.append(text)
        return string_numbers[text]

    fields = STRINGS + NUMBERS
    for name in order:
        neutral = name and names[name][1]
        parent = parent_of(name) if name else ""
        if not name:
            lcid, row = 0x7f, builder.invariant()
        else:
            row = builder.row(names[name][0], name, neutral, parent)
            if neutral:
                default = "-".join((name.split("-")[0], row["COUNTRY2"]))
                lcid = NEUTRAL_LCIDS.get(name) or (lcids.get(default, 0x1000) & 0x3ff if "-" not in name and default in lcids else 0x1000)
                if lcid != 0x1000 and any(l == lcid for l, _ in by_lcid):
                    lcid = 0x1000
            else:
                lcid = lcids.get(name, 0x1000)
        language = name.split("-")[0]
        key = "-".join(name.split("-")[:2])
        pages = CODE_PAGES.get(key) or CODE_PAGES.get(language) or (1252, 850, 10000)
        if name in ("zh-TW", "zh-HK", "zh-MO"):
            pages = CODE_PAGES["zh-Hant"]
        if name.endswith(("-US", "-PH", "-PR")) and pages == (1252, 850, 10000) or name in ("", "en"):
            pages = (1252, 437, 10000)
        if lcid != 0x1000:
            by_lcid.append((lcid, number[name]))
        # The specific locale a neutral one stands for, for conversions to LCIDs with a sublanguage.
        specific = next((n for n in ("-".join((name, row["COUNTRY2"])), "-".join((language, row["COUNTRY2"])))
                         if n in number), name) if neutral else name
        records += struct.pack("<IHHHHHHHH", lcid, len(pool_text), len(name), number[parent], number[specific],
                               int(bool(neutral)), *pages)
        pool_text += name + "\0"
        rows.append(struct.pack(f"<{len(fields)}H", *([string(row[f]) for f in STRINGS] + [row[f] for f in NUMBERS])))
    by_lcid.sort()
    header = struct.pack("<II", len(order), len(by_lcid))
    index = b"".join(struct.pack("<H", n) for _, n in by_lcid)
    unicode_tables.write(out, "locale_names.bin", header + records + index + pool_text.encode("utf-16-le"))
    offsets, text = [], b""
    for value in strings:
        offsets.append(len(text) // 2)
        text += (value + "\0" + ("\0" if "\0" in value else "")).encode("utf-16-le")
    if len(strings) > 0xffff:
        sys.exit("locales.py: too many strings")
    unicode_tables.write(out, "locale_rows.bin", b"".join(rows))
    unicode_tables.write(out, "locale_offsets.bin", struct.pack(f"<{len(offsets)}I", *offsets))
    unicode_tables.write(out, "locale_strings.bin", text)
    unicode_tables.assembly(out, "locale_names", ["locale_names"])
    with open(os.path.join(out, "locale_fields.h"), "w", encoding="ascii") as file:
        file.write("/* Generated by tools/locales.py. */\nenum {\n")
        for field in fields:
            file.write(f"    FIELD_{field},\n")
        file.write(f"    FIELD_COUNT,\n    FIELD_FIRST_NUMBER = FIELD_{NUMBERS[0]}\n}};\n")
    def field(text, size):
        return text.encode("utf-16-le")[:size - 2].ljust(size, b"\0")

    data = b""
    for n, t in sorted((n, t) for t, n in GEO.items()):
        number = t if t.isdigit() else cldr.numeric.get(t) or ""
        data += (struct.pack("<I", n) + field(t, 8) + field(cldr.alpha3.get(t) or "", 8) + field(number, 8)
                 + field(cldr.find("en", ("territory", t)) or t, 96))
    unicode_tables.write(out, "geo_table.bin", struct.pack("<I", len(GEO)) + data)
    unicode_tables.assembly(out, "locale_data", ["locale_rows", "locale_offsets", "locale_strings", "geo_table"])


if __name__ == "__main__":
    main()
