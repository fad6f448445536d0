"""What the benchmarks ran on."""

import datetime
import os
import pathlib
import platform

# Of those that TensorFlow, NumPy and faiss have code for.
_SETS = (
    "avx2",
    "fma",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "amx_bf16",
    "amx_int8",
    "asimd",
    "sve",
)


def describe_machine():
    """dict: processor, cores, instruction sets, memory, load, date."""
    names, flags = _read_processor()
    return {
        "processor": names or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "instruction_sets": [name for name in _SETS if name in flags],
        "memory_gigabytes": round(
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        ),
        "load_at_start": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "date": datetime.date.today().isoformat(),
    }


def _read_processor():
    path = pathlib.Path("/proc/cpuinfo")
    name, flags = "", set()
    if path.exists():
        for line in path.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            if key.strip() in ("flags", "Features"):
                flags = set(value.split())
    return name, flags
