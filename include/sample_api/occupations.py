"""The occupations of the sample postings: agencies, titles, pay and text.

All text is made up. The words "data" and "engineer" occur only where an occupation needs them,
because a search for both finds every posting that contains them anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Agency(NamedTuple):
    """The hiring agency; some real rows have no department."""

    organization: str
    department: str
    code: str

    @property
    def department_code(self) -> str:
        """The first part of the code; an agency without a department has only one part."""
        return self.code.partition("/")[0]

    @property
    def agency_code(self) -> str:
        """The last part of the code."""
        return self.code.rpartition("/")[2]


class Pay(NamedTuple):
    """A pay range; `interval` is a code from USAJOBS's list of rate intervals."""

    minimum: float
    maximum: float
    interval: str = "PA"


@dataclass(frozen=True)
class Occupation:
    """A kind of work.

    The first of the `series` is the main one; interdisciplinary postings add others. Without `pay`
    it is paid by the General Schedule. `subject` is a sentence that every summary contains.
    """

    series: tuple[str, ...]
    titles: tuple[str, ...]
    agencies: tuple[Agency, ...]
    grades: tuple[tuple[str, str], ...]
    duties: tuple[str, ...]
    knowledge: str
    subject: str = ""
    plan: str = "GS"
    pay: tuple[Pay, ...] = ()
    share: int = 1

    @property
    def is_for_students(self) -> bool:
        """Whether only students and recent graduates may apply."""
        return "Student" in self.titles[0]


SERIES_NAMES = {
    "0025": "Park Ranger",
    "0028": "Environmental Protection Specialist",
    "0083": "Police",
    "0101": "Social Science",
    "0105": "Social Insurance Administration",
    "0132": "Intelligence",
    "0185": "Social Work",
    "0189": "Recreation Aid And Assistant",
    "0201": "Human Resources Management",
    "0301": "Miscellaneous Administration And Program",
    "0340": "Program Management",
    "0343": "Management And Program Analysis",
    "0399": "Administration And Office Support Student Trainee",
    "0401": "General Natural Resources Management And Biological Sciences",
    "0404": "Biological Science Technician",
    "0456": "Wildland Fire Management",
    "0501": "Financial Administration And Program",
    "0510": "Accounting",
    "0560": "Budget Analysis",
    "0602": "Medical Officer",
    "0610": "Nurse",
    "0660": "Pharmacist",
    "0679": "Medical Support Assistance",
    "0801": "General Engineering",
    "0803": "Safety Engineering",
    "0808": "Architecture",
    "0810": "Civil Engineering",
    "0819": "Environmental Engineering",
    "0830": "Mechanical Engineering",
    "0850": "Electrical Engineering",
    "0854": "Computer Engineering",
    "0855": "Electronics Engineering",
    "0861": "Aerospace Engineering",
    "0893": "Chemical Engineering",
    "0896": "Industrial Engineering",
    "0905": "General Attorney",
    "1102": "Contracting",
    "1301": "General Physical Science",
    "1320": "Chemistry",
    "1515": "Operations Research",
    "1530": "Statistics",
    "1550": "Computer Science",
    "1560": "Data Science Series",
    "1701": "General Education And Training",
    "1802": "Compliance Inspection And Support",
    "1895": "Customs And Border Protection",
    "2152": "Air Traffic Control",
    "2210": "Information Technology Management",
    "2299": "Information Technology Student Trainee",
    "3566": "Custodial Working",
    "5703": "Motor Vehicle Operating",
    "5803": "Heavy Mobile Equipment Mechanic",
    "7408": "Food Service Working",
    "8852": "Aircraft Mechanic",
}

