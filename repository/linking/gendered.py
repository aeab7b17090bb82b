"""Names of women and men that differ by an ending: two given names, and one family name.

Alexandru and Alexandra are brother and sister more often than one person with a slip of the hand.
Of a family name the ending goes by who bears it, and offices abroad write either. All in
lower-case ASCII, as `normalise.plain` writes them.
"""

from collections.abc import Mapping
from functools import cache

# What men are called : and what women of the same name are.
GIVEN = """
    adrian adrijan hadrian : adriana adrianna adrijana adrienne;
    albert : alberta albertina;
    alexandru alexander aleksandr aleksander aleksandar alexandr oleksandr alexandros alejandro
        alessandro alexandre aleksandras aleksandrs : alexandra aleksandra oleksandra alejandra
        alessandra alexandrina aleksandrina;
    ali : alia aliya;
    amin : amina aminah amine;
    amir : amira amirah;
    anatol anatoli anatoly : anatolia;
    andrei andrej andrey andriy andrzej andreas andrius andris : andrea andreea andreia andreja
        andra andrija andrina;
    angel angelo anghel : angela angelina anghelina;
    anton antoni antonio antoniu antonis antonin antanas : antonia antonina antonija antoniya
        antoaneta antanina;
    arben : arbena;
    arkadiusz arkady : arkadia;
    august augustin augustinas : augusta augustina;
    aurel aurelian : aurelia aurela;
    aziz : aziza azizah;
    bashir : bashira;
    bekim : bekime;
    besnik : besnike;
    bogdan : bogdana bohdana;
    bohdan : bohdana;
    bozhidar bojidar : bozhidara bojidara;
    branislav : branislava;
    carlos karol : carla carola karola karolina carolina;
    cezar cezary : cezara cezaryna;
    christian cristian kristian krystian kristijan kristiyan : christiana cristiana kristiana
        krystiana kristijana christina cristina kristina krystyna kristine christine;
    ciprian : cipriana;
    claudiu klaudiusz claudio : claudia klaudia;
    constantin konstantin konstantinos : constanta constantina konstantina;
    cornel corneliu : cornelia;
    cosmin : cosmina;
    costel : costela;
    czeslaw ceslovas : czeslawa ceslova;
    dalibor : dalibora;
    damian damyan : damiana damyana;
    dan danut : dana danuta;
    daniel danilo danijel danielius : daniela daniella danielle daniele danijela danyela;
    dardan : dardana;
    darius dariusz dario dariy : daria dariya darija;
    denis dennis denys : denisa denise;
    dimitar dimitrios dumitru dmitri : dimitra dumitra dimitrina;
    dominik dominic : dominika dominica dominique;
    donatas donat : donata;
    dorin : dorina;
    drago dragan : dragana;
    dritan : dritana;
    edmund edmundas : edmunda;
    eduard edvard : eduarda edvarda;
    emil emilian emilio emiliano : emilia emiliana emilija;
    emanuel manuel emmanuel : emanuela manuela emmanuela emmanuelle;
    erik eric : erika erica;
    eugen eugeniu yevgeni evgeni eugeniusz jevgenij : eugenia yevgenia evgenia evgeniya
        jevgenija eugenija;
    fabian : fabiana;
    farid : farida faridah;
    felix felicjan : felicia felicja;
    fernando : fernanda;
    filip : filipa;
    flamur : flamure;
    florian florin florentin : floriana florina florentina;
    francis : frances francine;
    francisco francesco franciszek : francisca francesca franciszka;
    gabriel gavril gabrielius : gabriela gabriella gabrielle gabriele;
    gennadi : gennadia;
    georgi gheorghe giorgi georgios : georgia georgiana georgina georgeta gheorghita
        gergana;
    gezim : gezime;
    gintaras : gintare;
    habib : habiba;
    halil khalil : halila khalila;
    hamid : hamida;
    hassan hasan : hassana hasana;
    henrik henryk : henrika henryka;
    hristo : hrista hristina;
    ilie ilija iliya ilia : ilinca iliana ilijana;
    ilir : ilira ilire;
    ioan ion ionut ionel ioannis : ioana ionela ioanna oana;
    ivan yvan ivo : ivana ivanka ivanna iva;
    ivaylo : ivayla;
    iulian iuliu julian juliusz yulian iuliian : iuliana iulia juliana julia julianna yuliana
        yulia iuliia;
    jamal jamil : jamala jamila jamilah;
    jan janis jonas : jana janina jone;
    jaroslav yaroslav jaroslaw : jaroslava yaroslava jaroslawa;
    joseph josef jozef juozas jose giuseppe : josepha josefa jozefa josephine josefina josepina
        juze giuseppina;
    karim : karima;
    khalid : khalida;
    kamil camil : kamila camila kamilla;
    krasimir : krasimira;
    latif : latifa;
    laurentiu lorenzo : laurentia lorenza;
    leonid : leonida;
    leon leonard : leona leonarda leonie;
    liviu : livia;
    louis luis luigi ludwik : louise luisa luigia ludwika louisa;
    lubomir lyubomir ljubomir : lubomira lyubomira ljubomira;
    lucian luca lukas lucio : luciana lucia;
    lulzim : lulzime;
    majid : majida;
    malik : malika;
    marcel marceli : marcela marcella marcelle marcelina;
    marcin martin martinas martynas : martina martyna martine;
    marian mariano : mariana;
    marin marinus : marina;
    mario marius mariusz marijus : maria marija mariya;
    matej matei mateo : mateja matea;
    maxim maksim maksym maxime : maxima maksima maxine;
    michael michal mihai mikhail mihail mykhailo michel miguel mykolas : michaela mihaela
        michalina mikhaila mihaila michelle miguela;
    mihajlo : mihajla;
    miroslav miroslaw : miroslava miroslawa;
    milan milen milos : milana milena;
    mirel : mirela mirella;
    mladen : mladena;
    momchil : momchila;
    munir : munira;
    nadir : nadira;
    nasir : nasira;
    nelu : nela;
    nikola nikolai nikolay nicolae nicolas nikolaos mykola : nikoleta nicoleta nikolina nicolina
        nicole nikol;
    octavian : octaviana octavia;
    oleg oleh : olga olha;
    ovidiu : ovidia;
    paul pavel paulo pavol pablo pawel paolo pavlo : paula pavla paulina pauline paola pavlina;
    petar petru petr piotr pyotr petro pedro : petra petrina petruta;
    philip filippo philippe : philippa filippa;
    plamen : plamena;
    radu rade rado : rada raduta;
    radoslav radoslaw : radoslava radoslawa;
    rafal rafael raphael : rafaela raphaela raffaella;
    rahim : rahima;
    ramon raymond : ramona raymonda;
    rashid : rashida;
    renat renato rene : renata renate renee;
    ricardo : ricarda;
    rimantas : rimante;
    robert roberto : roberta;
    roman romanas : romana;
    rosen : rosena;
    rumen : rumena rumyana;
    said saeed : saida saeeda;
    salim selim : salima selima;
    samir : samira;
    samuel : samuela;
    sandu sander : sanda sandra;
    sebastian : sebastiana;
    sergiu sergio : sergia;
    severin : severina;
    sharif : sharifa;
    silviu silvio sylwester : silvia sylvia;
    simon simion simeon szymon : simona simone szymona simeona;
    slavko slavi : slavka slava;
    sorin : sorina;
    stanislav stanislaw : stanislava stanislawa;
    stefan stepan stephan szczepan stephane : stefania stefana stefanka stephania stephanie
        stepana;
    stelian : steliana stela;
    stoyan : stoyana stoyanka;
    svetlan svetoslav : svetlana svetoslava;
    tahir : tahira;
    tariq : tariqa;
    teodor theodor fyodor : teodora theodora fyodora;
    tiberiu : tiberia;
    todor : todora todorka;
    tomas tomasz : tomasa tomasina;
    traian : traiana;
    tsvetan : tsvetana tsvetanka;
    valentin : valentina valentyna;
    valeri valeriu valerij valery valerio : valeria valeriya valerija valerie;
    vasil vasile vasyl vasili wasyl : vasilka vasila vasylyna;
    ventsislav : ventsislava;
    vesel veselin : veselina;
    viktor victor wiktor viktoras : viktoria victoria wiktoria viktorija viktoriya victorina;
    virgil virgiliu : virginia;
    vitali vitalie vitaliy vitalijus : vitalia vitalina vitalija;
    vladimir volodymyr wlodzimierz : vladimira volodymyra;
    vladislav wladyslaw : vladislava wladyslawa;
    vytautas : vytaute;
    wahid : wahida;
    yordan iordan jordan : yordana yordanka iordana jordana;
    zahir : zahira;
    zdravko : zdravka;
    zoran : zorana zorica;
    zygmunt : zygmunta;
"""
# Endings of a family name as a man and as a woman bears it, unmarried or married.
FAMILY: tuple[tuple[str, str], ...] = (
    ("as is us ys ius", "aite yte ute iute iene uviene ene"),  # Lithuanian
    ("ski sky skij skyi skiy cki tsky zki", "ska skaya skaia skaja cka tska zka"),  # Slavic
    ("ov ev in yn", "ova eva ina yna owa ewa"),
    ("y", "a"),  # Czech and Slovak adjectives
    ("", "ova"),  # and nouns
    ("os is as", "ou i a"),  # Greek
)
_LEAST_STEM = 4


