"""The brand file: written by people, observed by the sensor, read by raw_brands."""

import dagster as dg

from movie_assets.assets.spec import DATA_ENGINEERING, DOMAIN_TAG, LAYER_TAG

brands_csv = dg.AssetSpec(
    key="brands_csv",
    description=(
        "Box Office Mojo's brand list as a CSV file: brand, total gross, releases, #1 release and its gross, in "
        "nominal US dollars for the US and Canada. MOVIE_ASSETS_BRANDS_CSV names it. The sensor reports "
        "every change with the SHA-256 of its bytes."
    ),
    group_name="brands",
    owners=[DATA_ENGINEERING],
    kinds={"csv"},
    tags={DOMAIN_TAG: "brands", LAYER_TAG: "source"},
)
