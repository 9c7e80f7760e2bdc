"""The countries of the world, by the names that USAJOBS and people use."""

from __future__ import annotations

from include.jobs.place_names import folded

COUNTRIES = (
    *("Afghanistan", "Albania", "Algeria", "Andorra", "Angola", "Antigua and Barbuda"),
    *("Argentina", "Armenia", "Aruba", "Australia", "Austria", "Azerbaijan", "Bahamas", "Bahrain"),
    *("Bangladesh", "Barbados", "Belarus", "Belgium", "Belize", "Benin", "Bermuda", "Bhutan"),
    *("Bolivia", "Bosnia and Herzegovina", "Botswana", "Brazil", "Brunei", "Bulgaria"),
    *("Burkina Faso", "Burma", "Burundi", "Cambodia", "Cameroon", "Canada", "Cape Verde"),
    *("Central African Republic", "Chad", "Chile", "China", "Colombia", "Comoros", "Congo"),
    *("Costa Rica", "Croatia", "Cuba", "Curacao", "Cyprus", "Czech Republic", "Denmark"),
    *("Diego Garcia", "Djibouti", "Dominica", "Dominican Republic", "East Timor", "Ecuador"),
    *("Egypt", "El Salvador", "Equatorial Guinea", "Eritrea", "Estonia", "Eswatini", "Ethiopia"),
    *("Fiji", "Finland", "France", "Gabon", "Gambia", "Germany", "Ghana", "Gibraltar", "Greece"),
    *("Greenland", "Grenada", "Guatemala", "Guinea", "Guinea-Bissau", "Guyana", "Haiti"),
    *("Honduras", "Hong Kong", "Hungary", "Iceland", "India", "Indonesia", "Iran", "Iraq"),
    *("Ireland", "Israel", "Italy", "Ivory Coast", "Jamaica", "Japan", "Jordan", "Kazakhstan"),
    *("Kenya", "Kiribati", "Kosovo", "Kuwait", "Kyrgyzstan", "Laos", "Latvia", "Lebanon"),
    *("Lesotho", "Liberia", "Libya", "Liechtenstein", "Lithuania", "Luxembourg", "Macedonia"),
    *("Madagascar", "Malawi", "Malaysia", "Maldives", "Mali", "Malta", "Marshall Islands"),
    *("Mauritania", "Mauritius", "Mexico", "Micronesia", "Moldova", "Monaco", "Mongolia"),
    *("Montenegro", "Morocco", "Mozambique", "Namibia", "Nauru", "Nepal", "Netherlands"),
    *("New Zealand", "Nicaragua", "Niger", "Nigeria", "North Korea", "North Macedonia", "Norway"),
    *("Oman", "Pakistan", "Palau", "Panama", "Papua New Guinea", "Paraguay", "Peru"),
    *("Philippines", "Poland", "Portugal", "Qatar", "Romania", "Russia", "Rwanda"),
    *("Saint Kitts and Nevis", "Saint Lucia", "Samoa", "San Marino", "Saudi Arabia", "Senegal"),
    *("Serbia", "Seychelles", "Sierra Leone", "Singapore", "Slovakia", "Slovenia"),
    *("Solomon Islands", "Somalia", "South Africa", "South Korea", "South Sudan", "Spain"),
    *("Sri Lanka", "Sudan", "Suriname", "Sweden", "Switzerland", "Syria", "Taiwan"),
    *("Tajikistan", "Tanzania", "Thailand", "Togo", "Tonga", "Trinidad and Tobago", "Tunisia"),
    *("Turkey", "Turkmenistan", "Tuvalu", "Uganda", "Ukraine", "United Arab Emirates"),
    *("United Kingdom", "Uruguay", "Uzbekistan", "Vanuatu", "Vatican City", "Venezuela"),
    *("Vietnam", "Yemen", "Zambia", "Zimbabwe"),
)

_ALSO_CALLED = {
    "alberta": "Canada",
    "britain": "United Kingdom",
    "british columbia": "Canada",
    "czechia": "Czech Republic",
    "england": "United Kingdom",
    "great britain": "United Kingdom",
    "holland": "Netherlands",
    "korea": "South Korea",
    "manitoba": "Canada",
    "myanmar": "Burma",
    "northern ireland": "United Kingdom",
    "nova scotia": "Canada",
    "ontario": "Canada",
    "quebec": "Canada",
    "republic of korea": "South Korea",
    "scotland": "United Kingdom",
    "swaziland": "Eswatini",
    "turkiye": "Turkey",
    "uae": "United Arab Emirates",
    "uk": "United Kingdom",
    "wales": "United Kingdom",
}

_BY_KEY = {folded(name): name for name in COUNTRIES} | _ALSO_CALLED


def country_named(text: str) -> str | None:
    """Return a country's name, also of "UK" or a part of a country; None if it is none."""
    return _BY_KEY.get(folded(text).removeprefix("the "))
