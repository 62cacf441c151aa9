#!/usr/bin/env python3
"""Reads include/gastwirt/protocol.def and writes what is generated from it.

  protocol.py header DEF      codes, structures, layouts (<gastwirt/protocol.h>)
  protocol.py client DEF      one function a request, which marshals it (C)
  protocol.py server DEF      checking and dispatching what clients send (C)
  protocol.py table DEF       names and fields, for dumping (C)
"""
import re
import sys
import zlib

SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "i32": 4, "i64": 8}
C_TYPES = {"u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "uint64_t", "i32": "int32_t",
           "i64": "int64_t"}


class Field:
    def __init__(self, type_, name):
        self.type, self.name = type_, name


class Side:
    """The fields of one direction, and how they lie in the message behind its head."""

    def __init__(self):
        self.fields = []

    def of(self, *types):
        return [f for f in self.fields if f.type in types]

    @property
    def plain(self):
        return [f for f in self.fields if f.type in SIZES]

    @property
    def bytes(self):
        return self.of("bytes")

    @property
    def fd(self):
        fds = self.of("fd")
        return fds[0] if fds else None

    def layout(self):
        """(offset, type, name) of each wire field, padding included; the size, a multiple of 8."""
        at, place = 0, []
        members = [(f.type, f.name) for f in self.plain] + [("u32", f.name + "_size") for f in self.bytes]
        padding = 0
        for type_, name in members:
            while at % SIZES[type_]:
                place.append((at, "u8", "padding%d" % padding))
                padding += 1
                at += 1
            place.append((at, type_, name))
            at += SIZES[type_]
        while at % 8:
            if at % 4 == 0:
                place.append((at, "u32", "padding%d" % padding))
                at += 4
            else:
                place.append((at, "u8", "padding%d" % padding))
                at += 1
            padding += 1
        return place, at


class Request:
    def __init__(self, kind, name, code):
        self.kind, self.name, self.code = kind, name, code
        self.input, self.output = Side(), Side()


