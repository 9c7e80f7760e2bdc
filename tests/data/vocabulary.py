"""The words of free texts: which stay, since rules look at them, and which are put in."""

from __future__ import annotations

# Regular expressions of whole words, and of short terms of the field where the words count
# together only. Rules of today look at some of them, and rules to come may look at the others.
KEPT = {
    "work with data": (
        r"(?:analytics|big data|ETL|machine learning)[\s/-]+engineer\w*",
        r"data(?:base)?s?[\s/-]+(?:acqui|administ|analy|architect|center|clean|collection|conver"
        r"|curat|design|develop|engineer|entry|extract|governance|infrastructure|ingest|integrat"
        r"|lake|manag|migrat|mining|model|munging|officer|orchestrat|pipelin|platform|programm"
        r"|quality|repositor|retriev|scien|standardi|steward|strateg|transform|visuali|warehous"
        r"|workflow|wrangl)\w*",
        r"data(?:base)?s?[\s/-]+(?:catalogs?|contracts?|fabric|feeds?|flows?|fusion|lineage|loads?"
        r"|life cycles?|lifecycles?|marts?|mesh|mgm?n?t|processing|sets?|sources?|storage|stores?"
        r"|streams?|systems?)",
        r"maintain\w*|construct(?:s|ed|ing)?|merg\w+|aggregat\w*|consolidat\w*",
        r"(?:large|high)[\s-]+(?:scale|performance|volume)",
        r"data processing",
        r"(?:ingest|transform)\w* data",
        r"fus(?:e|es|ing) (?:\w+ )?data",
        r"clean(?:,|,? and)? organized",
        r"storage,? (?:and )?retrieval",
        r"(?:raw|unstructured) data",
        r"responsible (?:use of )?(?:AI|artificial intelligence)",
        r"(?:AI|artificial intelligence) (?:risk|polic|ethic|governance|test|standards|safety)\w*",
        r"(?:platform|report|database) (?:developer|engineer|architect)s?",
        r"medallion architecture",
        r"lakehouses?|PySpark|SSIS|dataops|mlops|data factory|integration services",
        r"technical data",
        r"big data",
        r"(?:meta)?data\w*",
        r"pipeline\w*",
        r"warehous\w*",
        r"lake\w*",
        r"ETLs?",
        r"ELTs?",
        r"extract\w*,? (?:and )?transform\w*,? (?:and )?load\w*",
        r"extract\w*",
        r"transform\w*",
        r"load\w*",
        r"ingest\w*",
        r"integrat\w*",
        r"model\w*",
        r"architect\w*",
        r"platform\w*",
        r"infrastructure\w*",
        r"fabric\w*",
        r"(?:power )?BI",
        r"business intelligence",
        r"AI",
        r"artificial intelligence",
        r"machine learning",
        r"cloud\w*",
        r"schema\w*",
        r"stream(?:ing|s)?",
        r"real[\s-]time",
        r"dashboard\w*",
        r"visuali[sz]\w+",
        r"algorithm\w*",
        r"APIs?",
        r"(?:My|No|PL/)?SQL",
        r"Python",
        r"Java",
        r"Scala",
        r"Oracle",
        r"Spark",
        r"Hadoop",
        r"Kafka",
        r"Airflow",
        r"Databricks",
        r"Snowflake",
        r"Redshift",
        r"Informatica",
        r"Tableau",
        r"Azure",
        r"AWS",
    ),
    "occupations": (
        r"AI/ML|ML",
        r"chief|director|supv\w*|managers?",
        r"assistan\w+|technicians?|technical|ai[de]s?|clerks?|helpers?",
        r"information technologists?",
        r"engineering technical letters?",
        r"computer (?:engineer|scien|specialist)\w*",
        r"operations research analyst\w*",
        r"(?:IT|information technology) specialist\w*",
        r"engineer\w*",
        r"scien\w*",
        r"software\w*",
        r"developers?",
        r"programm(?:er|ing)\w*",
        r"comput\w*",
        r"information (?:technology|systems?|management)",
        r"network\w*",
        r"its?",
        r"specialist\w*",
        r"analy\w+",
        r"statisti\w*",
        r"mathematic\w*",
        r"operations research\w*",
        r"cyber\w*",
        r"security",
        r"nurs\w*",
        r"human resource\w*",
        r"letters?",
    ),
    "conditions": (
        r"remote\w*",
        r"telework\w*",
        r"public notice",
        r"open[\s-]continuous\w*",
        r"direct[\s-]hir\w+",
        r"terms?",
        r"temporary",
        r"permanent\w*",
        r"seasonal",
        r"intermittent",
        r"full[\s-]time",
        r"part[\s-]time",
        r"not[\s-]to[\s-]exceed",
        r"NTE",
        r"applications",
        r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
        r" \d{1,2}",
        r"supervisory",
        r"students?",
        r"trainees?",
        r"internships?",
        r"recent graduates?",
        r"(?:top )?secret",
        r"clearances?",
        r"travel",
    ),
    "denials": (
        r"not limited",
        r"not|no|never|without|nor|neither|instead of|rather than",
        r"only|just|merely|solely|restricted|confined|while|when|but",
    ),
    "whose work it is": (
        r"(?:re)?(?:build|built|design|develop|creat|construct|implement|automat|orchestrat|deploy"
        r"|operat|establish|optimi[sz]|administer|administrat|migrat|moderni[sz]|troubleshoot|debug"
        r"|lead|manag|direct|supervis|mentor|deliver)\w*",
        r"writ(?:es?|ing)|run(?:s|ning)?|programs?|programmed|maintenance|responsible|leadership",
        r"(?:us(?:e|es|ed|ing)|utili[sz]|leverag|access|quer(?:y|i)|pull|retriev|consum|search)\w*",
        r"(?:buy|purchas|procur|acquir|contract|recruit|hir|classif|pay|train|teach|audit)\w*",
        r"(?:work|collaborat|coordinat|partner|communicat|consult|interact|liais|join|support"
        r"|assist|help|serv|report|receiv|meet|order|staff)\w*",
        r"(?:to|in) support",
        r"who|by|with|experience|users?|customers?|teams?|groups?|units?|branch(?:es)?"
        r"|divisions?|sections?|departments?|cent(?:er|re)s?|head",
    ),
    "applying": (
        r"appl(?:y|ies|ying|icants?)",
        r"questions?|questionnaires?|contact|announcements?|vacanc\w+|eligib\w+|e-?mail",
    ),
    "experience": (
        r"substitut\w*|in lieu of|combination of",
        r"degrees?|graduate (?:education|study)|semester hours|transcripts?|accredited",
        r"time[- ]in[- ]grade|paid and unpaid|volunteer|peace corps|basic requirements?",
        r"r[eé]sum[eé]s?|closing date|how to apply|citizens?|general experience",
        r"qualification standards?|competencies|if selected|background investigation",
        r"probation\w*|selective (?:service|factor|placement)|(?:bachelor|master|doctora)\S*",
        r"retirement|seasonal experience|conditions of employment",
        r"specialized experience",
        r"(?:one|two|three|four|five)(?: \(\d\))?[\s-]+(?:full[\s-]+)?years?",
        r"\d+[\s-](?:years?|months?|weeks?|days?|hours?)",
        r"equivalent to",
        r"equivalent",
        r"G[GLMS]",
        r"G[GLMS]\d+",
        r"grades?",
        r"promotion potential",
    ),
    "what is done": (
        r"design\w*",
        r"develop\w*",
        r"build(?:s|ing)?",
        r"implement\w*",
        r"deploy\w*",
        r"automat\w*",
        r"optimi[sz]\w*",
    ),
}

