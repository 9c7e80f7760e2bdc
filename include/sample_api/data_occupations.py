"""The sample postings around data engineering: the work itself, and what is easily taken for it.

What they do and what they are called is as varied as in recorded announcements; all text is made
up. Every summary names data and engineers, so that the default search finds it.
"""

from __future__ import annotations

from dataclasses import replace

from include.sample_api.occupations import (
    AVIATION,
    BORDER,
    CENSUS,
    CORPS,
    DEPOSITS,
    ENERGY,
    ENVIRONMENT,
    FARM_LOSSES,
    HEALTH,
    HOUSING,
    LABOR,
    LOGISTICS,
    NAVY,
    NUTRITION,
    PAYMASTERS,
    PENSIONS,
    PROCUREMENT,
    RAILROAD,
    STANDARDS,
    TREASURY,
    VETERANS,
    Occupation,
    Pay,
)

_CIVILIAN = (
    *(RAILROAD, VETERANS, PENSIONS, PROCUREMENT, TREASURY, HEALTH, ENVIRONMENT, HOUSING),
    *(LABOR, CENSUS, NUTRITION, FARM_LOSSES, BORDER, DEPOSITS),
)
_DEFENSE = (NAVY, LOGISTICS, PAYMASTERS, CORPS)
_RESEARCH = (ENERGY, VETERANS, HEALTH, ENVIRONMENT)

_GRADES = (("11", "12"), ("12", "12"), ("12", "12"), ("12", "13"), ("11", "13"), ("13", "13"))

_PIPELINES = (
    "Designs, builds and runs data pipelines in Python and SQL, and answers for their schedule, "
    "their tests and their failures.",
    "Takes feeds of twenty partner systems from the first sample to a dependable daily load.",
    "Moves overnight ETL from stored procedures to an orchestrator, one feed at a time, and "
    "compares old and new results before the switch.",
    "Writes checks that stop a load when counts, keys or totals do not add up, and explains to "
    "the owners what was found.",
    "Documents where each column comes from, so that an analyst can trace a published figure.",
    "Works with security staff so that personal records are masked before they reach a shared "
    "table.",
    "Is on call one week in six, and leaves behind a note about each alarm.",
)
_WAREHOUSE = (
    "Maintains the agency's data warehouse: models tables, writes ETL jobs, and retires what "
    "nobody reads.",
    "Brings claims, payments and correspondence together in one model that three offices agree on.",
    "Tunes the queries behind the monthly reports, from hours to minutes.",
    "Extracts records from a mainframe, transforms them and loads them each night before five.",
    "Reviews requests for new tables, and says what already exists.",
    "Teaches analysts of the program offices to find and join what they need.",
)
_PLATFORM = (
    "Runs the data platform in the cloud: clusters, storage, access, and the bill at the end of "
    "the month.",
    "Builds data pipelines for events that arrive by the million, with Kafka and Apache Spark.",
    "Automates deployments, so that a change reaches production on the day it is reviewed.",
    "Sets up a lakehouse in which raw, checked and published tables are kept apart.",
    "Measures how late and how complete each table is, and shows it to everyone.",
    "Writes the libraries that forty colleagues use for their own jobs.",
)
_ARCHITECTURE = (
    "Draws up the data architecture of the agency, and keeps it short enough to be read.",
    "Decides with the owners of six systems which of them is the source of an address.",
    "Sets the standards by which data pipelines are built, named, tested and handed over.",
    "Plans the data migration from a closing data center into the cloud, with a way back.",
    "Judges what vendors offer, and says what the agency would still have to build.",
)
_LEADING = (
    "Supervises nine specialists: assigns the work, reviews it, and rates it once a year.",
    "Plans with the program offices which data pipelines are built next, and which are not.",
    "Hires, and sees to it that people who leave have written down what they know.",
    *_WAREHOUSE[:3],
)

