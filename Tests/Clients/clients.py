"""Points real clients at a running server: they must work unchanged but for the base URL.

    python clients.py --base http://127.0.0.1:8080

Prints a line for each client and the totals; exit status 1 where one does not work.
"""

import argparse
import importlib.metadata
import math
import sys
import traceback
import urllib.request
import json

QUERY = "how do computers in a network send data"
DOCUMENTS = [
    "A cake needs flour, butter and eggs.",
    "Routers forward packets from one network to another.",
    "Dogs bark at night.",
]
KEY = "unused"


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def check_vectors(query, documents):
    assert len(query) == 384, len(query)
    best = max(range(len(documents)), key=lambda i: cosine(query, documents[i]))
    assert best == 1, f"nearest is document {best}"


def cohere_v1(base):
    import cohere

    result = cohere.Client(KEY, base_url=base).rerank(
        model="rerank-english-v3.0", query=QUERY, documents=DOCUMENTS, top_n=2, return_documents=True)
    assert [r.index for r in result.results][0] == 1 and len(result.results) == 2
    assert result.results[0].document.text == DOCUMENTS[1]


def cohere_v2(base):
    import cohere

    result = cohere.ClientV2(KEY, base_url=base).rerank(model="rerank-v3.5", query=QUERY, documents=DOCUMENTS)
    assert [r.index for r in result.results][0] == 1 and len(result.results) == 3
    assert 0 <= result.results[0].relevance_score <= 1


def openai_embeddings(base):
    import openai

    client = openai.OpenAI(api_key=KEY, base_url=base + "/v1")
    data = client.embeddings.create(model="text-embedding-3-small", input=[QUERY] + DOCUMENTS).data
    check_vectors(data[0].embedding, [d.embedding for d in data[1:]])
    plain = client.embeddings.create(model="x", input=QUERY, encoding_format="float").data[0].embedding
    assert max(abs(a - b) for a, b in zip(plain, data[0].embedding)) < 1e-5


def openai_errors(base):
    import openai

    try:
        openai.OpenAI(api_key=KEY, base_url=base + "/v1").embeddings.create(model="x", input=[[1, 2]])
    except openai.BadRequestError as error:
        assert "must be a string" in str(error), error
    else:
        raise AssertionError("token ids were taken")


def langchain_embeddings(base):
    from langchain_openai import OpenAIEmbeddings

    model = OpenAIEmbeddings(
        model="x", api_key=KEY, base_url=base + "/v1", check_embedding_ctx_length=False)
    check_vectors(model.embed_query(QUERY), model.embed_documents(DOCUMENTS))


def langchain_rerank(base):
    import cohere
    from langchain_cohere import CohereRerank
    from langchain_core.documents import Document

    compressor = CohereRerank(
        client=cohere.ClientV2(KEY, base_url=base), model="rerank-v3.5", cohere_api_key=KEY, top_n=2)
    found = compressor.compress_documents([Document(page_content=d) for d in DOCUMENTS], QUERY)
    assert found[0].page_content == DOCUMENTS[1] and len(found) == 2


def llama_index_embeddings(base):
    from llama_index.embeddings.openai import OpenAIEmbedding

    model = OpenAIEmbedding(api_key=KEY, api_base=base + "/v1", model="text-embedding-3-small")
    check_vectors(model.get_query_embedding(QUERY), model.get_text_embedding_batch(DOCUMENTS))


def llama_index_rerank(base):
    from llama_index.core.schema import NodeWithScore, TextNode
    from llama_index.postprocessor.cohere_rerank import CohereRerank

    ranker = CohereRerank(api_key=KEY, base_url=base, model="rerank-v3.5", top_n=2)
    nodes = [NodeWithScore(node=TextNode(text=d), score=0) for d in DOCUMENTS]
    found = ranker.postprocess_nodes(nodes, query_str=QUERY)
    assert found[0].node.get_content() == DOCUMENTS[1] and len(found) == 2


def post(base, path, body):
    request = urllib.request.Request(
        base + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def jina_rerank(base):
    """As langchain_community's JinaRerank sends it, whose URL cannot be set."""
    result = post(base, "/v1/rerank", {
        "query": QUERY, "documents": [{"text": d} for d in DOCUMENTS], "model": "jina-reranker-v2-base-multilingual",
        "top_n": 1})
    assert result["results"][0]["index"] == 1 and len(result["results"]) == 1


def text_embeddings_inference_rerank(base):
    result = post(base, "/rerank", {
        "query": QUERY, "texts": DOCUMENTS, "raw_scores": False, "return_text": True, "truncate": True})
    assert result[0]["index"] == 1 and result[0]["text"] == DOCUMENTS[1]


CLIENTS = [
    ("cohere", cohere_v1), ("cohere", cohere_v2), ("openai", openai_embeddings), ("openai", openai_errors),
    ("langchain-openai", langchain_embeddings), ("langchain-cohere", langchain_rerank),
    ("llama-index-embeddings-openai", llama_index_embeddings),
    ("llama-index-postprocessor-cohere-rerank", llama_index_rerank),
    (None, jina_rerank), (None, text_embeddings_inference_rerank),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="http://127.0.0.1:8080")
    base = parser.parse_args().base.rstrip("/")
    failed = 0
    for package, check in CLIENTS:
        version = f" ({package} {importlib.metadata.version(package)})" if package else ""
        try:
            check(base)
            print(f"passed  {check.__name__}{version}")
        except Exception:
            failed += 1
            print(f"FAILED  {check.__name__}{version}")
            traceback.print_exc()
    print(f"{len(CLIENTS)} clients, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
