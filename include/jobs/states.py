"""The states, the federal district and the territories, by the full names that USAJOBS uses."""

STATES = (
    *("Alabama", "Alaska", "American Samoa", "Arizona", "Arkansas", "California", "Colorado"),
    *("Connecticut", "Delaware", "District of Columbia", "Florida", "Georgia", "Guam", "Hawaii"),
    *("Idaho", "Illinois", "Indiana", "Iowa", "Kansas", "Kentucky", "Louisiana", "Maine"),
    *("Maryland", "Massachusetts", "Michigan", "Minnesota", "Mississippi", "Missouri", "Montana"),
    *("Nebraska", "Nevada", "New Hampshire", "New Jersey", "New Mexico", "New York"),
    *("North Carolina", "North Dakota", "Northern Mariana Islands", "Ohio", "Oklahoma", "Oregon"),
    *("Pennsylvania", "Puerto Rico", "Rhode Island", "South Carolina", "South Dakota"),
    *("Tennessee", "Texas", "Utah", "Vermont", "Virgin Islands", "Virginia", "Washington"),
    *("West Virginia", "Wisconsin", "Wyoming"),
)
