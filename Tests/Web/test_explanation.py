"""The pictures of a hit and of two pipelines, against what the server says."""

from page import PageTest, QUESTION


class ExplanationTest(PageTest):
    def opened(self, rank=1, **fields):
        self.search(**fields)
        self.all(".title")[rank - 1].click()
        self.until(lambda: self.all(".explanation"))
        return self.ask_server(query=QUESTION, k=1, offset=rank - 1, explain=True, highlight=True)["hits"][0]

    def test_the_late_interaction(self):
        hit = self.opened(rank=3)
        self.until(lambda: self.all(".heatmap rect.pair"))
        said = hit["explanation"]["interaction"]
        rows, columns = len(said["query_pieces"]), len(said["passage_pieces"])
        self.assertEqual(len(self.all(".heatmap rect.pair")), rows * columns)
        rings = self.script("""
            const pairs = [...document.querySelectorAll(".heatmap rect.pair")];
            return [...document.querySelectorAll(".lines rect.winner")].map((ring) => {
                const under = pairs.find((one) => one.ownerSVGElement === ring.ownerSVGElement && one.getAttribute("x") === ring.getAttribute("x") && one.getAttribute("y") === ring.getAttribute("y"));
                return [Number(under.dataset.row), Number(under.dataset.column)];
            });
        """)
        best = [[row, similarities.index(max(similarities))] for row, similarities in enumerate(said["similarities"])]
        self.assertEqual(sorted(rings), best)
        shades = self.script(
            "return [...document.querySelectorAll('.heatmap rect.pair')].map((one) => [Number(one.dataset.row), Number(one.dataset.column), Number(one.getAttribute('fill-opacity'))])"
        )
        darkest = max(shades, key=lambda one: one[2])
        self.assertAlmostEqual(said["similarities"][darkest[0]][darkest[1]], max(map(max, said["similarities"])))

    def test_the_same_in_words(self):
        hit = self.opened()
        table = self.script(
            "return [...document.querySelectorAll('.pairs')].map((one) => [...one.rows].map((row) => [...row.cells].map((cell) => cell.textContent)))"
        )
        pairs = hit["explanation"]["colbert"]
        self.assertEqual(table[0][0], ["Query", "Nearest", "Weight", "Score"])
        self.assertEqual(len(table[0]) - 1, len(pairs))
        for row, pair in zip(table[0][1:], pairs):
            self.assertEqual(row[0].replace("·", "##"), pair["query_piece"])
            shown = [float(cell.replace("−", "-")) for cell in row[2:]]
            self.assertAlmostEqual(shown[0], pair["query_weight"], delta=0.006)
            self.assertAlmostEqual(shown[1], pair["similarity"] * pair["query_weight"], delta=0.006)
        for picture in self.all(".heatmap .lines svg"):
            self.assertEqual(picture.get_attribute("role"), "img")
            self.assertIn("query pieces", picture.get_attribute("aria-label"))
        terms = {row[0]: row for row in table[1][1:]}
        for term in hit["explanation"]["bm25"]:
            self.assertEqual(terms[term["term"]][1], f"{term['count']}×")
            self.assertAlmostEqual(float(terms[term["term"]][3]), term["score"], delta=0.006)

    def test_choosing_a_query_piece_shades_the_passage(self):
        self.opened()
        self.until(lambda: self.all(".heatmap rect.pair"))
        shades = "return [...document.querySelectorAll('.shaded')].map((one) => one.style.getPropertyValue('--shade'))"
        before = self.script(shades)
        chip = self.all(".chip")[1]
        chip.click()
        self.assertEqual(chip.get_attribute("aria-pressed"), "true")
        self.assertNotEqual(self.script(shades), before)
        self.assertEqual(len(self.all(".shaded.won")), 1)
        chip.click()
        self.script(
            "document.activeElement.blur(); document.querySelector('.chip').dispatchEvent(new MouseEvent('mouseleave'))"
        )
        self.assertEqual(self.script(shades), before)

    def test_pointing_at_a_pair_reads_it_out(self):
        hit = self.opened()
        self.until(lambda: self.all(".heatmap rect.pair"))
        self.script(
            "document.querySelector('rect.pair[data-row=\"1\"][data-column=\"2\"]').dispatchEvent(new PointerEvent('pointerover', {bubbles: true}))"
        )
        similarity = hit["explanation"]["interaction"]["similarities"][1][2]
        self.assertTrue(
            self.text(".readout").endswith(f"{similarity:.2f}".replace("-", "−"))
            or abs(similarity * 100 % 1 - 0.5) < 0.11
        )

    def test_term_weights(self):
        hit = self.opened()
        weights = hit["explanation"]["term_weights"]
        self.script("document.querySelector('.weights + .quiet')?.click()")
        shown = self.script(
            "return [...document.querySelectorAll('.weights li')].map((one) => [one.querySelector('.piece').firstChild.textContent, Number(one.querySelector('.number').textContent), one.classList.contains('match')])"
        )
        self.assertEqual(len(shown), len(weights))
        self.assertEqual([one[1] for one in shown], sorted((one[1] for one in shown), reverse=True))
        matches = {match["piece"] for match in hit["explanation"]["tildev2"]}
        self.assertEqual({piece.replace("·", "##") for piece, _, is_match in shown if is_match}, matches)
        added = self.script(
            "return [...document.querySelectorAll('.weights .added .piece')].map((one) => one.firstChild.textContent)"
        )
        wanted = {one["piece"] for one in weights if one["added"]}
        self.assertEqual({piece.replace("·", "##") for piece in added}, wanted)
        self.assertTrue(wanted)

    def test_feedback(self):
        hit = self.opened(rank=2)
        rows = self.script(
            "return [...[...document.querySelectorAll('.pairs')].find((one) => one.caption.textContent === 'Feedback by passage').tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent))"
        )
        said = hit["explanation"]["feedback"]
        self.assertTrue(1 <= len(said) <= 3)
        self.assertEqual([row[0] for row in rows], [one["id"] for one in said])
        for row, one in zip(rows, said):
            for cell, number in zip(row[1:], [one["weight"], one["similarity"], one["weight"] * one["similarity"]]):
                self.assertAlmostEqual(float(cell), number, delta=0.006)

    def test_only_one_is_open(self):
        self.opened()
        self.all(".title")[1].click()
        self.until(lambda: len(self.all(".explanation")) == 1)
        self.assertEqual([one.get_attribute("aria-expanded") for one in self.all(".title")].count("true"), 1)
        self.assertEqual(self.fields()["hit"], self.titles()[1])
        self.driver.refresh()
        self.until(lambda: self.all(".hit:nth-child(2) .explanation"))

    def test_a_lexical_pipeline_has_word_matches_only(self):
        self.search(pipeline="bm25:1000")
        self.all(".title")[0].click()
        self.until(lambda: self.all(".explanation"))
        self.assertEqual(
            self.script("return [...document.querySelectorAll('.explanation h4')].map((one) => one.textContent)"),
            ["Word matches"],
        )