VETERANS = Agency("Veterans Health Administration", "Department of Veterans Affairs", "VA/VATA")
ARMY = Agency("Army Installation Management Command", "Department of the Army", "DD/ARIM")
CORPS = Agency("U.S. Army Corps of Engineers", "Department of the Army", "DD/ARCE")
NAVY = Agency("Naval Facilities Command", "Department of the Navy", "DD/NV25")
AIR_FORCE = Agency("Air Force Materiel Command", "Department of the Air Force", "DD/AF1M")
PARKS = Agency("National Park Service", "Department of the Interior", "IN/IN10")
TREASURY = Agency("Internal Revenue Service", "Department of the Treasury", "TR/TR93")
AVIATION = Agency("Federal Aviation Administration", "Department of Transportation", "TD/TD03")
SECURITY = Agency(
    "Transportation Security Administration", "Department of Homeland Security", "HS/HSBC"
)
HEALTH = Agency(
    "Centers for Medicare &amp; Medicaid Services",
    "Department of Health and Human Services",
    "HE/HE70",
)
PENSIONS = Agency("Social Security Administration", "", "SZ/SZ00")
ARCHIVES = Agency("National Archives and Records Administration", "", "NQ/NQ00")
RAILROAD = Agency("Railroad Retirement Board", "Other Agencies and Independent Organizations", "RR")
ENERGY = Agency("Office of Science", "Department of Energy", "DN/DNSC")
PROCUREMENT = Agency("Federal Acquisition Service", "General Services Administration", "GS/GS30")
COURTS = Agency("U.S. Courts", "Judicial Branch", "JL/JL02")
SCHOOLS = Agency("Department of Defense Education Activity", "Department of Defense", "DD/DD16")

ENVIRONMENT = Agency(
    "Environmental Protection Agency", "Other Agencies and Independent Organizations", "EP/EP00"
)
HOUSING = Agency(
    "Office of the Chief Information Officer",
    "Department of Housing and Urban Development",
    "HU/HUCI",
)
LABOR = Agency("Bureau of Labor Statistics", "Department of Labor", "DL/DLLS")
CENSUS = Agency("U.S. Census Bureau", "Department of Commerce", "CM/CM63")
NUTRITION = Agency("Food and Nutrition Service", "Department of Agriculture", "AG/AG30")
FARM_LOSSES = Agency("Risk Management Agency", "Department of Agriculture", "AG/AG08")
BORDER = Agency("Customs and Border Protection", "Department of Homeland Security", "HS/HSBD")
LOGISTICS = Agency("Defense Logistics Agency", "Department of Defense", "DD/DD07")
PAYMASTERS = Agency("Defense Finance and Accounting Service", "Department of Defense", "DD/DD35")
DEPOSITS = Agency("Federal Deposit Insurance Corporation", "", "FD/FD00")
STANDARDS = Agency(
    "National Institute of Standards and Technology", "Department of Commerce", "CM/CM57"
)

# Contains both words of "data engineering", but is not about it.
ENGINEERING_NOTICE = Occupation(
    series=("0861", "0855", "0810", "0896", "0801", "0830", "0803", "0854", "0850", "0819"),
    titles=(
        "Public Notice for Aerospace Engineer (Direct Hire)",
        "Public Notice for Electronics Engineer (Direct Hire)",
        "Public Notice for Civil Engineer (Direct Hire)",
        "Public Notice for Industrial Engineer (Direct Hire)",
        "Public Notice for General Engineer (Direct Hire)",
    ),
    agencies=(AVIATION,),
    grades=(("G", "K"), ("F", "J")),
    duties=(
        "Reviews flight test data that manufacturers hand in, and finds out whether a design "
        "meets the rules it was certified under.",
        "Serves as the engineer on a team that looks after runway lighting, radar sites and "
        "standby power.",
        "Inspects work at sites of contractors and writes up what has to be put right.",
        "Answers questions of airlines about airworthiness directives.",
    ),
    knowledge="an engineering degree, and work on the design or upkeep of aviation facilities",
    plan="FV",
    pay=(Pay(52_998, 172_257), Pay(34_454, 162_672)),
)

FACILITY_ENGINEER = Occupation(
    series=(
        *("0810", "0830", "0850", "0808", "0801", "0819", "0803", "0893"),
        *("0896", "0855", "0861", "0340", "0401", "1301", "0101"),
    ),
    titles=(
        "CIVIL ENGINEER (STRUCTURAL)",
        "INTERDISCIPLINARY ENGINEER/ARCHITECT",
        "Project Manager (Interdisciplinary)",
        "Civil Engineer",
    ),
    agencies=(CORPS, NAVY),
    grades=(("11", "12"), ("12", "12"), ("13", "13"), ("7", "11")),
    duties=(
        "Leads a project from the first site visit to the last invoice: scope, budget, schedule "
        "and the people who carry it out.",
        "Collects survey data on levees and locks, and turns it into drawings that a contractor "
        "can bid on.",
        "Checks drawings of outside architects against codes and against what the ground will "
        "bear.",
        "Answers for safety on a building site with up to sixty workers.",
    ),
    knowledge="a degree in engineering or architecture, and a year on projects of this size",
    share=7,
)

