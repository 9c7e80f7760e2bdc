"""All limits of the program: sizes, counts and durations, each with its unit in its name.

Use them as `limits.NAME` instead of importing the names, so that tests can patch them in one place.
"""

from __future__ import annotations

# --- requests to USAJOBS

CONNECT_TIMEOUT_SECONDS = 10

READ_TIMEOUT_SECONDS = 120
"""Between two bytes of a response; by default `requests` waits for ever."""

BODY_TIMEOUT_SECONDS = 300
"""For a whole body: one that trickles in never hits the read timeout. USAJOBS needs about 25
seconds for 500 rows."""

MAX_BODY_BYTES = 96 * 1024 * 1024
"""After decompression. A page of the largest recorded rows has 62 MB."""

MAX_JSON_VALUES = 4_000_000
"""In a body: an empty object has two bytes there and 64 in memory. A page of the largest recorded
rows has 2,900,000."""

READ_SIZE_BYTES = 256 * 1024
"""Read from a body at a time."""

MAX_NESTING_LEVELS = 50
"""Of objects and lists in a body; valid responses have nine."""

MAX_ATTEMPTS = 5
"""To fetch a page."""

MAX_READINGS = 3
"""Of a result that changes while it is read; each one starts at the first page."""

MISSING_ROWS = 1
MISSING_SHARE = 0.02
"""The number and share of rows by which the API's total may be wrong: more are lost rows."""

MAX_RETRY_AFTER_SECONDS = 600
"""The longest `Retry-After` that a task waits out."""

CLOCK_TOLERANCE_SECONDS = 300
"""Allowed difference between this machine's clock and that of USAJOBS."""

PAGE_SIZE_ROWS = 250
"""Requested per page; USAJOBS allows 500.

Most searches fit on one page of this size, and a single page can't shift while it is read. 500 rows
take USAJOBS about 25 seconds and can reach 75 MB, more than a task should hold in memory.
"""

MAX_PAGE_SIZE_ROWS = 500
"""The largest page that USAJOBS returns."""

MAX_COUNTED_ROWS = 10_000
"""`SearchResultCountAll` stops counting here, so this value means that the result is truncated."""

TEXT_BATCH_SIZE_ROWS = 50
"""Rows of a past day whose announcement texts are fetched in one request."""

OUTCOME_BATCH_SIZE = 100
"""Control numbers whose opening status is requested at once, in a URL of 1,100 characters."""

OUTCOME_REQUESTS = 10
"""For opening statuses in one run; what is left comes first in the next one."""

OUTCOME_DAYS = 365
"""After a position closed, for which its opening status is requested: rows change for months."""

OUTCOME_SILENCE_DAYS = 7
"""Without any answer about opening statuses, after which that counts as a failure."""

# --- rows and positions

MAX_CONTROL_NUMBER_DIGITS = 20
"""Current control numbers have nine."""

MAX_ROW_VALUES = 250_000
"""Of a row that is read; the largest recorded one has 10,827."""

REMEMBERED_PLACES = 5_000
REMEMBERED_PLACE_CHARACTERS = 1_000
"""Places of work that are read once for all rows; the largest recorded row names 1,176."""

MAX_NAME_CHARACTERS = 500
"""Of any text field but the summary and the duties."""

MAX_OPENINGS_DIGITS = 7
"""Of a number of openings, or of applications."""

MAX_ADDRESS_CHARACTERS = 2_000
"""Of the address to apply; browsers take no much longer ones."""

MAX_STATUS_CHARACTERS = 80
"""Of an opening status; the longest known one has 25."""

MAX_BAND_CHARACTERS = 10
"""Of a grade that is not a number."""

MAX_QUOTED_CHARACTERS = 80
"""Of a value that a message quotes."""

MAX_DRIFT_KINDS = 100
"""Listed separately, so that a completely changed API can't fill up the receipt."""

MAX_MESSAGE_CHARACTERS = 500
"""Of a rule's message, so that a document has room for the results of many searches."""

MAX_CONTENT_CHARACTERS = 4 * 1024 * 1024
"""Of a posting's content. MongoDB takes 16 MB a document; the largest seen has 0.2."""

# --- quarantine

MAX_RAW_ROW_CHARACTERS = 8 * 1024 * 1024
"""Of a row that is read, or kept in quarantine."""

MAX_QUARANTINED_ROWS = 1_000
MAX_QUARANTINED_CHARACTERS = 64 * 1024 * 1024
"""Quarantined per run: rows, and characters of all of them together."""

