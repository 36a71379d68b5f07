#!/usr/bin/env python3
"""Makes the golden files of Tests/EvaluationTests/Fixtures from ir_measures and scipy.

    python3 Tests/Reference/evaluation_fixtures.py Tests/EvaluationTests/Fixtures

Needs ir_measures, cwl-eval, numpy and scipy. The files are small and stay in the repository, so that tests need none of
these.
"""
import json
import pathlib
import random
import sys

import ir_measures
import numpy
import scipy.special
import scipy.stats

from evaluation_parity import reference


def rankings(folder):
    chance = random.Random(42)
    with open(folder / "small.qrels", "w") as qrels, open(folder / "small.run", "w") as run:
        for number in range(1, 13):
            docnos = [f"{chance.choice(['d', 'D', 'é'])}{n}" for n in chance.sample(range(100, 999), 30)]
            if number != 7:
                grades = [0] if number == 5 else [-1, 0, 0, 1, 2, 3]
                for docno in chance.sample(docnos, chance.randrange(4, 22)):
                    qrels.write(f"q{number} 0 {docno} {chance.choice(grades)}\n")
            if number == 3:
                continue
            for rank, docno in enumerate(chance.sample(docnos, chance.randrange(3, 28)), 1):
                score = chance.randrange(9) + chance.choice([0, 0, 1e-9, 1e-6])
                run.write(f"q{number} Q0 {docno} {rank} {score!r} small\n")
    qrels = ir_measures.util.QrelsConverter(ir_measures.read_trec_qrels(str(folder / "small.qrels")))
    run = ir_measures.util.RunConverter(ir_measures.read_trec_run(str(folder / "small.run")))
    values = reference(qrels.as_dict_of_dict(), run.as_dict_of_dict())
    (folder / "small.expected.json").write_text(json.dumps(values, indent=1, sort_keys=True) + "\n")


def significance(folder):
    generator = numpy.random.default_rng(7)
    cases = []
    for size, shift in ((5, 0.0), (12, 0.05), (43, 0.02), (43, 0.2), (400, 0.01)):
        first = generator.random(size).round(4)
        second = numpy.clip(first + generator.normal(shift, 0.15, size), 0, 1).round(4)
        test = scipy.stats.ttest_rel(second, first)
        permutation = scipy.stats.permutation_test(
            (second - first,), numpy.mean, permutation_type="samples", n_resamples=2_000_000, batch=10_000,
            rng=1)
        low, high = test.confidence_interval(0.95)
        bootstrap = scipy.stats.bootstrap((second,), numpy.mean, n_resamples=200_000, method="percentile", rng=2)
        cases.append({
            "first": first.tolist(), "second": second.tolist(), "t": test.statistic, "p": test.pvalue,
            "difference_low": low, "difference_high": high, "randomisation_p": permutation.pvalue,
            "bootstrap_low": bootstrap.confidence_interval.low, "bootstrap_high": bootstrap.confidence_interval.high,
        })
    beta = [[a, b, x, float(scipy.special.betainc(a, b, x))]
            for a in (0.5, 1, 2.5, 21, 200, 3489.5) for b in (0.5, 1, 4) for x in (0.001, 0.2, 0.5, 0.9, 0.999)]
    quantiles = [[p, df, float(scipy.stats.t.ppf(p, df))]
                 for p in (0.6, 0.9, 0.975, 0.995) for df in (1, 2, 5, 42, 6979)]
    sample = generator.gamma(2.0, 5.0, 101).round(3)
    percentiles = {str(p): float(numpy.percentile(sample, p)) for p in (0, 50, 95, 99, 100)}
    (folder / "significance.json").write_text(json.dumps({
        "cases": cases, "incomplete_beta": beta, "student_quantiles": quantiles,
        "sample": sample.tolist(), "percentiles": percentiles}, indent=None, sort_keys=True) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    rankings(target)
    significance(target)
