"""gdb commands for a Gastwirt process: symbols of the mapped PE modules, the guest's threads.

    gdb -x tools/gdb/gastwirt.py --args ./run app.exe
    gdb -x tools/gdb/gastwirt.py -p PID

    gw-handle          let the program have its signals (faults, system calls, kicks)
    gw-modules         list the loaded modules: base, end, path
    gw-symbols         load the symbols of all mapped PE files (again after more were loaded)
    gw-teb             the current thread's TEB: stack, last error, exception
    gw-frame           the guest registers at the door and the system call the thread is in
    gw-where ADDRESS   module+offset of an address
"""
import struct

import gdb


def read(address, size):
    return gdb.selected_inferior().read_memory(address, size).tobytes()


def u64(address):
    return struct.unpack("<Q", read(address, 8))[0]


def u32(address):
    return struct.unpack("<I", read(address, 4))[0]


def u16(address):
    return struct.unpack("<H", read(address, 2))[0]


def unicode_string(address):
    length, buffer = u16(address), u64(address + 8)
    return read(buffer, length).decode("utf-16-le", "replace") if length else ""


def thread_block():
    """The current thread's struct ke_thread, or None on a host thread."""
    value = gdb.parse_and_eval("ke_self")
    return None if int(value) == 0 else value.dereference()


def any_teb():
    block = thread_block()
    if block is not None:
        return int(block["teb"])
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        block = thread_block()
        if block is not None:
            return int(block["teb"])
    raise gdb.GdbError("no guest thread yet")


def modules():
    """(base, end, name, path) of all that ntdll's loader has in its list, in load order."""
    selected = gdb.selected_thread()
    peb = u64(any_teb() + 0x60)
    selected.switch()
    loader = u64(peb + 0x18)
    if not loader:
        return []
    head = loader + 0x10
    entry, found = u64(head), []
    while entry != head and len(found) < 1000:
        base, size = u64(entry + 0x30), u32(entry + 0x40)
        found.append((base, base + size, unicode_string(entry + 0x58), unicode_string(entry + 0x48)))
        entry = u64(entry)
    return found


def unix_files():
    """Base address to Unix file of every mapping that starts a file, from the kernel."""
    files = {}
    with open(f"/proc/{gdb.selected_inferior().pid}/maps") as maps:
        for line in maps:
            fields = line.split(None, 5)
            if len(fields) == 6 and fields[5].startswith("/") and int(fields[2], 16) == 0:
                files.setdefault(int(fields[0].split("-")[0], 16), fields[5].rstrip("\n"))
    return files


def sections(base):
    """Name and address of the sections of the PE image at base."""
    header = base + u32(base + 0x3C)
    table = header + 24 + u16(header + 20)
    for i in range(u16(header + 6)):
        row = table + 40 * i
        yield read(row, 8).rstrip(b"\0").decode("latin-1"), base + u32(row + 12)


class Command(gdb.Command):
    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_USER)
        self.__doc__ = self.__class__.__doc__


class Handle(Command):
    """Pass the signals that the loader itself handles to the program without stopping."""
    name = "gw-handle"

    def invoke(self, argument, from_tty):
        for signal in ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGSYS", "SIG34"):
            gdb.execute(f"handle {signal} nostop noprint pass", to_string=True)


class Modules(Command):
    """List the guest's loaded modules."""
    name = "gw-modules"

    def invoke(self, argument, from_tty):
        for base, end, _, path in modules():
            print(f"{base:#018x} {end:#018x} {path}")


class Symbols(Command):
    """Load the symbols of the mapped PE files."""
    name = "gw-symbols"
    loaded = set()

    def invoke(self, argument, from_tty):
        files = unix_files()
        for base, _, name, _ in modules():
            file = files.get(base)
            if not file or (base, file) in self.loaded:
                continue
            text = {section: address for section, address in sections(base)}
            if ".text" not in text:
                continue
            command = f'add-symbol-file "{file}" {text.pop(".text"):#x}'
            for section, address in text.items():
                if section in (".data", ".rdata", ".bss"):
                    command += f" -s {section} {address:#x}"
            try:
                gdb.execute(command, to_string=True)
                self.loaded.add((base, file))
                print(f"{name}: {file}")
            except gdb.error as error:
                print(f"{name}: {error}")


class Teb(Command):
    """Show the current thread's TEB."""
    name = "gw-teb"

    def invoke(self, argument, from_tty):
        block = thread_block()
        if block is None:
            raise gdb.GdbError("not a guest thread")
        teb = int(block["teb"])
        print(f"TEB {teb:#x}, PEB {u64(teb + 0x60):#x}, process {u64(teb + 0x40):#x}, thread {u64(teb + 0x48):#x}")
        print(f"stack {u64(teb + 0x10):#x} to {u64(teb + 0x08):#x}, allocated from {u64(teb + 0x1478):#x}")
        print(f"last error {u32(teb + 0x68)}, last status {u32(teb + 0x1250):#010x}")


class Frame(Command):
    """Show where the current thread left guest code."""
    name = "gw-frame"

    def invoke(self, argument, from_tty):
        block = thread_block()
        if block is None:
            raise gdb.GdbError("not a guest thread")
        print(f"system call {int(block['syscall_number']):#x}, selector {int(block['selector'])}, "
              f"pending {int(block['pending']):#x}, full context {int(block['full_context'])}")
        frame = block["frame"]
        for name in ("rip", "rsp", "rbx", "rbp", "rsi", "rdi", "r12", "r13", "r14", "r15"):
            print(f"{name:4} {int(frame[name]):#018x}")
        print("rip in " + where(int(frame["rip"])))


def where(address):
    for base, end, name, _ in modules():
        if base <= address < end:
            return f"{name}+{address - base:#x}"
    return "no module"


class Where(Command):
    """Show module+offset of an address."""
    name = "gw-where"

    def invoke(self, argument, from_tty):
        print(where(int(gdb.parse_and_eval(argument or "$pc")) & 0xFFFFFFFFFFFFFFFF))


for command in (Handle, Modules, Symbols, Teb, Frame, Where):
    command()
gdb.execute("gw-handle")
