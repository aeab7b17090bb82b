"""What somebody might write into a report to make whoever reads it do something. Seeded."""

from dataclasses import dataclass
from random import Random

# One row a kind of attack: its parts, of which a payload is made up.
STARTS: dict[str, tuple[str, ...]] = {
    "sql": ("'", "''", '"', "')", "';", "\\'", "%27", "$$", "1;", "x' OR '1'='1", "') UNION "),
    "formula": ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", " =", "\u200b=", ';=', '"=', ",="),
    "html": ("<", "<script>", "</script><script>", "<img src=x onerror=", "<svg onload=",
             "]]>", "<!--", "<a href=javascript:", "&lt;script&gt;", "<?xml ", "<!ENTITY x "),
    "log": ("\n", "\r\n", "\u2028", "\u0085", '\n{"event": "', "\n2009-10-01 [info] ", "%s%s%n"),
    "header": ("\r\n", "\r\nSet-Cookie: ", "\nLocation: ", "\r\n\r\n<html>", "%0d%0aX-Evil: "),
    "terminal": ("\x1b[", "\x1b]0;", "\x9b", "\x1b]8;;", "\x07", "\x08\x08", "\x1bP", "\x9d0;",
                 "\x7f", "\u202e", "\u2066", "[red]", "[link=http://x]"),
    "template": ("{{", "${", "{%", "#{", "<%=", "%(x)s", "{0.__class__}", "$(", "`", "|"),
    "markup": ("[bold]", "[/]", "\\[", "**", "[x](javascript:", "@@", "{\"$ne\": 1}", "../../"),
}  # fmt: skip
ENDS = (
    "DROP TABLE event; --",
    "SELECT pg_sleep(9)--",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://x","y")',
    "alert(1)",
    "alert(document.cookie)>",
    "evil=1; Path=/",
    "http://evil.example/",
    "31mred\x1b[0m",
    "2J",
    "52;c;ZXZpbA==\x07",
    "7*7}}",
    "id)",
    "jndi:ldap://x/a}",
    "1+1",
    "/etc/passwd",
    "</title>",
    "DELETE FROM audit WHERE 'a'='a",
    "COPY event TO PROGRAM 'id'",
    "\x1b[?1049h",
    "\r\nX: y",
)


@dataclass(frozen=True, slots=True)
class Payload:
    """One of them: which attack it is made for, and its text."""

    attack: str
    text: str


def payloads(count: int, seed: int = 5000) -> list[Payload]:
    """Return so many different payloads, every attack alike often."""
    random, made = Random(seed), {}
    attacks = list(STARTS)
    while len(made) < count:
        attack = attacks[len(made) % len(attacks)]
        start, end = random.choice(STARTS[attack]), random.choice(ENDS)
        middle = random.choice(("", " ", "Jonas ", "x" * random.randrange(30)))
        text = f"{start}{middle}{end}{random.randrange(10**6)}"
        made[text] = Payload(attack, text)
    return list(made.values())