_IT_SPECIALIST = Occupation(
    series=("2210",),
    titles=(
        "IT Specialist (DATAMGT)",
        "IT Specialist (Data Management)",
        "Information Technology Specialist (DATAMGT)",
        "IT SPECIALIST (DATAMGT/SYSANALYSIS)",
        "IT Specialist (APPSW/DATAMGT)",
        "IT Specialist (DATAMGT/INFOSEC)",
        "Information Technology Specialist (Data Management)",
    ),
    agencies=(*_CIVILIAN, *_DEFENSE),
    grades=_GRADES,
    duties=(*_WAREHOUSE, *_PIPELINES[:3]),
    knowledge=(
        "building and maintaining the tables of a data warehouse, writing ETL jobs that others can "
        "take over, and finding out why a load failed"
    ),
    subject=" You will join two database administrators and three engineers on the data team.",
)
_DATA_ENGINEER = replace(
    _IT_SPECIALIST,
    titles=("Data Engineer", "Data Engineer", "Senior Data Engineer", "Lead Data Engineer"),
    agencies=_CIVILIAN,
    duties=_PIPELINES,
    knowledge=(
        "building and running data pipelines, modelling data, and putting software engineering "
        "practice (version control, review, tests) to work on ETL code"
    ),
    subject=" The work is data engineering, from the source to the published table.",
)
_ARCHITECT = replace(
    _IT_SPECIALIST,
    titles=("Data Architect", "IT Specialist (Data Architect)", "Enterprise Data Architect"),
    grades=(("12", "13"), ("13", "13")),
    duties=(*_ARCHITECTURE, *_PLATFORM[:2]),
    knowledge=(
        "designing the data architecture of several systems, planning data integration between "
        "them, and following a design through to running data pipelines"
    ),
    subject=" You will set the course for a dozen data engineers and their customers.",
)
_COMPUTER_SCIENTIST = replace(
    _IT_SPECIALIST,
    series=("1550",),
    titles=("Computer Scientist (Data Platforms)", "Computer Scientist", "COMPUTER SCIENTIST"),
    agencies=(*_RESEARCH, *_DEFENSE),
    duties=(*_PLATFORM, *_PIPELINES[:2]),
    knowledge=(
        "designing distributed systems for large-scale data processing, and building data "
        "pipelines on them"
    ),
    subject=" The group builds the data platform of the agency, with engineers of three offices.",
)
_SCIENCE_BY_NAME = replace(
    _DATA_ENGINEER,
    series=("1560",),
    titles=("Data Scientist (Data Engineer)", "Data Scientist - Data Engineer (Direct Hire)"),
    agencies=(*_RESEARCH, *_DEFENSE, PROCUREMENT),
    duties=(*_PIPELINES, _PLATFORM[4]),
)
_OTHERS = (
    replace(
        _DATA_ENGINEER,
        titles=("ETL Developer", "IT Specialist (ETL Developer)", "Database Developer"),
        duties=(*_WAREHOUSE, *_PIPELINES[:3]),
        subject=" Data from nine systems come together here, and engineers look after each feed.",
    ),
    replace(
        _COMPUTER_SCIENTIST,
        series=("0854", "1550"),
        titles=("Computer Engineer (Data Systems)", "Computer Engineer"),
        agencies=(NAVY, CORPS, AVIATION, ENERGY),
    ),
    replace(
        _DATA_ENGINEER,
        series=("1515", "1560"),
        titles=("Operations Research Analyst (Data Engineering)",),
        agencies=(*_DEFENSE, PENSIONS, RAILROAD),
    ),
    replace(
        _IT_SPECIALIST,
        series=("1530",),
        titles=("Statistician (Data Integration)",),
        agencies=(LABOR, CENSUS, HEALTH, PENSIONS),
        duties=(*_WAREHOUSE[1:], *_PIPELINES[:3]),
    ),
    replace(
        _IT_SPECIALIST,
        titles=("Supervisory IT Specialist (Data Management)", "Supervisory Data Engineer"),
        grades=(("13", "13"),),
        duties=_LEADING,
    ),
    replace(
        _COMPUTER_SCIENTIST,
        series=("2210",),
        titles=("AI/ML Engineer", "Machine Learning Engineer", "IT Specialist (Data Platforms)"),
        agencies=(PROCUREMENT, VETERANS, TREASURY, NAVY),
    ),
)

# As often as they occur: most are IT specialists.
DATA_ENGINEERING = (
    *(_IT_SPECIALIST, _IT_SPECIALIST, _IT_SPECIALIST),
    *(_DATA_ENGINEER, _DATA_ENGINEER, _DATA_ENGINEER),
    *(_ARCHITECT, _COMPUTER_SCIENTIST, _COMPUTER_SCIENTIST, _SCIENCE_BY_NAME),
    *_OTHERS,
)
# Titles that occur at every grade.
IT_SPECIALISTS = (
    _IT_SPECIALIST,
    replace(_DATA_ENGINEER, titles=("Data Engineer", "ETL Developer")),
)

# Demonstration projects and agencies outside of the General Schedule.
DATA_ENGINEERING_BY_PAY_BAND = (
    *(
        replace(each, plan="NH", grades=(("03", "03"),), pay=(Pay(94_199, 150_075),))
        for each in (_IT_SPECIALIST, _COMPUTER_SCIENTIST, _SCIENCE_BY_NAME)
    ),
    replace(
        _COMPUTER_SCIENTIST,
        agencies=(STANDARDS,),
        plan="ZP",
        grades=(("03", "03"), ("03", "04")),
        pay=(Pay(88_621, 150_160),),
    ),
    replace(
        _DATA_ENGINEER,
        agencies=(DEPOSITS,),
        plan="CG",
        grades=(("12", "12"), ("12", "13")),
        pay=(Pay(104_830, 162_114),),
    ),
)

# IT specialists at lower grades have a special rate, which is above the General Schedule's.
AT_SPECIAL_RATE = tuple(
    replace(each, grades=(("11", "12"),), pay=(Pay(98_642, 149_911),)) for each in IT_SPECIALISTS
)

