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

_CODES = (
    *("AL", "AK", "AS", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "GU", "HI", "ID"),
    *("IL", "IN", "IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE"),
    *("NV", "NH", "NJ", "NM", "NY", "NC", "ND", "MP", "OH", "OK", "OR", "PA", "PR", "RI", "SC"),
    *("SD", "TN", "TX", "UT", "VT", "VI", "VA", "WA", "WV", "WI", "WY"),
)

STATE_CODES = dict(zip(_CODES, STATES, strict=True))
"""The states by the codes of the postal service."""

NEIGHBOURS = (
    *("Anguilla", "Antigua and Barbuda", "Aruba", "Bahamas", "Barbados", "Bermuda", "Bonaire"),
    *("British Virgin Islands", "Canada", "Cayman Islands", "Cook Islands", "Cuba", "Curacao"),
    *("Dominica", "Dominican Republic", "Grenada", "Guadeloupe", "Haiti", "Jamaica", "Martinique"),
    *("Mexico", "Micronesia", "Montserrat", "Niue", "Russia", "Saint Kitts and Nevis"),
    *("Saint Lucia", "Saint Vincent and the Grenadines", "Samoa", "Sint Maarten", "Tokelau"),
    *("Tonga", "Trinidad and Tobago", "Turks and Caicos Islands", "Venezuela"),
)
"""The countries that may have a place within 500 miles of one in the United States."""
