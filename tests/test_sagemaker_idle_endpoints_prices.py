"""What an idle endpoint costs a month: known to the cent, or said to be unknown."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from sagemaker_capacity.prices import shipped_prices as prices_of_analysis
from sagemaker_idle_endpoints import Cost, PriceTable, read_prices, shipped_prices
from sagemaker_idle_endpoints.prices import HOURS_PER_MONTH, cost_of
from sagemaker_idle_endpoints.reading._fleet import Serverless, Variant

US = shipped_prices()


def cost(*variants: Variant, region: str = "us-east-1", prices: PriceTable = US, **types: str) -> Cost:
    return cost_of(variants, types, region=region, prices=prices)


def test_the_snapshot_is_that_of_the_analysis() -> None:
    """Neither package imports the other, so that the file is there twice."""
    ours = {item: price for (_, item), price in shipped_prices().prices.items()}
    assert ours == {item: price.usd for item, price in prices_of_analysis().prices.items()}


def test_a_month_is_what_a_year_of_hours_makes_of_it() -> None:
    assert HOURS_PER_MONTH * 12 == 365 * 24


def test_all_variants_are_added_up() -> None:
    total = cost(Variant("a", 2), Variant("b", 3), a="ml.c5.large", b="ml.c5.xlarge")
    by_hand = (2 * Decimal("0.102") + 3 * Decimal("0.204")) * HOURS_PER_MONTH
    assert total == Cost(by_hand)


def test_instances_of_pools_are_counted_by_their_types() -> None:
    pooled = Variant("a", 3, pools=(("ml.c5.large", 2), ("ml.c5.xlarge", 1)))
    assert cost(pooled) == cost(Variant("x", 2), Variant("y", 1), x="ml.c5.large", y="ml.c5.xlarge")


def test_serverless_pays_for_what_is_provisioned_alone() -> None:
    assert cost(Variant("a", serverless=Serverless(2048, 0))) == Cost(Decimal(0))
    prices = PriceTable({("", "provisioned_2048_mb"): Decimal("0.00001")})
    warm = cost(Variant("a", serverless=Serverless(2048, 3)), prices=prices)
    assert warm.usd_per_month == Decimal("0.00001") * 3 * HOURS_PER_MONTH * 3600


def test_a_fleet_at_zero_costs_nothing_whatever_its_price() -> None:
    assert cost(Variant("a", 0), a="ml.p5.48xlarge") == Cost(Decimal(0))


@pytest.mark.parametrize("region", ["eu-west-1", "us-west-1", "us-gov-west-1"])
def test_a_price_of_another_region_is_none(region: str) -> None:
    unknown = cost(Variant("a", 1), region=region, a="ml.c5.large")
    assert unknown == Cost(None, (f"the price of ml.c5.large in {region}",))


def test_one_missing_price_makes_the_sum_unknown_and_is_named_once() -> None:
    variants = (Variant("a", 1), Variant("b", 1), Variant("c", 1))
    unknown = cost(*variants, a="ml.c5.large", b="ml.g5.xlarge", c="ml.g5.xlarge")
    assert unknown == Cost(None, ("the price of ml.g5.xlarge in us-east-1",))


def test_a_variant_of_which_no_type_is_known_is_named() -> None:
    assert cost(Variant("a", 1)) == Cost(None, ("the instance type of a",))


def test_given_prices_go_before_the_snapshot_in_every_region(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("item,unit,price_usd\nml.c5.large,hour,1\n", encoding="utf-8")
    prices = US.under(read_prices(file))
    for region in ("us-east-1", "eu-west-1"):
        assert cost(Variant("a", 1), region=region, prices=prices, a="ml.c5.large").usd_per_month == HOURS_PER_MONTH
    assert cost(Variant("a", 1), prices=prices, a="ml.c5.xlarge") == cost(Variant("a", 1), a="ml.c5.xlarge")


def test_what_the_analysis_writes_is_read(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(prices_of_analysis().to_csv(), encoding="utf-8")
    assert read_prices(file) == shipped_prices()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "lack item, unit, price_usd"),
        ("item,unit\nml.c5.large,hour\n", "lack price_usd"),
        (
            "item,unit,price_usd\nml.c5.large,hour,free\nml.m5.large,hour,-1\n",
            "line 2: price_usd of ml.c5.large .*line 3",
        ),
        ("item,unit,price_usd\nml.c5.large,hour,NaN\n", "must be a number above 0, got 'NaN'"),
    ],
)
def test_a_file_of_prices_that_are_none_is_refused_with_all_its_faults(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        read_prices(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot read the prices"):
        read_prices(tmp_path / "none.csv")