# Plain words by their ending, so that one takes the place of a word that is formed alike.
PUT_IN = {
    "ing": """
        being tying adding airing baking boxing fixing laying mixing paving rating rowing
        taping tuning binding bolting folding framing linking listing marking packing
        pairing pasting placing routing sorting storing tagging winding carrying charting covering
        drafting painting planting printing shelving stacking stamping trimming watering
        arranging balancing combining labelling measuring polishing recording repairing assembling
        collecting completing connecting decorating describing displaying exchanging
        inspecting mentioning publishing scheduling separating rearranging distributing
        illustrating photocopying refurbishing upholstering straightening
    """,
    "ed": """
        added boxed fixed glued mixed moved named paved rated taped timed tuned bolted capped
        copied folded framed linked listed marked packed paired placed posted rested sealed
        sorted stored tagged turned bundled carried charted covered drafted painted planned
        planted printed rounded shelved stacked stamped trimmed watered arranged balanced combined
        labelled measured numbered polished recorded repaired assembled collected completed
        connected decorated described displayed exchanged inspected mentioned published
        scheduled separated rearranged distributed illustrated photocopied refurbished straightened
    """,
    "ly": """
        daily early fully newly barely calmly evenly firmly gently kindly mainly neatly partly
        simply weekly briefly broadly closely exactly lightly loosely quietly rapidly roughly
        sharply smoothly steadily carefully generally patiently regularly uniformly accurately
        completely frequently moderately separately comfortably consistently conveniently
        occasionally alphabetically proportionately
    """,
    "ion": """
        motion notion option ration vision auction caption edition portion station addition
        location occasion position rotation dimension exception provision
        selection correction decoration inspection proportion instruction preparation
        publication distribution illustration reproduction specification
        transportation
    """,
    "s": """
        bags cups jars keys maps mats mugs pads pens pins tabs ways beams bells belts bolts books
        boxes cards carts clips cords desks doors drums files forms hooks lamps lines lists locks
        marks notes pages parts plans poles racks rails rolls rooms seals slots steps tapes tiles
        tools trays tubes walls wires covers frames hinges panels planks plates rulers sheets
        stamps tables towers baskets binders borders bottles brushes buckets buttons candles
        corners drawers folders gardens handles hangers ladders ledgers magnets manuals margins
        markers mirrors packets pencils records ribbons samples shelves signals sockets tickets
        timbers cabinets lanterns notepads orchards shutters stickers supplies brochures calendars
        envelopes notebooks registers schedules summaries catalogues containers
        partitions procedures quantities staircases timetables furnishings instruments thermostats
        arrangements descriptions measurements publications illustrations
        specifications correspondences
    """,
    "": """
        a an as at in of on or so up we all and any bag box can cup dry few for jar key
        map mat mug new oak our out own pad pen per pin red row tab tan the tin two via way
        also bell belt blue bolt book both card cart clip copy cord dark desk door drum each even
        file firm flat form from full gray half high hook into kind lamp line list lock long main
        mark more near neat note open over page plan pole rack rail roll room rule seal shop
        site slot soft some step tape that then thin this tile tool town tray tube upon wall
        warm wide will wire wood about after again along among below bench board
        brick brown brush chair chart clear cover craft crate early frame glass green hinge
        index ledge light linen loose metal paint panel paper place plain plank plate print
        quick quiet rapid ready rough round scale sharp sheet shelf short slate small solid spool
        stage stamp steep stone story style table thick topic tower under upper white answer
        basket before beside binder border bottle bridge bucket button candle carbon carpet corner
        cotton detail drawer during folder garden ground handle indoor inside ladder layout ledger
        magnet manual margin marker method middle mirror packet pantry pencil pocket poster
        record ribbon sample season second signal silver simple smooth socket square steady
        street studio summer supply symbol ticket timber toward upward valley window winter
        wooden yearly yellow average between ceramic counter decimal example exhibit kitchen
        lantern morning notepad orchard outline pattern picture product purpose quarter reading
        regular routine shelter station sticker subject summary surface version village
        visitor weather alphabet brochure calendar corridor cupboard cylinder daylight
        envelope exterior handbook interior lavender moderate notebook ordinary original parallel
        pressure punctual quantity register relevant reliable schedule sensible sequence
        standard suitable umbrella vertical afternoon apparatus catalogue classroom
        container customary equipment furniture geography guideline inventory landscape narrative
        numerical paragraph practical principal procedure reception rectangle reference sandstone
        staircase storeroom structure telephone timetable convenient horizontal
        instrument mechanical memorandum microscope occasional particular permission preference
        reasonable semicircle stationery thermostat typewriter waterproof whiteboard
        approximate arrangement description documentary environment explanation
        measurement temperature woodworking alphabetical bibliography geographical illustrative
        neighborhood photographic proportional commemorative manufacturing perpendicular
        correspondence understandable straightforward
    """,
}