class ComparisonTest(PageTest):
    def test_what_moved(self):
        self.search(pipeline="bm25:1000", vs="")
        left = [hit["id"] for hit in self.ask_server(query=QUESTION, pipeline="bm25:1000")["hits"]]
        right = [hit["id"] for hit in self.ask_server(query=QUESTION)["hits"]]
        self.assertEqual(self.titles(".side:first-of-type"), left)
        self.assertEqual(self.titles(".side:last-of-type"), right)
        both = [one for one in left if one in right]
        self.until(lambda: len(self.all(".comparison > .lines path")) == len(both))
        same = sum(left.index(one) == right.index(one) for one in both)
        self.assertEqual(
            self.text("#status"),
            f"{len(both)} in both, {same} at the same rank and {len(both) - same} moved; "
            f"{len(left) - len(both)} only on the left, {len(right) - len(both)} only on the right.",
        )
        badges = self.script(
            "return [...document.querySelectorAll('.side:last-of-type .movement > span:first-child')].map((one) => one.textContent)"
        )
        for place, one in enumerate(right):
            by = left.index(one) - place if one in left else None
            self.assertEqual(
                badges[place], "new" if by is None else "=" if by == 0 else f"▲{by}" if by > 0 else f"▼{-by}"
            )

    def test_lines_join_the_same_passage(self):
        self.search(pipeline="bm25:1000", vs="")
        self.until(lambda: self.all(".comparison > .lines path"))
        ends = self.script("""
            const frame = document.querySelector(".comparison > .lines").getBoundingClientRect();
            const tops = (side) => Object.fromEntries([...document.querySelectorAll(`.side:${side}-of-type .hit`)].map((one) => [one.querySelector(".title").textContent, one.getBoundingClientRect().top - frame.top]));
            const [left, right] = [tops("first"), tops("last")];
            return [...document.querySelectorAll(".comparison > .lines path")].map((line) => {
                const [, from, to] = /M \\S+ (\\S+) C .* (\\S+)$/.exec(line.getAttribute("d")).map(Number);
                return [from - left[line.passage], to - right[line.passage]];
            });
        """)
        for from_, to in ends:
            self.assertTrue(0 < from_ < 40 and 0 < to < 40, ends)

    def test_both_sides_open(self):
        self.search(pipeline="bm25:1000", vs="")
        self.all(".side:first-of-type .title")[0].click()
        self.until(lambda: len(self.all(".explanation")) == 1)
        self.all(".side:last-of-type .title")[0].click()
        self.until(lambda: len(self.all(".explanation")) == 2)
        self.assertEqual(set(self.fields()) & {"hit", "hit2"}, {"hit", "hit2"})
        self.assertEqual(len(self.all(".side:last-of-type .heatmap")), 1)
        self.assertEqual(len(self.all(".side:first-of-type .heatmap")), 0)