REPROCESS_BATCH_SIZE_ROWS = 100
REPROCESS_BATCH_SIZE_CHARACTERS = 16 * 1024 * 1024
"""Quarantined rows read at a time."""

# --- announcements of the same job

ANNOUNCED_AGAIN_OVERLAP_DAYS = 7
"""By which one may open before the earlier one closes: then it is announced again, and not twice at
the same time."""

ANNOUNCED_AGAIN_DAYS = 180
"""From the end of one to the next; after a longer time it is rather another vacancy."""

SAME_JOB_ANNOUNCEMENTS = 20
"""What more than so many share says too little of a job: an agency has many project managers."""

COMPARED_PLACES = 50
"""So many places or more are compared as one: a register may name others when it is renewed."""

# --- MongoDB

KEYED_POSITIONS = 100_000
"""Positions of earlier versions that a run gives the keys by which announcements are linked."""

WRITE_BATCH_SIZE_DOCUMENTS = 1_000
"""Read or written with one command."""

WRITE_BATCH_SIZE_BYTES = 4 * 1024 * 1024
"""Of large documents written with one command; a larger one is written by itself."""

RECENT_RUNS_HOURS = 36
"""A daily search has run since: the latest receipts of all such searches are read at once."""

REMEMBERED_COUNTS = 500
"""Counts over all that is stored, which a process of the page keeps, each for a minute at most."""

REMEMBERED_LISTS, REMEMBERED_JOBS = 30, 1_000
"""Lists of open jobs, which it keeps in the same way, and the most jobs of one: some 60 MB."""

REMEMBERED_RECEIPTS = 200
REMEMBERED_RECEIPT_BYTES = 64 * 1024
"""Receipts that a process keeps as it has read them, and the largest: some 50 MB at most."""

EXPORT_GROUP_ROWS = 10_000
EXPORT_GROUP_BYTES = 8 * 1024 * 1024
"""Of a row group in an exported file, which is held in memory."""

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
"""The largest document that MongoDB accepts."""

MAX_BACKUP_LINE_BYTES = 8 * MAX_DOCUMENT_BYTES
"""Of a line in a backup: Extended JSON takes more bytes than the document itself."""

MAX_BACKUP_LINE_VALUES = 2 * MAX_DOCUMENT_BYTES // 3
"""Commas and brackets in a line of a backup, outside of strings. The smallest value, MinKey, has
two there, and with its name three bytes in the document."""

TASK_SOCKET_TIMEOUT_MILLISECONDS = 300_000
"""For a task's command; building an index takes longest."""

WEB_CONNECT_TIMEOUT_MILLISECONDS = 3_000
WEB_SOCKET_TIMEOUT_MILLISECONDS = 20_000
"""For the web page, where somebody is waiting."""

# --- receipts and history

MAX_AMENDED_CHARACTERS = 4 * 1024 * 1024
"""Of all amended values in a receipt: a MongoDB document has at most 16 MB."""

MAX_AMENDED_VALUE_CHARACTERS = 200
"""Of one amended value in a receipt; `position_versions` has the full value."""

UNREAD_LOOKBACK_RUNS = 30
"""How many earlier runs are looked through for what is known of a row that can't be read now."""

USUAL_ROWS_DAYS = 7
"""Days with runs whose median is the usual number of rows."""

FAR_FEWER_ROWS = 10
"""The smallest drop in rows that counts as suspicious."""

ANOMALOUS_ROWS = 3
ANOMALOUS_SHARE = 0.2
"""The number and share of anomalous rows from which the API counts as changed.

None of 543 recorded rows was anomalous; a few in a small result don't mean a change.
"""

# --- digest

DIGEST_JOBS = 10
"""Shown per section; the others are counted."""

DIGEST_WHY_CHARACTERS = 100
"""Of what makes a job one of the topic, in a digest."""

CHAT_CHARACTERS = 1000
"""Of one message: a service that takes fewer is none for chats, but for phones."""

DIGEST_VALUE_CHARACTERS = 60
"""Of an amended value in a digest."""

DEADLINE_NOTICE_DAYS = 7
"""How long before a deadline recipients are reminded of it."""

MAX_DELIVERY_ATTEMPTS = 2
"""Of a message whose delivery is uncertain."""

CLAIM_HOURS = 2
"""After which a claim counts as abandoned: longer than a task may take."""

MAX_ERROR_CHARACTERS = 1_500
"""Of an error in a message about a failed run."""

# --- pings

PING_SECONDS = 15
"""For a whole ping, however the service behaves: the run waits for it."""

PING_ATTEMPTS = 3
PING_ATTEMPT_SECONDS = 4
PING_PAUSE_SECONDS = 1

