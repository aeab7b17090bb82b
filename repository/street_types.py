"""What is written short in addresses by some and in full by others."""

# In English-speaking countries.
SHORT = {
    "street": "st", "str": "st", "road": "rd", "avenue": "ave", "av": "ave", "lane": "ln",
    "drive": "dr", "court": "ct", "crt": "ct", "place": "pl", "plaza": "pl", "plz": "pl",
    "square": "sq", "crescent": "cres", "cr": "cres", "circuit": "cct", "close": "cl",
    "boulevard": "blvd", "blv": "blvd", "bld": "blvd", "parade": "pde", "terrace": "ter",
    "highway": "hwy", "parkway": "pkwy", "pky": "pkwy", "north": "n", "south": "s", "east": "e",
    "west": "w", "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
    "apartment": "apt", "flat": "apt", "unit": "apt", "suite": "ste", "room": "rm", "floor": "fl",
    "saint": "st", "mount": "mt", "building": "bldg", "number": "no", "avenues": "ave",
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th",
    "sixth": "6th", "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th",
}  # fmt: skip
