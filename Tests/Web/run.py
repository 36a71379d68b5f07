"""Runs every test of the page and prints totals: run.py BINARY [NAMES…]."""

import pathlib
import sys
import time
import unittest

import site_under_test

FOLDER = pathlib.Path(__file__).parent


def main():
    binary, names = sys.argv[1], sys.argv[2:]
    with site_under_test.Site(binary) as site:
        site_under_test.current = site
        loader = unittest.TestLoader()
        suite = loader.loadTestsFromNames(names) if names else loader.discover(str(FOLDER), pattern="test_*.py")
        began = time.monotonic()
        result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(
        f"{result.testsRun} tests of the page, {failed} failed, {len(result.skipped)} skipped, "
        f"{time.monotonic() - began:.0f} s"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
