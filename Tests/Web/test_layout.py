"""Reading by eye and by ear: landmarks, names, headings, contrast, narrow screens, the dark, stillness."""

from page import PageTest, QUESTION

STATES = {
    "home": {"q": ""},
    "hits": {},
    "explanation": {"hit": None},
    "comparison": {"pipeline": "bm25:1000", "vs": ""},
    "evil": {"index": "evil", "q": "evil wombat"},
}

# Text with the colours it is seen in, each background laid over what is behind it.
CONTRAST = """
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const read = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
    const over = (top, below) => [0, 1, 2].map((part) => top[part] * top[3] + below[part] * (1 - top[3])).concat(1);
    const light = (color) => { const [r, g, b] = color.map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = (node) => {
        const layers = [];
        for (let one = node; one; one = one.parentElement) {
            const style = getComputedStyle(one);
            const image = style.backgroundImage.match(/(?:rgba?|color)\\([^)]*\\)/g) ?? [];
            for (const color of image) if (read(color)[3] > 0.5) layers.push(read(color));
            layers.push(read(style.backgroundColor));
        }
        return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
    };
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const node = walk.currentNode.parentElement, style = getComputedStyle(node);
        if (!walk.currentNode.data.trim() || !node.checkVisibility({visibilityProperty: true}) || node.closest(".unseen, .skip, option, noscript, :disabled")) continue;
        const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        const ground = behind(node), ink = over(read(node instanceof SVGElement ? style.fill : style.color), ground);
        const [one, other] = [light(ink), light(ground)].sort((a, b) => b - a);
        found.push([(one + 0.05) / (other + 0.05), isLarge ? 3 : 4.5, walk.currentNode.data.trim().slice(0, 40) + " in " + node.tagName + "." + (node.getAttribute("class") ?? "")]);
    }
    return found;
"""

# Controls as assistive software names them: label, aria-label, or content.
UNNAMED = """
    const name = (node) => node.getAttribute("aria-label") ?? (node.labels?.length ? [...node.labels].map((one) => one.textContent).join(" ") : node.textContent);
    return [...document.querySelectorAll("button, input, select, textarea, a, summary")].filter((one) => !name(one).trim()).map((one) => one.outerHTML.slice(0, 120));
"""


class LayoutTest(PageTest):
    def show(self, name):
        fields = dict(STATES[name])
        if fields.get("hit", "") is None:
            self.open(index="demo")
            fields["hit"] = self.ask_server(query=QUESTION, k=1)["hits"][0]["id"]
        if fields.get("q") == "":
            self.open(index="demo")
            self.until(lambda: self.script("return document.getElementById('index').options.length"))
            return
        self.search(**fields)
        if "hit" in fields:
            self.until(lambda: self.all(".heatmap rect.pair"))
        if "vs" in fields:
            self.until(lambda: self.all(".comparison > .lines path") or self.script("return innerWidth") <= 768)
        self.script("for (const one of document.querySelectorAll('details')) one.open = true")

    def each_state(self):
        for name in STATES:
            self.show(name)
            yield name

    def test_landmarks(self):
        for _ in self.each_state():
            tree = self.command("Accessibility.getFullAXTree")["nodes"]
            roles = [node["role"]["value"] for node in tree if not node["ignored"]]
            for role in ("main", "banner", "contentinfo"):
                self.assertEqual(roles.count(role), 1, role)
            self.assertGreaterEqual(roles.count("search"), 1)
        self.assertIn("complementary", roles)
        self.assertEqual(self.script("return document.documentElement.lang"), "en")
        self.assertEqual(self.one("#status").get_attribute("aria-live"), "polite")

    def test_everything_has_a_name_and_ids_are_unique(self):
        for _ in self.each_state():
            self.assertEqual(self.script(UNNAMED), [])
            doubles = self.script(
                "const all = [...document.querySelectorAll('[id]')].map((one) => one.id); return all.filter((one, place) => all.indexOf(one) !== place)"
            )
            self.assertEqual(doubles, [])
            broken = self.script(
                "return [...document.querySelectorAll('[aria-controls],[aria-describedby],label[for]')].map((one) => one.getAttribute('aria-controls') ?? one.getAttribute('aria-describedby') ?? one.htmlFor).filter((id) => !document.getElementById(id))"
            )
            self.assertEqual(broken, [])
            self.assertEqual(
                self.script("return [...document.images].filter((one) => !one.hasAttribute('alt')).length"), 0
            )
            # A list has nothing but entries, an entry stands in nothing but a list.
            self.assertEqual(
                self.script("return document.querySelectorAll(':is(ul, ol) > :not(li), :not(ul, ol) > li').length"), 0
            )

    def test_headings_step_down_one_at_a_time(self):
        for _ in self.each_state():
            levels = self.script(
                "return [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1]))"
            )
            self.assertEqual(levels[0], 1)
            self.assertEqual(levels.count(1), 1)
            for one, following in zip(levels, levels[1:]):
                self.assertLessEqual(following, one + 1, levels)

    def test_contrast_by_day_and_by_night(self):
        for scheme in ("light", "dark"):
            self.prefer(prefers_color_scheme=scheme)
            for name in self.each_state():
                found = self.script(CONTRAST)
                self.assertGreater(len(found), 15)
                poor = [(round(ratio, 2), what) for ratio, least, what in found if ratio < least]
                self.assertEqual(poor, [], f"{name}, {scheme}")

    def test_dark_is_dark(self):
        ground = "return getComputedStyle(document.documentElement).backgroundColor"
        self.show("hits")
        self.assertEqual(self.script(ground), "rgb(255, 255, 255)")
        self.prefer(prefers_color_scheme="dark")
        self.until(lambda: max(map(int, self.script(ground)[4:-1].split(","))) < 40)

    def test_no_sideways_scrolling(self):
        for width in (320, 360, 768, 1280):
            self.resize(width, 740)
            for name in self.each_state():
                wide = self.script("return [document.documentElement.scrollWidth, innerWidth]")
                self.assertEqual(wide, [width, width], f"{name} at {width}")

    def test_targets_are_large_enough_for_fingers(self):
        self.resize(360, 740)
        for name in self.each_state():
            small = self.script("""
                const targets = [...document.querySelectorAll("button, select, textarea, summary, input:not([type=checkbox]), .facet label")].filter((one) => one.checkVisibility() && !one.closest(".unseen"));
                return targets.filter((one) => one.getBoundingClientRect().height < 23.5).map((one) => one.outerHTML.slice(0, 80) + " " + one.getBoundingClientRect().height);
            """)
            self.assertEqual(small, [], name)

    def test_stillness(self):
        self.prefer(prefers_reduced_motion="reduce")
        self.show("explanation")
        moving = self.script(
            "return [...document.querySelectorAll('*')].filter((one) => !/^0s(, 0s)*$/.test(getComputedStyle(one).transitionDuration) || getComputedStyle(one).animationName !== 'none').length"
        )
        self.assertEqual(moving, 0)
        self.prefer()
        self.assertGreater(
            self.script(
                "return [...document.querySelectorAll('button')].filter((one) => getComputedStyle(one).transitionDuration !== '0s').length"
            ),
            0,
        )