def read(path):
    version, requests = None, []
    with open(path) as file:
        for number, line in enumerate(file, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            fail = lambda why: sys.exit("%s:%d: %s" % (path, number, why))
            if words[0] == "version" and len(words) == 2:
                version = int(words[1])
            elif words[0] in ("request", "oneway", "call") and len(words) == 2:
                code = sum(1 for r in requests if (r.kind == "call") == (words[0] == "call")) + 1
                if any(r.name == words[1] and (r.kind == "call") == (words[0] == "call") for r in requests):
                    fail("%s stands here twice" % words[1])
                requests.append(Request(words[0], words[1], code))
            elif words[0] in ("in", "out") and len(words) == 3 and requests:
                request = requests[-1]
                side = request.input if words[0] == "in" else request.output
                if words[1] not in SIZES and words[1] not in ("bytes", "fd"):
                    fail("no such type: %s" % words[1])
                if words[0] == "out" and request.kind != "request":
                    fail("only a request has a reply")
                if words[1] == "fd" and side.fd or words[0] == "out" and words[1] == "bytes" and side.bytes:
                    fail("one of these is all there can be")
                if not re.match(r"[a-z_0-9]+$", words[2]):
                    fail("bad name")
                side.fields.append(Field(words[1], words[2]))
            else:
                fail("not understood")
    if version is None:
        sys.exit("%s: no version" % path)
    return version, requests


def upper(request):
    return ("GW_NOTE_" if request.kind == "call" else "GW_") + request.name.upper()


def stem(request):
    return ("gw_note_" if request.kind == "call" else "gw_") + request.name


def wire_struct(name, side):
    place, size = side.layout()
    if not size:
        return []
    lines = ["struct %s {" % name]
    lines += ["    %s %s;" % (C_TYPES[t], n) for _, t, n in place]
    lines += ["};", '_Static_assert(sizeof(struct %s) == %d, "wire size");' % (name, size)]
    for at, _, field in place:
        lines.append('_Static_assert(__builtin_offsetof(struct %s, %s) == %d, "wire layout");' % (name, field, at))
    return lines


def memory_struct(name, side, constant, replies):
    lines = ["struct %s {" % name]
    for field in side.fields:
        if field.type == "bytes":
            lines.append("    %svoid *%s;" % ("const " if constant else "", field.name))
            lines.append("    uint32_t %s_size;" % field.name)
        elif field.type == "fd":
            lines.append("    int %s;" % field.name)
            if replies:
                lines.append("    bool %s_owned; /* the server closes it once it is sent */" % field.name)
        else:
            lines.append("    %s %s;" % (C_TYPES[field.type], field.name))
    if not side.fields:
        lines.append("    char nothing;")
    return lines + ["};"]


def fingerprint(version, requests):
    """Programs that were built from different definitions do not talk to each other."""
    text = "%d" % version
    for r in requests:
        text += ";%s %s" % (r.kind, r.name)
        for word, side in (("in", r.input), ("out", r.output)):
            text += "".join(",%s %s %s" % (word, f.type, f.name) for f in side.fields)
    return zlib.crc32(text.encode())


def header(version, requests):
    out = ["/* Generated from protocol.def: the requests to the session server. */", "#ifndef GASTWIRT_PROTOCOL_H",
           "#define GASTWIRT_PROTOCOL_H", "", "#include <gastwirt/message.h>", "",
           "/* The version, and what the definition says. */",
           "#define GW_PROTOCOL_VERSION 0x%08xu" % fingerprint(version, requests), "", "enum gw_code {"]
    out += ["    %s = %d," % (upper(r), r.code) for r in requests if r.kind != "call"]
    out += ["    GW_CODE_MAX,", "};", "", "enum gw_note {"]
    out += ["    %s = %d," % (upper(r), r.code) for r in requests if r.kind == "call"]
    out += ["    GW_NOTE_MAX,", "};"]
    for r in requests:
        out += ["", "/* %s */" % r.name]
        out += wire_struct(stem(r) + "_request", r.input) + wire_struct(stem(r) + "_reply", r.output)
        out += memory_struct(stem(r) + "_in", r.input, True, False)
        if r.output.fields:
            out += memory_struct(stem(r) + "_out", r.output, False, True)
    out += ["", "struct gw_connection;"]
    for r in requests:
        if r.kind != "call":
            out.append("NTSTATUS %s(struct gw_connection *connection, const struct %s_in *in%s);" % (
                stem(r), stem(r), ", struct %s_out *out" % stem(r) if r.output.fields else ""))
    out += ["", "struct server_client;"]
    for r in requests:
        if r.kind != "call":
            out.append("NTSTATUS serve_%s(struct server_client *client, struct %s_in *in%s);" % (
                r.name, stem(r), ", struct %s_out *out" % stem(r) if r.output.fields else ""))
        else:
            out.append("bool notify_%s(struct server_client *client, const struct %s_in *in);" % (r.name, stem(r)))
            out.append("/* False if the message is malformed. */")
            out.append("bool %s_decode(const void *body, size_t size, int fd, struct %s_in *ret_in);" % (
                stem(r), stem(r)))
    out += ["", "#endif"]
    return out


def marshal(r, indent="    "):
    """Fills `wire` and `parts` from `in`."""
    place, size = r.input.layout()
    lines = []
    if size:
        lines.append(indent + "struct %s_request wire;" % stem(r))
        lines.append(indent + "memset(&wire, 0, sizeof wire);")
        for f in r.input.plain:
            lines.append(indent + "wire.%s = in->%s;" % (f.name, f.name))
        for f in r.input.bytes:
            lines.append(indent + "wire.%s_size = in->%s_size;" % (f.name, f.name))
    else:
        lines.append(indent + "(void)in;")
    if r.input.bytes:
        lines.append(indent + "const struct gw_part parts[] = {%s};" % ", ".join(
            "{in->%s, in->%s_size}" % (f.name, f.name) for f in r.input.bytes))
    return lines


def client(version, requests):
    out = ["/* Generated from protocol.def: requests as functions. */", "#include <gastwirt/protocol.h>",
           "#include <string.h>"]
    for r in requests:
        if r.kind == "call":
            out += [""] + decoder(r, stem(r) + "_decode", False)
            continue
        has_out = bool(r.output.fields)
        out += ["", "NTSTATUS %s(struct gw_connection *connection, const struct %s_in *in%s)" % (
            stem(r), stem(r), ", struct %s_out *out" % stem(r) if has_out else ""), "{"]
        out += marshal(r)
        place, size = r.output.layout()
        if size:
            out.append("    struct %s_reply reply;" % stem(r))
        out.append("    struct gw_exchange exchange = {")
        out.append("        .code = %s," % upper(r))
        if r.kind == "oneway":
            out.append("        .oneway = true,")
        if r.input.layout()[1]:
            out.append("        .request = &wire, .request_size = sizeof wire,")
        if r.input.bytes:
            out.append("        .parts = parts, .part_count = %d," % len(r.input.bytes))
        out.append("        .send_fd = %s," % ("in->" + r.input.fd.name if r.input.fd else "-1"))
        if size:
            out.append("        .reply = &reply, .reply_size = sizeof reply,")
        if r.output.bytes:
            out.append("        .data = out->%s, .data_room = out->%s_size," % ((r.output.bytes[0].name,) * 2))
        out.append("        .has_data = %s, .wants_fd = %s, .received_fd = -1," % (
            "true" if r.output.bytes else "false", "true" if r.output.fd else "false"))
        out += ["    };", "    NTSTATUS status = gw_transfer(connection, &exchange);"]
        if has_out:
            out += ["    if (status < 0)", "        return status;"]
            if r.output.bytes:
                name = r.output.bytes[0].name
                out += ["    if (reply.%s_size > exchange.data_size) {" % name,
                        "        gw_drop_fd(&exchange);", "        return STATUS_BUFFER_TOO_SMALL;", "    }",
                        "    out->%s_size = reply.%s_size;" % (name, name)]
            for f in r.output.plain:
                out.append("    out->%s = reply.%s;" % (f.name, f.name))
            if r.output.fd:
                out.append("    out->%s = exchange.received_fd;" % r.output.fd.name)
        out += ["    return status;", "}"]
    return out


def decoder(r, name, static):
    """A function that checks a message's body and spreads it over the structure."""
    place, size = r.input.layout()
    out = ["%sbool %s(const void *body, size_t size, int fd, struct %s_in *ret_in)" % (
        "static " if static else "", name, stem(r)), "{"]
    if size:
        out += ["    const struct %s_request *wire = body;" % stem(r),
                "    if (size < sizeof *wire)", "        return false;"]
        if r.input.bytes:
            out += ["    const uint8_t *place = (const uint8_t *)(wire + 1);",
                    "    size_t left = size - sizeof *wire;"]
        else:
            out += ["    if (size != sizeof *wire)", "        return false;"]
        for f in r.input.bytes:
            out += ["    if (wire->%s_size > left || GW_PAD(wire->%s_size) > left)" % (f.name, f.name),
                    "        return false;", "    ret_in->%s = place;" % f.name,
                    "    ret_in->%s_size = wire->%s_size;" % (f.name, f.name),
                    "    place += GW_PAD(wire->%s_size);" % f.name,
                    "    left -= GW_PAD(wire->%s_size);" % f.name]
        if r.input.bytes:
            out += ["    if (left)", "        return false;"]
        for f in r.input.plain:
            out.append("    ret_in->%s = wire->%s;" % (f.name, f.name))
    else:
        out += ["    (void)body;", "    (void)ret_in;", "    if (size)", "        return false;"]
    if r.input.fd:
        out.append("    ret_in->%s = fd;" % r.input.fd.name)
    else:
        out += ["    if (fd >= 0)", "        return false;"]
    return out + ["    return true;", "}"]


def server(version, requests):
    out = ["/* Generated from protocol.def: what clients send is checked here and nowhere else. */",
           '#include "server.h"', "#include <string.h>", "#include <unistd.h>"]
    for r in requests:
        if r.kind == "call":
            out += ["", "bool notify_%s(struct server_client *client, const struct %s_in *in)" % (r.name, stem(r)), "{"]
            out += marshal(r)
            out.append("    return server_notify(client, %s, %s, %s, %s, %d, %s);" % (
                upper(r), "&wire" if r.input.layout()[1] else "NULL", "sizeof wire" if r.input.layout()[1] else "0",
                "parts" if r.input.bytes else "NULL", len(r.input.bytes),
                "in->" + r.input.fd.name if r.input.fd else "-1"))
            out.append("}")
            continue
        out += [""] + decoder(r, "decode_" + r.name, True)
        out += ["", "static NTSTATUS run_%s(struct server_client *client, const void *body, size_t size, int *fd," % r.name,
                "                         struct server_reply *reply)", "{", "    struct %s_in in;" % stem(r),
                "    if (!decode_%s(body, size, *fd, &in))" % r.name, "        return GW_MALFORMED;"]
        place, size = r.output.layout()
        call = "serve_%s(client, &in%s)" % (r.name, ", &out" if r.output.fields else "")
        if not r.output.fields:
            out.append("    (void)reply;")
        if r.output.fields:
            out += ["    struct %s_out out;" % stem(r), "    memset(&out, 0, sizeof out);"]
            if size:
                out.append("    struct %s_reply *wire = (void *)reply->body;" % stem(r))
            if r.output.bytes:
                name = r.output.bytes[0].name
                out += ["    out.%s = reply->body + sizeof *wire;" % name,
                        "    out.%s_size = (uint32_t)(reply->room - sizeof *wire - 8);" % name]
            if r.output.fd:
                out.append("    out.%s = -1;" % r.output.fd.name)
        out.append("    NTSTATUS status = %s;" % call)
        if r.input.fd:
            out.append("    *fd = in.%s;" % r.input.fd.name)
        if r.output.fields:
            if r.output.fd:
                name = r.output.fd.name
                out += ["    if (status >= 0)", "        reply->fd = out.%s;" % name,
                        "    reply->fd_owned = out.%s_owned;" % name,
                        "    if (status < 0 && out.%s_owned && out.%s >= 0)" % (name, name),
                        "        close(out.%s);" % name]
            if size:
                out += ["    if (status >= 0) {", "        memset(wire, 0, sizeof *wire);"]
                for f in r.output.plain:
                    out.append("        wire->%s = out.%s;" % (f.name, f.name))
                if r.output.bytes:
                    name = r.output.bytes[0].name
                    out += ["        wire->%s_size = out.%s_size;" % (name, name),
                            "        reply->size = server_pad(reply->body, sizeof *wire + out.%s_size);" % name]
                else:
                    out.append("        reply->size = sizeof *wire;")
                out.append("    }")
        out += ["    return status;", "}"]
    out += ["", "const struct server_request server_requests[GW_CODE_MAX] = {"]
    for r in requests:
        if r.kind != "call":
            out.append("    [%s] = {run_%s, %s}," % (upper(r), r.name, "true" if r.kind == "oneway" else "false"))
    return out + ["};"]


def table(version, requests):
    out = ["/* Generated from protocol.def: names and fields, for dumping. */", "#include <gastwirt/protocol.h>", ""]

    def describe(name, side):
        place, size = side.layout()
        shown = [(at, t, n) for at, t, n in place if not n.startswith("padding")]
        if not shown:
            return "NULL"
        out.append("static const struct gw_field %s[] = {" % name)
        for at, t, n in shown:
            out.append('    {"%s", %d, %d, %s},' % (n, at, SIZES[t], "true" if t[0] == "i" else "false"))
        out.extend(["    {NULL, 0, 0, false},", "};"])
        return name

    rows = {True: [], False: []}
    for r in requests:
        first = describe(stem(r) + "_request_fields", r.input)
        second = describe(stem(r) + "_reply_fields", r.output)
        rows[r.kind == "call"].append('    [%s] = {"%s", %s, %s, %d, %d},' % (
            upper(r), r.name, first, second, r.input.layout()[1], r.output.layout()[1]))
    out += ["", "const struct gw_description gw_descriptions[GW_CODE_MAX] = {"] + rows[False] + ["};"]
    out += ["", "const struct gw_description gw_note_descriptions[GW_NOTE_MAX] = {"] + rows[True] + ["};"]
    return out


def main():
    makers = {"header": header, "client": client, "server": server, "table": table}
    if len(sys.argv) != 3 or sys.argv[1] not in makers:
        sys.exit(__doc__)
    print("\n".join(makers[sys.argv[1]](*read(sys.argv[2]))))


main()
