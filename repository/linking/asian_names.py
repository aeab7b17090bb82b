"""Names of Vietnam and China: the family name leads, and each syllable is a name of its own.

An and Anh, Li and Lin are no slips of each other: in a name of one syllable every letter tells.
In lower-case ASCII, as `normalise.plain` writes them.
"""

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

_FAMILIES = (
    "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh luong "
    "truong doan lam mai dao trieu thai quach chau tong"
)
VIETNAMESE_FAMILIES = frozenset(_FAMILIES.split())
_VIETNAMESE = (
    "an anh bach bao bich binh cam chau chi chien chinh cong cuc cuong dai dan dang danh dao dat "
    "diem diep dieu dinh do doan dong du duc dung duong duy duyen gam gia giang ha hai han hang "
    "hanh hao hien hieu ho hoa hoai hoan hoang hong hop hue hung huong huu huy huyen huynh khai "
    "khang khanh khoa khoi kien kieu kim ky lam lan lanh lap le lien lieu linh loan loc loi long "
    "luan luc luong luu ly mai man manh minh my nam nga ngan nghi nghia ngoc nguyen nguyet nhan "
    "nhat nhi nhu nhung ninh oanh phan phat phi phong phu phuc phung phuoc phuong quan quang que "
    "quoc quy quyen quyet quynh sang sinh son suong tai tam tan tao thach thai tham than thang "
    "thanh thao the thi thien thinh tho thoa thong thu thuan thuc thuong thuy thuyen tien tin "
    "tinh toan toi ton trang tri trieu trinh trong truc trung truong tu tuan tung tuoi tuong "
    "tuyen tuyet uyen van vi vien viet vinh vu vui vuong vy xuan yen"
)
VIETNAMESE = frozenset(_VIETNAMESE.split())
# After the family name they say man or woman, and nothing else: the name follows.
OF_THE_SEX = frozenset({"van", "thi"})
_MARK = 3

_FAMILIES_OF_CHINA = (
    "wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo liang "
    "song zheng xie han tang feng yu dong xiao cheng cao yuan deng fu shen zeng peng lu su jiang "
    "cai jia ding wei xue ye yan pan du dai xia zhong tian ren fan fang shi yao tan zou xiong jin "
    "hao kong bai cui kang mao qiu qin gu hou shao meng long wan duan lei qian yin yi chang wen "
    "qiao lai gong"
)
CHINESE_FAMILIES = frozenset(_FAMILIES_OF_CHINA.split())
# By the initials that a final goes with (Hanyu Pinyin, GB/T 16159), as far as names have them.
_FINALS = {
    "a": "b p m f d t n l g k h zh ch sh z c s y w",
    "ai": "b p m d t n l g k h zh ch sh z c s w",
    "an": "b p m f d t n l g k h zh ch sh r z c s y w",
    "ang": "b p m f d t n l g k h zh ch sh r z c s y w",
    "ao": "b p m d t n l g k h zh ch sh r z c s y",
    "e": "d t n l g k h zh ch sh r z c s y",
    "ei": "b p m f n l g h w",
    "en": "b p m f n g k h zh ch sh r z c s w",
    "eng": "b p m f d t n l g k h zh ch sh r z c s w",
    "i": "b p m d t n l j q x zh ch sh r z c s y",
    "ia": "l j q x",
    "ian": "b p m d t n l j q x",
    "iang": "n l j q x",
    "iao": "b p m d t n l j q x",
    "ie": "b p m d t n l j q x",
    "in": "b p m n l j q x y",
    "ing": "b p m d t n l j q x y",
    "iong": "j q x",
    "iu": "m d n l j q x",
    "o": "b p m f w",
    "ong": "d t n l g k h zh ch r z c s y",
    "ou": "p m f d t n l g k h zh ch sh r z c s y",
    "u": "b p m f d t n l g k h zh ch sh r z c s j q x y w",
    "ua": "g k h zh sh",
    "uai": "g k h sh",
    "uan": "d t n l g k h zh ch sh r z c s j q x y",
    "uang": "g k h zh ch sh",
    "ue": "n l j q x y",
    "ui": "d t g k h zh ch sh r z c s",
    "un": "d t l g k h zh ch sh r z c s j q x y",
    "uo": "d t n l g k h zh ch sh r z c s",
}
CHINESE = frozenset(
    initial + final for final, initials in _FINALS.items() for initial in initials.split()
) | {"an", "ai", "ao", "en", "er"}


def is_vietnamese(given: Sequence[str], family: str) -> bool:
    """Whether these are the words of a Vietnamese name, one of them perhaps with a slip."""
    marked = len(given) > 1 and given[0] in OF_THE_SEX
    if family not in VIETNAMESE_FAMILIES:
        return marked and VIETNAMESE.issuperset(given) and _nearly_a_family(family)
    if marked:
        return True
    known = bool(given) and VIETNAMESE.issuperset(given[1:])
    return known and (given[0] in VIETNAMESE or (len(given) > 1 and len(given[0]) <= _MARK))


@lru_cache(maxsize=10_000)
def _nearly_a_family(word: str) -> bool:
    return any(
        OSA.distance(word, family, score_cutoff=1) <= 1
        for family in VIETNAMESE_FAMILIES
        if len(family) > 1
    )


def in_order(given: list[str], family: list[str]) -> list[str]:
    """Return the given words of a Vietnamese or Chinese name in the order of its country.

    Van or Thi leads (the West writes Anh Van Nguyen), and two Chinese syllables are one name. Those
    of other names come back as they are.
    """
    if len(given) < 2 or len(family) != 1:
        return given
    if given[0] not in OF_THE_SEX and given[-1] in OF_THE_SEX and is_vietnamese(given, family[0]):
        return [given[-1], *given[:-1]]
    if family[0] in CHINESE_FAMILIES and len(given) == 2 and CHINESE.issuperset(given):
        return given if is_vietnamese(given, family[0]) else ["".join(given)]
    return given


def family_first(words: Sequence[str]) -> bool:
    """Whether a name of three words or more, as it is written, begins with its family name: as
    those do that are of Vietnamese or Chinese syllables throughout.
    """
    if len(words) < 3:
        return False
    first, last = (word in VIETNAMESE_FAMILIES for word in (words[0], words[-1]))
    if last and not first:
        # Linh Van Nguyen: Linh is no slip of a family name.
        return False
    chinese = len(words) == 3 and words[0] in CHINESE_FAMILIES and CHINESE.issuperset(words[1:])
    return is_vietnamese(words[1:], words[0]) or chinese


@lru_cache(maxsize=50_000)
def syllable_of(word: str) -> int:
    """Return of which languages a word is a syllable, and so a name: 1 Vietnamese, 2 Chinese."""
    return (word in VIETNAMESE) + 2 * (word in CHINESE)
