"""First responders and the groups that the published tables count them in."""

from collections.abc import Mapping

LOCAL_AUTHORITIES = "Local authorities"
POLICE = "Police"

# An agency's type, as the trust registry has it → published group.
GROUP_OF_TYPE: Mapping[str, str] = {
    "police": POLICE,
    "local_authority": LOCAL_AUTHORITIES,
    "local-authority": LOCAL_AUTHORITIES,
}
# One row an agency that is a group of its own.
GROUP_OF_AGENCY: Mapping[str, str] = {
    "ukba": "UKBA",
    "poppy": "Poppy",
    "kalayaan": "Kalayaan",
    "tara": "TARA",
    "migrant-helpline": "Migrant Helpline",
    "cps": "CPS",
    "nhs": "NHS",
    "gla": "GLA",
    "soca": "SOCA",
    "ceop": "CEOP",
}
# The territorial forces of 2009, by code, for databases without a registry: 43 in England and
# Wales, 8 in Scotland, Northern Ireland, and the transport police.
# fmt: off
POLICE_FORCES = frozenset(
    {
        "avon-and-somerset", "bedfordshire", "cambridgeshire", "cheshire", "city-of-london",
        "cleveland", "cumbria", "derbyshire", "devon-and-cornwall", "dorset", "durham",
        "dyfed-powys", "essex", "gloucestershire", "gmp", "gwent", "hampshire", "hertfordshire",
        "humberside", "kent", "lancashire", "leicestershire", "lincolnshire", "merseyside",
        "met", "norfolk", "north-wales", "north-yorkshire", "northamptonshire", "northumbria",
        "nottinghamshire", "south-wales", "south-yorkshire", "staffordshire", "suffolk",
        "surrey", "sussex", "thames-valley", "warwickshire", "west-mercia", "west-midlands",
        "west-yorkshire", "wiltshire", "central", "dumfries-and-galloway", "fife", "grampian",
        "lothian-borders", "northern", "strathclyde", "tayside", "psni", "btp",
    }
)
# fmt: on
LOCAL_AUTHORITY_ENDINGS = ("-council", "-borough-council", "-county-council", "-city-council")


def group_of(first_responder: str | None, types: Mapping[str, str]) -> str:
    """Return the published group of a first responder.

    `types` is each enrolled agency's type; it decides before the lists here do. Whoever is in no
    list is counted under its own code, so that no case is lost from a table.
    """
    code = (first_responder or "").strip().lower().replace("_", "-").replace(" ", "-")
    if code in GROUP_OF_AGENCY:
        return GROUP_OF_AGENCY[code]
    if types.get(code) in GROUP_OF_TYPE:
        return GROUP_OF_TYPE[types[code]]
    if code in POLICE_FORCES:
        return POLICE
    if code.endswith(LOCAL_AUTHORITY_ENDINGS):
        return LOCAL_AUTHORITIES
    return code or "not stated"