@cache
def _rows() -> Mapping[str, tuple[frozenset[int], frozenset[int]]]:
    """Return, for each given name, the rows in which men and in which women bear it."""
    found: dict[str, tuple[set[int], set[int]]] = {}
    for number, row in enumerate(GIVEN.split(";")):
        for side, names in enumerate(row.split(":")):
            for name in names.split():
                found.setdefault(name, (set(), set()))[side].add(number)
    return {name: (frozenset(men), frozenset(women)) for name, (men, women) in found.items()}


def rows_of(name: str) -> frozenset[int]:
    """Return the rows of `GIVEN` that a given name stands in."""
    men, women = _rows().get(name, (frozenset[int](), frozenset[int]()))
    return men | women


def has_ending(name: str) -> bool:
    """Whether a family name has an ending that a woman's has, and no slip of the hand makes."""
    return name.endswith(_WOMEN)


def of_two_sexes(one: str, other: str) -> bool:
    """Whether two given names are one name for a man and for a woman."""
    nobody = (frozenset[int](), frozenset[int]())
    (men, women), (other_men, other_women) = (_rows().get(n, nobody) for n in (one, other))
    if one == other or men & other_men or women & other_women:
        return False
    return bool(men & other_women or women & other_men)


def one_family(one: str, other: str) -> bool:
    """Whether two family names are one, as a man and as a woman bears it."""
    return any(
        man.endswith(he)
        and woman.endswith(she)
        and man[: len(man) - len(he)] == woman[: len(woman) - len(she)]
        and len(man) - len(he) >= _LEAST_STEM
        for man, woman in ((one, other), (other, one))
        for he, she in _ENDINGS
    )


_ENDINGS = tuple((he, she) for men, women in FAMILY for he in men.split() or [""]
                 for she in women.split())  # fmt: skip
# Of the short endings a slip of the hand makes one of the other; the long ones are told apart.
_WOMEN = tuple(sorted({she for _, she in _ENDINGS if len(she) > 2} | {"ou"}))
