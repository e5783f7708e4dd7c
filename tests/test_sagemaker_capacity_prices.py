"""Prices: dated, with their source; a missing one is asked for; renewed from AWS's own list."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from click.testing import CliRunner

from sagemaker_capacity.prices import PriceSheet, fetch_prices, read_prices, shipped_prices, sources_of
from sagemaker_capacity.prices._command import prices
from sagemaker_capacity.prices._price_list import SERVICE_CODE

# The toolkit's constants (2022, US): USD a second by MB, USD an hour by instance type, USD a GB of payload.
PUBLISHED = {
    **{f"serverless_{mb}_mb": Decimal(mb) / 1024 * Decimal("0.00002") for mb in range(1024, 6145, 1024)},
    "ml.t2.medium": Decimal("0.056"),
    "ml.c5.large": Decimal("0.102"),
    "ml.c5.xlarge": Decimal("0.204"),
    "data_in": Decimal("0.016"),
    "data_out": Decimal("0.016"),
}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return boto3.client("pricing", region_name="us-east-1", config=Config(retries={"max_attempts": 0}))


def product(usage: str, *ranges: tuple[str, str], unit: str = "Hrs") -> str:
    """A product as the Price List API writes it: a JSON text, with a range of quantities a price."""
    dimensions = {
        f"SKU.TERM.{begin}": {"unit": unit, "beginRange": begin, "endRange": "Inf", "pricePerUnit": {"USD": usd}}
        for begin, usd in ranges
    }
    return json.dumps(
        {
            "product": {"productFamily": "ML", "attributes": {"usagetype": usage, "regionCode": "eu-west-1"}},
            "serviceCode": SERVICE_CODE,
            "terms": {"OnDemand": {"SKU.TERM": {"priceDimensions": dimensions}}},
            "publicationDate": "2026-09-01T00:00:00Z",
        }
    )


def fetched(client: Any, *pages: list[str]) -> PriceSheet:  # noqa: ANN401
    """The sheet from pages that the API would send, each asked for by the token of the one before."""
    asked = {
        "ServiceCode": SERVICE_CODE,
        "FormatVersion": "aws_v1",
        "Filters": [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"}],
    }
    with Stubber(client) as stubber:
        for number, page in enumerate(pages):
            more = {} if number == len(pages) - 1 else {"NextToken": f"page-{number + 1}"}
            before = {"NextToken": f"page-{number}"} if number else {}
            stubber.add_response("get_products", {"PriceList": page, **more}, {**asked, **before})
        sheet = fetch_prices(client, "eu-west-1")
        stubber.assert_no_pending_responses()
    return sheet


def test_the_shipped_snapshot_is_the_published_one_and_says_its_date_and_source() -> None:
    sheet = shipped_prices()
    assert {item: price.usd for item, price in sheet.prices.items()} == PUBLISHED
    assert {(price.region, price.recorded) for price in sheet.prices.values()} == {("US", "2022")}
    (said,) = sources_of([sheet.price_of("ml.c5.large")])
    assert "toolkit 0.2.3" in said
    assert "Region US, 2022): ml.c5.large 0.102 USD per hour." in said


@pytest.mark.parametrize("item", ["ml.g5.xlarge", "provisioned_2048_mb"])
def test_a_missing_price_is_asked_for(item: str) -> None:
    with pytest.raises(
        ValueError, match=rf"price of {item} \(USD per (hour|second)\) is missing.*--price.*--refresh"
    ):
        shipped_prices().price_of(item)


def test_what_is_no_item_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="there is no item 'serverless_1500_mb' to have a price"):
        shipped_prices().price_of("serverless_1500_mb")


def test_a_sheet_written_and_read_is_the_same_sheet(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(shipped_prices().to_csv(), encoding="utf-8")
    assert read_prices(path) == shipped_prices()
    assert read_prices(path).to_csv() == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("item,unit\nml.c5.large,hour\n", "lack the column price_usd"),
        ("", "lack the columns item, unit, price_usd"),
        ("item,unit,price_usd\n", "no prices: the file has no row"),
        ("item,unit,price_usd\nml.c5.large,hour,0\n", "line 2: price_usd of ml.c5.large must be a number above 0"),
        ("item,unit,price_usd\nml.c5.large,hour,nan\n", "must be a number above 0, got 'nan'"),
        ("item,unit,price_usd\nml.c5.large,hour,cheap\n", "must be a number above 0, got 'cheap'"),
        ("item,unit,price_usd\nml.c5.large,second,1\n", "is sold by the hour, got the unit 'second'"),
        ("item,unit,price_usd\nc5.large,hour,1\n", "line 2: there is no item 'c5.large'"),
        ("item,unit,price_usd\nml.c5.large,hour,1\nml.c5.large,hour,2\n", "line 3: a second price of ml.c5.large"),
    ],
)
def test_a_bad_price_file_is_told_with_its_line_and_its_remedy(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=str(path)) as refused:
        read_prices(path)
    assert said in str(refused.value)


def test_one_s_own_prices_stand_over_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("item,unit,price_usd\nml.c5.large,hour,0.119\n")
    sheet = shipped_prices().under(read_prices(path))
    assert sheet.price_of("ml.c5.large").usd == Decimal("0.119")
    assert sheet.price_of("ml.c5.large").source == f"given in {path}"
    assert sheet.price_of("ml.t2.medium").usd == PUBLISHED["ml.t2.medium"]


def test_the_price_list_is_read_page_by_page_past_its_free_tier(client: Any) -> None:  # noqa: ANN401
    sheet = fetched(
        client,
        [product("EU-Host:ml.c5.large", ("0", "0.1150000000")), product("EU-Train:ml.c5.large", ("0", "9"))],
        [
            product("EU-ServerlessInf:Mem-2GB", ("0", "0"), ("150000", "0.0000445"), unit="Seconds"),
            product("EU-ProvisionedConcurrency:Mem-2GB", ("0", "0.00001"), unit="Seconds"),
            product("EU-ProvisionedConcurrency:Usage-2GB", ("0", "0.00002"), unit="Seconds"),
        ],
        [product("EU-Hst:Data-Bytes-In", ("0", "0.016"), unit="GB"), product("EU-Tax", ("0", "1"), unit="Widget")],
    )
    assert {item: price.usd for item, price in sheet.prices.items()} == {
        "ml.c5.large": Decimal("0.115"),
        "serverless_2048_mb": Decimal("0.0000445"),
        "provisioned_2048_mb": Decimal("0.00001"),
        "provisioned_usage_2048_mb": Decimal("0.00002"),
        "data_in": Decimal("0.016"),
    }
    assert {(price.region, price.recorded) for price in sheet.prices.values()} == {
        ("eu-west-1", "2026-09-01T00:00:00Z")
    }


@pytest.mark.parametrize(
    ("products", "said"),
    [
        ([], "there is no price of an endpoint: check the Region's code"),
        ([product("EU-Host:ml.c5.large", ("0", "1"), unit="Days")], "is sold by 'Days', not by the hour"),
        (
            [product("EU-Host:ml.c5.large", ("0", "1")), product("EU-Host:ml.c5.large", ("0", "2"))],
            "ml.c5.large has two prices, 1 and 2 USD per hour",
        ),
    ],
)
def test_a_price_list_that_is_not_understood_is_refused(client: Any, products: list[str], said: str) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=said):
        fetched(client, products)


def test_the_command_shows_the_prices_for_people_and_machines() -> None:
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(prices, [])
    assert shown.exit_code == 0
    assert "2022" in shown.output
    assert max(len(line.rstrip()) for line in shown.output.splitlines()) <= 80
    document = json.loads(CliRunner().invoke(prices, ["--json"]).stdout)
    assert {item: Decimal(price["price_usd"]) for item, price in document.items()} == PUBLISHED


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "prices.csv"], "--out is where --refresh writes"),
        (["--refresh", "--price", "prices.csv"], "give one of them"),
        (["--price", "gone.csv"], "cannot read the prices gone.csv"),
    ],
)
def test_the_command_refuses_what_makes_no_sense_with_status_2(words: list[str], said: str) -> None:
    result = CliRunner().invoke(prices, words)
    assert (result.exit_code, said in result.output) == (2, True), result.output


def test_refresh_replaces_the_file_only_once_all_is_fetched(
    tmp_path: Path,
    client: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "prices.csv"
    out.write_text("old")
    monkeypatch.setattr(
        boto3, "client", lambda service, region_name: {("pricing", "us-east-1"): client}[service, region_name]
    )
    words = ["--refresh", "--region", "eu-west-1", "--out", str(out)]
    with Stubber(client) as stubber:
        stubber.add_client_error("get_products", "AccessDeniedException", "no")
        result = CliRunner().invoke(prices, words)
        assert (result.exit_code, "pricing:GetProducts" in result.output) == (2, True), result.output
        assert out.read_text() == "old"
        page = {"PriceList": [product("EU-Host:ml.c5.large", ("0", "0.115"))]}
        stubber.add_response("get_products", page)
        assert CliRunner().invoke(prices, words).exit_code == 0
    assert read_prices(out).price_of("ml.c5.large").usd == Decimal("0.115")
    assert [path.name for path in tmp_path.iterdir()] == ["prices.csv"]