ABROAD = replace(
    _IT_SPECIALIST,
    titles=("IT Specialist (DATAMGT) - Deployment", "Data Engineer (Deployable)"),
    agencies=(CORPS, LOGISTICS),
    grades=(("12", "12"), ("13", "13")),
    subject=(
        " After training in Illinois the data engineers of this team work abroad for most of a "
        "year, wherever supplies have to be counted."
    ),
)

PUBLIC_NOTICE = replace(
    _IT_SPECIALIST,
    titles=(
        "Public Notice for IT Specialist (DATAMGT) (Direct Hire)",
        "Public Notice: Data Engineer, Nationwide",
    ),
    agencies=(VETERANS, TREASURY, AVIATION),
    grades=(("11", "13"), ("12", "13")),
    subject=(
        " This is a public notice: data engineers are hired from it wherever an office has a "
        "vacancy in the course of the year."
    ),
)
CONTINUOUS_REGISTER = replace(
    _DATA_ENGINEER,
    titles=("Data Engineer - Open Continuous", "IT Specialist (DATAMGT) Register"),
    agencies=(LOGISTICS, VETERANS, BORDER),
    subject=" Data engineers are hired from this register as vacancies come up.",
)

STUDENTS = replace(
    _DATA_ENGINEER,
    series=("2299",),
    titles=("Student Trainee (Information Technology)", "Student Trainee (Data Engineering)"),
    grades=(("7", "7"), ("9", "9")),
    subject=" Students learn data engineering beside those who do it.",
)

# Near to data engineering: the data are there already, or only their database is.
RELATED = (
    Occupation(
        series=("1560", "1530", "0343"),
        titles=(
            "Data Scientist",
            "Lead Data Scientist",
            "Statistician (Data Scientist)",
            "Management and Program Analyst (Data Analytics)",
        ),
        agencies=(RAILROAD, VETERANS, PENSIONS, HEALTH, HOUSING, LABOR),
        grades=(("12", "12"), ("12", "13")),
        duties=(
            "Forecasts how many claims an office will receive, and says how sure the forecast is.",
            "Writes Python and SQL to find out which letters are answered and which are not.",
            "Shows on one page what a study found, for people who have five minutes.",
            "Sits with the engineers of a partner system until both count the same cases.",
        ),
        knowledge="statistical models of people who do not always do what they say",
        subject=" You will work with data that engineers of another team prepare.",
    ),
    Occupation(
        series=("2210",),
        titles=("Database Administrator", "IT Specialist (Database Administrator)"),
        agencies=(VETERANS, PAYMASTERS, TREASURY, NAVY),
        grades=(("12", "12"), ("12", "13")),
        duties=(
            "Installs, patches and watches forty database servers, and restores them when needed.",
            "Grants and withdraws access, and shows the auditors who had it.",
            "Helps engineers of other teams to find the one slow statement.",
        ),
        knowledge="database administration: backups, patches, access and tuning",
        subject=" The office keeps the data of a large program safe and at hand.",
    ),
)

# Contain both words of "data engineering", but are not about it.
ONLY_THE_WORDS = (
    Occupation(
        series=("2210",),
        titles=(
            "IT Specialist (SYSADMIN)",
            "IT Specialist (NETWORK)",
            "IT Specialist (INFOSEC)",
            "IT CYBERSECURITY SPECIALIST (PLCYPLN)",
        ),
        agencies=(*_CIVILIAN, *_DEFENSE),
        grades=_GRADES,
        duties=(
            "Keeps servers and switches of a data center running, with two network engineers.",
            "Finds out why a service is down, brings it back, and writes down what it was.",
            "Guides the office through its yearly security assessment.",
            "Plans changes to firewalls and accounts so that nobody is cut off.",
        ),
        knowledge="running servers and networks, and protecting the data that passes through them",
        subject=" You will work in a data center, beside the engineers who look after its power.",
    ),
    Occupation(
        series=("0301", "0343"),
        titles=(
            "Program Specialist",
            "Management and Program Analyst",
            "Technical Writer-Editor",
            "Contract Specialist (Engineering Services)",
        ),
        agencies=(*_CIVILIAN, CORPS),
        grades=_GRADES,
        duties=(
            "Collects data about the budget, and prepares what the engineers ask for.",
            "Writes briefings that a busy reader can act on.",
            "Brings offices with different interests to one procedure.",
        ),
        knowledge="following a program from its budget to its results",
        subject=" You will gather data on projects and put into words what their engineers found.",
    ),
    Occupation(
        series=("0801", "0830", "0850"),
        titles=(
            "General Engineer",
            "Mechanical Engineer",
            "Electrical Engineer (Power)",
            "Biomedical Engineer",
        ),
        agencies=(ENERGY, VETERANS, NAVY, CORPS, ENVIRONMENT),
        grades=_GRADES,
        duties=(
            "Tests equipment, records data of each run, and says whether it may stay in use.",
            "Reviews drawings of contractors, and visits the sites.",
            "Answers for the safety of boilers, lifts and standby power.",
        ),
        knowledge="a degree in engineering, and a year on equipment of this kind",
    ),
)
