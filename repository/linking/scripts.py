"""Names in scripts that leave out vowels, as those who bear them spell them in Latin letters.

Letter by letter (ISC anyascii) محمد is `mhmd`, which nobody writes. What stands in no row is read
letter by letter, and compared by its consonants (`skeleton`).
"""

import re
from functools import cache, lru_cache

# As `_PLAIN` writes them: without marks, and one form of a letter. Of Arabic, Persian and Urdu.
ARABIC = """
محمد mohammed; احمد ahmed; محمود mahmoud; حامد hamed; حميد hamid; مصطفي mustafa;
علي ali; حسن hassan; حسين hussein; عبدالله abdullah; عبدالرحمن abdulrahman;
عبدالرحيم abdulrahim; عبدالقادر abdulkadir; عبدالعزيز abdulaziz;
عبدالكريم abdulkarim; عبدالحميد abdulhamid; عبدالرزاق abdulrazaq; عبد abdul;
عبدالسلام abdulsalam; عبدالمجيد abdulmajid; الله allah; عمر omar; عثمان osman;
ابراهيم ibrahim; اسماعيل ismail; يوسف yusuf; يعقوب yaqub; يحيي yahya; موسي musa;
عيسي isa; هارون haroun; داود dawood; سليمان suleiman; ادريس idris; نوح nuh;
ادم adam; خالد khaled; وليد walid; طارق tariq; كريم karim; جمال jamal; جميل jamil;
كمال kamal; رشيد rashid; راشد rashed; سعيد said; سعد saad; سالم salem; سليم salim;
سامي sami; سمير samir; ماجد majid; نبيل nabil; ناصر nasser; نصر nasr; منير munir;
امين amin; امير amir; انور anwar; بلال bilal; بشير bashir; حبيب habib; حمزه hamza;
زياد ziad; زيد zaid; صالح saleh; صلاح salah; ضياء zia; طاهر taher; عادل adel;
عباس abbas; عماد imad; غلام ghulam; فاروق farouk; فهد fahad; فيصل faisal;
قاسم qasim; مروان marwan; مجيد majeed; نادر nader; هاشم hashim; هشام hisham;
ياسر yasser; ياسين yassin; رحيم rahim; رضا reza; جعفر jafar; اكبر akbar;
اصغر asghar; نور noor; خان khan; شاه shah; مهدي mahdi; حيدر haider; عزيز aziz;
لطيف latif; ظاهر zahir; جاويد javed; فريد farid; نعيم naeem; شريف sharif;
توفيق tawfik; رمضان ramadan; زكريا zakaria; عارف arif; اشرف ashraf; اسامه osama;
فاطمه fatima; خديجه khadija; عايشه aisha; مريم maryam; زينب zainab; سميره samira;
ساره sara; سعيده saida; امينه amina; اميره amira; جميله jamila; حليمه halima;
رقيه ruqayya; زهراء zahra; زهره zohra; سلمي salma; سميه sumaya; ليلي layla;
نادي nadia; ناديه nadia; نوره noora; هند hind; هدي huda; ياسمين yasmin; صفيه safia;
رابعه rabia; كريمه karima; فريده farida; نجاه najat; شيماء shaima; مني mona;
رانيا rania; حياه hayat; ايمان iman; اسماء asma; سعاد suad; شكريه shukria;
فرزانه farzana; پروين parvin; شبنم shabnam
"""
THAI = """
สมชาย somchai; สมศักดิ์ somsak; สมบัติ sombat; สมพร somporn; สมหญิง somying;
สมบูรณ์ somboon; สมปอง sompong; สุชาติ suchart; สุรชัย surachai; สุดา suda;
สุนีย์ sunee; สุภาพร supaporn; สุวรรณ suwan; สุพัตรา supattra; ประเสริฐ prasert;
ประสิทธิ์ prasit; ประยุทธ์ prayut; วิชัย wichai; วิไล wilai; วันดี wandee;
วรรณา wanna; วีระ wira; วาสนา wassana; นภา napha; นงนุช nongnuch; นิดา nida;
นารี naree; น้อย noi; มาลี malee; มานพ manop; มณี manee; ศิริพร siriporn;
ศักดิ์ sak; สายฝน saifon; จันทร์ chan; จันทร์เพ็ญ chanphen; จินตนา jintana;
ชัย chai; ชัยวัฒน์ chaiwat; ชาญ chan; กัญญา kanya; กมล kamon; กิตติ kitti;
ทองคำ thongkham; ทิพย์ thip; ธนา thana; บุญมี boonmee; บุญ boon; บัวผัน buaphan;
พรทิพย์ porntip; พิชัย phichai; เพ็ญศรี phensri; ปราณี pranee; รัตนา ratana;
ลัดดา ladda; อรุณ arun; อนันต์ anan; อำนาจ amnat; อัมพร amporn; อารี aree;
แก้ว kaew; ใจ jai; ดาว dao; แดง daeng; เล็ก lek
"""
_OTHERS = re.compile(r"[\u0600-\u06ff\u0e00-\u0e7f]+")
_MARKS = re.compile(r"[\u064b-\u065f\u0670\u0640\u200c\u200d]")
_PLAIN = str.maketrans("أإآٱىیکةۀؤئ", "ااااييكههوي")
_OF_GOD = re.compile(r"(عبد)\s+(?=ال)")
_ARTICLE = "ال"
_VOWELS = re.compile(r"[aeiou]")


@cache
def _names() -> dict[str, str]:
    rows = f"{ARABIC};{THAI}".split(";")
    return dict(row.split() for row in rows)


@lru_cache(maxsize=50_000)
def latin(text: str) -> str:
    """Return a name with the words of these scripts in Latin letters, as far as they are known."""
    if text.isascii() or not _OTHERS.search(text):
        return text
    plain = _OF_GOD.sub(r"\1", _MARKS.sub("", text).translate(_PLAIN))
    return _OTHERS.sub(lambda word: f" {_latin(word[0])} ", plain)


def _latin(word: str) -> str:
    known = _names()
    if word in known:
        return known[word]
    rest = word.removeprefix(_ARTICLE)
    return f"al {known[rest]}" if rest != word and rest in known else word


def without_vowels(word: str) -> bool:
    """Whether a word in ASCII has no vowel, as one that was read letter by letter."""
    return not _VOWELS.search(word)


def skeleton(word: str) -> str:
    """Return the consonants of a word in ASCII that a script without vowels would write."""
    bare = re.sub(r"[aeiou]|(?<=.)[wy]|(?<=.)h$", "", word.replace(" ", ""))
    return re.sub(r"(.)\1+", r"\1", bare.replace("q", "k").replace("ph", "f"))
