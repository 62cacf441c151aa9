#!/usr/bin/env python3
"""Reads DLL definition files (dlls/NAME/NAME.api) and writes what is generated from them.

  api.py def API ARCH [SYSCALLS]        the linker's module definition (exports)
  api.py implib API ARCH [SYSCALLS]     the module definition for dlltool's import library
  api.py missing API...                 "dll<TAB>function" for every missing function
  api.py sync SYSCALLS BUILD NM         drops the word `missing` where the built objects define the function

The format: one export a line,

  [@ORDINAL] [noname] [cdecl|stdcall|fastcall] [x86_64|i386] [missing] NAME(KIND, ...) [RESULT] [= SYMBOL]
  [@ORDINAL] [noname] NAME = DLL.FUNCTION           a forwarder
  [@ORDINAL] data NAME [= SYMBOL]

A missing function is known but not exported: GetProcAddress does not find it, and an import of it is
bound to a stub that names it. And directives: `dll FILENAME`, `convention cdecl|stdcall`, `slot N` (which fixed base address),
`forwards DLL` (missing functions that DLL has become forwarders to it when synchronised).
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import syscalls  # noqa: E402

# Bytes on the i386 stack.
KIND_BYTES = {"i8": 4, "u8": 4, "i16": 4, "u16": 4, "i32": 4, "u32": 4, "bool": 4, "handle": 4, "ptr": 4,
              "size": 4, "str": 4, "wstr": 4, "ustr": 4, "oa": 4, "f32": 4, "f64": 8, "i64": 8, "u64": 8,
              "s8": 8, "s12": 12, "s16": 16}

LINE = re.compile(r"""(?:@(?P<ordinal>\d+)\s+)?
    (?P<words>(?:(?:noname|cdecl|stdcall|fastcall|x86_64|i386|missing|data)\s+)*)
    (?P<name>[^\s(=]+)\s*
    (?:\((?P<kinds>[^)]*)\))?\s*
    (?P<result>[a-z]\w*)?\s*
    (?:=\s*(?P<target>\S+))?\s*$""", re.X)


class Export:
    def __init__(self, match, convention):
        words = match.group("words").split()
        self.name = match.group("name")
        self.ordinal = match.group("ordinal")
        self.missing = "missing" in words
        self.data = "data" in words
        self.noname = "noname" in words
        self.arch = next((w for w in words if w in ("x86_64", "i386")), None)
        self.kinds = [k.strip() for k in (match.group("kinds") or "").split(",") if k.strip()]
        self.result = match.group("result")
        target = match.group("target")
        self.forward = target if target and "." in target.strip(".") and match.group("kinds") is None and not self.data else None
        self.symbol = target if target and not self.forward else self.name
        self.fastcall = "fastcall" in words
        self.cdecl = "..." in self.kinds or "cdecl" in words or (convention == "cdecl" and "stdcall" not in words
                                                                 and not self.fastcall)

    def decorated(self, name, arch):
        """What a C function of this convention called `name` is in object files, without the leading
        underscore of i386."""
        if arch == "x86_64" or self.cdecl or self.data:
            return name
        return f"{'@' if self.fastcall else ''}{name}@{sum(KIND_BYTES[k] for k in self.kinds)}"

    def linker_symbol(self, arch):
        return self.decorated(self.symbol, arch)


class Api:
    def __init__(self, path, arch=None, syscall_file=None):
        self.path = path
        self.name = os.path.basename(path)[: -len(".api")]
        self.dll, self.convention, self.slot, self.forwards = self.name + ".dll", "stdcall", 0, None
        self.exports = []
        with open(path) as file:
            for number, line in enumerate(file, 1):
                line = line.split("#")[0].strip() if not line.lstrip().startswith("?") else line.strip()
                if not line:
                    continue
                words = line.split()
                if words[0] in ("dll", "convention", "slot", "forwards") and len(words) == 2 and "(" not in line:
                    setattr(self, words[0], words[1])
                    continue
                match = LINE.match(line)
                if not match:
                    sys.exit(f"{path}:{number}: cannot read: {line}")
                export = Export(match, self.convention)
                if any(k not in KIND_BYTES and k != "..." for k in export.kinds):
                    sys.exit(f"{path}:{number}: unknown argument kind in: {line}")
                if arch is None or export.arch in (None, {"x86_64": "x86_64", "i686": "i386"}[arch]):
                    self.exports.append(export)
        self.exports = without_doubles(self.exports)
        if syscall_file:
            known = {e.name for e in self.exports}
            for call in syscalls.read(syscall_file):
                for name in call.names:
                    if name not in known:
                        export = Export(LINE.match(f"{name}()"), "stdcall")
                        export.kinds = ["u64" if a.stack_bytes == 8 else "u32" for a in call.arguments or []]
                        self.exports.append(export)


def without_doubles(exports):
    """Where a merge left a function twice, the line that implements it counts."""
    best = {}
    for export in exports:
        if export.name not in best or best[export.name].missing:
            best[export.name] = export
    return [e for e in exports if best[e.name] is e]


def quoted(name):
    return f'"{name}"' if re.search(r"[^\w]", name) else name


def signature_of(export, folder, cache):
    """The line that says how a forwarder is called: that of the function it leads to, or None."""
    while export and export.forward:
        dll, _, function = export.forward.partition(".")
        path = os.path.join(folder, dll, dll + ".api")
        if dll not in cache:
            calls = os.path.join(folder, "..", "include", "gastwirt", "syscalls.def") if dll == "ntdll" else None
            cache[dll] = {e.name: e for e in Api(path, "i686", calls).exports} if os.path.exists(path) else {}
        export = cache[dll].get(function)
    return export


def write_def(api, arch, for_import):
    folder, cache = os.path.join(os.path.dirname(api.path), ".."), {}
    print(f'LIBRARY "{api.dll}"\nEXPORTS')
    for export in api.exports:
        # A forwarding DLL's import library offers what is still missing too: it is bound to a stub till then.
        if export.missing and not (for_import and api.forwards):
            continue
        line = "  "
        symbol = export.linker_symbol(arch)
        if for_import:
            signature = signature_of(export, folder, cache) if arch != "x86_64" else None
            line += quoted(signature.decorated(export.name, arch) if signature else export.name)
        else:
            line += quoted(export.name)
            if export.forward:
                line += f"={quoted(export.forward)}"
            elif symbol != export.name:
                line += f"={quoted(symbol)}"
        if export.ordinal:
            line += f" @{export.ordinal}"
            if export.noname and not for_import:
                line += " NONAME"
        if export.data:
            line += " DATA"
        print(line)


def defined_symbols(nm, objects):
    if not objects:
        return set()
    output = subprocess.run([nm, "-g", "--defined-only", *objects], stdout=subprocess.PIPE, text=True, check=True)
    return {line.split()[2] for line in output.stdout.splitlines() if len(line.split()) == 3 and line.split()[1] in "TDBRCVWtdr"}


def drop_doubles(lines):
    """Lines of a definition file without those that a better line for the same name makes void."""
    best = {}
    for i, line in enumerate(lines):
        match = LINE.match(line.split("#")[0].strip()) if line.strip() and not line.startswith("#") else None
        if not match or (" " in line and line.split()[0] in ("dll", "convention", "slot", "forwards") and "(" not in line):
            continue
        name, missing = match.group("name"), "missing" in match.group("words").split()
        key = (name, "x86_64" in match.group("words"), "i386" in match.group("words"))
        if key not in best or (best[key][1] and not missing):
            best[key] = (i, missing)
    keep = {i for i, _ in best.values()}
    result = []
    for i, line in enumerate(lines):
        match = LINE.match(line.split("#")[0].strip()) if line.strip() and not line.startswith("#") else None
        directive = " " in line and line.split()[0] in ("dll", "convention", "slot", "forwards") and "(" not in line
        if not match or directive or i in keep:
            result.append(line)
    return result, len(lines) - len(result)


def sync_file(path, is_defined, forwards):
    """Rewrites lines `missing X` for which is_defined(export) or forwards(name); returns how many."""
    with open(path) as file:
        lines = file.read().split("\n")
    changed = 0
    convention = "stdcall"
    for i, line in enumerate(lines):
        match = LINE.match(line.split("#")[0].strip()) if "missing" in line else None
        if line.startswith("convention "):
            convention = line.split()[1]
        if not match or "missing" not in match.group("words").split():
            continue
        export = Export(match, convention)
        if is_defined(export):
            lines[i] = re.sub(r"\bmissing\s+", "", line, count=1)
        elif forwards and forwards[1](export.name):
            prefix = f"@{export.ordinal} " if export.ordinal else ""
            lines[i] = f"{prefix}{export.name} = {forwards[0]}.{export.name}"
        else:
            continue
        changed += 1
    lines, doubles = drop_doubles(lines)
    if changed or doubles:
        with open(path, "w") as file:
            file.write("\n".join(lines))
        print(f"{path}: {changed} functions are no longer missing")
    return changed


def sync_all(syscall_file, build, nm):
    """Drops `missing` for what build/x86_64/<dll>/*.o (i686 for lines that say i386) and
    build/loader/**.o define."""
    apis = {}
    for name in sorted(os.listdir("dlls")):
        path = f"dlls/{name}/{name}.api"
        if os.path.exists(path):
            apis[name] = path
    objects_of = {}
    for name in apis:
        for arch in ("x86_64", "i686"):
            objects = []
            for root, _, files in os.walk(f"{build}/{arch}/{name}"):
                objects += [os.path.join(root, f) for f in files if f.endswith(".o")]
            objects_of[name, arch] = objects
    for name, path in apis.items():
        symbols = defined_symbols(nm, objects_of[name, "x86_64"])
        symbols32 = defined_symbols(nm, objects_of[name, "i686"])

        def is_defined(e):
            if e.arch != "i386":
                return e.symbol in symbols
            symbol = e.linker_symbol("i686")
            return (symbol if e.fastcall else "_" + symbol) in symbols32

        sync_file(path, is_defined, None)
    for name, path in apis.items():
        target = Api(path).forwards
        if target:
            have = {e.name for e in Api(apis[target]).exports if not e.missing}
            sync_file(path, lambda e: False, (target, lambda n: n in have))
    host = []
    for root, _, files in os.walk(f"{build}/loader"):
        host += [os.path.join(root, f) for f in files if f.endswith(".o")]
    symbols = defined_symbols("nm", host)
    with open(syscall_file) as file:
        text = file.read()
    new = re.sub(r"^(0x[0-9a-f]+) missing (\w+)\(", lambda m: f"{m.group(1)} {m.group(2)}(" if m.group(2) in symbols
                 else m.group(0), text, flags=re.M)
    if new != text:
        print(f"{syscall_file}: {sum(a != b for a, b in zip(new.splitlines(), text.splitlines()))} calls are no longer missing")
        with open(syscall_file, "w") as file:
            file.write(new)


def main():
    arguments = sys.argv[1:]
    if len(arguments) < 2:
        sys.exit(__doc__)
    command = arguments[0]
    if command in ("def", "implib"):
        api = Api(arguments[1], arguments[2], arguments[3] if len(arguments) > 3 else None)
        write_def(api, arguments[2], command == "implib")
    elif command == "missing":
        for path in arguments[1:]:
            api = Api(path)
            for export in api.exports:
                if export.missing:
                    print(f"{api.dll.lower()}\t{export.name}")
    elif command == "slot":
        print(Api(arguments[1]).slot)
    elif command == "sync":
        sync_all(*arguments[1:4])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