_CLINICAL = (
    "Assesses patients on arrival, sets out a plan of care with the team, and changes it as the "
    "patient does.",
    "Gives medicines, watches for effects, and records both before the end of the shift.",
    "Teaches patients and families what to do at home, and whom to call.",
    "Takes part in rounds and in reviews of what went wrong.",
)
_CLERICAL = (
    "Answers the telephone and the counter, and sends each caller to the person who can help.",
    "Keeps the calendar and the travel of three managers.",
    "Prepares letters, minutes and reports, and files them where others will look.",
)
_POLICY = (
    "Studies how a program works in practice, and recommends what to drop, change or keep.",
    "Writes briefings that a busy reader can act on.",
    "Follows a budget of several million dollars through the year and explains what moved.",
    "Brings offices with different interests to one procedure.",
)

OCCUPATIONS = (
    FACILITY_ENGINEER,
    Occupation(
        series=("0610",),
        titles=("Registered Nurse", "Registered Nurse (Intensive Care)", "Nurse Practitioner"),
        agencies=(VETERANS,),
        grades=(("1", "3"), ("00", "00"), ("", "")),
        duties=_CLINICAL,
        knowledge="a degree in nursing, a full license, and a year at the bedside",
        plan="VN",
        pay=(Pay(78_940, 131_222), Pay(84_118, 142_560), Pay(41.25, 68.4, "PH")),
        share=14,
    ),
    Occupation(
        series=("0602",),
        titles=("Physician (Primary Care)", "Physician (Psychiatrist)", "Physician (Fee Basis)"),
        agencies=(VETERANS, HEALTH),
        grades=(("00", "00"), ("15", "15")),
        duties=_CLINICAL,
        knowledge="a medical degree, a full license, and board certification",
        plan="AD",
        pay=(
            Pay(210_000, 350_000),
            Pay(180_000, 300_000),
            Pay(95, 180, "FB"),
            Pay(900, 1400, "PD"),
        ),
        share=6,
    ),
    Occupation(
        series=("0343", "0301", "0340"),
        titles=("Management and Program Analyst", "Program Analyst", "Program Specialist"),
        agencies=(HEALTH, PENSIONS, PROCUREMENT, ARMY, TREASURY),
        grades=(("9", "11"), ("11", "12"), ("13", "13"), ("14", "14")),
        duties=_POLICY,
        knowledge="weighing how a program works, and putting the result into plain words",
        share=12,
    ),
    Occupation(
        series=("0201",),
        titles=("Human Resources Specialist", "Human Resources Specialist (Recruitment)"),
        agencies=(ARMY, NAVY, VETERANS, PENSIONS),
        grades=(("5", "7"), ("9", "11"), ("12", "12")),
        duties=_POLICY,
        knowledge="recruitment, pay setting or the law of employment",
        share=7,
    ),
    Occupation(
        series=("2210",),
        titles=(
            "IT Specialist (Customer Support)",
            "IT Specialist (Network)",
            "IT Specialist (Information Security)",
        ),
        agencies=(ARMY, AIR_FORCE, TREASURY, VETERANS),
        grades=(("9", "11"), ("11", "11"), ("12", "12"), ("13", "13")),
        duties=(
            "Keeps the machines of four hundred colleagues patched, connected and backed up.",
            "Finds out why a service is down, brings it back, and writes down what it was.",
            "Plans changes to switches, firewalls and accounts so that nobody is cut off.",
            "Guides the office through its yearly security assessment.",
        ),
        knowledge="running networks or help desks, with attention to detail and to customers",
        share=8,
    ),
    Occupation(
        series=("1515", "1530"),
        titles=("Statistician", "Operations Research Analyst", "Survey Statistician"),
        agencies=(AIR_FORCE, PENSIONS, HEALTH),
        grades=(("11", "12"), ("12", "13"), ("14", "15")),
        duties=(
            "Draws samples, weighs answers and publishes estimates with their margins.",
            "Builds models of demand, and says how far their results can be trusted.",
            "Explains survey data to committees that have five minutes.",
        ),
        knowledge="24 semester hours of mathematics and statistics, and a year of such work",
        share=3,
    ),
    Occupation(
        series=("0510",),
        titles=("Accountant", "Staff Accountant", "Supervisory Accountant"),
        agencies=(TREASURY, COURTS, PROCUREMENT),
        grades=(("7", "9"), ("11", "11"), ("12", "12"), ("13", "14")),
        duties=_POLICY,
        knowledge="a degree in accounting, and closing the books of an office",
        share=4,
    ),
    Occupation(
        series=("1102",),
        titles=("Contract Specialist", "Contracting Officer", "Procurement Analyst"),
        agencies=(PROCUREMENT, NAVY, AIR_FORCE),
        grades=(("7", "11"), ("12", "12"), ("13", "13")),
        duties=_POLICY,
        knowledge="buying goods and services under the acquisition rules, R&amp;D included",
        share=6,
    ),
    Occupation(
        series=("0905",),
        titles=("General Attorney", "Trial Attorney", "Attorney-Adviser"),
        agencies=(COURTS, TREASURY, ENERGY),
        grades=(("13", "15"), ("15", "15")),
        duties=_POLICY,
        knowledge="a law degree, membership of a bar, and a year in practice",
        share=3,
    ),
    Occupation(
        series=("0301",),
        titles=("Director, Office of Operations", "Deputy Assistant Administrator"),
        agencies=(ENERGY, AVIATION),
        grades=(("00", "00"),),
        duties=_POLICY,
        knowledge="leading change, leading people, and answering for results",
        plan="ES",
        pay=(Pay(147_649, 221_900),),
        share=1,
    ),
    Occupation(
        series=("0399",),
        titles=("Student Trainee (Administration)", "Administrative Intern"),
        agencies=(ARMY, PARKS, HEALTH),
        grades=(("3", "4"), ("4", "5")),
        duties=_CLERICAL,
        knowledge="being enrolled at a school or college at least half time",
        pay=(Pay(17.05, 22.16, "PH"), Pay(1250, 1625, "BW")),
        share=3,
    ),
    Occupation(
        series=("0083",),
        titles=("Police Officer", "Supervisory Police Officer"),
        agencies=(VETERANS, ARMY, NAVY),
        grades=(("05", "06"), ("6", "7"), ("8", "8")),
        duties=(
            "Patrols grounds and buildings on foot and by car, and answers calls for help.",
            "Calms people down where possible, and writes reports that hold up in court.",
        ),
        knowledge="a year of police work, a driver's license and sound health",
        share=5,
    ),
    Occupation(
        series=("1802",),
        titles=("Transportation Security Officer", "Lead Transportation Security Officer"),
        agencies=(SECURITY,),
        grades=(("D", "D"), ("E", "E")),
        duties=(
            "Screens travelers and bags, politely and without exception.",
            "Tells apart what is forbidden from what is merely unusual.",
        ),
        knowledge="a school diploma, good eyesight, and shifts that start at four",
        plan="SV",
        pay=(Pay(39_560, 61_224), Pay(19.41, 23.63, "PH")),
        share=8,
    ),
    Occupation(
        series=("2152",),
        titles=("Air Traffic Control Specialist", "Supervisory Air Traffic Control Specialist"),
        agencies=(AVIATION,),
        grades=(("J", "K"), ("LH", "LH")),
        duties=("Keeps aircraft apart, in good weather and bad, by radar and by voice.",),
        knowledge="a facility rating, a medical certificate, and mandatory retirement at 56",
        plan="AT",
        pay=(Pay(87_300, 182_000),),
        share=2,
    ),
    Occupation(
        series=("0025", "0401"),
        titles=("Park Ranger (Interpretation)", "Park Ranger", "Volunteer Campground Host"),
        agencies=(PARKS,),
        grades=(("04", "05"), ("5", "7"), ("9", "9")),
        duties=(
            "Leads walks and talks for visitors of every age.",
            "Keeps trails open, signs readable and campfires small.",
        ),
        knowledge="a season in the field, first aid, and patience",
        pay=(Pay(18.06, 26.1, "PH"), Pay(39_576, 63_795), Pay(0, 0, "WC")),
        share=5,
    ),
    Occupation(
        series=("0404",),
        titles=("Biological Science Technician", "Range Technician"),
        agencies=(PARKS,),
        grades=(("04", "05"), ("6", "7")),
        duties=(
            "Counts fish, birds and seedlings along fixed lines, whatever the weather.",
            "Mends fences, boats and radio collars.",
        ),
        knowledge="a season of field work, or two years of biology",
        pay=(Pay(16.99, 24.7, "PH"),),
        share=4,
    ),
    Occupation(
        series=("0189",),
        titles=("Recreation Assistant", "Child and Youth Program Assistant"),
        agencies=(ARMY, NAVY),
        grades=(("02", "02"), ("", "")),
        duties=("Runs games, crafts and outings, and keeps children safe while they last.",),
        knowledge="a school diploma and a clean record",
        plan="NF",
        pay=(Pay(15.5, 19.25, "PH"),),
        share=6,
    ),
    Occupation(
        series=("3566",),
        titles=("Custodial Worker", "Housekeeping Aid"),
        agencies=(VETERANS, NAVY),
        grades=(("02", "02"), ("1", "2")),
        duties=("Cleans wards, offices and halls by a plan, and reports what is broken.",),
        knowledge="doing the work without more than normal supervision",
        plan="WG",
        pay=(Pay(17.9, 20.88, "PH"),),
        share=6,
    ),
    Occupation(
        series=("7408",),
        titles=("Food Service Worker", "Cook"),
        agencies=(VETERANS, ARMY),
        grades=(("02", "03"), ("8", "8")),
        duties=("Prepares and serves meals by the diet cards, and leaves the kitchen clean.",),
        knowledge="doing the work without more than normal supervision",
        plan="WG",
        pay=(Pay(18.4, 26.31, "PH"),),
        share=5,
    ),
    Occupation(
        series=("5703",),
        titles=("Motor Vehicle Operator", "Tractor Operator"),
        agencies=(ARMY, PARKS),
        grades=(("07", "07"), ("5", "6")),
        duties=("Drives buses and trucks, and checks oil, tires and brakes before leaving.",),
        knowledge="a commercial license and a safe record",
        plan="WG",
        pay=(Pay(24.07, 29.88, "PH"),),
        share=3,
    ),
    Occupation(
        series=("1701",),
        titles=("Teacher (Elementary)", "Teacher (Mathematics)", "School Counselor"),
        agencies=(SCHOOLS,),
        grades=(("00", "00"),),
        duties=("Teaches a class of children whose parents move every three years.",),
        knowledge="a teaching certificate and a degree in the subject",
        plan="TP",
        pay=(Pay(51_560, 98_180, "SY"), Pay(49_020, 93_400)),
        share=3,
    ),
    Occupation(
        series=("0679",),
        titles=(
            "Medical Support Assistant",
            "Advanced Medical Support Assistant",
            "Lead Medical Support Assistant",
        ),
        agencies=(VETERANS,),
        grades=(("5", "5"), ("6", "6"), ("7", "7")),
        duties=_CLERICAL,
        knowledge="booking appointments and calming people who have waited long",
        share=9,
    ),
    Occupation(
        series=("0185",),
        titles=("Social Worker", "Social Worker (Homeless Program)", "Senior Social Worker"),
        agencies=(VETERANS, HEALTH),
        grades=(("9", "11"), ("11", "12")),
        duties=_CLINICAL[1:],
        knowledge="a master's degree in social work, a license, and a year with families",
        share=5,
    ),
    Occupation(
        series=("0660",),
        titles=("Pharmacist", "Clinical Pharmacist Practitioner", "Pharmacist (Oncology)"),
        agencies=(VETERANS,),
        grades=(("11", "11"), ("12", "12"), ("13", "13")),
        duties=_CLINICAL[1:],
        knowledge="a doctorate in pharmacy and a full license",
        share=3,
    ),
    Occupation(
        series=("0105",),
        titles=("Social Insurance Specialist", "Claims Specialist", "Benefit Authorizer"),
        agencies=(PENSIONS, RAILROAD),
        grades=(("5", "7"), ("7", "9"), ("9", "11")),
        duties=(
            "Hears people who apply for a pension, and tells them what is missing.",
            "Decides claims by the law, and explains each decision in a letter.",
            *_CLERICAL[:1],
        ),
        knowledge="applying rules to people's lives without losing sight of either",
        share=6,
    ),
    Occupation(
        series=("1895",),
        titles=("CBP Officer", "Customs and Border Protection Officer"),
        agencies=(BORDER,),
        grades=(("5", "7"), ("9", "9")),
        duties=(
            "Questions travelers, and looks into cars, bags and containers.",
            "Works nights, weekends and holidays at a port of entry.",
        ),
        knowledge="three years of work with the public, a medical examination and a fitness test",
        share=4,
    ),
    Occupation(
        series=("0028", "1320", "1301"),
        titles=("Environmental Protection Specialist", "Chemist", "Physical Scientist"),
        agencies=(ENVIRONMENT, CORPS, ENERGY, STANDARDS),
        grades=(("7", "9"), ("11", "12"), ("12", "13")),
        duties=(
            "Takes samples of water, soil and air, and judges what they show.",
            "Writes permits, and visits those who hold them.",
            *_POLICY[:1],
        ),
        knowledge="a degree in a natural science, or a year of such work",
        share=4,
    ),
    Occupation(
        series=("0560", "0501"),
        titles=("Budget Analyst", "Financial Management Specialist", "Lead Budget Analyst"),
        agencies=(PAYMASTERS, NUTRITION, HOUSING, LOGISTICS, FARM_LOSSES),
        grades=(("7", "9"), ("11", "11"), ("12", "12"), ("13", "13")),
        duties=_POLICY,
        knowledge="drawing up a budget and following it through the year",
        share=5,
    ),
    Occupation(
        series=("0456",),
        titles=("Wildland Firefighter", "Lead Wildland Firefighter"),
        agencies=(PARKS, Agency("Forest Service", "Department of Agriculture", "AG/AG11")),
        grades=(("03", "04"), ("5", "5"), ("6", "7")),
        duties=("Cuts lines, burns out and mops up, for fourteen days at a time.",),
        knowledge="a season on a crew, and a pack test",
        share=4,
    ),
    Occupation(
        series=("5803", "8852"),
        titles=("Heavy Mobile Equipment Mechanic", "Aircraft Mechanic", "Sheet Metal Mechanic"),
        agencies=(ARMY, AIR_FORCE, NAVY),
        grades=(("08", "08"), ("10", "10")),
        duties=("Takes engines apart, replaces what is worn, and signs for the result.",),
        knowledge="doing the work of the trade without more than normal supervision",
        plan="WG",
        pay=(Pay(26.7, 36.42, "PH"),),
        share=5,
    ),
    Occupation(
        series=("0132",),
        titles=("Intelligence Analyst", "Intelligence Specialist"),
        agencies=(AIR_FORCE, NAVY),
        grades=(("9", "11"), ("12", "13"), ("14", "14")),
        duties=_POLICY,
        knowledge="weighing reports that contradict each other",
        plan="GG",
        share=3,
    ),
)

