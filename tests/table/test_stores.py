"""Sources in an object store: a real S3 server on the loopback."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store
from tests.support import ROOT, Ran, jsonl, message_call, run_installed
from tests.table.tables import from_dict, in_pieces

import unspool
from unspool.table import stores
from unspool.table.listing import Item
from unspool.table.stores import list_url, translate

HI = jsonl(message_call(['{"message": "Hi', ' there"}']))
SAMPLES = sorted(path for path in (ROOT / "samples").iterdir() if path.suffix in (".jsonl", ".sse"))


@pytest.fixture(scope="module")
def store() -> Iterator[S3Store]:
    """A bucket with the samples in it, and the variables with which it is found."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-test",
        "AWS_REGION": "us-east-1",
    }
    before = dict(os.environ)
    os.environ.update(variables)
    # Where tests are taken from another worker, this runs again, and a process keeps its stores with their endpoint.
    stores._store.cache_clear()
    try:
        bucket = S3Store("captures")
        _create_bucket(host, port)
        for path in SAMPLES:
            bucket.put(f"samples/{path.name}", path.read_bytes())
        bucket.put("odd/a key?#%.jsonl.gz", gzip.compress(HI))
        yield bucket
    finally:
        os.environ.clear()
        os.environ.update(before)
        server.stop()


def _create_bucket(host: str, port: int) -> None:
    from urllib.request import Request, urlopen  # noqa: PLC0415 - for this alone

    urlopen(Request(f"http://{host}:{port}/captures", method="PUT")).close()


def table(*arguments: str) -> Ran:
    return run_installed(["table", *arguments])


def lines(ran: Ran) -> list[dict[str, object]]:
    return [json.loads(line) for line in ran.stdout.splitlines()]


def without_source(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{name: value for name, value in row.items() if name != "source"} for row in rows]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_bucket_has_the_rows_of_a_folder(store: S3Store, jobs: str) -> None:
    remote = table("-j", jobs, "s3://captures/samples/")
    local = table(*map(str, SAMPLES))
    assert without_source(lines(remote)) == without_source(lines(local))
    assert remote.code == local.code
    assert lines(remote)[0]["source"] == "s3://captures/samples/acp.jsonl"


def test_one_object_a_prefix_and_a_pattern(store: S3Store) -> None:
    (one,) = lines(table("s3://captures/samples/plain.jsonl"))
    assert one["source"] == "s3://captures/samples/plain.jsonl"
    assert len(list(list_url("s3://captures/samples"))) == len(SAMPLES)
    assert [one.url for one in list_url("s3://captures/*/pl?in.jsonl")] == ["s3://captures/samples/plain.jsonl"]
    (row,) = unspool.rows("s3://captures/samples/plain.jsonl")
    assert row.finish == "tool_calls"


def test_a_key_is_taken_as_it_is(store: S3Store) -> None:
    (row,) = lines(table("s3://captures/odd/"))
    assert (row["source"], row["text"]) == ("s3://captures/odd/a key?#%.jsonl.gz", "Hi there")


def test_google_cloud_storage_is_read_through_its_interface_of_s3(store: S3Store, tmp_path: Path) -> None:
    """Its XML interface is that of S3, so the same server gives it; without a signature, which differs."""
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    for name in ("a", "b"):
        _put_public(f"{endpoint}/captures/public/{name}.jsonl", HI)
    account = {"gcs_base_url": endpoint, "disable_oauth": True}
    keys = tmp_path / "account.json"
    keys.write_text(json.dumps({**account, "client_email": "", "private_key": "", "private_key_id": ""}))
    environment = {"GOOGLE_SERVICE_ACCOUNT": str(keys), "GOOGLE_ALLOW_HTTP": "true"}
    for url in ("gs://captures/public/", "gs://captures/public/*.jsonl"):
        ran = run_installed(["table", url, "gs://captures/none.jsonl"], env={**os.environ, **environment})
        assert [(row["source"], row["text"], row["exit"]) for row in lines(ran)] == [
            ("gs://captures/public/a.jsonl", "Hi there", 0),
            ("gs://captures/public/b.jsonl", "Hi there", 0),
            ("gs://captures/none.jsonl", "", 5),
        ]


def _put_public(url: str, data: bytes) -> None:
    from urllib.request import Request, urlopen  # noqa: PLC0415 - for this alone

    headers = {"x-amz-acl": "public-read", "Content-Type": "application/octet-stream"}
    urlopen(Request(url, data, headers, method="PUT")).close()


def test_what_is_not_there_is_a_row(store: S3Store) -> None:
    for url in ("s3://captures/none.jsonl", "s3://captures/none/*.jsonl", "s3://no-such-bucket/x/"):
        ran = table(url)
        (row,) = lines(ran)
        assert (ran.code, row["source"], row["exit"]) == (5, url, 5)
        assert "secret" not in ran.stdout.decode() + ran.stderr


def test_what_a_store_says_of_an_error_is_short_and_has_advice() -> None:
    for url in ("abfs://container@account/x", "az://container/x", "s3://"):
        (found,) = list_url(url)
        assert found.problem.endswith("; check the URL, and the credentials in the environment")
        assert "Debug" not in found.problem
        assert "Generic" not in found.problem


def test_an_object_that_changed_is_read_again(store: S3Store, tmp_path: Path) -> None:
    store.put("changing/a.jsonl", HI)
    command = ["-o", str(tmp_path / "out"), "s3://captures/changing/"]
    assert table(*command).code == 0
    assert "nothing has changed" in table(*command, "--resume").stderr
    store.put("changing/a.jsonl", HI.replace(b"there", b"again"))
    assert table(*command, "--resume").code == 0
    (part,) = (tmp_path / "out").glob("part-*")
    assert json.loads(part.read_bytes())["text"] == "Hi again"


def test_a_large_object_is_read_in_ranges_and_in_pieces(store: S3Store, tmp_path: Path) -> None:
    data = HI.replace(b"there", b"there" * 4_000) * 600  # 12 MB, two ranges
    store.put("large/a.jsonl", data)
    (tmp_path / "a.jsonl").write_bytes(data)
    local = lines(table(str(tmp_path / "a.jsonl")))
    assert without_source(lines(table("s3://captures/large/"))) == without_source(local)
    (known,) = list_url("s3://captures/large/")
    cut = in_pieces(Item(known.url, known.size, known.version), 2_000_000)
    assert [row._replace(source="") for row in cut] == [from_dict({**row, "source": ""}) for row in local]


@pytest.mark.parametrize(
    ("pattern", "key", "matches"),
    [
        ("a/*.jsonl", "a/b.jsonl", True),
        ("a/*.jsonl", "a/b/c.jsonl", False),
        ("a/**/c.jsonl", "a/c.jsonl", True),
        ("a/**/c.jsonl", "a/b/b/c.jsonl", True),
        ("a/[!b]?.x", "a/cd.x", True),
        ("a/[!b]?.x", "a/bd.x", False),
        ("a.b*", "aXb", False),
    ],
)
def test_patterns_match_keys_as_they_match_files(pattern: str, key: str, matches: bool) -> None:
    import re  # noqa: PLC0415 - for this alone

    assert bool(re.fullmatch(translate(pattern), key)) is matches
