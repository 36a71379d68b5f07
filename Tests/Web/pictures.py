"""Takes the pictures in docs/images of a server that has the demo's index: pictures.py [URL]; `make demo` starts one."""

import pathlib
import sys
import time
import urllib.parse

from selenium import webdriver

BASE = (sys.argv[1:] or ["http://127.0.0.1:8080"])[0]
IMAGES = pathlib.Path(__file__).parents[2] / "docs/images"
# Name, width, height, scheme, what the address says, and what must be there first.
PICTURES = [
    ("page", 1280, 1240, "light", {"q": "teach children to type", "hit": "tuxtype"}, "rect.pair"),
    (
        "page-comparison",
        1400,
        900,
        "dark",
        {"q": "draw diagrams of a network", "pipeline": "bm25:1000", "vs": ""},
        ".comparison > .lines path",
    ),
    ("page-phone", 390, 844, "light", {"q": "watch which process uses the network"}, ".facet label"),
]


def main():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    try:
        for name, width, height, scheme, fields, awaited in PICTURES:
            size = {"width": width, "height": height, "deviceScaleFactor": 1.5, "mobile": width < 500}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            dark = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
            query = {"index": "demo-packages"} | fields
            for _ in range(2):  # The second time, nothing is read from disk for the first time.
                driver.get(f"{BASE}/?{urllib.parse.urlencode(query)}")
                wait(driver, awaited)
            driver.execute_script("document.activeElement.blur()")
            time.sleep(0.5)
            driver.save_screenshot(str(IMAGES / f"{name}.png"))
            print(IMAGES / f"{name}.png")
    finally:
        driver.quit()


def wait(driver, selector):
    for _ in range(200):
        if driver.execute_script("return document.querySelector(arguments[0]) !== null", selector):
            return
        time.sleep(0.1)
    sys.exit(f"{BASE} shows nothing at {selector}; is the index demo-packages there?")


if __name__ == "__main__":
    main()