# Text that is nearly the same in every announcement.
HOW_TO_APPLY = (
    "Start from the announcement, sign in, and follow the steps to the agency's own application "
    "page. Answer the questionnaire, attach the documents listed below, and look over the whole "
    "before sending it. Everything has to arrive by 11:59 pm Eastern Time on the closing day; a "
    "started application that was not sent is not considered. Whoever cannot apply online may ask "
    "the contact named here for another way, at least one working day before the closing day."
)
REQUIRED_DOCUMENTS = (
    "A resume of at most two pages that gives, for each job, employer, title, dates by month and "
    "year, and hours a week. Transcripts, if education is to count. For present or former federal "
    "employees the latest notice of personnel action that shows series, grade and step. For "
    "veterans the discharge papers and, where a disability is claimed, the letter of the last "
    "twelve months."
)
EVALUATIONS = (
    "Applications are first checked for the basic requirements, then rated on the answers and the "
    "resume, and sorted into three groups. Those in the best group are referred to the hiring "
    "manager, veterans ahead of others within their group. Answers that the resume does not bear "
    "out lower the rating."
)
NEXT_STEPS = (
    "Notices go out by e-mail when the application arrives, when it has been rated, and when "
    "somebody has been selected. From closing to a first offer usually takes forty to sixty days."
)
OTHER_INFORMATION = (
    "More people may be selected from this announcement within a year. Relocation is not paid "
    "unless stated. The person selected serves a trial period, has to pass a background "
    "investigation, and is paid by direct deposit. Accommodations for people with disabilities "
    "are made case by case."
)
ABOUT_US = (
    "{organization} looks for people who like to see their work used. Most teams are small, most "
    "problems are old, and most colleagues stay longer than they had planned."
)
EDUCATION = (
    "Education may take the place of experience where the standards of the series allow it. Only "
    "schools accredited by a body that the Department of Education recognizes count; degrees from "
    "abroad need an evaluation."
)
KEY_REQUIREMENTS = (
    "United States citizenship",
    "A background investigation",
    "Registration with the Selective Service where it applies",
)
