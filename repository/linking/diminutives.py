"""What people of a given name are called in their own language, a row a name, by language.

Beside `nicknames.py`, whose rows are English. A row never has a name of a man and of a woman
together, unless both are called so (`gabi`). In lower-case ASCII, as `normalise.plain` writes them.
"""

ROMANIAN = """
adrian adi adita; adriana adi; alexandru alex sandu alecu; alexandra alex sanda sandra;
anamaria ana ani; anca ancuta; andrei andi; andreea andra deea; aurel relu aurica; aurelia aura;
catalin cata catalinel; constantin costel costica costi titi dinu; cornel nelu; cristian cristi;
cristina cristi tina; daniel dani danut dan; daniela dana dani; dumitru mitica mitru;
ecaterina cati catinca katy; elena lenuta ileana leana ela; eugen jenica; florentina flori tina;
florin florinel; gabriel gabi gabita; gabriela gabi; georgeta geta; gheorghe george gigi ghita gica;
ilie ilica; ion ioan ionut ionel nelu iancu; ioana oana ionela; iulian iuli; laurentiu laur;
lucian luci; marian marinel; maria marioara maricica mariuca; mihaela ela miha;
mihai mihail mihaita misu; nicolae nicu nae nicusor; nicoleta nico; paraschiva parasca;
petru petre petrica petrisor; radu raducu; sorin sorinel; stefan fane stefanel; stefania fani;
tudor tudorel; valentin vali; valentina vali; vasile vasilica lica; viorel viorelu
"""
POLISH = """
agnieszka aga agusia; aleksander olek alek; aleksandra ola olenka; andrzej jedrzej jedrek;
anna ania anka hania; arkadiusz arek; barbara basia baska; bartlomiej bartek bartosz; beata beatka;
boguslaw bogus; dariusz darek; dominika domi; dorota dorotka; elzbieta ela elka; ewa ewka;
grzegorz grzesiek grzes; halina halinka; iwona iwonka; jadwiga jadzia; jakub kuba kubus;
jan janek jasiek jas; janina janka; jaroslaw jarek; jerzy jurek; joanna asia aska joasia;
jozef jozek; justyna justa; karolina karola; katarzyna kasia kaska; kazimierz kazik kazek;
krystyna krysia; krzysztof krzysiek krzys krzysiu; lukasz lukaszek; magdalena magda madzia;
malgorzata gosia malgosia goska; marcin marcinek; maria marysia maryska; mariusz maniek;
michal michalek; miroslaw mirek; monika monia; natalia natalka; patrycja pati; pawel pawelek;
piotr piotrek piotrus; przemyslaw przemek; radoslaw radek; renata renia; ryszard rysiek;
sebastian seba sebek; slawomir slawek; stanislaw staszek stach stas; tadeusz tadek; teresa terenia;
tomasz tomek; wanda wandzia; weronika wera; wladyslaw wladek; wojciech wojtek; zbigniew zbyszek;
zofia zosia zoska; zuzanna zuza zuzia
"""
BALTIC = """
aleksandras aleksas; algirdas algis; andrius andriukas; antanas antanelis; edvardas edas;
egidijus egis; gediminas gedas; gintaras gintas; jonas jonukas; jurgita jurga; juozas juozapas;
kazimieras kazys; kestutis kestas; mindaugas mindas; ona onute; rimantas rimas; vladislovas vladas;
vytautas vytas; zygimantas zygis; edgars edzus; elizabete elza lize; janis jancis; karlis karlitis;
katrina kate; viktorija vika; svetlana sveta
"""
BULGARIAN = """
aleksandar sasho alex sashko; aleksandra sashka; angel acho; atanas nasko tanas nacho;
desislava desi;
dimitar mitko dimo mityo; elena eli lenche; georgi gosho goshko gogo zhoro joro; gergana geri;
hristo icho itso; ivan vanyo vancho ivo; ivanka vanya; ivaylo ivo; krasimir krasi; kristina krisi;
mariya mimi mara; nikolay niki kolyo; petar pesho petyo pepi; petya pepi; radostina radi;
stefan stefcho; stoyan stoycho; svetoslav svetlyo; todor tosho; tsvetelina tsveti; vasil vasko;
yordan dancho; yordanka danche
"""
ALBANIAN = """
agim gimi; aleksander sander; arben beni; ardian ardi; artan tani; bujar buji; dritan tani;
elizabeta beti; elvira vira; ermal mali; fatmir miri; gjergj gjergji; ibrahim brahim; mimoza moza;
mustafa tafa; valbona bona
"""
HUNGARIAN = """
agnes agi; andras andris bandi; aniko ani; anna annus panni; attila ati; balazs balu; csaba csabi;
erzsebet bozsi erzsi zsoka; eszter eszti; ferenc feri; gabor gabi; gyorgy gyuri gyurka;
gyula gyuszi;
ildiko ildi; ilona ica ili ilus; imre imi; istvan pista pisti isti; janos jancsi jani;
jozsef joska jozsi; julianna juli julcsi; karoly karcsi; katalin kati kata; krisztian krisz;
krisztina kriszti; laszlo laci; margit manci; maria mari marika; mihaly misi; miklos miki;
peter peti;
robert robi; sandor sanyi; tamas tomi; terezia teri; tibor tibi; veronika vera; zoltan zoli;
zsuzsanna zsuzsa zsuzsi
"""
CZECH_AND_SLOVAK = """
alzbeta beta betka; anna anca anicka; barbora bara barca; eva evka; frantisek franta fero fanda;
helena hela; ivana iva; jakub kuba; jan honza jenda; jana janka; jaroslav jarda jaro jara;
jiri jirka jura; josef pepa jozka pepik; jozef jozo; juraj duro juro; katarina katka;
katerina katka kata; ladislav lada laco; lucie lucka; lukas luky; magdalena magda; marian majo;
marie maruska; martin mata; michaela misa; michal misa; miroslav mira mirek miro; ondrej ondra;
pavel pavlik palo; peter peto; petr peta; stanislav standa stano; stefan stevo; tereza terka;
vaclav vasek vena; veronika verka; vojtech vojta; zdenek zdena; zuzana zuzka
"""
# Passports of one person may have the Russian form and that of the country.
EAST_SLAVIC = """
anastasiya anastasia nastya; anatoliy anatoly anatol tolya; andriy andrei andrey; bohdan bogdan;
boris borys borya; dmytro dmitri dmitry dzmitry dima mitya; galina halyna halya galya;
gennady hennadiy henadz gena; grigory hryhoriy grisha; hanna anna anya; igor ihor ihar;
ilya illya ilyusha; irina iryna ira; ivan vanya; kateryna ekaterina yekaterina katsiaryna katya;
konstantin kostyantyn kostya; leonid lyonya; lyubov liubov lyuba; lyudmila lyudmyla liudmyla lyuda;
mariya maria masha marusya; mykhailo mikhail misha; mykola nikolai nikolay mikalai kolya;
nadezhda nadiya nadya; nataliya natalia natallia natasha natalka; oksana aksana ksenia;
oleg oleh aleh; oleksandr aleksandr alexander aliaksandr sasha sashko;
oleksandra aleksandra alexandra sasha lesya; oleksiy aleksei alexey aliaksei alyosha lyosha;
olena elena yelena alena lena; olga olha volha olya; pavlo pavel pasha; petro pyotr petya;
roman roma; serhiy sergei sergey siarhei seryozha; stanislav stas;
svitlana svetlana sviatlana sveta;
tetyana tatiana tatyana tatsiana tanya; valentyna valentina valya; vasyl vasily vasiliy vasya;
viktor viktar vitya; viktoriya viktoria victoria vika; vitaliy vitali vitalik;
volodymyr vladimir uladzimir vova volodya; vyacheslav viacheslav slava; yaroslav slava;
yevhen yevgeny evgeny evgeni yauhen zhenya; yevheniya yevgenia evgenia zhenya;
yuliya yulia julia yulya; yuriy yuri yury yura
"""
# Moldova's records have both.
MOLDOVAN = """
gheorghe georgi; ion ivan; mihai mihail mikhail; nicolae nikolai; serghei sergei sergiu;
vasile vasily; andrei andrey; ecaterina ekaterina; elena yelena
"""
SPANISH_AND_PORTUGUESE = """
adriana dri; alberto beto; alejandra ale; alejandro ale alex; antonio toni tono toninho tonho toze;
aparecida cida; beatriz bea; carlos carlinhos; carmen carmela menchu; concepcion concha conchita;
consuelo chelo; cristina cris; dolores lola; eduardo edu lalo dudu; enrique quique kike;
fabiana fabi; fernanda nanda fer; fernando nando fer; francisco paco pancho curro fran kiko chico;
gabriel gabi; guadalupe lupe; guilherme gui; guillermo memo guille; gustavo guga; ignacio nacho;
isabel isa chabela; jesus chus; joao joaozinho; jose pepe ze; josefina fina pepa; juliana ju;
leonardo leo; luciana lu; luis lucho luisinho; manuel manolo manu manel; maria mari; mariana mari;
mercedes meche merche; miguel migue; patricia pati; paulo paulinho; pilar pili; rafael rafa;
roberto beto; rodrigo digo; rosario charo; santiago santi; sebastian sebas; sebastiao tiao;
teresa tere
"""
ROWS: tuple[str, ...] = tuple(
    row.strip()
    for language in (
        ROMANIAN, POLISH, BALTIC, BULGARIAN, ALBANIAN, HUNGARIAN, CZECH_AND_SLOVAK, EAST_SLAVIC,
        MOLDOVAN, SPANISH_AND_PORTUGUESE,
    )
    for row in language.split(";")
)  # fmt: skip
