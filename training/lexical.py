"""BM25 as two sparse matrices, so that any query's score for any passage is a row times a column."""
import re

import numpy as np
import scipy.sparse as sparse
import Stemmer

# Lucene's English stop words.
STOP = set("a an and are as at be but by for if in into is it no not of on or such that the their then there these "
           "they this to was will with".split())
WORD = re.compile(r"\w+")
K1, B = 0.9, 0.4


def counts(texts, vocabulary, grow):
    """Term counts [N, terms]; Porter stems."""
    stem, known = Stemmer.Stemmer("porter"), {}
    columns, starts = [], [0]
    for text in texts:
        for word in WORD.findall(text.lower()):
            if word in STOP:
                continue
            if word not in known:
                root = stem.stemWord(word)
                known[word] = vocabulary.setdefault(root, len(vocabulary)) if grow else vocabulary.get(root, -1)
            if known[word] >= 0:
                columns.append(known[word])
        starts.append(len(columns))
    matrix = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, starts), shape=(len(texts), len(vocabulary)))
    matrix.sum_duplicates()
    return matrix


def matrices(passages, queries):
    """Impacts of the passages [P, terms] and counts of the queries [Q, terms] (Lucene's BM25)."""
    vocabulary = {}
    tf = counts(passages, vocabulary, grow=True)
    lengths = np.asarray(tf.sum(1)).ravel()
    frequency = np.bincount(tf.indices, minlength=tf.shape[1])
    idf = np.log(1 + (len(passages) - frequency + 0.5) / (frequency + 0.5))
    norm = K1 * (1 - B + B * lengths / lengths.mean())
    row_of = np.repeat(np.arange(len(passages)), np.diff(tf.indptr))
    tf.data = (idf[tf.indices] * tf.data / (tf.data + norm[row_of])).astype(np.float32)
    return tf, counts(queries, vocabulary, grow=False)
