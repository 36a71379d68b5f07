"""The machine that a benchmark ran on, for its last line."""
import platform


def processor():
    """Model and architecture of the processor."""
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return f"{line.split(':', 1)[1].strip()}, {platform.machine()}"
    return platform.machine()