# --- page and API

LIST_PLACES = 10
"""Per job in a list."""

FILTER_JOBS = 100
"""Named one by one in an address, which then has a thousand characters."""

NEW_HOURS = 24
"""During which a match counts as new, or as changed."""

SHOWN_CHANGES_DAYS = 7
"""During which a list shows a job's amendments."""

CLOSING_SOON_DAYS = 7
"""Within which a job counts as closing soon."""

PRESSING_DAYS = 3
"""Within which its deadline stands out on the page."""

RECEIPT_TITLES = 500
"""Read to name the positions of a receipt; others stand there with their numbers."""

LANE_JOBS = 3
"""Shown in a lane of the page."""

LANE_JOBS_READ = 50
"""Of those that a user saved or applied for, to find the latest news."""

SELECTIONS = 5
"""An agency's positions with a selection from which the time until it is shown."""

SELECTIONS_READ = 500
"""The latest positions that are read to find that time, for all agencies of a list together."""

BOARD_CARDS = 200
"""In a column of the board of applications."""

STATE_CHANGES = 1_000
"""Of an application that are stored, the latest ones: nobody has so many by hand."""

MARK_ATTEMPTS = 50
"""To change a mark that others change at the same time; each time one of them gets through."""

MAX_WAITING_REQUESTS = 16
"""Requests that may wait for MongoDB at the same time, each in a thread. Airflow's own requests
share the same 40 threads, and are still served while MongoDB is down."""

MAX_FEEDS_OF_A_USER = 20
"""Private addresses of calendars and feeds that a user may have at the same time."""

FEED_READS_AT_ONCE = 4
"""Requests of feeds, which need no login, that are answered at the same time; others wait."""

FEED_READS_PER_MINUTE = 30
"""Of one address. Programs that subscribe to one read it every few minutes at most."""

FEED_READ_NOTED_MINUTES = 60
"""How often it is noted at most that an address was read."""

FEED_MATCHES = 50
"""The newest matches of a search that a feed has."""

CALENDAR_EVENTS = 200
"""Of a calendar: the next deadlines."""

CALENDAR_REFRESH_HOURS = 4
"""How often programs are asked to read a calendar again."""

HEALTH_GRACE_MINUTES = 120
"""After a run is due until its search counts as overdue: time for the run and all its retries."""

HEALTH_CACHE_SECONDS = 10
"""During which `GET /health`, which needs no login, is answered without another check."""

MAX_REQUEST_BYTES = 128 * 1024
"""Of a request's body. The longest note takes 48,000 bytes in JSON."""

REQUEST_BODY_TIMEOUT_SECONDS = 30
"""For a whole body to arrive."""

TRIAL_POSITIONS = 1_000
TRIAL_SECONDS = 3
"""Of stored positions that are judged to try the parameters of a new search, and for how long."""

MAX_SAVED_SEARCHES = 50
"""Beyond which the page saves no more; MongoDB has room for the indexes of 58."""

MAX_SCHEDULE_CHARACTERS = 100
"""Of a schedule or a time zone that is sent to be saved."""

ANALYTICS_DAYS = 63
"""Days whose openings and closings are counted, including today: nine weeks."""

ANALYTICS_RELAXATIONS = 12
"""Of a rule: the smallest changes of a parameter, and the one that gains most."""

ANALYTICS_PAY_RANGES = 40
ANALYTICS_CLOSINGS = 60

# --- bin/doctor

DOCTOR_ROWS = 10
"""Rows of the Search API that are compared with what the program expects."""

DOCTOR_HISTORY_DAYS = 7
"""How long ago the day is whose announcements are requested."""

DOCTOR_READ_TIMEOUT_SECONDS = 30
"""Between two bytes of a response of USAJOBS."""

DOCTOR_MONGO_TIMEOUT_MILLISECONDS = 5_000
"""For MongoDB to be found, and for each command."""

DOCTOR_CHECK_SECONDS = 90
"""For one check; the others go on without it."""

DOCTOR_CERTIFICATE_DAYS = 14
"""How long before it expires a certificate is worth a note."""

LOW_DISK_BYTES = 2 * 1024**3
FULL_DISK_BYTES = 256 * 1024**2
"""Free space that is worth a note, and that is a problem."""

# --- terminal and local stack

REPORT_MATCHES = 20
REPORT_NEAR_MISSES = 10
"""Shown in the report of a run."""

MAX_LOG_BYTES = 20 * 1024 * 1024
"""Of a local server's log file; one older file is kept as well."""
