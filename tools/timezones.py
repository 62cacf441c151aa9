#!/usr/bin/env python3
"""Writes ntdll's time-zone table from CLDR's windowsZones.xml and tzdata.

  timezones.py CLDR_COMMON_DIR ZONEINFO_DIR OUT

OUT/time_zones.bin, as dlls/ntdll/time/zone.h describes: header, zones, rules, names of the tz database. A zone has one
rule a year: bias, and when standard and daylight time begin, as SYSTEMTIMEs without a year (day 5: the last).
OUT/time_zones.reg: the same for the registry's Time Zones key.
"""
import calendar
import datetime
import os
import re
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import unicode as unicode_tables  # noqa: E402

FIRST, LAST = 1970, 2037


def read_tzif(path):
    """[(time, offset after, is daylight)], offset before the first."""
    with open(path, "rb") as file:
        data = file.read()
    counts = struct.unpack(">6I", data[20:44])
    skip = 44 + counts[3] * 5 + counts[4] * 6 + counts[5] + counts[2] * 8 + counts[1] + counts[0]
    header = data[skip:skip + 44]
    _, _, _, timecnt, typecnt, _ = struct.unpack(">6I", header[20:44])
    at = skip + 44
    times = struct.unpack(f">{timecnt}q", data[at:at + timecnt * 8])
    kinds = data[at + timecnt * 8:at + timecnt * 9]
    at += timecnt * 9
    types = [struct.unpack(">iBB", data[at + i * 6:at + i * 6 + 6]) for i in range(typecnt)]
    return [(t, types[k][0], types[k][1]) for t, k in zip(times, kinds)], types[0][0]


def system_time(moment):
    """A wall time as SYSTEMTIME fields: month, weekday, which one of the month."""
    length = calendar.monthrange(moment.year, moment.month)[1]
    which = 5 if moment.day + 7 > length else (moment.day - 1) // 7 + 1
    return (0, moment.month, moment.isoweekday() % 7, which, moment.hour, moment.minute, moment.second, 0)


NEVER = (0,) * 8
FIRST_SHOWN = 2000  # of the years that the registry knows


def registry_text(order, shown_names, years, rules):
    """The Time Zones key; a zone's rules year by year as far as they change, those of the last year for the rest."""
    root = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Time Zones"

    def binary(rule):
        bias, daylight, standard_start, daylight_start = rules[rule]
        return "hex:" + ",".join(f"{b:02x}" for b in struct.pack("<iii8H8H", bias, 0, daylight, *standard_start,
                                                                  *daylight_start))

    lines = []
    for name in order:
        display, standard, daylight = shown_names[name]
        of_year = dict(zip(range(FIRST, LAST + 1), years[name]))
        lines += ["", f"[{root}\\{name}]", f'"Display"="{display}"', f'"Std"="{standard}"', f'"Dlt"="{daylight}"',
                  f'"MUI_Display"="{display}"', f'"MUI_Std"="{standard}"', f'"MUI_Dlt"="{daylight}"',
                  f'"TZI"={binary(of_year[LAST])}']
        changes = [year for year in range(FIRST_SHOWN + 1, LAST + 1) if of_year[year] != of_year[year - 1]]
        if changes:
            first, last = changes[0] - 1, changes[-1]
            lines += ["", f"[{root}\\{name}\\Dynamic DST]", f'"FirstEntry"=dword:{first:08x}',
                      f'"LastEntry"=dword:{last:08x}']
            lines += [f'"{year}"={binary(of_year[year])}' for year in range(first, last + 1)]
    return "\n".join(lines) + "\n"


def year_rule(transitions, first_offset, year):
    start = calendar.timegm((year, 1, 1, 0, 0, 0))
    end = calendar.timegm((year + 1, 1, 1, 0, 0, 0))
    before = first_offset
    inside = []
    for time, offset, _ in transitions:
        if time - 0 < start - before:
            before = offset
        elif time < end - offset:
            inside.append((time, offset))
    changes, current = [], before
    for time, offset in inside:
        if offset != current:
            changes.append((time, current, offset))
            current = offset
    wall = lambda time, offset: datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=time + offset)  # noqa: E731
    if len(changes) >= 2 and changes[0][1] == changes[1][2] or len(changes) > 2:
        first, second = changes[0], changes[1]
        if first[2] > first[1]:
            standard, daylight = first[1], first[2]
            return (-standard // 60, -(daylight - standard) // 60, system_time(wall(second[0], second[1])),
                    system_time(wall(first[0], first[1])))
        standard, daylight = first[2], first[1]
        return (-standard // 60, -(daylight - standard) // 60, system_time(wall(first[0], first[1])),
                system_time(wall(second[0], second[1])))
    return (-current // 60, 0, NEVER, NEVER)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    cldr, zoneinfo, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(cldr, "supplemental", "windowsZones.xml"), encoding="utf-8") as file:
        text = file.read()
    zones, aliases, display = {}, {}, None
    for match in re.finditer(r'<!-- (\(UTC[^)]*\)[^>]*?) -->|<mapZone other="([^"]+)" territory="([^"]+)" type="([^"]+)"', text):
        if match.group(1):
            display = match.group(1).replace("&amp;", "&")
            continue
        name, territory, ids = match.group(2), match.group(3), match.group(4).split()
        if territory == "001":
            zones[name] = (ids[0], display)
        for zone in ids:
            aliases.setdefault(zone, name)
    groups = {}
    with open(os.path.join(zoneinfo, "tzdata.zi"), encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if words and words[0] == "L":
                groups.setdefault(words[1], {words[1]}).add(words[2])
    for group in groups.values():
        known = next((aliases[z] for z in sorted(group) if z in aliases), None)
        for zone in group:
            if known:
                aliases.setdefault(zone, known)
    for zone in ("UTC", "Etc/UTC", "GMT", "Etc/GMT", "UCT", "Zulu", "Universal", "Etc/UCT", "Etc/Zulu", "Etc/Universal"):
        aliases[zone] = "UTC"
    order = sorted(zones, key=str.lower)
    rules, numbers, records = [], {}, b""
    years, shown_names = {}, {}

    def wide(string, size):
        data = string.encode("utf-16-le")[:size * 2 - 2]
        return data.ljust(size * 2, b"\0")

    for name in order:
        zone, shown = zones[name]
        transitions, first_offset = read_tzif(os.path.join(zoneinfo, zone))
        indices = []
        for year in range(FIRST, LAST + 1):
            rule = year_rule(transitions, first_offset, year)
            if rule not in numbers:
                numbers[rule] = len(rules)
                rules.append(rule)
            indices.append(numbers[rule])
        standard = "Coordinated Universal Time" if name == "UTC" else name
        daylight = name.replace("Standard", "Daylight") if "Standard" in name else standard
        years[name], shown_names[name] = indices, (shown or name, standard, daylight)
        records += wide(name, 48) + wide(shown or name, 96) + wide(standard, 32) + wide(daylight, 32)
        records += struct.pack(f"<{len(indices)}H", *indices)
    with open(os.path.join(out, "time_zones.reg"), "w", encoding="utf-8") as file:
        file.write(registry_text(order, shown_names, years, rules))
    body = b"".join(struct.pack("<iii8H8H", bias, 0, daylight, *standard_start, *daylight_start)
                    for bias, daylight, standard_start, daylight_start in rules)
    names = b"".join(zone.encode().ljust(40, b"\0") + struct.pack("<HH", order.index(aliases[zone]), 0)
                     for zone in sorted(aliases) if aliases[zone] in zones and len(zone) < 40)
    count = len(names) // 44
    unicode_tables.write(out, "time_zones.bin", struct.pack("<IIII", len(order), len(rules), count, 0) + records + body + names)
    unicode_tables.assembly(out, "time_zones", ["time_zones"])


if __name__ == "__main__":
    main()
